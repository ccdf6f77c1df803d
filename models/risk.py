"""Default within twelve months: an additive monotone LightGBM by stage, calibrated, with an interval and a grade.

Every tree asks about one feature, so the model is a look-up table a feature and its contributions are exact. All
stages share one booster; a stage's own booster starts from it and counts with a strength that was found out of time.
A case's probability carries an interval; on a wide one the quota refers to a human. A file that was trained on
other features or another codebook does not load.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_codebook
from data.stages import STAGE3
from features.risk import risk_feature_names, risk_matrix
from models.risk_additive import Additive, AdditiveError, read_additive
from models.risk_calibration import PD_FLOOR, Calibration

__all__ = ["PD_FLOOR", "Calibration", "Grade", "ModelFileError", "RiskModel", "StagePart", "check_features"]

Floats = npt.NDArray[np.float64]
BOOSTER, CARD = "booster.txt", "model.json"


class ModelFileError(ValueError):
    """A model file is missing, corrupt, or does not fit the code that loads it."""


@dataclass(frozen=True)
class Grade:
    """One step of the master scale: probabilities below ``upper_pd`` and not in a better step."""

    name: str
    upper_pd: float


@dataclass(frozen=True)
class StagePart:
    """What a stage of growth adds to the shared booster: ``strength`` in [0, 1] times its own booster."""

    strength: float
    booster_text: str


@dataclass(frozen=True)
class RiskModel:
    """The shared booster's text, the stages' parts, the calibration and the master scale."""

    version: str
    codebook_digest: str
    data_digest: str
    feature_names: tuple[str, ...]
    booster_text: str
    stages: Mapping[str, StagePart]
    calibration: Calibration
    grades: tuple[Grade, ...]
    interval_level: float

    @cached_property
    def tables(self) -> tuple[Additive, ...]:
        """Look-up tables in the order of STAGE3, the last for an unknown stage; read and checked once."""
        pooled = _tables(BOOSTER, self.booster_text)
        parts = [
            pooled.plus(_tables(_stage_file(name), self.stages[name].booster_text), self.stages[name].strength)
            if name in self.stages
            else pooled
            for name in STAGE3
        ]
        return (*parts, pooled)

    @cached_property
    def _stage_place(self) -> int:
        return self.feature_names.index("stage_ordinal")

    @cached_property
    def _grade_ends(self) -> list[float]:
        return [grade.upper_pd for grade in self.grades[:-1]]

    def raw(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> Floats:
        """Uncalibrated log-odds, shape (n,)."""
        return self.raw_matrix(risk_matrix(cases, codebook or read_codebook()).to_numpy())

    def raw_matrix(self, matrix: Floats) -> Floats:
        """Uncalibrated log-odds of rows of ``risk_matrix``, shape (n,)."""
        total = np.empty(len(matrix))
        for tables, rows in self._by_stage(matrix):
            total[rows] = tables.log_odds(matrix[rows])
        return total

    def predict(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """pd_12m, pd_low, pd_high in [PD_FLOOR, 1] and the grade; same index as ``cases``."""
        matrix = risk_matrix(cases, codebook or read_codebook()).to_numpy()
        return self.predict_matrix(matrix).set_index(cases.index)

    def predict_matrix(self, matrix: Floats) -> pd.DataFrame:
        """``predict`` of rows of ``risk_matrix``."""
        point, low, high = self.calibration.apply(self.raw_matrix(matrix))
        names = np.array([grade.name for grade in self.grades], dtype=object)
        place = np.searchsorted(self._grade_ends, point, side="right")
        return pd.DataFrame({"pd_12m": point, "pd_low": low, "pd_high": high, "grade": names[place]})

    def predict_row(self, row: Floats | Sequence[float]) -> tuple[float, float, float, str]:
        """pd_12m, pd_low, pd_high and the grade of one row of ``risk_matrix``, to the bit."""
        values = _floats(row)
        return self.predict_contributions(values, self._tables_of(values).shares_row(values))

    def predict_contributions(self, row: Sequence[float], shares: Sequence[float]) -> tuple[float, float, float, str]:
        """``predict_row`` of a row whose ``contributions_row`` are known."""
        point, low, high = self.calibration.apply_row(self._tables_of(row).log_odds_of(shares))
        return point, low, high, self.grades[bisect_right(self._grade_ends, point)].name

    def contributions(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """Exact TreeSHAP of the raw log-odds, shape (n, p); with ``baseline`` they add up to it."""
        values = self.contributions_matrix(risk_matrix(cases, codebook or read_codebook()).to_numpy())
        return pd.DataFrame(values, index=cases.index, columns=list(self.feature_names))

    def contributions_matrix(self, matrix: Floats) -> Floats:
        """``contributions`` of rows of ``risk_matrix``."""
        parts = np.zeros(matrix.shape)
        for tables, rows in self._by_stage(matrix):
            parts[rows] = tables.shares(matrix[rows])
        return parts

    def contributions_row(self, row: Floats | Sequence[float]) -> list[float]:
        """``contributions`` of one row of ``risk_matrix``, to the bit."""
        values = _floats(row)
        return self._tables_of(values).shares_row(values)

    def contribution_at(self, row: Sequence[float], place: int) -> float:
        """One of ``contributions_row``."""
        return self._tables_of(row).share_at(place, row[place])

    def baseline(self, stage: str) -> float:
        """Log-odds of a case without any contribution, by stage of growth."""
        return self.tables[STAGE3.index(stage) if stage in STAGE3 else -1].baseline

    def _tables_of(self, values: Sequence[float]) -> Additive:
        stage = values[self._stage_place]
        return self.tables[int(stage) if stage == stage else -1]  # unknown is NaN

    def _by_stage(self, matrix: Floats) -> list[tuple[Additive, npt.NDArray[np.intp]]]:
        stage = matrix[:, self._stage_place]
        place = np.where(np.isnan(stage), len(STAGE3), stage)
        return [(tables, np.flatnonzero(place == one)) for one, tables in enumerate(self.tables)]

    def save(self, folder: Path) -> None:
        """Write booster.txt, stage_NAME.txt of the stages that have a part of their own, and model.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / BOOSTER).write_text(self.booster_text, encoding="utf-8")
        for name, part in self.stages.items():
            (folder / _stage_file(name)).write_text(part.booster_text, encoding="utf-8")
        card = {
            "version": self.version,
            "codebook_digest": self.codebook_digest,
            "data_digest": self.data_digest,
            "feature_names": list(self.feature_names),
            "stage_strengths": {name: part.strength for name, part in self.stages.items()},
            "calibration": self.calibration.card(),
            "grades": [[grade.name, grade.upper_pd] for grade in self.grades],
            "interval_level": self.interval_level,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook | None = None) -> RiskModel:
        """Read and check a model; raises ModelFileError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            curves = card["calibration"]
            model = cls(
                version=card["version"],
                codebook_digest=card["codebook_digest"],
                data_digest=card["data_digest"],
                feature_names=tuple(card["feature_names"]),
                booster_text=(folder / BOOSTER).read_text(encoding="utf-8"),
                stages={
                    name: StagePart(strength, (folder / _stage_file(name)).read_text(encoding="utf-8"))
                    for name, strength in card["stage_strengths"].items()
                },
                calibration=Calibration(
                    curves["method"], tuple(curves["point"]), tuple(curves["low"]), tuple(curves["high"])
                ),
                grades=tuple(Grade(name, upper) for name, upper in card["grades"]),
                interval_level=card["interval_level"],
            )
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as fault:
            raise ModelFileError(f"risk model in {folder.name}/ cannot be read: {fault!r}") from fault
        check_features(model.feature_names, model.codebook_digest, risk_feature_names, codebook or read_codebook())
        width = model.tables[-1].width
        if width != len(model.feature_names):
            raise ModelFileError(f"{BOOSTER} has {width} features, {CARD} names {len(model.feature_names)}")
        return model


def check_features(names: tuple[str, ...], digest: str, expected: Any, codebook: Codebook) -> None:
    """Raise ModelFileError unless a model was trained on the features and the codebook of this code."""
    if digest != codebook.digest:
        raise ModelFileError(f"trained on codebook {digest[:12]}, this is codebook {codebook.digest[:12]}")
    wanted = expected(codebook)
    if names != wanted:
        lost, new = sorted(set(names) - set(wanted)), sorted(set(wanted) - set(names))
        raise ModelFileError(f"not trained on these features: model alone has {lost}, code alone has {new}")


def _stage_file(name: str) -> str:
    return f"stage_{name}.txt"


def _tables(name: str, text: str) -> Additive:
    try:
        return read_additive(lgb.Booster(model_str=text))
    except lgb.basic.LightGBMError as fault:
        raise ModelFileError(f"{name} is no LightGBM model: {fault}") from fault
    except AdditiveError as fault:
        raise ModelFileError(f"{name}: {fault}") from fault


def _floats(row: Floats | Sequence[float]) -> Sequence[float]:
    # Python floats: a look-up among NumPy scalars takes three times as long.
    return row.tolist() if isinstance(row, np.ndarray) else row
