"""Reports of one incubator beside each other: units by hand, periods by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from data.incubators.checks import check_rows
from data.incubators.fields import record_fields
from data.incubators.registry import Registry, parted
from data.incubators.series import LEAST_DAYS, series_faults
from data.synthetic.incubators import synthesize_incubators

pytestmark = pytest.mark.law
MONEY = [key for key in record_fields("report") if key.endswith("_thousand_cny")]


def year(records, number, times=1.0, **more):
    one = records["report"]
    money = {key: one[key] * times for key in MONEY if key in one}
    days = {"period_from": f"{number}-01-01", "period_to": f"{number}-12-31", "filed_on": f"{number + 1}-01-20"}
    return one | days | money | more


def faults_of(rows, reasoned=()):
    found, wrong = check_rows("report", pd.DataFrame(rows, dtype=object))
    assert not wrong
    return series_faults(found, reasoned)


@pytest.mark.parametrize(
    ("times", "refused"), [(1_000, True), (0.001, True), (100, True), (99, False), (10, False), (1, False)]
)
def test_a_report_in_other_units_than_the_one_before_is_refused(records, times, refused):
    """Income 50 thousand yuan in 2021 and 50,000 in 2022: yuan were written for thousand yuan."""
    found = faults_of([year(records, 2022, times), year(records, 2021)])
    assert list(found) == ([0] if refused else [])
    if times == 1_000:
        one = found[0]
        assert (one.where, one.allowed, one.found) == ("investment_thousand_cny", "thousand_cny", "100000")
        zh, en = one.text
        assert "应为千元，与 2021-01-01 – 2021-12-31 的报告一致" in zh
        assert "the median ratio of 11 figures is 1,000" in en
        assert "units look wrong; allowed: thousand yuan, as in the report of 2021-01-01 – 2021-12-31" in en


def test_a_reason_takes_the_report_and_later_ones_are_held_against_it(records):
    rows = [year(records, 2021), year(records, 2022, 1_000), year(records, 2023, 1_000)]
    assert list(faults_of(rows, {"Z1 2022-12-31"})) == []
    assert list(faults_of(rows)) == [1, 2]  # each against 2021, the newest that has no fault
    rows[2] = year(records, 2023)
    assert list(faults_of(rows)) == [1]


def test_few_figures_one_great_change_and_other_incubators_say_nothing_of_units(records):
    """Two figures above 0 in both are too few; of eleven one may grow by any amount."""
    none = dict.fromkeys(MONEY)
    two = {"fund_thousand_cny": 100, "fixed_assets_thousand_cny": 100}
    many = {key: value * 1_000 for key, value in two.items()}
    assert faults_of([year(records, 2021) | none | two, year(records, 2022) | none | many]) == {}
    assert faults_of([year(records, 2021, fund_thousand_cny=1), year(records, 2022, fund_thousand_cny=9_000)]) == {}
    assert faults_of([year(records, 2021), year(records, 2022, 1_000, incubator_id="Z2")]) == {}


def test_a_report_without_money_between_hides_no_other_units(records):
    """Each figure is held against the newest one above 0 before it."""
    none = year(records, 2022) | dict.fromkeys(MONEY)
    found = faults_of([year(records, 2021), none, year(records, 2023, 1_000)])
    assert list(found) == [2]
    assert "2021-01-01 – 2021-12-31" in found[2].text[1]


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        ("2021-12-31", "2022-12-30", True),
        ("2021-07-01", "2022-06-30", True),
        ("2022-01-01", "2022-06-30", False),
        ("2021-10-01", "2021-12-30", False),
        ("2021-01-01", "2022-06-30", False),
        ("2020-07-01", "2022-06-30", False),
        ("2020-07-01", "2021-06-30", True),
    ],
)
def test_periods_may_hold_each_other_and_may_not_overlap_in_part(records, first, last, refused):
    """Beside 2021: a year may hold its quarters, from July to June would count half a year twice."""
    other = year(records, 2021) | {"period_from": first, "period_to": last, "filed_on": "2023-01-20"}
    found = faults_of([year(records, 2021), other])
    assert len(found) == refused
    for one in found.values():
        assert all(day in text for day in (first, last, "2021-01-01", "2021-12-31") for text in one.text)


def test_a_report_that_is_refused_refuses_no_other(records):
    """July to June crosses 2021; 2022 crosses it alone, and is taken."""
    odd = year(records, 2021) | {"period_from": "2021-07-01", "period_to": "2022-06-30", "filed_on": "2022-07-20"}
    assert list(faults_of([year(records, 2022), odd, year(records, 2021)])) == [1]


def test_a_short_period_needs_a_reason(records):
    days = {"period_from": "2022-02-01", "filed_on": "2022-03-20"}
    assert faults_of([year(records, 2022) | days | {"period_to": "2022-02-28"}]) == {}
    short = [year(records, 2022) | days | {"period_to": "2022-02-27"}]
    (one,) = faults_of(short).values()
    assert (one.found, one.allowed) == ("27", str(LEAST_DAYS))
    assert faults_of(short, {"Z1 2022-02-27"}) == {}


def test_parted_names_the_report_and_no_simulated_report_is_refused(records):
    rows = {record: [one] for record, one in records.items()} | {
        "report": [records["report"], year(records, 2022, 1_000)]
    }
    made = Registry.of({record: pd.DataFrame(found, dtype=object) for record, found in rows.items()})
    kept, refused = parted(made)
    assert (len(kept.reports), refused["key"].tolist()) == (1, ["Z1 2022-12-31"])
    assert len(parted(made, {"Z1 2022-12-31"})[1]) == 0
    reports, wrong = check_rows("report", synthesize_incubators().tables["report"])
    assert series_faults(reports.loc[~reports.index.isin(wrong)]) == {}
