"""The rows that a run was tested on: one firm's outcome, what the run predicted of it, and the row's weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from models.content_digest import content_digest
from models.matching.ndcg import ndcg

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
Labels = npt.NDArray[Any]
Kind = Literal["probability", "points", "quantile", "ranking", "value"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BINS = 10  # of a run's own predictions, equally many rows in each
LEAST = 1e-6  # a probability of 0 or 1 counts as this far from it


class RowsError(ValueError):
    """Rows that cannot be evaluated, or not against each other; the message names the column, found and allowed."""


class Levels(NamedTuple):
    """Rows in rising order of a column: ``order`` sorts them, and ``starts`` is where in it each level begins.

    level : of each row, shape (rows,)
    """

    order: Integers
    starts: Integers
    level: Integers

    @classmethod
    def of(cls, values: Floats) -> Levels:
        """Levels of one column."""
        order = np.argsort(values, kind="stable")
        fresh = np.diff(values[order], prepend=-np.inf) > 0
        level = np.empty(len(values), dtype=np.intp)
        level[order] = np.cumsum(fresh) - 1
        return cls(order, np.flatnonzero(fresh), level)

    def sums(self, weight: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Weights of shape (draws, rows), and weights times values, summed by level, rising; shape (draws, levels)."""
        ordered = weight[:, self.order]
        return self._summed(ordered), self._summed(ordered * values[self.order])

    def _summed(self, ordered: Floats) -> Floats:
        if len(self.starts) == len(self.order):
            return ordered
        summed: Floats = np.add.reduceat(ordered, self.starts, axis=1)
        return summed

    def ranks(self, weight: Floats) -> Floats:
        """Each row's mid-rank: the weight below it and half of its level's; shape (draws, rows)."""
        own = self._summed(weight[:, self.order])
        middle: Floats = np.cumsum(own, axis=1) - own / 2
        return middle[:, self.level]


