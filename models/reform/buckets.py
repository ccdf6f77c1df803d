"""Five buckets of relative change, and a sixth for a move from zero.

    lose_more_than_5pct  change <= -5 %          gain_up_to_5pct      .1 % < change <= 5 %
    lose_up_to_5pct      -5 % < change < -.1 %   gain_more_than_5pct  change > 5 %
    same                 |change| <= .1 %        from_zero            nothing before, something after

The bounds are PolicyEngine's (docs/decile-impact-spec.md, IntraDecileImpact), which counts a change of exactly -.1 %
as a loss; here a move and its reverse of the same size are both ``same``. Figures are whole numbers, so that a change
at a bound is decided exactly. source: PolicyEngine's specification of 2026.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.reform.result import BUCKETS

Ints = npt.NDArray[np.int64]


def bucket_of(baseline: Ints, reform: Ints) -> Ints:
    """Position in BUCKETS of each move; figures are not negative and at most 9e15 / 1000; shape (n,)."""
    move = reform - baseline
    same = np.abs(move) * 1_000 <= baseline
    chosen = np.select(
        [(baseline == 0) & (move > 0), same, move * 100 <= -5 * baseline, move < 0, move * 100 <= 5 * baseline],
        [BUCKETS.index(name) for name in ("from_zero", "same", "lose_more_than_5pct", "lose_up_to_5pct",
                                          "gain_up_to_5pct")],
        default=BUCKETS.index("gain_more_than_5pct"),
    )  # fmt: skip
    return np.asarray(chosen, dtype=np.int64)
