"""What a firm can move to raise its quota, each figure in whole steps from today's, and the case as it then is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from models.quota.certificate import LossCertificate
from models.quota.constraints import need_wan
from models.quota.decide import Decided, decide_columns
from models.quota.measure import Measured
from models.quota.policy import CreditPolicy

Floats = npt.NDArray[np.float64]
PD_STEP, POINTS_STEP = 0.0001, 0.1  # as fine as these figures are shown
DEBT_SERVICE_COVER = 1.2  # yearly cash flow for each yuan of yearly debt service, as the debt capacity's label counts
LARGEST_CASH_FLOW_SHARE = 0.1  # of a year's revenue: no more additional yearly cash flow is taken as plausible


class Situation(NamedTuple):
    """One firm at one bank: ``measured`` holds the firm's case alone, ``requested`` one value a request member.

    again : the case as the models measure it with other credit facts, by name, of shape (k,)
    """

    measured: Measured
    requested: Mapping[str, Any]
    policy: CreditPolicy
    issued: LossCertificate
    again: Callable[[Mapping[str, Floats]], Measured]

    def decide(self, changes: Mapping[str, Floats], **members: npt.NDArray[Any]) -> Decided:
        """Decisions on the case with these columns, and members of the request, in place of its own, k at once."""
        count = len(next(iter((*members.values(), *changes.values()))))
        requested = {name: np.full(count, value) for name, value in self.requested.items()} | members
        tried = self.measured.without_reasons().take(np.zeros(count, dtype=int)).with_columns(**changes)
        return decide_columns(tried, requested, self.policy, self.issued)

    def decide_again(self, facts: Mapping[str, Floats]) -> Decided:
        """Decisions on the case with these credit facts in place of its own, measured again, k at once."""
        tried = self.again(facts)
        requested = {name: np.full(len(tried), value) for name, value in self.requested.items()}
        return decide_columns(tried, requested, self.policy, self.issued)

    def figure(self, name: str) -> float:
        """A column of the case."""
        return float(self.measured[name][0])


class Lever(NamedTuple):
    """One figure that a firm can move, from 0 (nothing changed) to ``steps`` whole steps.

    change : existing_debt_wan, need_wan, exposure_wan or points, whose sentence has that key; pd_12m
    now : the figure today; then, columns, repays : the figure, the columns of the case and the bank debt repaid, after
        so many steps
    """

    change: str
    unit: str
    now: float
    steps: int
    then: Callable[[Floats], Floats]
    columns: Callable[[Floats], Mapping[str, Floats]]
    repays: Callable[[float], float] = lambda _: 0.0


MakeLever = Callable[[Situation], Lever]


def existing_debt(case: Situation) -> Lever:
    """Less bank debt, down to none."""
    debt = case.figure("existing_debt_wan")
    return Lever(
        "existing_debt_wan", "wan_cny", debt, ceil(debt),
        lambda steps: np.maximum(debt - steps, 0.0),
        lambda steps: {"existing_debt_wan": np.maximum(debt - steps, 0.0)},
        lambda steps: min(steps, debt),
    )  # fmt: skip


def more_capacity(case: Situation) -> Mapping[str, Floats]:
    """The columns of more debt capacity: as much as a plausible rise of the yearly cash flow could carry at most.

    It serves to see whether more would raise the quota, and no more: what the models make of other cash flow, only
    they can say.
    """
    more = LARGEST_CASH_FLOW_SHARE * case.figure("revenue_wan") * case.measured.capacity_factor / DEBT_SERVICE_COVER
    return {name: case.measured[name] + more for name in ("capacity_low_wan", "capacity_median_wan")}


def _need(case: Situation) -> Lever:
    debt, policy = case.figure("existing_debt_wan"), case.policy
    revenue, growth, research = (case.measured[name] for name in ("revenue_wan", "revenue_growth", "rd_expense"))
    need = float(need_wan(revenue, growth, research, policy)[0])
    return Lever(
        "need_wan", "wan_cny", max(need - debt, 0.0), ceil(policy.exposure_cap_wan),
        lambda steps: steps,
        # What contracts or a budget prove is taken as if sales had shown it.
        lambda steps: {
            "revenue_wan": (debt + steps) * policy.working_capital_turns,
            "revenue_growth": np.zeros(len(steps)),
        },
    )  # fmt: skip


def _points(case: Situation) -> Lever:
    total, full = case.figure("total"), case.policy.full_points
    start = floor(round(total / POINTS_STEP, 6))
    return Lever(
        "points", "points", total, ceil(round(full / POINTS_STEP, 6)) - start,
        lambda steps: (start + steps) * POINTS_STEP,
        lambda steps: {"total": (start + steps) * POINTS_STEP},
    )  # fmt: skip


def exposure(case: Situation) -> Lever:
    """Fewer guarantees and, beyond them, less bank debt, down to none: advice names both in this order."""
    debt, guarantees = case.figure("existing_debt_wan"), case.figure("guarantees_wan")
    return Lever(
        "exposure_wan", "wan_cny", debt + guarantees, ceil(debt + guarantees),
        lambda steps: np.maximum(debt + guarantees - steps, 0.0),
        # Guarantees first, as they cost the firm no cash; the same total of debt alone may give less.
        lambda steps: {
            "guarantees_wan": np.maximum(guarantees - steps, 0.0),
            "existing_debt_wan": np.maximum(debt - np.maximum(steps - guarantees, 0.0), 0.0),
        },
        lambda steps: min(max(steps - guarantees, 0.0), debt),
    )  # fmt: skip


def default_risk(case: Situation) -> Lever:
    """A lower PD, which no firm can choose."""
    point = case.figure("pd_12m")
    start = ceil(round(point / PD_STEP, 6))

    def columns(steps: Floats) -> Mapping[str, Floats]:
        return lower_pd(case.measured, (start - steps) * PD_STEP)

    return Lever("pd_12m", "pd_12m", point, start - 1, lambda steps: (start - steps) * PD_STEP, columns)


EVERY_LEVER = (existing_debt, _need, _points, exposure)  # what a firm can move; its PD it cannot choose
OF_FACTS = (existing_debt, exposure)  # their columns are credit facts, which the models read
# Those that move what a constraint reads first; where these raise nothing, the first of the others that does.
LEVERS: Mapping[str, tuple[MakeLever, ...]] = {
    "need": (_need,),
    "points_cap": (_points,),
    "exposure_cap": (exposure,),
    **dict.fromkeys(("debt_capacity", "expected_loss_cap", "max_profit", "raroc", "taper"), (existing_debt,)),
}


def lower_pd(case: Measured, pd_12m: Floats) -> Mapping[str, Floats]:
    """The columns of one case's default risk as they would be at another PD: its interval moves with it."""
    share, moved = pd_12m / case["pd_12m"], logit(pd_12m) - logit(case["pd_12m"])
    return {
        "pd_low": case["pd_low"] * share,
        "pd_12m": pd_12m,
        "pd_high": np.minimum(case["pd_high"] * share, 1.0),
        **{name: case[name] + moved for name in ("log_odds_mid", "log_odds_hidden_mid")},
    }
