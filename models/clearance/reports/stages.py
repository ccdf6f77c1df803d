"""How long declarations took: seconds in each stage, what still runs, and quantiles that do not take it for fast.

A running declaration has taken at least as long as it has been followed; its end is not known (right-censored). The
quantiles are those of the product-limit estimate of Kaplan and Meier (1958). Without running declarations that is the
plain quantile: the least time by which the share was done. Rejected, withdrawn and contradictory declarations have no
time to completion and are counted apart.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.clearance.reports.periods import seconds_between

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.intp]
INSTANTS = ("declared_at", "accepted_at", "examined_at", "released_at", "completed_at")
STAGES = ("declared_accepted", "accepted_examined", "examined_released", "released_completed")
WHOLE = "declared_completed"
STATES = ("completed", "running", "rejected", "withdrawn", "contradictory")
DAY = 86_400
NOISE = 1e-9  # of a share: products of fractions that should be one half


@dataclass(frozen=True)
class Times:
    """Declarations as known at one instant.

    reached : seconds from declaration to accepted, examined, released, completed, NaN where not known; shape (n, 4)
    followed : seconds from declaration to the instant; shape (n,)
    state : one of STATES; shape (n,)
    """

    reached: Floats
    followed: Floats
    state: npt.NDArray[np.str_]

    @classmethod
    def of(cls, declarations: pd.DataFrame, as_of: dt.datetime) -> Times:
        """What the table holds of the time up to ``as_of``; rows without declared_at must have been left out."""
        declared = declarations["declared_at"]
        followed = seconds_between(declared, pd.Series(pd.Timestamp(as_of), index=declarations.index))
        reached = np.stack([seconds_between(declared, declarations[name]) for name in INSTANTS[1:]], axis=1)
        reached[reached > followed[:, None]] = np.nan
        status = declarations["clearance_status"].astype(str).to_numpy()
        state = np.select(
            [
                (status == "contradictory") | backwards(reached),
                status == "withdrawn",
                ~np.isnan(reached[:, 3]),
                status == "rejected",
            ],
            ["contradictory", "withdrawn", "completed", "rejected"],
            default="running",
        )
        return cls(reached, followed, state)

    @cached_property
    def timed(self) -> Flags:
        """Declarations that are completed or may still be."""
        return np.isin(self.state, ("completed", "running"))

    def sample(self, stage: str, rows: Integers) -> tuple[Floats, Flags]:
        """Seconds in a stage, or in the whole, of those rows that have begun it, and whether each has ended.

        A stage whose end is not known although a later instant is, is left out: its length is not known.
        """
        start, end = (0, 4) if stage == WHOLE else (STAGES.index(stage), STAGES.index(stage) + 1)
        chosen = rows[self.timed[rows]]
        reached, followed = self.reached[chosen], self.followed[chosen]
        began = reached[:, start - 1] if start else np.zeros(len(chosen))
        ended = reached[:, end - 1]
        done = ~np.isnan(ended)
        passed = (~np.isnan(reached[:, end:])).any(axis=1)
        usable = ~np.isnan(began) & (done | ~passed)
        return np.where(done, ended, followed)[usable] - began[usable], done[usable]

    def within(self, horizon: float) -> npt.NDArray[np.int64]:
        """Whole seconds in each stage before ``horizon`` seconds after declaration; shape (n, 4).

        Their sum is the lesser of the whole time and the horizon. The time up to an instant that is not known is
        counted in the stage that ends with the next known one; rows must have been followed to the horizon.
        """
        ends = np.zeros((len(self.reached), 5))
        for at in range(4):
            later = (~np.isnan(self.reached[:, at:])).any(axis=1)
            known = np.where(np.isnan(self.reached[:, at]), ends[:, at], self.reached[:, at])
            ends[:, at + 1] = np.where(later, known, np.inf)
        return np.asarray(np.diff(np.minimum(ends, horizon), axis=1), dtype=np.int64)


def backwards(reached: Floats) -> Flags:
    """Whether a known instant lies before an earlier stage's."""
    latest = np.fmax.accumulate(np.where(np.isnan(reached), -np.inf, reached), axis=1)
    latest = np.maximum(np.column_stack([np.zeros(len(reached)), latest[:, :-1]]), 0.0)
    return np.asarray((reached < latest).any(axis=1))


def quantile(seconds: Floats, done: Flags, level: float) -> float | None:
    """The least time by which a share ``level`` was done; None where the running ones leave it open.

    seconds : taken so far; done : whether that was all of it; both of shape (n,)
    """
    times, events = np.unique(seconds[done], return_counts=True)
    at_risk = len(seconds) - np.searchsorted(np.sort(seconds), times, "left")
    remaining = np.cumprod(1.0 - events / at_risk)
    reached = np.flatnonzero(remaining <= 1.0 - level + NOISE)
    return float(times[reached[0]]) if len(reached) else None
