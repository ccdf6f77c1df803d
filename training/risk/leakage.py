"""Columns that hold the outcome (target leakage): found by what they do, refused unless excluded or waived by name.

Nothing here depends on a column's name or meaning. A column stops the training when it cannot have been known on the
day of the decision, or when it does more than the best plausible column is allowed (``LeakageParams``): it ranks the
outcomes nearly perfectly, or one of its values, "missing" among them, separates the classes. So do columns
that together reveal the outcome by being equal to one another (``training.risk.leakage_equal``). Every test is
against that plausible limit and not against chance, and all tests of a table share one false-alarm rate. What is odd
but weaker is a warning and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from training.risk.leakage_classes import one_class_values
from training.risk.leakage_column import Codes, Column, Floats, Leak, LeakageParams, read_column
from training.risk.leakage_equal import EQUAL_COLUMNS, equal_pairs, equality_score, unrepeated


class LeakError(ValueError):
    """A table has columns that hold the outcome; ``leaks`` are the findings that stopped."""

    def __init__(self, message: str, leaks: tuple[Leak, ...]) -> None:
        super().__init__(message)
        self.leaks = leaks


def refuse_leaks(
    table: pd.DataFrame,
    target: str,
    params: LeakageParams,
    *,
    known_at: pd.DataFrame | None = None,
    decided_at: pd.Series | None = None,
    exclude: Iterable[str] = (),
    waive: Iterable[str] = (),
    seed: int = 0,
) -> tuple[Leak, ...]:
    """Raise LeakError naming every column that holds the outcome; returns the warnings, and what was waived.

    exclude : columns that are not trained on, so not looked at
    waive   : columns that may stay whatever is found, beside ``params.waived``
    """
    dropped = set(exclude)
    seen = {str(name) for name in table} | {str(name) for name in ([] if known_at is None else known_at)}
    if unknown := sorted(dropped - seen):
        raise ValueError(
            f"cannot exclude {unknown}; the table's columns are {sorted({str(name) for name in table} - {target})}"
        )
    leaks = find_leaks(
        table.drop(columns=[name for name in table if name in dropped]),
        target,
        params,
        known_at=None if known_at is None else known_at.drop(columns=[name for name in known_at if name in dropped]),
        decided_at=decided_at,
        seed=seed,
    )
    allowed = set(params.waived) | set(waive)
    refused = tuple(leak for leak in leaks if leak.stops and leak.column not in allowed)
    if refused:
        lines = "".join(f"\n  {leak.column} ({leak.kind}): {leak.found}" for leak in refused)
        raise LeakError(
            f"columns of the table hold {target!r}:{lines}\nexclude each, or waive it by name (params.yaml, "
            f"leakage.waived); now waived: {sorted(allowed) or 'none'}",
            refused,
        )
    return leaks


def find_leaks(
    table: pd.DataFrame,
    target: str,
    params: LeakageParams,
    *,
    known_at: pd.DataFrame | None = None,
    decided_at: pd.Series | None = None,
    seed: int = 0,
) -> tuple[Leak, ...]:
    """Every finding, those that stop first; rows without an outcome are left out.

    table      : one row per case; columns of any type, ``target`` 0, 1 or missing
    known_at   : for some columns, the day on which each row's value became known; rows as in ``table``
    decided_at : day of each row's decision, needed with ``known_at``
    """
    late = _known_too_late(known_at, decided_at)
    outcome = table[target]
    known = outcome.notna().to_numpy()
    if not set(outcome[known].unique()) == {0, 1}:
        raise ValueError(f"{target!r} must hold both 0 and 1; it holds {sorted(outcome[known].unique().tolist())[:5]}")
    bad = outcome[known].to_numpy(dtype=bool)
    fold = _folds(bad, params.folds, seed)
    columns = [read_column(table.loc[known, name], bad, params) for name in table.columns if name != target]
    varied = [column for column in columns if column.codes.max(initial=0) > 0]
    ranked = [_best_rank(column, bad, fold) for column in varied]
    # Half of the false alarms allowed go to ranking, half to single values; Bonferroni within each.
    one = params.false_alarm_rate / 2
    line = -ndtri(one / (2 * (len(varied) + 1)))  # all columns, and what they are to one another
    found = late + _equal_columns(table.loc[known].drop(columns=target), bad, fold, params, line)
    for column, rank in zip(varied, ranked, strict=True):
        if _beyond(rank, params.plausible_auc, bad) > line:
            text = f"alone it ranks the outcomes with AUC {rank.auc:.3f}; plausible: {params.plausible_auc}"
            found.append(Leak(column.name, "discrimination", rank.auc, text, stops=True))
    found += one_class_values(varied, bad, params, one)
    stopped = {leak.column for leak in found if leak.stops}
    found += _standing_out([rank for rank in ranked if rank.name not in stopped], one)
    found += [
        Leak(column.name, "id", column.distinct_share, f"{column.distinct_share:.0%} of its values differ", stops=False)
        for column in columns
        if column.is_id and column.name not in stopped
    ]
    return tuple(sorted(found, key=lambda leak: (not leak.stops, leak.column, leak.kind)))


def _equal_columns(
    table: pd.DataFrame, bad: npt.NDArray[np.bool_], fold: Codes, params: LeakageParams, line: float
) -> list[Leak]:
    """One finding if the equality of columns, all pairs together, ranks the outcomes better than a plausible column."""
    few = max(10, len(bad) // 1_000)
    names, values = unrepeated(table, few)
    pairs, flags = equal_pairs(values, few)
    if not pairs:
        return []
    rank = _rank(EQUAL_COLUMNS, equality_score(flags, bad, fold), bad)
    if _beyond(rank, params.plausible_auc, bad) <= line:
        return []
    shares = np.column_stack([flags[bad].mean(axis=0), flags[~bad].mean(axis=0)])
    order = np.argsort(-np.abs(shares[:, 0] - shares[:, 1]), kind="stable")
    shown = "; ".join(
        f"{names[pairs[position][0]]} = {names[pairs[position][1]]} in {shares[position, 0]:.0%} of defaults and "
        f"{shares[position, 1]:.0%} of others"
        for position in order[:3]
    )
    text = f"which columns are equal to the last digit ranks the outcomes with AUC {rank.auc:.3f}, {len(pairs)} pairs: "
    return [Leak(EQUAL_COLUMNS, "equality", rank.auc, text + shown, stops=True)]


@dataclass(frozen=True)
class _Rank:
    """AUC of a column's best score, and each row's share in it (DeLong)."""

    name: str
    auc: float
    parts: tuple[Floats, Floats]

    @property
    def spread(self) -> float:
        return float(np.sqrt(sum(part.var(ddof=1) / part.size for part in self.parts)))


def _known_too_late(known_at: pd.DataFrame | None, decided_at: pd.Series | None) -> list[Leak]:
    if known_at is None:
        return []
    if decided_at is None or len(decided_at) != len(known_at):
        raise ValueError("known_at needs decided_at, one day for each of its rows")
    late = {name: int((known_at[name].to_numpy() > decided_at.to_numpy()).sum()) for name in known_at}
    return [
        Leak(str(name), "timing", count, f"known after the decision in {count} of {len(known_at)} rows", stops=True)
        for name, count in late.items()
        if count
    ]


def _folds(bad: npt.NDArray[np.bool_], count: int, seed: int) -> Codes:
    rng = np.random.default_rng(seed)
    fold = np.empty(bad.size, dtype=np.intp)
    for side in (bad, ~bad):
        fold[side] = rng.permutation(np.arange(side.sum()) % count)
    return fold


def _best_rank(column: Column, bad: npt.NDArray[np.bool_], fold: Codes) -> _Rank:
    """The better of the column's own order, either way round, and of its bins' default rates in other folds."""
    size = int(column.codes.max()) + 1
    events = np.zeros((fold.max() + 1, size))
    cases = np.zeros_like(events)
    np.add.at(events, (fold, column.codes), bad)
    np.add.at(cases, (fold, column.codes), 1)
    others, seen = events.sum(0) - events, cases.sum(0) - cases
    mean = others.sum(1, keepdims=True) / seen.sum(1, keepdims=True)
    rate = (others + 5 * mean) / (seen + 5) - mean  # about its fold's mean, so that folds can be pooled
    ranks = [_rank(column.name, rate[fold, column.codes], bad)]
    if column.order is not None:
        rising = _rank(column.name, column.order, bad)
        above, below = rising.parts
        ranks += [rising, _Rank(column.name, 1 - rising.auc, (1 - above, 1 - below))]
    return max(ranks, key=lambda rank: rank.auc)


def _rank(name: str, score: Floats, bad: npt.NDArray[np.bool_]) -> _Rank:
    whole, high, low = rankdata(score), rankdata(score[bad]), rankdata(score[~bad])
    above = (whole[bad] - high) / low.size
    below = 1 - (whole[~bad] - low) / high.size
    return _Rank(name, float(above.mean()), (above, below))


def _beyond(rank: _Rank, limit: float, bad: npt.NDArray[np.bool_]) -> float:
    """How many standard errors an AUC lies above ``limit``, on the probit scale, where it is nearly normal.

    The error is the larger of what the column shows (DeLong) and of what a column at the limit would have: a column
    that separates a few defaults fully shows none.
    source : Hanley and McNeil (1982), Radiology 143
    """
    ones, zeros = int(bad.sum()), int((~bad).sum())
    upper, lower = limit / (2 - limit) - limit**2, 2 * limit**2 / (1 + limit) - limit**2
    at_limit = np.sqrt((limit * (1 - limit) + (ones - 1) * upper + (zeros - 1) * lower) / (ones * zeros))
    start, position = ndtri(limit), ndtri(min(rank.auc, 1 - 0.5 / min(ones, zeros)))
    return float((position - start) / max(rank.spread / _density(position), at_limit / _density(start)))


def _density(position: float) -> float:
    return float(np.exp(-(position**2) / 2) / np.sqrt(2 * np.pi))


def _standing_out(ranked: list[_Rank], rate: float) -> list[Leak]:
    """The best column that did not stop, if it ranks better than the next by more than chance and by .1."""
    if len(ranked) < 2:
        return []
    first, second = sorted(ranked, key=lambda rank: -rank.auc)[:2]
    gap = first.auc - second.auc
    spread = np.sqrt(
        sum((own - other).var(ddof=1) / own.size for own, other in zip(first.parts, second.parts, strict=True))
    )
    if gap - -ndtri(rate / len(ranked)) * spread <= 0.1:
        return []
    return [Leak(first.name, "is_odd", first.auc, f"AUC {first.auc:.3f}, the next column {second.auc:.3f}", False)]
