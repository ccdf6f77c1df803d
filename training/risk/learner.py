"""One learner of default for any table: a few kinds of members, each stopped early, blended and calibrated out of fold.

The pipeline's own model is the additive member alone, for its look-up tables and exact reasons. A table without such
demands gets the blend. Nothing here reads rows that it was not given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from training.risk.calibration import Calibrator, choose_calibrator
from training.risk.members import SMALL_ROWS, Rows, Trees, fit_boosters, fit_member, members_for, part_log_odds
from training.risk.time_order import HALF_LIVES, forward_parts, latest_parts, level_before, levelled, rarer

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
LATEST_FOLDS = 3  # of the latest block, when its level is fitted
Members = tuple[tuple[float, Callable[[pd.DataFrame], Floats]], ...]  # share in the blend, log-odds of rows


def checkpoints(rounds: int, count: int = 20) -> list[int]:
    """Numbers of rounds at which a booster is tested, the last one included."""
    return sorted({max(1, round(rounds * (position + 1) / count)) for position in range(count)})


def log_loss(y: Floats, log_odds: Floats, weight: Floats | None = None) -> float:
    """Mean negative log-likelihood of outcomes in [0, 1], weighted."""
    each = np.logaddexp(0.0, log_odds) - y * log_odds
    return float(np.average(each, weights=weight))


@dataclass(frozen=True)
class Learned:
    """A fitted learner: its members' shares in the blend, the calibration, and the losses of the inner folds."""

    members: Members
    calibrator: Calibrator
    shares: Mapping[str, float]
    inner_log_loss: Mapping[str, float]
    rounds: Mapping[str, int]
    level: float = 0.0  # of the latest block, added before the calibration
    half_life: float | None = None  # of the rows' weights, in the unit of the given time

    def raw(self, x: pd.DataFrame) -> Floats:
        """Blended log-odds before calibration, shape (n,)."""
        return _blended(self.members, x) + self.level

    def predict(self, x: pd.DataFrame) -> Floats:
        """Calibrated probability of default, shape (n,)."""
        return np.asarray(expit(self.calibrator.log_odds(self.raw(x))))


@dataclass(frozen=True)
class _Inner:
    """Inner folds one after another: ``rows`` are predicted, each by a model that did not see it."""

    parts: tuple[tuple[Codes, Codes, int], ...]  # rows to learn from, rows to predict, seed
    rows: Codes
    part: Codes  # number of the fold of each of ``rows``
    y: Floats
    weight: Floats
    by_time: bool

    @classmethod
    def of(cls, parts: Sequence[tuple[Codes, Codes, int]], y: Floats, weight: Floats, *, by_time: bool) -> _Inner:
        rows = np.concatenate([rest for _, rest, _ in parts])
        part = np.repeat(np.arange(len(parts)), [len(rest) for _, rest, _ in parts])
        return cls(tuple(parts), rows, part, y[rows], weight[rows], by_time)

    def levelled(self, predicted: Floats) -> Floats:
        """By time, each fold at its own level: the level of the next period is no matter of the folds."""
        return levelled(predicted, self.y, self.weight, self.part) if self.by_time else predicted

    def loss(self, predicted: Floats) -> float:
        return log_loss(self.y, self.levelled(predicted), self.weight)


def learn(
    x: pd.DataFrame,
    y: Floats,
    *,
    seed: int,
    weight: Floats | None = None,
    groups: npt.NDArray[Any] | None = None,
    signs: Mapping[str, int] | None = None,
    time: Floats | None = None,
) -> Learned:
    """Fit every member in inner folds, stop each at its best round, blend and calibrate on what the folds left out.

    x : float64 and category columns; groups are never on two sides of a fold
    signs : promised direction by column; members that cannot promise are left out
    time : (n,), when each row was decided, any unit, for rows that are met later than those learned from. Inner folds
        are then predicted from earlier ones, recent rows weigh more if that lowered the loss of later folds by more
        than its standard error, and the level is that of the latest block. One moment alone is as no time.
    """
    weight = np.ones(len(y)) if weight is None else weight * (len(y) / weight.sum())
    signs = {name: sign for name, sign in (signs or {}).items() if sign}
    clock = set() if time is None else {str(name) for name in x if _same(x[name], time)}
    data = Rows(x, y, weight, time, signs, frozenset(signs) | clock)
    small = len(y) < SMALL_ROWS
    inner = _inner(data, groups, 5 if small else 3, 2 if small else 1, seed)
    if not inner.by_time:
        data = replace(data, time=None)
    members = {
        name: member for name, member in members_for(len(y)).items() if not (isinstance(member, float) and signs)
    }
    half_life = _half_life(next(iter(members.values())), data, inner)
    predicted: dict[str, Floats] = {}
    rounds: dict[str, int] = {}
    for name, member in members.items():
        predicted[name], rounds[name] = _out_of_fold(member, data, inner, half_life)
    shares = _blend(np.column_stack(list(predicted.values())), inner)
    kept = {name: share for name, share in zip(predicted, shares, strict=True) if share > 0}
    blended = inner.levelled(np.sum([share * predicted[name] for name, share in kept.items()], axis=0))
    calibrator = choose_calibrator(
        blended, inner.y, inner.weight, inner.rows, seed, blocks=inner.part if inner.by_time else None
    )
    fitted = _members(members, kept, data.of(np.arange(len(y)), half_life), rounds, seed)
    shift = _latest_level(members, kept, data, groups, half_life, rounds, calibrator, seed)
    losses = {name: inner.loss(values) for name, values in predicted.items()}
    losses["blend"] = log_loss(inner.y, blended, inner.weight)
    return Learned(fitted, calibrator, kept, losses, rounds, shift, half_life)


