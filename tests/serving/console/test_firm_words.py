"""Keys have names in both languages, and rows hold what a person reads."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from data.growth_stages import GROWTH_STAGES, UNKNOWN
from data.ingest.rules import INDUSTRIES
from data.sizes import SIZE_CLASSES
from models.risk.model import Grade
from serving.console.firm_filter import FirmFilter
from serving.console.firm_words import DIMENSIONS, FirmWords, chain_names
from serving.console.firms import OF_RELEASE, OUTCOMES, STAGE, VETO
from serving.decide.safeguard import RULES
from tests.serving.console.planted_firms import SCRIPT, planted_table

CHAINS = {"iot": "物联网", "iot/sensors": "物联网 · 传感器", "materials": "新材料"}
ZH, EN = FirmWords("zh", CHAINS), FirmWords("en", {})
ALARMS = (*(rule for rule in RULES if rule not in OF_RELEASE), VETO, STAGE)
KEYS = {"stage": (*GROWTH_STAGES, UNKNOWN), "industry": INDUSTRIES, "outcome": OUTCOMES, "size": SIZE_CLASSES,
        "alarm": ALARMS, "dimension": DIMENSIONS, "agency": ("tax", "court")}  # fmt: skip


@pytest.mark.parametrize("column", KEYS)
def test_every_key_has_a_name_in_both_languages(column):
    for key in KEYS[column]:
        zh, en = ZH.name(column, key), EN.name(column, key)
        assert not zh.isascii()
        assert en.isascii()
        assert "_" not in en


def test_what_is_missing_is_a_dash_and_no_district_is_said_in_words():
    assert ZH.name("grade", None) == ZH.name("grade", float("nan")) == "–"
    assert (ZH.name("district", "not_given"), ZH.name("district", "滨江区")) == ("未提供", "滨江区")


def test_a_grade_means_a_range_of_probabilities():
    grades = [Grade("A", 0.01), Grade("B", 0.05), Grade("C", 1.0)]
    said = [ZH.grade_meaning(grades, key) for key in ("A", "B", "C")]
    assert said == [
        "12 个月违约概率 0.00% 至 1.00%",
        "12 个月违约概率 1.00% 至 5.00%",
        "12 个月违约概率 5.00% 以上",
    ]


def test_a_filter_is_said_in_phrases():
    wanted = FirmFilter(
        stage=("growth",), chain=("iot/sensors",), points_to=60.0, fresh="stale", alarm="yes", text="甲"
    )
    assert ZH.filter(wanted) == [
        "成长阶段：成长期", "产业链和环节：物联网 · 传感器", "积分 0.0 至 60.0 分", "数据过期", "有提示",
        "名称或代码含“甲”",
    ]  # fmt: skip
    assert EN.filter(FirmFilter()) == []


def test_rows_hold_names_and_figures_and_nothing_that_is_no_number():
    rows = ZH.rows(planted_table().frame)
    first, nameless, last = rows[0], rows[4], rows[5]
    assert (first["name"], first["stage"], first["quota_wan"], first["chains"]) == (SCRIPT, "成长期", 300.0, "物联网")
    assert (first["fresh_until"], first["alarms"]) == ("2025-01-01", "–")
    assert (nameless["name"], nameless["quota_wan"]) == ("（名称未提供）", None)  # declined: no quota, not 0
    assert (last["points"], last["fresh_until"], last["grade"]) == (None, None, "–")
    assert rows[3]["alarms"] == "数据过期"


def test_chains_and_nodes_have_the_names_of_the_release():
    chain = SimpleNamespace(id="iot", name_zh="物联网", name_en="IoT",
                            nodes=[SimpleNamespace(id="s", name_zh="传感器", name_en="Sensors")])  # fmt: skip
    service = SimpleNamespace(if_packed=lambda: SimpleNamespace(chains={"iot": chain}))
    assert chain_names(service, "en") == {"iot": "IoT", "iot/s": "IoT · Sensors"}
    assert chain_names(None, "zh") == {}
