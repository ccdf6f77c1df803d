"""What changed between two periods, taken apart exactly, with intervals that resample firms.

The time is the mean over declarations of the lesser of the time to completion and a horizon. It is known of every
declaration that was followed to the horizon, running ones included, so a young period does not look fast because only
its quick declarations are done; declarations that were followed for less are left out, whatever became of them. The
mean is the sum of the stages' means, and so is every part of its change. Rejected, withdrawn and contradictory
declarations have no time and are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from models.clearance.reports.decompose import Array, crossed_change, fractions, sum_change
from models.clearance.reports.groups import PUBLIC, Codes, Disclosure, Integers, pooled
from models.clearance.reports.known import Known
from models.clearance.reports.periods import bounds
from models.clearance.reports.query import ReportError, ReportQuery
from models.clearance.reports.report import by_size
from models.clearance.reports.stages import DAY, STAGES
from models.comparison.paired import Resamples, Statistic

HORIZON_DAYS = 30
DRAWS, SEED = 400, 7
LEAST_FIRMS = 10  # fewer resampled units say too little of how far a figure could have been elsewhere
HELD = 4_000_000  # sums of draws that are held at once


@dataclass(frozen=True, slots=True)
class Estimate:
    """An exact value and its 95 % interval, None without one; seconds, fen or declarations."""

    value: Fraction
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Change:
    """The change from ``periods[0]`` to ``periods[1]``.

    groups : of the dimension, the largest first, those too small to be shown as ``other``
    n, seconds : declarations with a time, and the seconds of their stages; shapes (2, groups), (2, stages, groups)
    rated, fen : declarations with an amount in yuan, and their amounts; shape (2, groups)
    n_open : of those with a time, without an end by now; ended_seconds : of the others; both of shape (2,)
    counts : all declarations; shape (2, groups); n_short : followed for less than the horizon; n_untimed : rejected,
        withdrawn or contradictory; both of shape (2,)
    parts : by name, each an array of ``Estimate``; of the time, in seconds
        change, mix, mix_by, mix_cross, speed : shape (); stage_speed : (stages,)
        group_mix, group_speed : (groups,)
        of the amount, in fen: amount_change, amount_volume, amount_mix, amount_mean : ()
        count_change : ()
    n_firms : resampled; below LEAST_FIRMS there are no intervals
    """

    query: ReportQuery
    periods: tuple[str, str]
    horizon_days: int
    groups: tuple[str, ...]
    n: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.int64]
    rated: npt.NDArray[np.int64]
    fen: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    n_open: npt.NDArray[np.int64]
    ended_seconds: npt.NDArray[np.int64]
    n_short: npt.NDArray[np.int64]
    n_untimed: npt.NDArray[np.int64]
    parts: Mapping[str, npt.NDArray[np.object_]]
    n_firms: int
    simulated_share: float

    def part(self, name: str) -> Estimate:
        """A part of shape ()."""
        (found,) = self.parts[name].ravel()
        return cast(Estimate, found)

    def ended_mean(self, at: int) -> Fraction | None:
        """Seconds of a declaration of the period 0 or 1 that has ended; None without one."""
        n = int(self.n[at].sum() - self.n_open[at])
        return Fraction(int(self.ended_seconds[at]), n) if n else None

    def mean(self, at: int) -> Fraction:
        """Seconds of a declaration in the period 0 or 1."""
        return Fraction(int(self.seconds[at].sum()), int(self.n[at].sum()))


def compared_periods(known: Known, query: ReportQuery, horizon_days: int = HORIZON_DAYS) -> tuple[str, str] | None:
    """The periods of the query, or the last two that were followed to the horizon; None where there are not two.

    Where fewer than two were followed whole, the last two with any declaration that was.
    """
    if query.baseline:
        return query.baseline, query.current
    horizon = dt.timedelta(days=horizon_days)
    usable = known.times.timed & (known.times.followed >= horizon_days * DAY)
    labels = sorted(set(known.period[usable]))
    whole = [label for label in labels if bounds(label)[1] + horizon <= known.as_of]
    chosen = whole if len(whole) > 1 else labels
    return (chosen[-2], chosen[-1]) if len(chosen) > 1 else None


def change(
    known: Known,
    query: ReportQuery,
    disclosure: Disclosure = PUBLIC,
    *,
    horizon_days: int = HORIZON_DAYS,
    draws: int = DRAWS,
) -> Change | None:
    """The change between the compared periods; None where there are not two, or all is too small to be shown.

    raises : ReportError where a period that the query names has no declaration with a time
    """
    periods = compared_periods(known, query, horizon_days)
    if periods is None:
        return None
    inside = np.isin(known.period, periods)
    part = (known.period[inside] == periods[1]).astype(np.intp)
    followed = known.times.followed[inside] >= horizon_days * DAY
    may_complete = known.times.timed[inside]
    timed, rated = followed & may_complete, known.has_rate[inside]
    for at, key in enumerate(("baseline", "current")):
        if not (timed & (part == at)).any():
            allowed = f"a period with declarations that were followed for {horizon_days} days"
            raise ReportError(key, periods[at], allowed)
    firm = np.unique(known.firm[inside], return_inverse=True)[1]
    codes, shown = _shown(known.codes(query.by)[inside], firm, part, (timed, rated), disclosure)
    if not shown:
        return None
    groups = tuple(by_size(codes))
    layout = _Layout.of(codes, known.codes(query.cross)[inside] if query.cross else None, groups)
    within = np.zeros((len(part), len(STAGES)), dtype=np.int64)
    within[timed] = known.times.within(horizon_days * DAY)[inside][timed]
    ended = timed & ~np.isnan(known.times.reached[inside, 3])
    columns = layout.columns(part, timed, within, rated, known.fen[inside])
    total = np.zeros(layout.width, dtype=np.int64)
    for where, value in columns:
        np.add.at(total, where[where >= 0], value[where >= 0])
    n, seconds, n_rated, fen, counts = layout.split(total)
    n_firms = int(firm.max()) + 1
    money_too = bool(n_rated.sum(axis=-1).all())
    exact = _parts(*layout.split(fractions(total)), money_too=money_too)
    drawn: dict[str, Array] = {}
    if n_firms >= LEAST_FIRMS and draws > 1:
        drawn = _drawn(layout, columns, firm, Resamples(n_firms, draws, SEED), money_too=money_too)
    estimates = {name: _estimates(value, drawn.get(name), draws) for name, value in exact.items()}
    return Change(
        query, periods, horizon_days, groups, n.sum(axis=-1), seconds.sum(axis=-1), n_rated, fen, counts,
        np.bincount(part[timed & ~ended], minlength=2),
        np.array([int(within[ended & (part == at)].sum()) for at in (0, 1)]),
        np.bincount(part[may_complete & ~followed], minlength=2), np.bincount(part[~may_complete], minlength=2),
        estimates, n_firms, float(known.rows["simulated"].astype(bool)[inside].mean()),
    )  # fmt: skip


def _shown(
    codes: Codes, firm: Integers, part: Integers, subsets: tuple[npt.NDArray[np.bool_], ...], disclosure: Disclosure
) -> tuple[Codes, bool]:
    """Groups that are large enough in both periods: all their declarations, those with a time, those with a rate."""
    chosen = [np.arange(len(codes)), *(np.flatnonzero(rows) for rows in subsets)]
    rows = np.concatenate(chosen)
    parts = np.concatenate([part[each] + 2 * at for at, each in enumerate(chosen)])
    names, shown = pooled(codes[rows], firm[rows], parts, disclosure)
    return names[: len(codes)], shown


@dataclass(frozen=True)
class _Layout:
    """Where the sums of a change are in one line of figures: those of the period 0, then those of the period 1."""

    group: Integers
    cross: Integers
    n_groups: int
    n_cross: int

    @classmethod
    def of(cls, codes: Codes, crossed: Codes | None, groups: tuple[str, ...]) -> _Layout:
        number = {name: at for at, name in enumerate(groups)}
        group = np.array([number[str(code)] for code in codes], dtype=np.intp)
        if crossed is None:
            return cls(group, np.zeros_like(group), len(groups), 1)
        names, cross = np.unique(crossed.astype(str), return_inverse=True)
        return cls(group, cross, len(groups), len(names))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of one period: declarations with a time and seconds by stage and cell; rated, fen and all by group."""
        cells = self.n_groups * self.n_cross
        return (cells, len(STAGES) * cells, self.n_groups, self.n_groups, self.n_groups)

    @property
    def width(self) -> int:
        """Of the line."""
        return 2 * sum(self.sizes)

    def columns(
        self,
        part: Integers,
        timed: npt.NDArray[np.bool_],
        within: npt.NDArray[np.int64],
        rated: npt.NDArray[np.bool_],
        fen: npt.NDArray[np.int64],
    ) -> list[tuple[Integers, npt.NDArray[np.int64]]]:
        """Where each row's figures are added, -1 for nowhere, and the figures."""
        starts = np.cumsum([0, *self.sizes])
        first = part * sum(self.sizes)
        cell, cells = self.group * self.n_cross + self.cross, self.sizes[0]
        one = np.ones(len(part), dtype=np.int64)
        found = [(np.where(timed, first + cell, -1), one)]
        found += [
            (np.where(timed, first + starts[1] + at * cells + cell, -1), within[:, at]) for at in range(len(STAGES))
        ]
        found += [(np.where(rated, first + starts[2] + self.group, -1), one)]
        found += [(np.where(rated, first + starts[3] + self.group, -1), fen)]
        return [*found, (first + starts[4] + self.group, one)]

    def split(self, line: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Lines, shape (..., width), as arrays of shape (..., 2, and what it holds)."""
        lines = line.reshape(*line.shape[:-1], 2, -1)
        n, seconds, rated, fen, counts = np.split(lines, np.cumsum(self.sizes)[:-1], axis=-1)
        lead, grid = lines.shape[:-1], (self.n_groups, self.n_cross)
        return n.reshape(*lead, *grid), seconds.reshape(*lead, len(STAGES), *grid), rated, fen, counts


def _parts(n: Array, seconds: Array, rated: Array, fen: Array, counts: Array, *, money_too: bool) -> dict[str, Array]:
    """Every part by name; shape (..., as documented at Change)."""
    n0, n1 = (n[..., at, None, :, :] for at in (0, 1))
    s0, s1 = (seconds[..., at, :, :, :] for at in (0, 1))
    time = crossed_change(n0, s0, n1, s1)
    mix_by, mix_cross = time.mix_a.sum(axis=-1), time.mix_b.sum(axis=-1)
    stage_speed = time.speed.sum(axis=(-1, -2))
    speed, mix = stage_speed.sum(axis=-1), mix_by + mix_cross
    found = {
        "change": mix + speed, "mix": mix, "mix_by": mix_by, "mix_cross": mix_cross, "speed": speed,
        "stage_speed": stage_speed, "group_mix": time.mix.sum(axis=(-1, -3)),
        "group_speed": time.speed.sum(axis=(-1, -3)),
        "count_change": (counts[..., 1, :] - counts[..., 0, :]).sum(axis=-1),
    }  # fmt: skip
    if money_too:
        money = sum_change(rated[..., 0, :], fen[..., 0, :], rated[..., 1, :], fen[..., 1, :])
        size, mean = money.mix.sum(axis=-1), money.mean.sum(axis=-1)
        found |= {"amount_change": money.volume + size + mean, "amount_volume": money.volume, "amount_mix": size,
                  "amount_mean": mean}  # fmt: skip
    return found


def _drawn(
    layout: _Layout,
    columns: list[tuple[Integers, npt.NDArray[np.int64]]],
    firm: Integers,
    resamples: Resamples,
    *,
    money_too: bool,
) -> dict[str, Array]:
    """Every part under each draw of firms, and then with each group of firms left out."""
    at = np.concatenate([one[0] for one in columns])
    value = np.concatenate([one[1] for one in columns]).astype(float)
    row = np.tile(firm, len(columns))
    used = at >= 0
    sums = csr_matrix((value[used], (row[used], at[used])), shape=(resamples.firms, layout.width))
    left_out = resamples.left_out_group()
    times = np.vstack([resamples.times(), np.arange(left_out.max() + 1)[:, None] != left_out]).astype(float)
    found: dict[str, list[Array]] = {}
    step = max(HELD // layout.width, 1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw may leave a period empty: its parts are undefined
        for start in range(0, len(times), step):
            lines = np.asarray((sums.T @ times[start : start + step].T).T)
            for name, part in _parts(*layout.split(lines), money_too=money_too).items():
                found.setdefault(name, []).append(part)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _estimates(exact: Array, drawn: Array | None, draws: int) -> npt.NDArray[np.object_]:
    """Estimates of the shape of the exact values; drawn : shape (draws and left-out groups, that shape)."""
    values = np.asarray(exact, dtype=object)
    found = np.empty(values.shape, dtype=object)
    for at in np.ndindex(values.shape):
        value = cast(Fraction, values[at])
        if drawn is None:
            found[at] = Estimate(value)
            continue
        line = drawn[(slice(None), *at)]
        ends = Statistic(float(value), line[:draws], line[draws:]).interval()
        known = np.isfinite(ends.low) and np.isfinite(ends.high)
        found[at] = Estimate(value, ends.low if known else None, ends.high if known else None)
    return found
