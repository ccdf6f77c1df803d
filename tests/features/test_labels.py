"""Labels by hand: small tables that a person can check, and what no label may read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.labels import (
    LEFT,
    NOT_OVER,
    NOT_REPORTED,
    SHORT_LOAN,
    default_labels,
    serviceable_debt_labels,
    survivorship,
)
from features.point_in_time import build_cases

DAY = pd.Timestamp("2024-06-30")
CONSTRAINTS = {"dscr_ratio": 1.2, "annual_rate": 0.12, "tenor_months": 12}
ANNUITY = 11.2550775 / 12  # of one yuan a month for a year at 1 % a month, over the twelve yuan paid


def days(*result: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(result)))


LOANS = [  # granted, tenor, default, label, dropped
    ("2021-03-10", 12, None, 0.0, ""),
    ("2021-03-10", 24, "2022-03-10", 1.0, ""),  # the last day of the window
    ("2021-03-10", 24, "2022-03-11", 0.0, ""),  # the day after it
    ("2021-03-10", 6, "2021-05-01", None, SHORT_LOAN),
    ("2023-06-30", 12, None, 0.0, ""),  # the window ends on the last observed day
    ("2023-07-01", 12, "2023-08-01", None, NOT_OVER),  # its default is seen, those who still may are not
]


@pytest.mark.behaviour
def test_default_labels_by_hand():
    """Default within twelve months of each loan's own grant; what is shorter or not over is dropped and counted."""
    granted, tenor, default, label, dropped = (list(column) for column in zip(*LOANS, strict=True))
    loans = pd.DataFrame({"uscc": "x", "granted_on": days(*granted), "tenor_months": tenor})
    made = default_labels(loans.assign(defaulted_on=days(*default)), DAY)
    assert made.table["dropped"].tolist() == dropped
    assert made.values.tolist() == [one for one in label if one is not None]
    assert made.until.iloc[0] == pd.Timestamp("2022-03-10")
    assert made.dropped == {SHORT_LOAN: 1, NOT_OVER: 1}
    assert len(made.rows) + sum(made.dropped.values()) == len(loans)


# Operating cash flow by financial year, 10,000 yuan; known on 31 May of the next year.
FLOWS = {
    "full": {2020: 600.0, 2021: 240.0, 2022: 120.0, 2023: -60.0},
    "silent": {2020: 600.0, 2021: 240.0},
    "closed": {2020: 600.0, 2021: 240.0, 2022: 120.0},
    "left": {2020: 600.0, 2021: 240.0, 2022: 120.0},
}
REGISTER = pd.DataFrame(
    {
        "uscc": list(FLOWS),
        "founded_on": pd.Timestamp("2010-01-01"),
        "closed_on": days(None, None, "2022-12-31", None),
        "left_on": days(None, None, None, "2022-04-01"),
    }
)
FACTS = pd.DataFrame(
    [
        {
            "uscc": uscc,
            "period_end": pd.Timestamp(f"{year}-12-31"),
            "known_at": pd.Timestamp(f"{year + 1}-05-31"),
            "operating_cash_flow_wan": flow,
        }
        for uscc, flows in FLOWS.items()
        for year, flow in flows.items()
    ]
)
DEBTS = [  # enterprise, day of the case, end of the year that is read, debt, dropped
    # Half of 2021 lies before this case; the year that came after it is 2022: 120 / 1.2 * annuity.
    ("full", "2021-06-30", "2022-12-31", 100 * ANNUITY, ""),
    ("full", "2020-12-31", "2021-12-31", 200 * ANNUITY, ""),  # exactly the twelve months after the case
    ("full", "2022-06-30", "2023-12-31", 0.0, ""),  # a negative flow services nothing
    ("full", "2023-06-30", "2024-12-31", None, NOT_OVER),
    ("silent", "2021-06-30", "2022-12-31", None, NOT_REPORTED),
    ("closed", "2021-06-30", "2022-12-31", 0.0, ""),  # a year that it did not finish services nothing
    ("closed", "2020-12-31", "2021-12-31", 200 * ANNUITY, ""),
    ("left", "2021-06-30", "2022-12-31", None, LEFT),
]


def debts(facts: pd.DataFrame) -> tuple[pd.DataFrame, list[object]]:
    cases = pd.DataFrame({"uscc": [row[0] for row in DEBTS], "as_of": days(*(row[1] for row in DEBTS))})
    made = serviceable_debt_labels({"enterprises": REGISTER, "credit_facts": facts}, cases, DAY, **CONSTRAINTS)
    return made.table, [row[3] for row in DEBTS]


@pytest.mark.law
def test_serviceable_debt_by_hand_counts_no_day_before_the_case():
    """The first whole year after the case and nothing of the year in which the case lies."""
    table, expected = debts(FACTS)
    assert table["dropped"].tolist() == [row[4] for row in DEBTS]
    assert table["until"].tolist() == [pd.Timestamp(row[2]) for row in DEBTS]
    np.testing.assert_allclose(table["value"], np.array(expected, dtype=float), rtol=1e-6)


@pytest.mark.law
def test_a_figure_restated_after_the_last_observed_day_changes_no_label():
    """A later delivery of the same year replaces the earlier one, but only up to the last observed day."""
    again = FACTS.assign(operating_cash_flow_wan=FACTS["operating_cash_flow_wan"] * 2)
    late = pd.concat([FACTS, again.assign(known_at=DAY + pd.Timedelta(days=1))])
    pd.testing.assert_frame_equal(debts(late)[0], debts(FACTS)[0])
    soon = pd.concat([again.assign(known_at=FACTS["known_at"] + pd.Timedelta(days=1)), FACTS])
    assert debts(soon)[0]["value"].iloc[0] == pytest.approx(200 * ANNUITY)


