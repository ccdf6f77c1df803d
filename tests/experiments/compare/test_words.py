"""Every metric, its meaning and its unit have words in both languages, and a name that has none stays itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from experiments.compare.words import Words, metric_names, percent, text
from models.comparison.params import ComparisonParams

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.law
def test_every_metric_has_its_words():
    params = ComparisonParams(**yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["comparison"])
    table = params.table()
    assert set(metric_names()) == set(table)
    for name, metric in table.items():
        zh, en = text(f"meaning.{name}")
        assert HAN.search(zh)
        assert not HAN.search(en)
        assert not metric.unit or text(f"unit.{name}")[1] == metric.unit


@pytest.mark.behaviour
def test_names_and_reasons():
    """A capability, a stage, an indicator, and one of none; figures are HTML already, the rest is escaped."""
    zh, en = Words("zh"), Words("en")
    assert (zh.name("capability", "risk"), en.name("capability", "risk")) == ("违约风险", "risk")
    assert HAN.search(zh.name("stage", "growth"))
    assert HAN.search(zh.name("indicator", "rd_intensity"))
    assert zh.name("indicator", "<x>") == "&lt;x&gt;"
    assert (zh.left_out("no outcome"), en.left_out("no outcome")) == ("无结果", "no outcome")
    assert (zh.left_out("no exposure_wan"), en.left_out("no exposure_wan")) == ("缺少 exposure_wan", "no exposure_wan")
    assert zh.left_out("<b>") == "&lt;b&gt;"
    assert percent(0.95) == ("95%", "95 %")
    assert en.say("baseline") == "(baseline)"
