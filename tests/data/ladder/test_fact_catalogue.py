"""The catalogue of facts: every fact is used by a rule or a tier, and each has a text in both languages."""

from __future__ import annotations

import pytest

from data.ladder.fact_catalogue import FOLDERS, fact_of, ladder_sentences, read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.options import read_change_costs

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


@pytest.mark.parametrize("subject", [subject for subject in FOLDERS if subject != "firm"])
def test_another_subject_has_a_catalogue_of_its_own(subject):
    """Its facts are used by its rules, titles, ratios' amounts or denominators; no key is in two catalogues."""
    book = read_rules(subject=subject)
    used = {one.fact for rule in book.rules for one in rule.thresholds()} | {tier.title_fact for tier in book.tiers}
    for cost in read_change_costs(subject=subject).values():
        used |= {cost.fact, *(cost.moves or ())}
    keys = set(read_fact_catalogue(subject))
    assert keys == used
    assert not any(keys & set(read_fact_catalogue(other)) for other in FOLDERS if other != subject)
    assert all(fact_of(key) == read_fact_catalogue(subject)[key] for key in keys)
    assert all(f"value.{fact_of(key).unit}" in ladder_sentences() or fact_of(key).unit == "flag" for key in keys)


def test_what_firms_are_held_against_knows_nothing_of_incubators():
    """The rule book and the columns of firms hold firms' tiers and facts alone."""
    keys = {one.key for one in read_rules().tiers} | set(read_fact_catalogue())
    for subject in ("incubator", "tenant"):
        assert not keys & ({one.key for one in read_rules(subject=subject).tiers} | set(read_fact_catalogue(subject)))
    assert LadderFacts.unknown(("a",)).low.shape == (1, len(read_fact_catalogue()))