def _same(column: pd.Series, time: Floats) -> bool:
    return column.dtype != "category" and np.array_equal(column.to_numpy(dtype=float), time, equal_nan=True)


def _inner(data: Rows, groups: npt.NDArray[Any] | None, count: int, repeats: int, seed: int) -> _Inner:
    if data.time is not None:
        forward = [(train, rest, seed) for train, rest in forward_parts(data.time, data.y, groups)]
        if forward:
            return _Inner.of(forward, data.y, data.weight, by_time=True)
    count = max(2, min(count, rarer(data.y)))
    maker = StratifiedKFold if groups is None else StratifiedGroupKFold
    mixed = [
        (train, rest, seed + repeat)
        for repeat in range(repeats)
        for train, rest in maker(count, shuffle=True, random_state=seed + repeat).split(data.y, data.y, groups)
    ]
    return _Inner.of(mixed, data.y, data.weight, by_time=False)


def _half_life(member: Trees | float, data: Rows, inner: _Inner) -> float | None:
    """The half-life of the weights with the least loss in later folds, none unless the gain exceeds its error."""
    if data.time is None:
        return None
    span = float(data.time.max() - data.time.min())
    each = []
    for one in (None, *(share * span for share in HALF_LIVES)):
        predicted = inner.levelled(_out_of_fold(member, data, inner, one)[0])
        each.append((one, np.logaddexp(0.0, predicted) - inner.y * predicted))
    best, losses = min(each, key=lambda pair: float(np.average(pair[1], weights=inner.weight)))
    gain = inner.weight * (each[0][1] - losses)
    return best if gain.sum() > np.sqrt(len(gain)) * gain.std() else None


def _latest_level(
    members: Mapping[str, Trees | float],
    shares: Mapping[str, float],
    data: Rows,
    groups: npt.NDArray[Any] | None,
    half_life: float | None,
    rounds: Mapping[str, int],
    calibrator: Calibrator,
    seed: int,
) -> float:
    """The level of the latest block, from models that did not see the rows it is read from; 0 without time."""
    if data.time is None:
        return 0.0
    raw, rows = [], []
    for train, rest in latest_parts(data.time, data.y, groups, LATEST_FOLDS, seed):
        fitted = _members(members, shares, data.of(train, half_life), rounds, seed, bags=1)
        raw.append(_blended(fitted, data.x.iloc[rest]))
        rows.append(rest)
    every = np.concatenate(rows)
    return level_before(calibrator.log_odds, np.concatenate(raw), data.y[every], data.weight[every])


def _members(
    members: Mapping[str, Trees | float],
    shares: Mapping[str, float],
    data: Rows,
    rounds: Mapping[str, int],
    seed: int,
    bags: int | None = None,
) -> Members:
    fitted = []
    for name, share in shares.items():
        member = members[name]
        if bags is not None and isinstance(member, Trees):
            member = replace(member, bags=bags)
        fitted.append((share, fit_member(member, data, rounds[name], seed)))
    return tuple(fitted)


def _blended(members: Members, x: pd.DataFrame) -> Floats:
    return np.asarray(np.sum([share * member(x) for share, member in members], axis=0))


def _out_of_fold(member: Trees | float, data: Rows, inner: _Inner, half_life: float | None) -> tuple[Floats, int]:
    """Log-odds of the inner folds' rows by models that did not see them, and the best number of rounds."""
    if isinstance(member, float):
        predicted = [
            fit_member(member, data.of(train, half_life), 0, inner.parts[0][2])(data.x.iloc[rest])
            for train, rest, _ in inner.parts
        ]
        return np.concatenate(predicted), 0
    stops = checkpoints(member.rounds)
    one_bag = replace(member, bags=1)
    paths = []
    for train, rest, seed in inner.parts:
        wide, boosters = fit_boosters(one_bag, data.of(train, half_life), member.rounds, seed)
        matrix = wide[0].of(data.x.iloc[rest])
        since = zip([0, *stops], stops, strict=False)
        paths.append(np.column_stack([part_log_odds(boosters[0], matrix, start, stop) for start, stop in since]))
    path = np.cumsum(np.concatenate(paths), axis=1)
    best = int(np.argmin([inner.loss(path[:, position]) for position in range(len(stops))]))
    return path[:, best], stops[best]


def _blend(predicted: Floats, inner: _Inner) -> Floats:
    """Shares >= 0 that add up to one and minimise the log loss; a light pull to equal parts steadies few defaults."""
    count = predicted.shape[1]
    pull = 0.5 / max(rarer(inner.y), 1)

    def objective(shares: Floats) -> float:
        return inner.loss(predicted @ shares) + pull * float(np.square(shares - 1 / count).sum())

    found = minimize(
        objective,
        np.full(count, 1 / count),
        bounds=[(0.0, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda shares: shares.sum() - 1},
        method="SLSQP",
        options={"maxiter": 200},
    )
    shares = np.where(found.x < 0.02, 0.0, found.x)
    return np.asarray(shares / shares.sum())
