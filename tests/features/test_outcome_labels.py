"""The innovation outcome by hand: its parts, their weights, and what it may not read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.labels import (
    CLOSED,
    LEFT,
    NOT_OVER,
    OUTCOME_PARTS,
    Outcome,
    external_equity,
    inventions_of_quality,
    outcome_parts,
    revenue_growth,
    weighted_outcome,
)
from features.point_in_time import build_cases

DAY = pd.Timestamp("2024-06-30")


def days(*result: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(result)))


@pytest.mark.law
def test_no_outcome_reads_a_year_end_before_its_case(tables):
    """Every record of an earlier year end erased, the outcomes of the whole cohort stay what they were."""
    day, outcome = pd.Timestamp("2021-06-30"), Outcome(24, dict.fromkeys(OUTCOME_PARTS, 1.0))
    cases = build_cases(tables, day).frame
    later = {name: tables[name].loc[tables[name]["period_end"] >= day] for name in ("snapshots", "credit_facts")}
    parts = (outcome_parts(one, cases, DAY, outcome) for one in (tables, tables | later))
    made, again = (weighted_outcome(one, outcome).table for one in parts)
    pd.testing.assert_frame_equal(made, again)
    assert (made["dropped"] == "").sum() > 200


@pytest.mark.law
def test_points_outcomes_by_hand_count_no_change_before_the_case():
    """Revenue times e within 24 months after the year of the case; what grew before it, and who exits, count not."""
    firms = ("grew", "stayed", "closed", "left")
    revenue = {"grew": {2020: 1.0, 2021: 100.0, 2023: 100.0 * np.e}, "stayed": {2020: 1.0, 2021: 100.0, 2023: 100.0}}
    facts = pd.DataFrame(
        [
            {"uscc": uscc, "period_end": pd.Timestamp(f"{year}-12-31"), "known_at": pd.Timestamp(f"{year + 1}-05-31")}
            | {"revenue_wan": figure}
            for uscc, figures in revenue.items()
            for year, figure in figures.items()
        ]
    )
    snapshots = facts[["uscc", "period_end", "known_at"]].assign(
        invention_patents_valid=0.0, patent_quality_index=0.5, vc_funding_3y=0.0
    )
    register = pd.DataFrame({"uscc": firms, "closed_on": days(None, None, "2023-12-31", None)})
    register["left_on"] = days(None, None, None, "2022-01-01")
    cases = pd.DataFrame({"uscc": [*firms, "grew"], "as_of": days(*["2021-06-30"] * 4, "2022-06-30")})
    tables = {"enterprises": register, "snapshots": snapshots, "credit_facts": facts}
    outcome = Outcome(24, {"revenue_growth": 1.0})
    made = weighted_outcome(outcome_parts(tables, cases, DAY, outcome), outcome).table
    assert made["dropped"].tolist() == ["", "", CLOSED, LEFT, NOT_OVER]
    assert set(made["until"].iloc[:4]) == {pd.Timestamp("2023-12-31")}
    # Growth 1 and 0: mean .5, standard deviation sqrt(.5).
    np.testing.assert_allclose(made["value"].iloc[:2], [np.sqrt(0.5), -np.sqrt(0.5)])


# enterprise -> inventions, quality, revenue and equity of three years at the end of 2021, 2022 and 2023
PATHS = {
    "a": ((1, 1, 4), (0.1, 0.1, 0.5), (100, 50, 200), (0, 30, 30)),
    "b": ((5, 5, 5), (0.9, 0.9, 0.9), (4, 1, 2), (10, 0, 20)),
    "c": ((2, 2, 3), (0.4, 0.4, 1.0), (100, 100, 50), (0, 0, 0)),
}
# log(1 + new x quality), log of revenue (at least 5) then / now, log(1 + rises): the sum of each year's rise
PARTS = {
    "a": (np.log(1 + 3 * 0.5), np.log(2), np.log(1 + 30)),
    "b": (0.0, 0.0, np.log(1 + 20)),
    "c": (np.log(2), -np.log(2), 0.0),
}


def paths() -> dict[str, pd.DataFrame]:
    rows = [
        {"uscc": uscc, "period_end": pd.Timestamp(f"{2021 + year}-12-31"), "known_at": pd.Timestamp("2024-05-31")}
        | dict(
            zip(("invention_patents_valid", "patent_quality_index", "revenue_wan", "vc_funding_3y"), one, strict=True)
        )
        for uscc, figures in PATHS.items()
        for year, one in enumerate(zip(*figures, strict=True))
    ]
    result = pd.DataFrame(rows)
    register = pd.DataFrame({"uscc": list(PATHS)})
    return {"enterprises": register, "snapshots": result.drop(columns="revenue_wan"), "credit_facts": result}


def path_cases() -> pd.DataFrame:
    return pd.DataFrame({"uscc": ["c", "a", "b"], "as_of": days(*["2021-12-31"] * 3)}).set_axis([5, 3, 8])


@pytest.mark.law
def test_every_part_of_an_outcome_by_hand():
    """From the year end of the case to that 24 months later; every year between is read for equity."""
    made = outcome_parts(paths(), path_cases(), DAY, Outcome(24, dict.fromkeys(OUTCOME_PARTS, 1.0)))
    assert list(made) == ["uscc", "as_of", "until", "dropped", *OUTCOME_PARTS]
    assert (made.index.tolist(), made["uscc"].tolist()) == ([5, 3, 8], ["c", "a", "b"])
    assert (made["dropped"].tolist(), set(made["until"])) == ([""] * 3, {pd.Timestamp("2023-12-31")})
    assert made["as_of"].tolist() == path_cases()["as_of"].tolist()
    for position, uscc in enumerate(made["uscc"]):
        assert made[list(OUTCOME_PARTS)].iloc[position].tolist() == pytest.approx(list(PARTS[uscc])), uscc
    year = outcome_parts(paths(), path_cases(), DAY, Outcome(12, dict.fromkeys(OUTCOME_PARTS, 1.0)))
    assert set(year["until"]) == {pd.Timestamp("2022-12-31")}
    assert year["revenue_growth"].tolist() == pytest.approx([0.0, -np.log(2), 0.0])
    assert year["external_equity"].tolist() == pytest.approx([0.0, np.log(31), 0.0])


@pytest.mark.law
def test_an_outcome_is_over_on_its_last_day():
    """On the last observed day itself the window has ended; the day before it had not."""
    tables = paths()
    tables = {name: one.assign(known_at=pd.Timestamp("2023-12-31")) for name, one in tables.items()}
    for day, dropped in (("2023-12-31", ""), ("2023-12-30", NOT_OVER)):
        made = outcome_parts(tables, path_cases(), pd.Timestamp(day), Outcome(24, {"revenue_growth": 1.0}))
        assert made["dropped"].tolist() == [dropped] * 3
        assert made["revenue_growth"].isna().all() == (dropped != "")


@pytest.mark.law
def test_the_parts_of_an_outcome_are_weighted_in_standard_deviations():
    """Parts (1, 2, 3) and (0, 0, 6): scores (-1, 0, 1) and (-1, -1, 2) / sqrt(3); weights 3, 1; equal parts: 0."""
    parts = pd.DataFrame(
        {
            "uscc": ["a", "b", "c", "d"],
            "as_of": days(*["2021-12-31"] * 4),
            "until": days(*["2023-12-31"] * 4),
            "dropped": ["", "", "", LEFT],
            "revenue_growth": [1.0, 2.0, 3.0, np.nan],
            "external_equity": [0.0, 0.0, 6.0, np.nan],
        }
    ).set_axis([3, 1, 2, 9])
    made = weighted_outcome(parts, Outcome(24, {"revenue_growth": 3.0, "external_equity": 1.0}))
    root = np.sqrt(3)
    assert made.values.tolist() == pytest.approx([(-3 - 1 / root) / 4, -1 / root / 4, (3 + 2 / root) / 4])
    assert made.table.drop(columns="value").equals(
        parts[["uscc", "as_of", "until", "dropped"]].astype({"dropped": "str"})
    )
    assert made.dropped == {LEFT: 1}
    same = weighted_outcome(parts.assign(revenue_growth=7.0), Outcome(24, {"revenue_growth": 1.0}))
    assert same.values.tolist() == [0.0] * 3


@pytest.mark.behaviour
def test_what_is_not_known_of_a_part():
    """Quality unknown counts as none; a revenue under 5 counts as 5; an unknown revenue is unknown."""
    one = pd.DataFrame({"invention_patents_valid": [0.0], "patent_quality_index": [np.nan]})
    assert inventions_of_quality([one, one.assign(invention_patents_valid=4.0)]).tolist() == [0.0]
    quality = one.assign(invention_patents_valid=3.0, patent_quality_index=0.5)
    assert inventions_of_quality([one, one.assign(invention_patents_valid=9.0), quality]).tolist() == [np.log1p(1.5)]
    revenue = [pd.DataFrame({"revenue_wan": [first, 5.0, 5.5, np.nan]}) for first in (0.0, 99.0, 10.0)]
    assert revenue_growth(revenue).tolist() == pytest.approx([np.log(2), 0.0, 0.0, np.nan], nan_ok=True)


@pytest.mark.behaviour
def test_only_new_inventions_and_new_money_count():
    """A fall is nothing new; quality multiplies; a rise of the three-year sum in a year was raised in it."""
    now = pd.DataFrame({"invention_patents_valid": [3.0, 3.0], "vc_funding_3y": [100.0, 100.0]})
    mid = now.assign(vc_funding_3y=[300.0, 0.0])
    then = now.assign(invention_patents_valid=[5.0, 1.0], patent_quality_index=[0.5, 0.5], vc_funding_3y=[300.0, 50.0])
    assert inventions_of_quality([now, mid, then]).tolist() == [np.log1p(2 * 0.5), 0.0]
    assert external_equity([now, mid, then]).tolist() == [np.log1p(200.0), np.log1p(50.0)]


@pytest.mark.contract
def test_an_unknown_part_names_the_known_ones():
    """A typo in params.yaml is an error that lists what is allowed; so is a window that yearly figures cannot fill."""
    with pytest.raises(ValueError, match=r"unknown \['revnue'\].*revenue_growth"):
        Outcome(24, {"revnue": 1.0})
    whole = (
        r"^outcome parts \{'zeal': 1.0, 'age': 1.0\}: unknown \['age', 'zeal'\], allowed \['external_equity', "
        r"'inventions_of_quality', 'revenue_growth'\]; the weights must sum to more than 0$"
    )
    with pytest.raises(ValueError, match=whole):
        Outcome(24, {"zeal": 1.0, "age": 1.0})
    for parts in ({}, {"revenue_growth": 0.0}, {"revenue_growth": -1.0}):
        with pytest.raises(ValueError, match=r"unknown \[\], allowed .*more than 0$"):
            Outcome(24, parts)
    for months in (0, 6, 18):
        message = f"^outcome months is {months}, allowed: whole years, figures are yearly$"
        with pytest.raises(ValueError, match=message):
            Outcome(months, {"revenue_growth": 1.0})
    assert Outcome(12, {"revenue_growth": 0.5}).months == 12
    assert all(part.__doc__ for part in OUTCOME_PARTS.values())
