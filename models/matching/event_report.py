"""What came of match events, in the trade's words, from outcomes: one row for each demand and firm.

A firm's rows go together, so every interval counts firms and not rows. Shares have Wilson's interval at the number of
rows that a sample without such groups would need for the same variance (rows over the design effect); meetings a head
has the interval of a bootstrap that draws firms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.str_] | npt.NDArray[np.int64] | npt.NDArray[np.object_]


@dataclass(frozen=True)
class Figure:
    """value : numerator over denominator, None (as its interval) where the denominator is 0."""

    value: float | None
    low: float | None
    high: float | None
    numerator: int
    denominator: int


def event_report(
    firm: Labels, demand: Labels, outcome: Mapping[str, Bools], *, level: float = 0.9, draws: int = 2_000, seed: int = 0
) -> dict[str, Figure]:
    """The report's figures by name.

    firm, demand : of each row, shape (rows,)
    outcome : columns of MatchOutcome as flags of shape (rows,): invited, accepted, met (a meeting was arranged), kept
        (it took place), second_meeting, solved, signed

    acceptance : firms that accepted, of firms invited
    meetings_a_head : meetings that took place, of firms that accepted
    kept : meetings that took place, of those arranged
    second_meetings : pairs that met again, of meetings that took place
    solved : demands solved, of demands with a firm invited
    cooperations : firms that signed, of firms invited
    """
    flags = {name: np.asarray(column, dtype=bool) for name, column in outcome.items()}
    _, at = np.unique(firm, return_inverse=True)
    _, wanted = np.unique(demand, return_inverse=True)
    invited = flags["invited"]
    firms, accepted, signed = (_any(at, invited & flags[name]) for name in ("invited", "accepted", "signed"))
    kept = invited & flags["kept"]
    held = np.bincount(at, kept, len(firms)) * accepted
    return {
        "acceptance": _share(accepted, firms, level),
        "meetings_a_head": _mean(held, accepted, level, draws, seed),
        "kept": _grouped(at, kept, invited & flags["met"], level),
        "second_meetings": _grouped(at, kept & flags["second_meeting"], kept, level),
        "solved": _share(_any(wanted, invited & flags["solved"]), _any(wanted, invited), level),
        "cooperations": _share(signed, firms, level),
    }


def _any(group: npt.NDArray[np.int64], flag: Bools) -> Floats:
    """1.0 for each group that has the flag in some row, shape (groups,)."""
    return (np.bincount(group, flag) > 0).astype(float)


def _grouped(group: npt.NDArray[np.int64], hit: Bools, counted: Bools, level: float) -> Figure:
    hits, counts = (np.bincount(group, flag).astype(float) for flag in (hit & counted, counted))
    return _share(hits, counts, level)


def _share(hits: Floats, counts: Floats, level: float) -> Figure:
    """Sum of hits over sum of counts, each of shape (groups,), with Wilson's interval at the effective number."""
    total, groups = float(counts.sum()), int((counts > 0).sum())
    if total == 0:
        return Figure(None, None, None, 0, 0)
    share = float(hits.sum()) / total
    variance = 0.0
    if groups > 1:
        variance = groups / (groups - 1) * float(((hits - share * counts) ** 2).sum()) / total**2
    # Groups that all agree show no variance of their own; then each of them counts as one row, the least there can be.
    number = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else float(groups)
    number = min(number, total)
    z = float(norm.ppf((1 + level) / 2))
    centre = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    return Figure(share, max(centre - half, 0.0), min(centre + half, 1.0), int(hits.sum()), int(total))


def _mean(sums: Floats, counts: Floats, level: float, draws: int, seed: int) -> Figure:
    """Sum over count with the percentile interval of a bootstrap over the groups that count."""
    own = sums[counts > 0]
    if not len(own):
        return Figure(None, None, None, 0, 0)
    drawn = np.random.default_rng(seed).multinomial(len(own), np.full(len(own), 1 / len(own)), draws) @ own / len(own)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Figure(float(own.mean()), float(low), float(high), int(own.sum()), len(own))
