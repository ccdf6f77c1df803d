"""The console's sentences: both languages whole, no key in two files, an unknown key is an error."""

from __future__ import annotations

import re

import pytest

from serving.console.texts import console_sentences, text


def test_a_sentence_comes_in_the_language_with_its_figures():
    """The written format of a figure is the project's: thousands are parted."""
    assert text("start.incomplete", "zh", count=2) == "2 处来源暂时读不到，列表可能不全。"
    assert text("start.incomplete", "en", count=1_200).startswith("1,200 sources")


@pytest.mark.parametrize(
    ("key", "figures", "en"),
    [
        ("start.incomplete", {"count": 1}, "1 source cannot be read"),
        ("chains.size", {"ribs": 1, "nodes": 12}, "1 rib, 12 nodes"),
        ("chains.size", {"ribs": 3, "nodes": 1}, "3 ribs, 1 node"),
        ("approvals.taken.some", {"file": "log.csv", "count": 1}, "log.csv: 1 row went to quarantine"),
        ("approvals.taken.rows", {"rows": 1, "new": 1, "known": 0}, "1 row: 1 new event, 0 known"),
        ("analyst.unit.points", {"value": "1"}, "1 point"),
        ("events.per_firm", {"count": 1}, "at most 1 meeting of one firm"),
    ],
)
def test_one_is_counted_in_the_singular(key, figures, en):
    """What is counted in the console agrees with its figure, and zero and many stay plural."""
    found = text(key, "en", **figures)
    assert found.startswith(en)
    assert not found.startswith(f"{en}s")


def test_a_firm_is_never_above_all_firms_of_which_it_is_one():
    """2,199 of 2,200 are 99.95 %: rounded down, as nobody is above himself."""
    assert text("portrait.rank_value", "en", share=2_199 / 2_200) == "above 99.9% of firms"
    assert text("portrait.rank_value", "zh", share=0.5) == "高于 50.0% 的企业"


@pytest.mark.parametrize(
    ("cost_wan", "zh", "en"), [(130.0, "130 万元", "CNY 1,300,000"), (0.36, "0.4 万元", "CNY 4,000")]
)
def test_a_cost_has_its_unit_in_both_languages(cost_wan, zh, en):
    assert zh in text("incubators.way.reachable", "zh", cost=cost_wan)
    assert en in text("incubators.way.reachable", "en", cost=cost_wan)


def test_ten_thousand_is_written_in_one_way():
    """Amounts in units of 10,000 carry the currency's code before the unit, in every text of the console."""
    other = re.compile(r"10,000 (?:yuan|CNY)", re.IGNORECASE)
    assert [key for key, found in console_sentences().items() if other.search("".join(found.en))] == []


def test_a_key_of_the_project_is_found_and_an_unknown_one_is_an_error():
    """The console adds to the project's sentences and repeats none."""
    assert text("problem.not-found", "zh")
    with pytest.raises(KeyError):
        text("shell.nothing_like_it", "zh")


def test_every_chinese_text_is_chinese_and_no_english_text_is():
    """A cell in the other language is a translation that was forgotten; only the language switch names the other."""
    chinese = re.compile(r"[一-鿿]")
    wrong = [
        key
        for key, found in console_sentences().items()
        if key != "shell.other_language"
        and (chinese.search("".join(found.en)) or not (chinese.search("".join(found.zh)) or found.zh_order))
        and any(letter.isalpha() for letter in "".join(found.en))  # a colon is written in its own way in both
    ]
    assert wrong == []


STATES = re.compile(
    r"\.(state|status|lamp|severity|direction|verdict|proposed|visible|band|basis|ended|fresh|size)\.\w+$"
)


def test_every_value_that_is_a_state_or_a_kind_begins_alike():
    """A column never has "not begun" beside "Begun": in English each starts with a capital."""
    found = {key: one.en[0] for key, one in console_sentences().items() if STATES.search(key) and not one.en_order}
    assert len(found) > 60
    assert {key: words for key, words in found.items() if not words[:1].isupper()} == {}
