"""The half-yearly disclosure: default rates by grade and stage with exact intervals, and what they prove.

In the manner of KIBO, which published rates of its grades each half-year, and with what it left out: whether two
neighbouring grades differ at all, whether a grade keeps what the master scale promises, how firms moved between
grades, and how many cases are still needed where the figures prove nothing yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import pandas as pd
from scipy.stats import beta, binomtest, fisher_exact, norm

EVERY = "all"
DEFAULT, LEFT = "default", "no new loan"
YEAR_DAYS = 400  # a firm's next loan within it is the next vintage's


@dataclass(frozen=True)
class DisclosureParams:
    """Section ``disclosure`` of params.yaml: level of intervals and tests, and the power that "needed" aims at."""

    level: float
    power: float


def disclosure(loans: pd.DataFrame, scale: Mapping[str, float], params: DisclosureParams) -> dict[str, Any]:
    """Everything that is published, ready for JSON.

    loans : one row per seasoned loan: uscc, as_of, growth_stage, grade, pd_12m, default (0 or 1)
    scale : the master scale, best grade first: name -> the PD that the grade stays below
    """
    if stray := sorted(set(loans["risk_grade"]) - set(scale)):
        raise ValueError(f"grades {stray} are not on the master scale {list(scale)}")
    grades = list(scale)
    stages = [EVERY, *sorted(loans["growth_stage"].unique())]
    half = loans["as_of"].dt.year.astype(str) + "H" + ((loans["as_of"].dt.month + 5) // 6).astype(str)
    sides = {stage: loans if stage == EVERY else loans.loc[loans["growth_stage"] == stage] for stage in stages}
    rates = [
        {"period": period, "stage": stage, "risk_grade": grade, **rate(*_count(rows, grade), params.level)}
        for period in [EVERY, *sorted(half.unique())]
        for stage, side in sides.items()
        for rows in [side if period == EVERY else side.loc[half.loc[side.index] == period]]
        for grade in grades
    ]
    return {
        "level": params.level,
        "power": params.power,
        "loans": len(loans),
        "defaults": int(loans["default"].sum()),
        "scale": dict(scale),
        "rates": rates,
        "neighbours": _neighbours(sides, grades, params),
        "scale_test": [_kept(loans.loc[loans["risk_grade"] == grade], grade, scale[grade], params) for grade in grades],
        "migration": migration(loans, grades),
    }


def rate(defaults: int, cases: int, level: float) -> dict[str, Any]:
    """A default rate with its exact (Clopper-Pearson) interval; no cases, no rate."""
    tail = (1 - level) / 2
    return {
        "cases": cases,
        "defaults": defaults,
        "rate": defaults / cases if cases else None,
        "low": float(beta.ppf(tail, defaults, cases - defaults + 1)) if defaults else 0.0,
        "high": float(beta.ppf(1 - tail, defaults + 1, cases - defaults)) if defaults < cases else 1.0,
    }


def compare(better: tuple[int, int], worse: tuple[int, int]) -> dict[str, float | None]:
    """Two neighbouring grades as (defaults, cases): is the worse one worse?

    z, p_two_sided : of the pooled test of two proportions, as textbooks give it; z > 0 is an inversion
    p_exact        : Fisher's exact test that the worse grade defaults more; for an inversion, that it defaults less
    """
    if not (better[1] and worse[1]):
        return {"z": None, "p_two_sided": None, "p_exact": None}
    first, second = better[0] / better[1], worse[0] / worse[1]
    pooled = (better[0] + worse[0]) / (better[1] + worse[1])
    spread = sqrt(pooled * (1 - pooled) * (1 / better[1] + 1 / worse[1]))
    z = (first - second) / spread if spread else 0.0
    table = [[better[0], better[1] - better[0]], [worse[0], worse[1] - worse[0]]]
    exact = float(fisher_exact(table, alternative="greater" if z > 0 else "less").pvalue)
    return {"z": z, "p_two_sided": float(2 * norm.sf(abs(z))), "p_exact": exact}


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values for all tests together; None stays. source: Holm (1979), Scandinavian Journal of Statistics 6."""
    positions = sorted(
        (position for position, p in enumerate(p_values) if p is not None),
        key=lambda position: p_values[position] or 0.0,
    )
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(positions):
        highest = max(highest, min(1.0, (len(positions) - rank) * float(p_values[position] or 0.0)))
        adjusted[position] = highest
    return adjusted


def verdict(z: float | None, p_value: float | None, level: float) -> str:
    """Order and proof are two questions."""
    if z is None or p_value is None:
        return "no cases"
    proven = p_value <= 1 - level
    if z > 0:
        return "the inversion is real" if proven else "the inversion is noise"
    return "ordered, proven" if proven else "ordered, not proven"


