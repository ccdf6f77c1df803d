"""Versions of a rule on the same firms: the three STAR versions differ on planted firms."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.version_change import version_change

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)
BOOK = read_rules()
VERSIONS = ("2020-03-20", "2021-04-16", "2024-04-30")
NO_SHORTCUT = (
    "core_technology_recognised",
    "national_prize_participant",
    "national_major_project",
    "import_substitute",
    "core_inventions",
    "listing_standard_5",
)
GOOD = {"software_firm": 0, "rd_3y_ratio": 0.06, "rd_3y_wan": 9000, "rd_staff_ratio": 0.2, "main_inventions": 8,
        "revenue_cagr_3y": 0.3, "revenue_wan": 20_000} | dict.fromkeys(NO_SHORTCUT, 0)  # fmt: skip
# what is changed, then whether each version is met, and the clause of the last one that is not
PLANTED = [
    ({}, (1, 1, 1), None),
    ({"rd_staff_ratio": 0.09}, (1, 0, 0), "staff"),
    ({"rd_3y_ratio": 0.04, "rd_3y_wan": 7000}, (1, 1, 0), "rd"),
    ({"main_inventions": 6}, (1, 1, 0), "patents"),
    ({"main_inventions": 4}, (0, 0, 0), "patents"),
    ({"revenue_cagr_3y": 0.22}, (1, 1, 0), "growth"),
    ({"revenue_cagr_3y": 0.22, "revenue_wan": 30_000}, (1, 1, 1), None),
    ({"software_firm": 1, "main_inventions": 0, "rd_3y_ratio": 0.10}, (1, 1, 1), None),
    ({"software_firm": 1, "main_inventions": 0, "rd_3y_ratio": 0.09}, (0, 0, 0), "rd"),
    ({"main_inventions": 4, "core_inventions": 50, "rd_staff_ratio": 0.0}, (1, 1, 1), None),
    ({"revenue_cagr_3y": 0.22, "listing_standard_5": 1}, (1, 1, 1), None),
]


def planted():
    """One firm a row of the table."""
    firms = [GOOD | changed for changed, _, _ in PLANTED]
    columns = {key: np.array([float(firm[key]) for firm in firms]) for key in GOOD}
    facts = LadderFacts.unknown([str(row) for row in range(len(firms))])
    return facts.with_facts({key: (values, values) for key, values in columns.items()}, DAY, "planted")


def test_the_three_star_versions_differ_on_planted_firms():
    """Who meets which version, and by which clause the last one is lost."""
    found = [
        version_change(planted(), BOOK.version("star", one), BOOK.version("star", VERSIONS[-1]), DAY)
        for one in VERSIONS
    ]
    met = np.stack([one.old.overall == "met" for one in found], axis=1).astype(int)
    assert met.tolist() == [list(versions) for _, versions, _ in PLANTED]
    for row, (_, _, clause) in enumerate(PLANTED):
        missed = [one.clause.key for one in found[-1].new.clauses if one.status[row] == "not_met"]
        assert missed == ([clause] if clause else [])


def test_gains_and_losses_are_counted_with_their_clauses():
    """2020 against 2024: four planted firms lose the tier, each by its own clause, and nobody gains it."""
    one = version_change(planted(), BOOK.version("star", "2020-03-20"), BOOK.version("star", "2024-04-30"), DAY)
    assert one.lost.tolist() == [1, 2, 3, 5]
    assert one.gained.tolist() == []
    assert one.by_clause()["lost"] == {"rd": 1, "staff": 1, "patents": 1, "growth": 1}
    assert sum(one.counts().values()) == len(PLANTED)
    back = version_change(planted(), BOOK.version("star", "2024-04-30"), BOOK.version("star", "2020-03-20"), DAY)
    assert back.gained.tolist() == [1, 2, 3, 5]
    assert back.by_clause()["gained"] == {"rd": 1, "staff": 1, "patents": 1, "growth": 1}
    sent = one.as_dict()
    assert {row["zh"] for row in sent["by_clause"]["lost"]} == {
        "近三年研发投入", "研发人员占比", "发明专利", "营业收入增长或规模",
    }  # fmt: skip
    assert {"before": "met", "after": "not_met", "firms": 4} in sent["counts"]


def test_a_version_is_applied_whether_or_not_it_is_in_force():
    """The result says so."""
    one = version_change(planted(), BOOK.version("star", "2020-03-20"), BOOK.version("star", "2024-04-30"), DAY)
    assert (one.old.in_force, one.new.in_force) == (False, True)


def test_an_unknown_firm_neither_gains_nor_loses():
    """Nothing is known of it under either version."""
    one = version_change(
        LadderFacts.unknown(["A"]), BOOK.version("star", "2020-03-20"), BOOK.version("star", "2024-04-30"), DAY
    )
    assert one.counts()["unknown", "unknown"] == 1
