"""Figures come from their path, sentences from templates, names from the reference data."""

from __future__ import annotations

import pytest

from data.codebook import read_codebook
from experiments.reform.pages.writing import Writer, folded, pointer, section, strip, table, templates

pytestmark = pytest.mark.behaviour
RESULT = {
    "a/b": [{"value": 12_345_678.0, "low": -1.0, "high": 2e7}],
    "small": {"value": None, "low": 0.0, "high": 0.25},
    "method": {"level": 0.95, "smallest_group": 10},
}
EN, ZH = Writer(RESULT, "en"), Writer(RESULT, "zh")


def test_a_figure_carries_its_path_and_format():
    """The path is a JSON pointer; both languages round alike."""
    path = ("a/b", 0, "value")
    wanted = '<span class="n" data-path="/a~1b/0/value" data-format="cny_total_change">{}</span>'
    assert EN.figure(path, "cny_total_change") == wanted.format("+12.35")
    assert ZH.figure(path, "cny_total_change") == wanted.format("+1,235")
    assert "—" in EN.figure(("no", "such"), "number")
    assert pointer(("a~b", "c d", 3)) == "/a~0b/c%20d/3"


def test_a_withheld_figure_shows_its_interval_alone():
    """No path to the figure is on the page."""
    shown = EN.estimate(("small",), "share")
    assert "/small/value" not in shown
    assert "0.0%" in shown
    assert "25.0%" in shown
    assert EN.estimate(("a/b", 0), "cny_total").count("data-path") == 3


def test_a_hint_holds_figure_and_interval_with_all_their_paths():
    """In the order value, low, high."""
    found = ZH.tip("名", [("small", name) for name in ("value", "low", "high")], "share")
    assert found == (
        '<title data-path="/small/value /small/low /small/high" data-format="share">名：— [0.0%, 25.0%]</title>'
    )


def test_a_sentence_is_its_template_with_figures_by_path():
    """A figure that is missing is an error, as is a key without a template."""
    assert strip(EN.say("moves.small", least=("method", "smallest_group"))) == "fewer than 10 firms: intervals only"
    assert strip(ZH.say("moves.small", least=("method", "smallest_group"))) == "少于 10 家：只列区间"
    with pytest.raises(KeyError):
        EN.say("moves.small")
    with pytest.raises(KeyError):
        EN.say("no.such")


@pytest.mark.parametrize(
    ("kind", "key", "zh", "en"),
    [
        ("bank", "all", "各行合计", "all banks together"),
        ("growth_stage", "startup", "初创期", "start-up"),
        ("size_class", "micro", "微型", "micro"),
        ("industry", "iot", "物联网", "internet of things"),
        ("district", "not_given", "未提供", "not given"),
        ("district", "滨江区<", "滨江区&lt;", "滨江区&lt;"),
        ("size_class", "unknown", "未知", "unknown"),
        ("outcome", "declined", "未通过", "declined"),
        ("constraint", "raroc", "资本收益率要求", "RAROC requirement"),
        ("product", "zheke", "浙科贷", "Zheke loan"),
    ],
)
def test_a_key_has_its_name_and_a_name_stays(kind, key, zh, en):
    """Names of the data are escaped."""
    assert (ZH.name(kind, key), EN.name(kind, key)) == (zh, en)


def test_every_indicator_and_group_of_rules_has_a_name():
    """In both languages."""
    for item in read_codebook():
        assert EN.name("indicator", item.key) != item.key
    for kind in ("indicator", "weight", "stage", "model", "policy"):
        assert EN.label("group." + kind)
        assert ZH.label("group." + kind) != EN.label("group." + kind)


def test_templates_keep_the_rules_of_sentences():
    """Each key once, both languages filled, the same figures in both; none with HTML in it."""
    assert len(templates()) > 150
    assert not [key for key, one in templates().items() if "<" in "".join((*one.zh, *one.en))]


def test_tables_folds_and_sections_are_what_they_are_called():
    """Captions, scopes, a region that the keyboard reaches, a summary, a heading that names its section."""
    found = table("Cap & <b>x</b>", ["a", "b", "c"], [["1", "2", "3"]], 2)
    assert 'role="region" tabindex="0" aria-label="Cap & x"' in found
    assert '<th scope="row">1</th><td class="w">2</td><td>3</td>' in found
    assert '<th scope="col" class="w">a</th><th scope="col" class="w">b</th><th scope="col">c</th>' in found
    assert folded("t", "c", opened=True).startswith("<details open><summary>t</summary>")
    assert section("x", "T", "a", "b") == '<section id="x" aria-labelledby="x-h"><h2 id="x-h">T</h2>ab</section>'
