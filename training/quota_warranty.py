"""Issuing the warranty: P(portfolio loss rate > cap) <= delta, from matured loans that no model was fitted on.

One free parameter of the policy, the default risk at which a tapered amount reaches zero, is tested at a fixed
sequence of values. The sequence starts where the design alone (amounts and predicted risks, no outcome) expects the
clearest pass and goes on to riskier values until one fails; each test is at level delta, and the first wrong one
would have to be passed before any other, so all that passed hold together with probability 1 - delta
(source: Angelopoulos, Bates, Candes, Jordan, Lei 2021, Learn then Test, fixed-sequence testing). Of those that
passed, the one with the largest expected margin is certified.

It holds for new loans exchangeable with the cohort; a downturn is not (``bench quota`` shows what one does).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.splits import enterprise_share
from features.labels import default_labels
from models.quota import BankPolicy, QuotaEngine
from models.quota_decide import decide_columns
from models.quota_measure import Measured
from models.quota_warranty import Warranty
from training.quota_bounds import BOUNDS, Bound

Floats = npt.NDArray[np.float64]
MOST_GROWTH = 300.0  # more loans than this times the cohort are as good as never


@dataclass(frozen=True)
class WarrantyParams:
    """Section ``warranty`` of params.yaml.

    bound : one of training.quota_bounds.BOUNDS
    steps, lowest, highest : values of the free parameter, from ``lowest`` to ``highest`` times the policy's cut-off
    min_defaults : under so many outcomes of the cohort nothing is certified, whatever a bound says
    """

    bound: str
    steps: int
    lowest: float
    highest: float
    min_defaults: int


@dataclass(frozen=True)
class Candidates:
    """A cohort at each value of the free parameter, safest first.

    exposure, loss, expected : by step and enterprise, shape (steps, enterprises); expected is pd * lgd * exposure
    margin : expected margin of each step's portfolio, any unit
    """

    pd_zero: Floats
    exposure: Floats
    loss: Floats
    expected: Floats
    margin: Floats


@dataclass(frozen=True)
class Verdict:
    """The certified step, its observed loss rate and its bound; step None where nothing passed: then the start's.

    start : where the sequence began
    """

    step: int | None
    start: int
    loss_rate: float
    bound: float


def certify(
    cohort: Candidates,
    loss_cap: float,
    delta: float,
    worst_share: float,
    bound: Bound,
    defaults: int,
    min_defaults: int,
) -> Verdict:
    """Test the steps in the fixed sequence; outcomes decide whether a step passes, never where the sequence starts."""
    start = _start(cohort, loss_cap, worst_share)
    passed: list[int] = []
    told: dict[int, float] = {}
    for step in range(start, len(cohort.pd_zero)):
        told[step] = bound(cohort.exposure[step], cohort.loss[step], worst_share, delta)
        if told[step] > loss_cap or defaults < min_defaults:
            break
        passed.append(step)
    if passed:
        best = max(passed, key=lambda step: cohort.margin[step])
        return Verdict(best, start, _rate(cohort, best), told[best])
    return Verdict(None, start, _rate(cohort, start), told[start])


def _start(cohort: Candidates, loss_cap: float, worst_share: float) -> int:
    """The step whose predicted loss rate lies furthest under the cap, in units of what its observation will scatter."""
    exposed = cohort.exposure.sum(axis=1)
    total = np.where(exposed > 0.0, exposed, 1.0)
    most = worst_share * (cohort.exposure**2).sum(axis=1) / total**2
    mean = cohort.expected.sum(axis=1) / total + most
    spread = np.sqrt((cohort.expected * worst_share * cohort.exposure).sum(axis=1) / total**2 + most**2)
    clear = np.full(len(total), -np.inf)
    np.divide(loss_cap - mean, spread, out=clear, where=exposed > 0.0)
    return int(np.argmax(clear))


def _rate(cohort: Candidates, step: int) -> float:
    total = float(cohort.exposure[step].sum())
    return float(cohort.loss[step].sum()) / total if total > 0 else 0.0


def growth_needed(
    cohort: Candidates,
    step: int,
    loss_cap: float,
    delta: float,
    worst_share: float,
    bound: Bound,
    defaults: int,
    min_defaults: int,
) -> float | None:
    """How many times the cohort would pass, if more loans went as these did, or as predicted where that is worse.

    None where no number would, for the losses themselves reach the cap
    """
    exposure, loss = cohort.exposure[step], cohort.loss[step]
    total = float(exposure.sum())
    if total <= 0.0:
        return None
    expected = float(cohort.expected[step].sum())
    rate = max(float(loss.sum()), expected) / total
    if rate >= loss_cap:
        return None
    size = float((exposure * exposure).sum()) / total  # of the exposure that a yuan at random is in

    def passes(growth: float) -> bool:
        """As many loans of this size, with losses at this rate: what the bound sees of a larger cohort."""
        some = np.full(max(round(total * growth / size), 1), size)
        losses = rate * total * growth / (size * worst_share)  # in whole loans
        lost = np.zeros(len(some))
        whole = min(math.ceil(losses), len(some))
        lost[:whole] = size * worst_share * losses / max(whole, 1)
        return bound(some, lost, worst_share, delta) <= loss_cap

    low, high = 1.0, MOST_GROWTH
    if not passes(high):
        return None
    while high / low > 1.02:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if passes(middle) else (middle, high)
    return max(high, min_defaults / max(defaults, 1))


def candidates(
    engine: QuotaEngine,
    measured: Measured,
    asked: pd.DataFrame,
    loss_share: Floats,
    policy: BankPolicy,
    params: WarrantyParams,
) -> Candidates:
    """The amounts that the policy would have lent at each step, and what became of them, by enterprise."""
    steps = policy.pd_cutoff * np.geomspace(params.lowest, params.highest, params.steps)
    firm, firms = pd.factorize(measured["uscc"])
    blank = engine.warranty(policy)
    requested = {"requested_amount_cny": asked["requested_amount_cny"].to_numpy()}
    risk = measured["pd_12m"] * policy.lgd
    exposure: list[Floats] = []
    loss: list[Floats] = []
    expected: list[Floats] = []
    margin: list[float] = []
    for pd_zero in steps:
        trial = replace(blank, pd_zero=float(pd_zero))
        told = decide_columns(measured, requested, policy, trial)
        amount = told.amount_wan.astype(float)
        for rows, values in ((exposure, amount), (loss, amount * loss_share), (expected, amount * risk)):
            rows.append(np.bincount(firm, weights=values, minlength=len(firms)).astype(float))
        margin.append(float(np.nansum(told.expected_margin_cny)))
    return Candidates(steps, np.stack(exposure), np.stack(loss), np.stack(expected), np.array(margin))


def held_cohort(
    loans: pd.DataFrame, observed_until: pd.Timestamp, test_share: float
) -> tuple[npt.NDArray[np.bool_], pd.DataFrame]:
    """Matured loans of enterprises kept for testing: which rows, and the loans with loss_wan (0 if none)."""
    outcome = default_labels(loans, observed_until)
    held = (enterprise_share(loans["uscc"]) < test_share) & loans.index.isin(outcome.rows)
    lost = loans["loss_wan"].where(outcome.values.reindex(loans.index) == 1, 0.0)
    return held, loans.assign(loss_wan=lost).loc[held].reset_index(drop=True)


def issue(
    engine: QuotaEngine,
    measured: Measured,
    loans: pd.DataFrame,
    policies: Iterable[BankPolicy],
    params: WarrantyParams,
) -> dict[str, Warranty]:
    """A warranty for every policy, by version; row i of ``measured`` is the case of loan i on the day of its grant.

    loans : matured loans of enterprises that no model was fitted on; amount_wan, and loss_wan (0 where none)
    """
    asked = pd.DataFrame({"requested_amount_cny": (loans["amount_wan"].to_numpy() * 10_000).astype(np.int64)})
    share = loans["loss_wan"].to_numpy(dtype=float) / loans["amount_wan"].to_numpy(dtype=float)
    digest = hashlib.sha256(
        pd.util.hash_pandas_object(loans[["uscc", "amount_wan", "loss_wan"]], index=False).to_numpy().tobytes()
    ).hexdigest()
    defaults = int((share > 0).sum())
    issued = {}
    for policy in policies:
        worst = max(policy.lgd, float(share.max(initial=0.0)))
        cohort = candidates(engine, measured, asked, share, policy, params)
        asked_of = (policy.loss_cap, policy.delta, worst, BOUNDS[params.bound], defaults, params.min_defaults)
        told = certify(cohort, *asked_of)
        growth = growth_needed(cohort, told.start, *asked_of) if told.step is None else None
        issued[policy.version] = Warranty(
            policy=policy.version,
            status="refused" if told.step is None else "certified",
            loss_cap=policy.loss_cap,
            delta=policy.delta,
            n=len(loans),
            defaults=defaults,
            n_needed=None if growth is None else math.ceil(len(loans) * growth),
            loss_rate=told.loss_rate,
            bound=told.bound if math.isfinite(told.bound) else None,
            pd_zero=None if told.step is None else float(cohort.pd_zero[told.step]),
            method=f"fixed-sequence test, {params.bound}",
            cohort=digest,
            models=engine.models_digest,
        )
    return issued