def cases_to_separate(better: float, worse: float, params: DisclosureParams) -> int | None:
    """Cases in each of two grades, of these default rates, for a one-sided test to prove the order with the power."""
    if better >= worse:
        return None
    reach = float(norm.ppf(params.level) + norm.ppf(params.power))
    return ceil(reach**2 * (better * (1 - better) + worse * (1 - worse)) / (worse - better) ** 2)


def cases_to_prove_below(rate_: float, limit: float, params: DisclosureParams) -> int | None:
    """Cases of a grade with default rate ``rate_`` to prove, with the power, that it lies below ``limit``."""
    if rate_ >= limit or limit >= 1:
        return None
    certain, power = float(norm.ppf(params.level)), float(norm.ppf(params.power))
    reach = certain * sqrt(limit * (1 - limit)) + power * sqrt(rate_ * (1 - rate_))
    return ceil((reach / (limit - rate_)) ** 2)


def migration(loans: pd.DataFrame, grades: Sequence[str]) -> list[dict[str, Any]]:
    """From each grade: where the firm stood at its next vintage, whether it defaulted, or took no new loan.

    Loans of the last vintage are left out: what comes next is not known.
    """
    ordered = loans.sort_values(["uscc", "as_of"], kind="stable")
    following = ordered.groupby("uscc")[["as_of", "risk_grade"]].shift(-1)
    soon = (following["as_of"] - ordered["as_of"]).dt.days.between(1, YEAR_DAYS)
    to = following["risk_grade"].where(soon, LEFT).where(ordered["default"] == 0, DEFAULT)
    earlier = ordered["as_of"] < ordered["as_of"].max()
    columns = [*grades, DEFAULT, LEFT]
    counts = pd.crosstab(ordered.loc[earlier, "risk_grade"], to[earlier]).reindex(list(grades), fill_value=0)
    counts = counts.reindex(columns=columns, fill_value=0)
    return [{"from": grade, "to": {name: int(counts[name].loc[grade]) for name in columns}} for grade in grades]


def _count(rows: pd.DataFrame, grade: str) -> tuple[int, int]:
    own = rows.loc[rows["risk_grade"] == grade, "default"]
    return int(own.sum()), len(own)


def _neighbours(
    sides: Mapping[str, pd.DataFrame], grades: Sequence[str], params: DisclosureParams
) -> dict[str, list[dict[str, Any]]]:
    """Every stage's neighbouring grades; what is proven is proven for all of them together (Holm)."""
    pairs = [(stage, *pair) for stage in sides for pair in pairwise(grades)]
    tested = [compare(_count(sides[stage], better), _count(sides[stage], worse)) for stage, better, worse in pairs]
    together = holm([one["p_exact"] for one in tested])
    found: dict[str, list[dict[str, Any]]] = {stage: [] for stage in sides}
    for (stage, better, worse), one, p_holm in zip(pairs, tested, together, strict=True):
        expected = sides[stage].groupby("risk_grade")["pd_12m"].mean()
        said, needed = verdict(one["z"], p_holm, params.level), None
        if said != "ordered, proven" and {better, worse} <= set(expected.index):
            needed = cases_to_separate(float(expected[better]), float(expected[worse]), params)
        figures = {**one, "p_holm": p_holm, "verdict": said, "cases_needed_each": needed}
        found[stage].append({"better": better, "worse": worse, **figures})
    return found


def _kept(own: pd.DataFrame, grade: str, upper_pd: float, params: DisclosureParams) -> dict[str, Any]:
    """A grade against what was promised: the defaults expected, and a rate below the grade's upper PD."""
    seen, cases = int(own["default"].sum()), len(own)
    tested: dict[str, Any] = {
        "risk_grade": grade,
        "upper_pd": upper_pd,
        "cases": cases,
        "expected": float(own["pd_12m"].sum()),
        "seen": seen,
    }
    if not cases:
        return {**tested, "p_exact": None, "verdict": "no cases", "below_upper_proven": False, "cases_needed": None}
    mean = float(own["pd_12m"].mean())
    p_exact = float(binomtest(seen, cases, mean).pvalue)
    below = upper_pd < 1 and float(binomtest(seen, cases, upper_pd, "less").pvalue) <= 1 - params.level
    if p_exact > 1 - params.level:
        said = "as expected"
    else:
        said = "more than expected" if seen > tested["expected"] else "fewer than expected"
    needed = None if below else cases_to_prove_below(mean, upper_pd, params)
    return {
        **tested,
        "p_exact": p_exact,
        "verdict": said,
        "below_upper_proven": below,
        "cases_needed": needed,
    }
