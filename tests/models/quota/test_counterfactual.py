"""Which indicators open a quota that the points hold, and what re-scoring then gives, for one firm by hand."""

from __future__ import annotations

from math import ceil

import pytest

from data.requests import QuotaRequest
from models.quota.counterfactual import Counterfactual, raise_points

pytestmark = pytest.mark.law


@pytest.fixture
def ask(quick_engine, quick_policy, quick_case, quick_known):
    """What would raise the points of ``quick_case`` at a bank whose cap for every firm is 60 wan, open at 65 points."""

    def of(amount_cny: int = 3_000_000, policy: dict | None = None, **change) -> Counterfactual | None:
        row = quick_case(**change)
        caps = dict.fromkeys(("startup", "growth", "mature"), 60.0)
        bank = quick_policy.model_copy(update={"expert_cap_wan": caps, "full_points": 65.0, **(policy or {})})
        request = QuotaRequest(request_id="r", uscc=row["uscc"], requested_amount_cny=amount_cny)
        return raise_points(quick_engine, row, quick_known, request, bank)

    return of


def test_one_change_opens_the_whole_cap(ask, quick_engine, quick_case):
    """60.17 points open 55 of 60 wan; revenue growth earns 10 points between -90 % and 500 %, most of what can change.

    It is to add what lacks to 65 points: 4.83 x 5.9 / 10 = 284.9 points of growth beyond today's 20 %.
    """
    total = quick_engine.points.score_row(quick_case())["total"]
    assert int(60 * total / 65) == 55
    to = ceil((0.2 + (65 - total) * 5.9 / 10) * 1_000) / 1_000
    told = ask()
    assert told.reached
    (change,) = told.changes
    assert (change.key, change.now, change.to) == ("revenue_growth", 0.2, pytest.approx(to))
    assert change.points == pytest.approx((to - 0.2) * 10 / 5.9)
    assert (told.points_now, told.points_then) == (total, pytest.approx(total + change.points))
    assert 65 <= told.points_then < 65 + 0.001 * 10 / 5.9
    assert (told.quota_wan_now, told.quota_wan_then) == (55, 60)
    assert (told.decision_then, told.limited_by_then) == ("indicative_approve", "stage_cap")


def test_the_points_asked_for_are_those_up_to_the_next_limit(ask):
    """A request of 57 wan needs 57 / 60 x 65 = 61.75 points, asked for as 61.8; above it the request bounds."""
    told = ask(amount_cny=570_000)
    assert 61.8 <= told.points_then < 61.802
    assert (told.quota_wan_now, told.quota_wan_then, told.limited_by_then) == (55, 57, "requested")


def test_the_least_points_of_a_bank_are_asked_for_where_they_refer_a_firm(ask):
    """Referred at 60.17 of at least 62 points: nothing now, 62 points' worth then, 60 x 62 / 65 = 57."""
    told = ask(policy={"min_points": 62.0})
    assert told.points_then == pytest.approx(62.0, abs=0.002)
    assert (told.quota_wan_now, told.quota_wan_then) == (0, 57)
    assert (told.decision_then, told.limited_by_then) == ("indicative_approve", "points")


def test_nothing_is_said_where_something_else_binds_or_comes_first(ask):
    """The request is smaller; the cap is open; another rule is to be met before the points' own."""
    assert ask(amount_cny=300_000) is None
    assert ask(policy={"full_points": 60.0}) is None
    assert ask(policy={"min_points": 62.0, "pd_cutoff": 0.01}) is None
    assert ask(dishonest_debtor=1.0) is None


def test_points_out_of_reach_are_said_to_be(ask, quick_case, quick_engine):
    """A shrinking list of what can change: every actionable indicator is at its best and 130 points are asked for."""
    best = {
        item.key: item.high if item.direction > 0 else item.low for item in quick_engine.codebook if item.actionable
    }
    told = ask(policy={"full_points": 130.0}, **best)
    assert (told.reached, told.changes, told.points_then) == (False, (), told.points_now)
    assert told.quota_wan_then == told.quota_wan_now == int(60 * told.points_now / 130)
