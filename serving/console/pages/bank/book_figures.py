"""Figures of a bank's book: decisions by month, amounts, applications by state, expected loss with its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from data.money import CNY_PER_WAN
from models.quota.constraints import pd_over
from serving.console.pages.bank.decision_book import Decided
from serving.console.parts.instants import iso_day

OUTCOMES = ("preapproved", "manual_review", "declined", "insufficient_data")


class Month(NamedTuple):
    """The decisions of one month; amounts in 10,000 yuan."""

    month: str  # as 2026-11
    outcomes: Mapping[str, int]
    requested_wan: float
    amount_wan: float


class ExpectedLoss(NamedTuple):
    """Expected loss of loans in yuan over their tenors, and where each PD lies at the ends of its interval."""

    expected_cny: float
    low_cny: float
    high_cny: float
    loans: int
    amount_wan: float


def by_month(decided: Iterable[Decided]) -> list[Month]:
    """Decisions by the month of their record in Beijing, the earliest first."""
    months: dict[str, list[Decided]] = {}
    for one in decided:
        months.setdefault(str(iso_day(one.recorded_at))[:7], []).append(one)
    return [
        Month(
            month,
            Counter(one.outcome for one in found),
            sum(one.requested_wan for one in found),
            float(sum(one.amount_wan for one in found)),
        )
        for month, found in sorted(months.items())
    ]


def newest_of_firms(decided: Iterable[Decided]) -> list[Decided]:
    """The last decision about each enterprise, in the order of the enterprises' first."""
    newest: dict[str, Decided] = {}
    for one in decided:
        newest[one.uscc] = one
    return list(newest.values())


def approved_now(decided: Iterable[Decided], today: date) -> list[Decided]:
    """The newest decision of each enterprise, where it is a pre-approval that is still valid."""
    return [
        one
        for one in newest_of_firms(decided)
        if one.outcome == "preapproved" and one.valid_until is not None and one.valid_until >= today.isoformat()
    ]


def stale_firms(decided: Iterable[Decided], today: date) -> list[Decided]:
    """Enterprises whose newest decision rests on data of which a source is no longer fresh, the longest stale first."""
    found = [one for one in newest_of_firms(decided) if one.fresh_until is not None and one.fresh_until < today]
    return sorted(found, key=lambda one: (one.fresh_until or today, one.uscc))


def expected_loss(loans: Iterable[tuple[Decided, float]]) -> ExpectedLoss:
    """PD over the tenor times loss given default times amount, summed; amounts in 10,000 yuan.

    The interval takes every PD at the same end of its own interval at once: wider than one of independent firms.
    Loans without a PD count nothing and are not among ``loans``.
    """
    known = [(one, wan) for one, wan in loans if one.pd_12m is not None and one.lgd is not None and wan > 0]

    def summed(member: str) -> float:
        return sum(
            float(pd_over(getattr(one, member), one.tenor_months)) * (one.lgd or 0.0) * wan * CNY_PER_WAN
            for one, wan in known
        )

    return ExpectedLoss(
        summed("pd_12m"), summed("pd_low"), summed("pd_high"), len(known), float(sum(wan for _, wan in known))
    )


def granted(applications: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The grants among the actions of bank applications."""
    return [action for one in applications for action in one["actions"] if action["state"] == "granted"]