@dataclass(frozen=True)
class RunRows:
    """Held-out rows of one run; every array has the shape (rows,).

    firm : the group that is resampled: all rows of a firm stay together
    outcome, prediction : by ``kind``
        probability : 0 or 1, and the probability of 1
        points      : any number, and the points that should rise with it
        quantile    : an amount, and a low quantile of it; the extra ``quantile`` holds its level
        ranking     : a document's gain (0: not relevant), and what its query's documents are ordered by; the extra
                      ``query`` holds the query
        value       : not read, and the row's own figure
    weight : at least 0, some above 0
    key : names a row in every run: runs are paired by it. None: by position
    extras : further columns by name, such as growth_stage, exposure_wan
    raises : RowsError
    """

    firm: Labels
    outcome: Floats
    prediction: Floats
    weight: Floats
    kind: Kind = "probability"
    key: Labels | None = None
    extras: Mapping[str, Labels] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RowsError(f"kind: found {self.kind!r}; allowed: {', '.join(KINDS)}")
        columns = {name: getattr(self, name) for name in ("firm", "outcome", "prediction", "weight")} | {**self.extras}
        columns |= {} if self.key is None else {"key": self.key}
        for name, column in columns.items():
            if column.shape != (len(self.firm),):
                raise RowsError(f"{name}: found shape {column.shape}; allowed: ({len(self.firm)},), as the firms")
        if not len(self.firm):
            raise RowsError("firm: found no row; allowed: one or more")
        for name, low, high in self._ranges():
            values = columns[name]
            inside = np.isfinite(values) & (values >= low) & (values <= high)
            if not inside.all():
                first = int(np.argmin(inside))
                most = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of {low:g} or more"
                allowed = f"numbers {most}" if np.isfinite(low) else "finite numbers"
                raise RowsError(f"{name}: row {first} holds {values[first]}; allowed: {allowed}")
        if self.kind == "probability" and not np.isin(self.outcome, (0.0, 1.0)).all():
            raise RowsError(f"outcome: found {np.unique(self.outcome)[:5].tolist()}; allowed: 0 and 1")
        if not self.weight.sum() > 0:
            raise RowsError("weight: found 0 in every row; allowed: some above 0")
        if self.key is not None and len(np.unique(self.key)) < len(self.key):
            raise RowsError("key: found one twice; allowed: another for every row")

    def _ranges(self) -> list[tuple[str, float, float]]:
        probable = (0.0, 1.0) if self.kind == "probability" else (-np.inf, np.inf)
        gains = (0.0 if self.kind == "ranking" else -np.inf, np.inf)
        ranges = [("weight", 0.0, np.inf), ("prediction", *probable), ("outcome", *gains)]
        if self.kind == "value":
            ranges = ranges[:2]
        if "exposure_wan" in self.extras:
            ranges.append(("exposure_wan", 0.0, np.inf))
        return ranges

    def __len__(self) -> int:
        return len(self.firm)

    @cached_property
    def firm_number(self) -> Integers:
        """Each row's firm, numbered in the order of its first row: equal rows give equal numbers whatever the salt."""
        _, first, codes = np.unique(self.firm, return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.intp)
        rank[np.argsort(first)] = np.arange(len(first))
        return rank[codes]

    @cached_property
    def gaps_by_bin(self) -> Floats:
        """Prediction less outcome in the column of its prediction's bin, 0 elsewhere; shape (rows, BINS)."""
        inner = np.quantile(self.prediction, np.linspace(0, 1, BINS + 1))[1:-1]
        bins = np.searchsorted(inner, self.prediction)
        gaps: Floats = np.eye(BINS)[bins] * (self.prediction - self.outcome)[:, None]
        return gaps

    @cached_property
    def firms(self) -> int:
        """How many firms there are."""
        return int(self.firm_number.max()) + 1

    @cached_property
    def by_prediction(self) -> Levels:
        """The rows in rising order of the prediction."""
        return Levels.of(self.prediction)

    @cached_property
    def by_outcome(self) -> Levels:
        """The rows in rising order of the outcome."""
        return Levels.of(self.outcome)

    @cached_property
    def by_query(self) -> tuple[Floats, Floats]:
        """Of ranking rows: nDCG@10 of each row's query, and 1 over the rows of the query; shape (rows,)."""
        _, query = np.unique(self.extras["query"], return_inverse=True)
        return ndcg(self.outcome, self.prediction, query)[query], 1 / np.bincount(query)[query]

    @cached_property
    def log_odds(self) -> Floats:
        """Of the predicted probabilities."""
        inside = np.clip(self.prediction, LEAST, 1 - LEAST)
        return np.asarray(np.log(inside / (1 - inside)))

    @cached_property
    def digest(self) -> str:
        """Of what was tested, not of what was predicted: runs with the same digest are paired row by row."""
        names = list(range(len(self)) if self.key is None else self.key.tolist())
        extras = {name: column.tolist() for name, column in self.extras.items()}
        return content_digest([self.kind, names, self.firm_number, self.outcome, self.weight, extras])

    def take(self, rows: npt.NDArray[Any]) -> RunRows:
        """Some rows, by mask or by number."""
        return replace(
            self,
            firm=self.firm[rows],
            outcome=self.outcome[rows],
            prediction=self.prediction[rows],
            weight=self.weight[rows],
            key=None if self.key is None else self.key[rows],
            extras={name: column[rows] for name, column in self.extras.items()},
        )


def paired_rows(baseline: RunRows, challenger: RunRows) -> RunRows:
    """The challenger's rows in the baseline's order, with its extras, which are facts of the rows and not of the run.

    raises : RowsError where the two were tested on different rows
    """
    if baseline.kind != challenger.kind:
        raise RowsError(f"kind: found {challenger.kind}; allowed: {baseline.kind}, as in the baseline")
    if baseline.key is None or challenger.key is None:
        if len(baseline) != len(challenger):
            raise RowsError(f"rows: found {len(challenger)}; allowed: the baseline's {len(baseline)}")
    else:
        missing, extra = np.setdiff1d(baseline.key, challenger.key), np.setdiff1d(challenger.key, baseline.key)
        if len(missing) or len(extra):
            raise RowsError(
                f"key: found {len(extra)} rows that the baseline lacks, and {len(missing)} of its {len(baseline)} rows "
                "are missing; allowed: the same rows"
            )
        order = np.argsort(challenger.key, kind="stable")
        challenger = challenger.take(order[np.searchsorted(challenger.key, baseline.key, sorter=order)])
    facts = {
        name: (getattr(baseline, name), getattr(challenger, name)) for name in ("firm_number", "outcome", "weight")
    }
    facts |= {
        name: (column, challenger.extras[name]) for name, column in baseline.extras.items() if name in challenger.extras
    }
    for name, (own, other) in facts.items():
        if count := int((own != other).sum()):
            raise RowsError(f"{name}: found {count} of {len(baseline)} rows unlike the baseline's; allowed: the same")
    return replace(challenger, extras=baseline.extras)