@pytest.mark.law
def test_no_debt_label_reads_a_year_that_began_before_its_case(tables):
    """Every earlier record erased, the labels of the whole cohort stay what they were."""
    day = pd.Timestamp("2021-06-30")
    cases = build_cases(tables, day).frame
    facts = tables["credit_facts"]
    later = tables | {"credit_facts": facts.loc[facts["period_end"] - pd.DateOffset(months=12) >= day]}
    made, again = (serviceable_debt_labels(one, cases, DAY, **CONSTRAINTS).table for one in (tables, later))
    pd.testing.assert_frame_equal(made, again)
    assert (made["dropped"] == "").sum() > 200


@pytest.mark.law
def test_labels_keep_the_cases_their_days_and_their_index():
    """Cases in any order and under any index: who, which day, until when, and a value only where none is dropped."""
    cases = pd.DataFrame({"uscc": ["left", "full"], "as_of": days("2021-06-30", "2020-12-31")}).set_axis([9, 4])
    debt = serviceable_debt_labels({"enterprises": REGISTER, "credit_facts": FACTS}, cases, DAY, **CONSTRAINTS)
    loans = pd.DataFrame({"uscc": ["a", "b"], "granted_on": days("2024-01-01", "2021-03-10"), "tenor_months": 12})
    default = default_labels(loans.assign(defaulted_on=days(None, "2021-04-01")).set_axis([9, 4]), DAY)
    for made, until, dropped, value in (
        (debt, ["2022-12-31", "2021-12-31"], LEFT, 200 * ANNUITY),
        (default, ["2025-01-01", "2022-03-10"], NOT_OVER, 1.0),
    ):
        table = made.table
        assert list(table) == ["uscc", "as_of", "until", "value", "dropped"]
        assert (table.index.tolist(), table["dropped"].tolist()) == ([9, 4], [dropped, ""])
        assert table["until"].tolist() == [pd.Timestamp(day) for day in until]
        assert table["value"].tolist() == pytest.approx([float("nan"), value], nan_ok=True, rel=1e-6)
        assert table["value"].dtype == np.float64
        assert (made.rows.tolist(), made.values.tolist()) == ([4], [pytest.approx(value, rel=1e-6)])
        assert (made.known.tolist(), made.until.tolist()) == ([False, True], [pd.Timestamp(until[1])])
    assert debt.table["uscc"].tolist() == ["left", "full"]
    assert debt.table["as_of"].tolist() == cases["as_of"].tolist()
    assert default.table["as_of"].tolist() == loans["granted_on"].tolist()


@pytest.mark.law
def test_a_window_and_a_figure_count_on_the_last_observed_day_itself():
    """A year that ends on it is over; a figure known on it is read, one known the day after is not."""
    cases = pd.DataFrame({"uscc": ["full"], "as_of": days("2022-06-30")})
    tables = {"enterprises": REGISTER, "credit_facts": FACTS}
    facts = FACTS.assign(known_at=pd.Timestamp("2023-12-31"))
    for result, end, dropped in (
        (facts, "2023-12-31", ""),
        (facts, "2023-12-30", NOT_OVER),
        (FACTS, "2024-05-31", ""),
        (FACTS, "2024-05-30", NOT_REPORTED),
    ):
        made = serviceable_debt_labels(tables | {"credit_facts": result}, cases, pd.Timestamp(end), **CONSTRAINTS)
        assert made.table["dropped"].tolist() == [dropped], end


@pytest.mark.law
def test_the_later_of_two_deliveries_of_a_figure_counts_whatever_their_order():
    """Versions of one figure: the last known one; of forty known on that day the one delivered last."""
    cases = pd.DataFrame({"uscc": ["full"], "as_of": days("2020-12-31")})
    row = {"uscc": "full", "period_end": pd.Timestamp("2021-12-31")}
    result = [
        ("2022-05-31", 12.0),
        ("2023-05-31", 24.0),
        ("2022-09-30", 36.0),
        ("2023-05-31", 48.0),
        ("2023-06-30", None),
    ]
    facts = pd.DataFrame(
        [row | {"known_at": pd.Timestamp(day), "operating_cash_flow_wan": flow} for day, flow in result]
    )
    tables = {"enterprises": REGISTER, "credit_facts": facts}
    made = serviceable_debt_labels(tables, cases, DAY, **CONSTRAINTS)
    assert made.values.tolist() == pytest.approx([48 / 1.2 * ANNUITY], rel=1e-6)


@pytest.mark.behaviour
def test_survivorship_by_hand():
    """Two of four firms are gone, one had defaulted: who looks at today's firms sees no default."""
    register = pd.DataFrame(
        {
            "uscc": ["a", "b", "c", "d"],
            "closed_on": days("2022-01-01", None, None, None),
            "left_on": days(None, "2024-06-30", None, "2024-07-01"),
        }
    )
    loans = pd.DataFrame({"uscc": ["a", "b", "c", "d"], "granted_on": pd.Timestamp("2021-02-01"), "tenor_months": 12})
    made = default_labels(loans.assign(defaulted_on=days("2021-09-01", None, None, None)), DAY)
    assert survivorship(made, register, DAY)["2021"] == {
        "cases": 4,
        "share_closed_since": 0.25,
        "share_left_since": 0.25,
        "labelled": 4,
        "mean": 0.25,
        "mean_of_those_still_there": 0.0,
    }
    late = default_labels(loans.assign(granted_on=pd.Timestamp("2024-02-01"), defaulted_on=days(*[None] * 4)), DAY)
    assert survivorship(late, register, DAY)["2024"] == {
        "cases": 4,
        "share_closed_since": 0.25,
        "share_left_since": 0.25,
        "labelled": 0,
        "mean": None,
        "mean_of_those_still_there": None,
    }
