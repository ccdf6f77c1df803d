"""Figures of the book against values counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from serving.console.pages.bank.book_figures import (
    approved_now,
    by_month,
    expected_loss,
    granted,
    newest_of_firms,
    stale_firms,
)
from serving.console.pages.bank.decision_book import Decided

ONE = Decided(
    "dec-1", "2026-10-31T17:00:00+00:00", "A", "innovation_points", "growth", "preapproved", 300.0, 120, 12,
    "stage_cap", 0.05, 60.0, 0.02, 0.01, 0.04, 0.4, None, "2026-12-31", date(2026, 12, 1), "p-1", "r-1",
)  # fmt: skip


def test_a_month_is_that_of_beijing():
    """17:00 UTC on 31 October is 01:00 on 1 November there."""
    declined = replace(ONE, audit_id="dec-2", recorded_at="2026-10-01T00:00:00+00:00", outcome="declined", amount_wan=0)
    october, november = by_month([ONE, declined])
    assert (october.month, october.outcomes, october.requested_wan) == ("2026-10", {"declined": 1}, 300.0)
    assert (november.month, november.outcomes, november.amount_wan) == ("2026-11", {"preapproved": 1}, 120.0)


def test_the_newest_decision_of_a_firm_counts():
    """A later decline takes the firm out of what may be shared; a valid approval stays on its last day."""
    later = replace(ONE, audit_id="dec-2", outcome="declined")
    other = replace(ONE, audit_id="dec-3", uscc="B")
    assert [one.audit_id for one in newest_of_firms([ONE, other, later])] == ["dec-2", "dec-3"]
    assert [one.uscc for one in approved_now([ONE, other, later], date(2026, 12, 31))] == ["B"]
    assert approved_now([other], date(2027, 1, 1)) == []


def test_data_are_stale_from_the_day_after():
    """Fresh on the last day; the longest stale comes first."""
    other = replace(ONE, uscc="B", fresh_until=date(2026, 11, 1))
    assert stale_firms([ONE, other], date(2026, 12, 1)) == [other]
    assert stale_firms([ONE, other], date(2026, 12, 2)) == [other, ONE]
    assert stale_firms([replace(ONE, fresh_until=None)], date(2030, 1, 1)) == []


def test_expected_loss_by_hand():
    """1,200,000 yuan at 2 % and 40 %: 9,600 a year; over two years 1 - .98^2 = 3.96 %: 19,008; ends of the interval."""
    one = expected_loss([(ONE, 120.0)])
    assert one.expected_cny == pytest.approx(9_600.0)
    assert (one.low_cny, one.high_cny) == pytest.approx((4_800.0, 19_200.0))
    two_years = replace(ONE, tenor_months=24)
    assert expected_loss([(two_years, 120.0)]).expected_cny == pytest.approx(19_008.0)
    unknown = replace(ONE, pd_12m=None)
    both = expected_loss([(ONE, 120.0), (unknown, 50.0), (ONE, 0.0)])
    assert (both.loans, both.amount_wan, both.expected_cny) == (1, 120.0, pytest.approx(9_600.0))


def test_grants_are_found_among_the_actions():
    """Of the actions only grants."""
    application = {"actions": [{"state": "sent"}, {"state": "due_diligence"}, {"state": "granted", "amount_cny": 5}]}
    assert [one["amount_cny"] for one in granted([application, {"actions": [{"state": "declined"}]}])] == [5]
