"""Innovation points by stage: indicators -> percentile among peers -> weighted sum of 100 + 30.

The card is one YAML file. It decides nothing about loans; risk and quota do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from data.codebook import Codebook, read_codebook
from features.points import indicator_matrix, peer_key, size_key

Floats = npt.NDArray[np.float64]
Curve = tuple[list[float], list[float]]
EVERYBODY = "all"


class CardError(ValueError):
    """A card file is unreadable, incomplete, or was made for another codebook."""


@dataclass(frozen=True)
class PointsCard:
    """Weights by stage, and the frozen peer reference that percentiles are read from.

    weights : points at full marks, by stage and indicator
    reference : mid-rank curve by peer key ("stage|industry", or "stage" where peers are few) and indicator
    size_peers : mid-rank curve of the total by size key, with EVERYBODY as the last resort
    peer_counts : number of enterprises behind each key of both
    """

    version: str
    codebook_digest: str
    data_digest: str
    weights: Mapping[str, Mapping[str, float]]
    reference: Mapping[str, Mapping[str, Curve]]
    size_peers: Mapping[str, Curve]
    peer_counts: Mapping[str, int]

    @cached_property
    def reference_version(self) -> str:
        """Digest of the frozen reference: two cards with the same one compare firms with the same peers."""
        text = yaml.dump(_plain(self.reference), Dumper=yaml.CSafeDumper, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def contributions(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """Points earned by each indicator, shape (n, k); missing earns 0, an unknown stage gives NaN.

        Adding the columns in order gives ``score(...)["total"]`` to the last bit.
        """
        book = codebook or read_codebook()
        self.check(book)
        values = indicator_matrix(cases, book)
        peers, stages = peer_key(cases).to_numpy(), cases["stage3"].to_numpy()
        points = {item.key: np.full(len(cases), np.nan) for item in book}
        for name in dict.fromkeys(peers):
            rows = np.flatnonzero(peers == name)
            stage = stages[rows[0]]
            if stage not in self.weights:
                continue
            curves = self.reference.get(name) or self.reference[stage]
            for item in book:
                column = values[item.key].to_numpy()[rows]
                points[item.key][rows] = self.weights[stage][item.key] * _read_curve(column, curves[item.key])
        return pd.DataFrame(points, index=cases.index)

    def score(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """Total, base, bonus, dimensions, coverage, and the percentile among enterprises of the same size.

        coverage : share of the stage's weight whose indicator was known; 0 where the stage is unknown
        percentile : mid-rank in (0, 1) of the total among size peers; NaN where the total is
        """
        book = codebook or read_codebook()
        earned = self.contributions(cases, book)
        zero = np.zeros(len(cases))
        total, base, bonus, known, asked = zero.copy(), zero.copy(), zero.copy(), zero.copy(), zero.copy()
        dimensions = {name: zero.copy() for name in book.dimensions}
        stages = cases["stage3"].to_numpy()
        # Column by column: a sum across a row may be grouped differently for one row and for many.
        for item in book:
            column = earned[item.key].to_numpy()
            weight = np.array([self.weights.get(stage, {}).get(item.key, 0.0) for stage in stages])
            total += column
            dimensions[item.dimension] += column
            if item.kind == "core":
                base += column
            else:
                bonus += column
            known += np.where(cases[item.key].notna().to_numpy(), weight, 0.0)
            asked += weight
        with np.errstate(invalid="ignore"):
            coverage = np.where(asked > 0, known / np.where(asked > 0, asked, 1.0), 0.0)
        percentile, key, count = self._size_percentile(cases, total)
        columns: dict[str, npt.NDArray[Any]] = {"total": total, "base": base, "bonus": bonus}
        columns |= {f"dim_{name}": value for name, value in dimensions.items()}
        columns |= {"coverage": coverage, "percentile": percentile, "peer_key": key, "n_peers": count}
        return pd.DataFrame(columns, index=cases.index)

    def _size_percentile(
        self, cases: pd.DataFrame, total: Floats
    ) -> tuple[Floats, npt.NDArray[np.object_], npt.NDArray[np.int_]]:
        wanted, classes = size_key(cases).to_numpy(), cases["size_class"].to_numpy()
        chosen = np.array(
            [
                next(key for key in (own, size, EVERYBODY) if key in self.size_peers)
                for own, size in zip(wanted, classes, strict=True)
            ],
            dtype=object,
        )
        percentile = np.full(len(cases), np.nan)
        for key in dict.fromkeys(chosen):
            rows = np.flatnonzero(chosen == key)
            values = _read_curve(total[rows], self.size_peers[key])
            percentile[rows] = np.where(np.isnan(total[rows]), np.nan, values)
        count = np.array([self.peer_counts[f"size:{key}"] for key in chosen], dtype=int)
        return percentile, chosen, count

    def check(self, codebook: Codebook) -> None:
        """Raise CardError unless the card was made for this codebook."""
        if codebook.digest != self.codebook_digest:
            raise CardError(
                f"card {self.version} was made for codebook {self.codebook_digest[:12]}, "
                f"this is codebook {codebook.digest[:12]}: train a card for it"
            )

    def save(self, path: Path) -> None:
        """Write the card as YAML; floats keep every bit."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(_plain(asdict(self)), Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True)
        path.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> PointsCard:
        """Read a card; raises CardError naming the file and what is wrong with it."""
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # it is the safe one
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as fault:
            raise CardError(f"{path.name} cannot be read as a card: {fault}") from fault
        wanted = set(cls.__dataclass_fields__)
        if not isinstance(raw, dict) or set(raw) != wanted:
            found = sorted(raw) if isinstance(raw, dict) else type(raw).__name__
            raise CardError(f"{path.name} is no card: found {found}, a card has {sorted(wanted)}")
        return cls(**raw)


def _read_curve(values: Floats, curve: Curve) -> Floats:
    """Percentile of each value; 0 where the value is missing or nobody among the peers has one."""
    levels, ranks = curve
    if not levels:
        return np.zeros(len(values))
    return np.where(np.isnan(values), 0.0, np.interp(values, levels, ranks))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
