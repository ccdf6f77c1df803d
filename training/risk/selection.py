"""What the old policy never lent to: the default rate of the declined as a range, under stated assumptions.

Nobody saw the declined default, so no number is theirs. A first range supposes that within a stage and a band of
predicted default the declined are like those lent to (confounding 1). Each wider one allows the odds of default of
the declined, alike in all that is known, to differ by a factor; without any assumption only [0, 1] is left (Manski).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta, chi2

Floats = npt.NDArray[np.float64]
EVERY = "all"


@dataclass(frozen=True)
class SelectionParams:
    """Section ``selection`` of params.yaml.

    level              : of the sampling intervals inside each range
    most_confounding   : largest odds ratio of the ranges shown, above 1
    steps              : ranges between 1 and it, evenly on the log scale
    bands              : bands of predicted default within which the declined are compared
    loss_given_default : share of a defaulted amount that is lost
    """

    level: float
    most_confounding: float
    steps: int
    bands: int
    loss_given_default: float


def selection_ranges(lent: pd.DataFrame, declined: pd.DataFrame, params: SelectionParams) -> dict[str, Any]:
    """By stage and for all: the rate seen where money was lent, and ranges of rate and loss where it was not.

    lent     : one row per seasoned loan, columns growth_stage, pd_12m and default (0 or 1)
    declined : one row per declined application, columns growth_stage, pd_12m and amount_wan
    """
    if params.most_confounding <= 1 or params.steps < 2 or params.bands < 1:
        raise ValueError(
            f"most_confounding must exceed 1, steps be 2 or more, bands 1 or more; got {params.most_confounding}, "
            f"{params.steps}, {params.bands}"
        )
    if lent.empty or declined.empty:
        raise ValueError(f"{len(lent)} loans and {len(declined)} declined applications; both are needed")
    ends = np.quantile(declined["pd_12m"], np.linspace(0, 1, params.bands + 1)[1:-1])
    lent = lent.assign(band=np.searchsorted(ends, lent["pd_12m"]))
    declined = declined.assign(band=np.searchsorted(ends, declined["pd_12m"]))
    return {
        "assumption": "within a stage and a band of predicted default, the odds of default of the declined are at most "
        "'confounding' times those of the lent, and at least their 1/'confounding'",
        "level": params.level,
        "bands_end_at": ends.tolist(),
        "stages": {name: _stage(seen, unseen, params) for name, seen, unseen in _stages(lent, declined)},
    }


def shifted(rate: float, odds_ratio: float) -> float:
    """The rate whose odds are ``odds_ratio`` times those of ``rate``."""
    return odds_ratio * rate / (1 - rate + odds_ratio * rate)


def standardised_rate(defaults: Floats, cases: Floats, share: Floats, level: float) -> tuple[float, float]:
    """Interval of sum(share * rate) from the rates seen in cells; an empty cell may hold any rate.

    defaults, cases : of the lent, by cell; share : of the declined, adding up to 1
    source          : Fay and Feuer (1997), Statistics in Medicine 16, gamma interval of a standardised rate
    """
    empty = cases == 0
    weight = share[~empty] / cases[~empty]
    unseen = float(share[empty].sum())
    if not weight.size:
        return 0.0, 1.0
    rate, spread, largest = (weight * defaults[~empty]).sum(), (weight**2 * defaults[~empty]).sum(), weight.max()
    tail = (1 - level) / 2
    low = spread / (2 * rate) * chi2.ppf(tail, 2 * rate**2 / spread) if rate else 0.0
    rate, spread = rate + largest, spread + largest**2
    high = spread / (2 * rate) * chi2.ppf(1 - tail, 2 * rate**2 / spread)
    return float(low), float(min(high, 1 - unseen) + unseen)


def _stages(lent: pd.DataFrame, declined: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    yield EVERY, lent, declined
    for name in sorted(declined["growth_stage"].unique()):
        yield str(name), lent.loc[lent["growth_stage"] == name], declined.loc[declined["growth_stage"] == name]


def _stage(lent: pd.DataFrame, declined: pd.DataFrame, params: SelectionParams) -> dict[str, Any]:
    defaults, cases = int(lent["default"].sum()), len(lent)
    cells = lent.groupby(["growth_stage", "band"])["default"].agg(["sum", "count"])
    amount = float(declined["amount_wan"].sum())
    low, high = _interval(cells, declined, None, params.level)
    low_paid, high_paid = _interval(cells, declined, declined["amount_wan"], params.level)
    lost = amount * params.loss_given_default
    steps = np.geomspace(1, params.most_confounding, params.steps)
    tail = (1 - params.level) / 2
    return {
        "lent": cases,
        "defaults_of_lent": defaults,
        "rate_of_lent": {
            "value": defaults / cases if cases else None,
            "low": float(beta.ppf(tail, defaults, cases - defaults + 1)) if defaults else 0.0,
            "high": float(beta.ppf(1 - tail, defaults + 1, cases - defaults)) if defaults < cases else 1.0,
        },
        "declined": len(declined),
        "amount_declined_wan": amount,
        # The shift of a mean lies above the mean of shifts where odds grow, below where they shrink: the safe sides.
        "ranges": [
            {
                "confounding": float(step),
                "rate_low": shifted(low, 1 / step),
                "rate_high": shifted(high, step),
                "loss_low_wan": lost * shifted(low_paid, 1 / step),
                "loss_high_wan": lost * shifted(high_paid, step),
            }
            for step in steps
        ],
        "without_assumption": {
            "rate_low": 0.0,
            "rate_high": 1.0,
            "loss_low_wan": 0.0,
            "loss_high_wan": lost,
            "rate_of_all_low": defaults / (cases + len(declined)),
            "rate_of_all_high": (defaults + len(declined)) / (cases + len(declined)),
        },
    }


def _interval(
    cells: pd.DataFrame, declined: pd.DataFrame, weight: pd.Series | None, level: float
) -> tuple[float, float]:
    ones = pd.Series(1.0, index=declined.index) if weight is None else weight
    share = ones.groupby([declined["growth_stage"], declined["band"]]).sum() / ones.sum()
    seen = cells.reindex(share.index, fill_value=0)
    return standardised_rate(
        seen["sum"].to_numpy(dtype=float), seen["count"].to_numpy(dtype=float), share.to_numpy(dtype=float), level
    )
