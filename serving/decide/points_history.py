"""Points of every firm on former days: the release's card on what was known then, and what moved in between.

What personal indicators earned is left out for everybody, as in ``without_personal``. A firm is ranked among all that
were on the register in its stage on the day, also those that closed or left later; of these no history is kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, Indicator
from data.texts.sentences import sentence
from features.former_days import FOLDER, points_columns
from features.point_in_time import FACT_FRESHNESS_MONTHS
from models.points.card import PointsCard
from serving.decide.personal_points import visible_points
from serving.decide.snapshot import Floats, SnapshotError

MOST_MOVES = 3  # indicators that are named between two days
LEAST_POINTS = 0.05  # a smaller change is not named


@dataclass(frozen=True)
class PointsHistory:
    """One row a firm of the snapshot and day, by firm and then by day.

    days : of the release, the last one the snapshot's; a firm lacks those on which it was not on the register
    frame : uscc, as_of, growth_stage, points, base, bonus, dim_NAME, coverage; and among the firms of the stage on the
        day share_below, median and peers (how many). NaN and 0 where the stage is unknown
    earned, values, known : points, value and day known of each of ``indicators``, shape (n, k)
    """

    days: tuple[pd.Timestamp, ...]
    frame: pd.DataFrame
    earned: Floats
    values: Floats
    known: npt.NDArray[np.datetime64]
    indicators: tuple[Indicator, ...]
    card: str
    reference: str

    @classmethod
    def load(cls, folder: Path, card: PointsCard, codebook: Codebook) -> PointsHistory:
        """Read the snapshot's folder; a release that holds no former day has the snapshot's alone.

        raises : SnapshotError naming the file
        """
        places = [one for one in (folder / FOLDER, folder) if one == folder or one.is_dir()]
        read = [_read(place, codebook) for place in places]
        today, former = read[-1][0]["as_of"], read[0][0]["as_of"]
        if len(read) > 1 and not former.empty and former.max() >= today.min():
            raise SnapshotError(f"{FOLDER}/cases.parquet holds {former.max():%Y-%m-%d}, which is no former day")
        cases, known = (pd.concat([one[at] for one in read], ignore_index=True) for at in (0, 1))
        order = cases.sort_values(["uscc", "as_of"], kind="stable").index
        return cls.of_cases(cases.loc[order].reset_index(drop=True), known.loc[order], card, codebook)

    @classmethod
    def of_cases(cls, cases: pd.DataFrame, known: pd.DataFrame, card: PointsCard, codebook: Codebook) -> PointsHistory:
        """Of cases by firm and then by day, and the days their values were known, in the same order."""
        earned = card.contributions(cases)
        visible = visible_points(card.score_columns(cases), earned, codebook)
        frame = pd.DataFrame({name: cases[name] for name in ("uscc", "as_of", "growth_stage")} | visible)
        of_stage = frame.groupby(["as_of", "growth_stage"])["points"]
        peers = of_stage.transform("count")
        beside = {
            "share_below": (of_stage.rank(method="min") - 1) / peers.where(peers > 0),
            "median": of_stage.transform("median"),
            "peers": peers.astype(int),
        }
        shown = tuple(item for item in codebook if not item.personal)
        keys, days = [item.key for item in shown], sorted(frame["as_of"].unique())
        there = frame["uscc"].isin(frame.loc[frame["as_of"] == days[-1], "uscc"]).to_numpy()
        return cls(
            tuple(days), frame.assign(**beside).loc[there].reset_index(drop=True),
            earned.loc[there, keys].to_numpy(dtype=float), cases.loc[there, keys].to_numpy(dtype=float),
            known.loc[there, keys].to_numpy(dtype="datetime64[D]"), shown, card.version, card.reference_version,
        )  # fmt: skip

    def of(self, uscc: str) -> dict[str, Any]:
        """A firm's days and what moved between them; no day where the snapshot does not have it."""
        start = int(np.searchsorted(self._codes, uscc, side="left"))
        end = int(np.searchsorted(self._codes, uscc, side="right"))
        rows = self.frame.iloc[start:end].to_dict("records")
        with_points = [at for at, row in enumerate(rows) if not np.isnan(row["points"])]
        note = sentence("points_history.note", card=self.card)
        return {
            "uscc": uscc,
            "days": [self._day(row) for row in rows],
            "moves": [
                self._move(rows[one], rows[other], start + one, start + other) for one, other in pairwise(with_points)
            ],
            "release_days": [f"{day:%Y-%m-%d}" for day in self.days],
            "personal_excluded": True,
            "note_zh": note[0],
            "note_en": note[1],
            "versions": {"card": self.card, "reference": self.reference},
        }

    @cached_property
    def _codes(self) -> npt.NDArray[np.object_]:
        return self.frame["uscc"].to_numpy(dtype=object)

    @staticmethod
    def _day(row: Mapping[Hashable, Any]) -> dict[str, Any]:
        parts = [str(name) for name in row if name in ("base", "bonus") or str(name).startswith("dim_")]
        points = {"total": _plain(row["points"])} | {name: _plain(row[name]) for name in parts}
        without = sentence("points_history.no_stage", months=FACT_FRESHNESS_MONTHS)
        reason = (None, None) if points["total"] is not None else without
        return {
            "as_of": f"{row['as_of']:%Y-%m-%d}",
            "growth_stage": str(row["growth_stage"]),
            "points": points,
            "coverage": row["coverage"],
            "share_below": _plain(row["share_below"]),
            "median": _plain(row["median"]),
            "peers": row["peers"],
            "reason_zh": reason[0],
            "reason_en": reason[1],
        }

    def _move(self, then: Mapping[Hashable, Any], now: Mapping[Hashable, Any], one: int, other: int) -> dict[str, Any]:
        """Between two rows of a firm, at ``one`` and ``other``: the indicators that changed most, the largest first."""
        change = self.earned[other] - self.earned[one]
        largest = np.argsort(-np.abs(change), kind="stable")[:MOST_MOVES]
        return {
            "from_day": f"{then['as_of']:%Y-%m-%d}",
            "to_day": f"{now['as_of']:%Y-%m-%d}",
            "stage_from": str(then["growth_stage"]),
            "stage_to": str(now["growth_stage"]),
            "points": now["points"] - then["points"],
            "indicators": [
                {
                    "key": self.indicators[at].key,
                    "zh": self.indicators[at].zh,
                    "en": self.indicators[at].en,
                    "unit": self.indicators[at].unit,
                    "value_from": _plain(self.values[one, at]),
                    "value_to": _plain(self.values[other, at]),
                    "points": float(change[at]),
                    "known_at": None if np.isnat(self.known[other, at]) else str(self.known[other, at]),
                }
                for at in largest.tolist()
                if abs(change[at]) >= LEAST_POINTS
            ],
        }


def _read(place: Path, codebook: Codebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What points are read from, and the days known, of one folder of cases."""
    frames = []
    for name, columns in (("cases", points_columns(codebook)), ("known_at", codebook.keys)):
        try:
            frames.append(pd.read_parquet(place / f"{name}.parquet", columns=list(columns)))
        except (OSError, ValueError) as fault:
            raise SnapshotError(f"{place.name}/{name}.parquet cannot be read: {fault}") from fault
    if len(frames[0]) != len(frames[1]):
        raise SnapshotError(
            f"{place.name}: cases.parquet holds {len(frames[0])} rows, known_at.parquet {len(frames[1])}"
        )
    return frames[0], frames[1]


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
