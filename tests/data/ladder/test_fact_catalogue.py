"""The catalogue of facts: every fact is used by a rule or a tier, and each has a text in both languages."""

from __future__ import annotations

import pytest

from data.ladder.fact_catalogue import ladder_sentences, read_fact_catalogue
from data.ladder.rules import read_rules

pytestmark = pytest.mark.surface


def test_every_fact_is_used_and_every_used_fact_is_there():
    """By a threshold, as a title, as a total of experts, or as the denominator of a ratio."""
    book = read_rules()
    used = {one.fact for rule in book.rules for one in rule.thresholds()}
    titles = {tier.title_fact for tier in book.tiers}
    assert set(read_fact_catalogue()) == used | titles | {"hnte_score"}


@pytest.mark.parametrize(
    ("key", "value", "rounding", "zh", "en"),
    [
        ("rd_ratio", 0.02996, "down", "2.99%", "2.99%"),  # never a 3.00% that is below 3 %
        ("debt_ratio", 0.70001, "up", "70.01%", "70.01%"),
        ("revenue_wan", 999.99, "near", "999.99 万元", "CNY 9,999,900"),
        ("niche_years", 1.99, "down", "1.9 年", "1.9 years"),
        ("class_i_count", 1, "near", "1 项", "1 item"),
        ("hnte_valid", 1, "near", "是", "yes"),
        ("hnte_score", 70, "near", "70 分", "70 points"),
    ],
)
def test_a_value_is_written_with_its_unit(key, value, rounding, zh, en):
    """Rounded so that it does not seem to cross an edge."""
    assert read_fact_catalogue()[key].written(value, rounding) == (zh, en)


def test_every_unit_has_a_sentence():
    """A new unit without one would fail on the first firm."""
    for fact in read_fact_catalogue().values():
        assert all(fact.written(fact.high))
        assert fact.unit == "flag" or f"value.{fact.unit}" in ladder_sentences()
