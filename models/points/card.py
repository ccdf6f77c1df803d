"""Innovation points by stage: indicator -> percentile among peers -> points, added up to at most 130.

The card is one YAML file and all that scoring needs. It decides nothing about loans; risk and quota do.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from data.codebook import Codebook
from data.growth_stages import BORDERS, near_border
from features.columns import Array, Columns, numbers, values
from models.points.file import CardError, Earns, faults, plain, read_card, write_card
from models.points.lookup import Curve, Floats, Lookup

EVERYBODY = "all"
THREADED_ROWS = 20_000  # below it a thread costs more than it saves
Codes = npt.NDArray[np.int_]


@dataclass(frozen=True)
class Earned:
    """What n cases earn.

    points : by indicator, in the card's order, shape (n,); missing earns 0, an unknown stage gives NaN
    known  : whether each indicator's value was there, in the same order, shape (n,)
    stage  : position of each case's stage in the card; the number of its stages for an unknown one
    """

    points: Mapping[str, Floats]
    known: Sequence[npt.NDArray[np.bool_]]
    stage: Codes

    def table(self, index: pd.Index) -> pd.DataFrame:
        """The points as a table, shape (n, k)."""
        return pd.DataFrame(dict(self.points), index=index)


@dataclass(frozen=True)
class PointsCard:
    """Points by stage, indicator and percentile, and the frozen peer reference that percentiles are read from.

    code : digest of the sources that made it (``data.code_version.source_digest``)
    indicators : in the order in which points are added
    knots : percentiles, rising from 0 to 1
    points : points at each knot, by stage and indicator; rising, never negative; a missing value earns 0
    points_low, points_high : their interval at ``interval_level``; empty for a card that nobody learned
    differences : [low, middle, high] of full marks between two stages, by "one - other" and indicator
    reference : mid-rank curve by peer key ("stage|industry", or "stage" where peers are few) and indicator
    size_peers : mid-rank curve of the total by size key, with EVERYBODY as the last resort
    peer_counts : number of enterprises behind each key of both
    verdict : which card ships, the stages' own or the pooled one, and the paired interval that decided it
    smooth_border_share : within so much of a stage's border in revenue both stages' points are blended; 0: off
    """

    version: str
    codebook_digest: str
    data_digest: str
    indicators: tuple[Earns, ...]
    knots: tuple[float, ...]
    points: Mapping[str, Mapping[str, list[float]]]
    reference: Mapping[str, Mapping[str, Curve]]
    size_peers: Mapping[str, Curve]
    peer_counts: Mapping[str, int]
    interval_level: float = 0.9
    points_low: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    points_high: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    differences: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    verdict: Mapping[str, Any] = field(default_factory=dict)
    smooth_border_share: float = 0.0
    code: str = ""

    def __post_init__(self) -> None:
        problems = faults(self.indicators, self.knots, self.points, self.reference)
        if problems:
            raise CardError(f"card {self.version}:\n  " + "\n  ".join(problems))

    @cached_property
    def weights(self) -> dict[str, dict[str, float]]:
        """Points at full marks, by stage and indicator."""
        return {stage: {key: points[-1] for key, points in rows.items()} for stage, rows in self.points.items()}

    def full_marks(self, stage: str) -> float:
        """The most that a firm of this stage can earn."""
        return sum(self.weights[stage].values())

    @cached_property
    def reference_version(self) -> str:
        """Digest of the frozen reference: two cards with the same one compare firms with the same peers."""
        text = yaml.dump(plain(self.reference), Dumper=yaml.CSafeDumper, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """Dimensions in order of first appearance."""
        return tuple(dict.fromkeys(item.dimension for item in self.indicators))

    @cached_property
    def tables(self) -> dict[str, tuple[Lookup, ...]]:
        """Value -> points, one table per indicator, by peer key; a score is the sum of one row's readings."""
        return {
            name: tuple(Lookup.of(self.curve(name, item.key), item.direction) for item in self.indicators)
            for name in self.reference
        }

    def curve(self, peers: str, key: str) -> Curve:
        """Breakpoints in the indicator's own unit, and the points there, among the peers of one key."""
        levels, ranks = self.reference[peers][key]
        return levels, np.interp(ranks, self.knots, self.points[peers.split("|")[0]][key]).tolist()

    def printed(self) -> pd.DataFrame:
        """The card as a table: stage, indicator, breakpoint in its own unit, their interval, and full marks.

        Where many firms share the best value its percentile, a mid-rank, is below 1 and its points below full marks.
        """
        rows = []
        for stage in self.points:
            for item in self.indicators:
                levels, ranks = self.reference[stage][item.key]
                tables = [
                    np.interp(ranks, self.knots, source[stage][item.key])
                    for source in (self.points, self.points_low or self.points, self.points_high or self.points)
                ]
                full = self.weights[stage][item.key]
                rows += [(stage, item.key, *line, full) for line in zip(levels, ranks, *tables, strict=True)]
        columns = ["stage", "indicator", "value", "percentile", "points", "low", "high", "full_marks"]
        return pd.DataFrame(rows, columns=columns)

    def contributions(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """Points earned by each indicator, shape (n, k); missing earns 0, an unknown stage gives NaN.

        Adding the columns in order gives ``score(...)["total"]`` to the last bit.
        """
        if codebook is not None:
            self.check(codebook)
        return self.earned(cases).table(cases.index)

    def percentiles(self, cases: pd.DataFrame) -> pd.DataFrame:
        """Percentile of each value among its peers, higher is better, shape (n, k); 0 where it is missing."""
        straight = [0.0, 1.0]
        line = {stage: dict.fromkeys(self._keys, straight) for stage in self.points}
        return replace(self, knots=(0.0, 1.0), points=line).contributions(cases)

    def score(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """``score_columns`` as a table with the cases' index."""
        if codebook is not None:
            self.check(codebook)
        return pd.DataFrame(self.score_columns(cases), index=cases.index)

    def score_columns(self, cases: Columns, earned: Earned | None = None) -> dict[str, Array]:
        """Total, base, bonus, dimensions, coverage, and the percentile among enterprises of the same size.

        earned : what ``earned`` gives for the cases, where it is there
        coverage : share of the indicators that were known, whatever they weigh; 0 where the stage is unknown
        percentile : mid-rank in (0, 1) of the total among size peers; NaN where the total is
        """
        earned = self.earned(cases) if earned is None else earned
        zero = np.zeros(len(earned.stage))
        total, base, bonus, covered = zero.copy(), zero.copy(), zero.copy(), zero.copy()
        dimensions = {name: zero.copy() for name in self.dimensions}
        # Column by column: a sum across a row may be grouped differently for one row and for many.
        for item, column, there in zip(self.indicators, earned.points.values(), earned.known, strict=True):
            total += column
            dimensions[item.dimension] += column
            if item.kind == "core":
                base += column
            else:
                bonus += column
            covered += there
        covered[earned.stage == len(self.points)] = 0.0
        percentile, key, count = self._size_percentile(cases, total)
        columns: dict[str, Array] = {"total": total, "base": base, "bonus": bonus}
        columns |= {f"dim_{name}": value for name, value in dimensions.items()}
        columns |= {
            "coverage": covered / len(self.indicators),
            "percentile": percentile,
            "peer_group": key,
            "n_peers": count,
        }
        return columns

    def check(self, codebook: Codebook) -> None:
        """Raise CardError unless the card was made for this codebook."""
        if codebook.digest != self.codebook_digest:
            raise CardError(
                f"card {self.version} was made for codebook {self.codebook_digest[:12]}, "
                f"this is codebook {codebook.digest[:12]}: train a card for it"
            )

    def save(self, path: Path) -> None:
        """Write the card as YAML; floats keep every bit."""
        write_card(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> PointsCard:
        """Read a card; raises CardError naming the file and what is wrong with it."""
        return read_card(path, set(cls.__dataclass_fields__), cls)

    @cached_property
    def _keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.indicators)

    @cached_property
    def _size_tables(self) -> dict[str, Lookup]:
        return {key: Lookup.of(curve) for key, curve in self.size_peers.items()}

    def earned(self, cases: Columns) -> Earned:
        """Points of each indicator; both stages' points where a border is near and smoothing is on."""
        earned, known, stage = self._earned(cases)
        if self.smooth_border_share and len(stage):
            revenue, age = (numbers(cases, name) for name in ("revenue_wan", "age_years"))
            near, across = near_border(revenue, age, self.smooth_border_share)
            on_card = [border.below in self.points and border.above in self.points for border in BORDERS]
            rows = np.flatnonzero((near >= 0) & np.array(on_card)[near] & (stage < len(self.points)))
            firms = {name: values(cases, name)[rows] for name in (*self._keys, "industry")}
            sides = np.array([(border.below, border.above) for border in BORDERS], dtype=object)[near[rows]]
            below, above = (self._earned(firms | {"growth_stage": side})[0] for side in sides.T)
            for column, one, other in zip(earned, below, above, strict=True):
                column[rows] = (1.0 - across[rows]) * one + across[rows] * other
        return Earned(dict(zip(self._keys, earned, strict=True)), known, stage)

    def _earned(self, cases: Columns) -> tuple[list[Floats], list[npt.NDArray[np.bool_]], Codes]:
        """Points and what was known, one array per indicator, and the position of each case's stage (last: none)."""
        absent = [key for key in self._keys if key not in cases]
        if absent:
            raise KeyError(f"cases lack the indicators {absent}; the card needs {list(self._keys)}")
        stage, stages = _codes(values(cases, "growth_stage"))
        industry, industries = _codes(values(cases, "industry"))
        pair = stage * len(industries) + industry
        order = np.argsort(pair.astype(np.uint16) if len(stages) * len(industries) < 2**16 else pair, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(pair[order]) != 0])[: len(stage)]
        groups = []
        for start, end in pairwise([*starts, len(stage)]):
            first, second = divmod(int(pair[order[start]]), len(industries))
            name = stages[first]
            tables = self.tables.get(f"{name}|{industries[second]}") or self.tables[name] if name in self.points else ()
            groups.append((slice(start, end), tables))

        def column(position: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
            own = numbers(cases, self._keys[position])
            together, read, out = own[order], np.full(len(own), np.nan), np.empty(len(own))
            for rows, tables in groups:
                if tables:
                    read[rows] = tables[position].read(together[rows])
            out[order] = read
            return out, ~np.isnan(own)

        positions = range(len(self.indicators))
        if len(stage) < THREADED_ROWS:
            done = [column(position) for position in positions]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                done = list(pool.map(column, positions))
        ordinal = {name: position for position, name in enumerate(self.points)}
        where = np.array([ordinal.get(name, len(ordinal)) for name in stages], dtype=int)
        return [earned for earned, _ in done], [known for _, known in done], where[stage]

    def _size_percentile(self, cases: Columns, total: Floats) -> tuple[Floats, npt.NDArray[np.object_], Codes]:
        rule, rules = _codes(values(cases, "size_rule"))
        size, sizes = _codes(values(cases, "size_class"))
        wanted = [(f"{one}|{other}", str(other), EVERYBODY) for one in rules for other in sizes]
        chosen = np.array([next(key for key in keys if key in self.size_peers) for keys in wanted], dtype=object)
        pair = rule * len(sizes) + size
        percentile = np.full(len(total), np.nan)
        for position in np.unique(pair):
            rows = np.flatnonzero(pair == position)
            ranks = self._size_tables[chosen[position]].read(total[rows])
            percentile[rows] = np.where(np.isnan(total[rows]), np.nan, ranks)
        count = np.array([self.peer_counts[f"size:{key}"] for key in chosen], dtype=int)
        return percentile, chosen[pair], count[pair]


def _codes(column: Array) -> tuple[Codes, list[Any]]:
    """Place of each value among the different ones, which are listed in order of appearance."""
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return codes, list(names)
