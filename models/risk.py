"""Default within twelve months: a monotone LightGBM, calibrated on a later vintage, with an interval and a grade.

A case's probability carries an interval; on a wide one the quota refers to a human. A file that was trained on
other features or another codebook does not load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_codebook
from features.risk import risk_feature_names, risk_matrix

Floats = npt.NDArray[np.float64]
PD_FLOOR = 0.0005  # Basel III: no exposure is without risk
BOOSTER, CARD = "booster.txt", "model.json"


class ModelFileError(ValueError):
    """A model file is missing, corrupt, or does not fit the code that loads it."""


@dataclass(frozen=True)
class Calibration:
    """Platt scaling of the raw log-odds, with a bootstrap of its two numbers for the interval.

    pd = 1 / (1 + exp(-(intercept + slope * raw)))
    """

    intercept: float
    slope: float
    draws: tuple[tuple[float, float], ...]  # (intercept, slope) refitted on resampled enterprises

    def apply(self, raw: Floats) -> Floats:
        """Calibrated probability, not below PD_FLOOR; shape (n,)."""
        return np.clip(_logistic(self.intercept + self.slope * raw), PD_FLOOR, 1.0)

    def interval(self, raw: Floats, level: float) -> tuple[Floats, Floats]:
        """Lower and upper end over the draws; the point estimate always lies inside."""
        every = np.stack([_logistic(intercept + slope * raw) for intercept, slope in self.draws])
        tail = (1 - level) / 2
        low, high = np.quantile(every, tail, axis=0), np.quantile(every, 1 - tail, axis=0)
        point = self.apply(raw)
        return np.clip(np.minimum(low, point), PD_FLOOR, 1.0), np.clip(np.maximum(high, point), PD_FLOOR, 1.0)


@dataclass(frozen=True)
class Grade:
    """One step of the master scale: probabilities below ``upper_pd`` and not in a better step."""

    name: str
    upper_pd: float


@dataclass(frozen=True)
class RiskModel:
    """A booster's text, its calibration and its master scale."""

    version: str
    codebook_digest: str
    data_digest: str
    feature_names: tuple[str, ...]
    booster_text: str
    calibration: Calibration
    grades: tuple[Grade, ...]
    interval_level: float

    @cached_property
    def booster(self) -> lgb.Booster:
        """The booster, read once."""
        try:
            return lgb.Booster(model_str=self.booster_text)
        except lgb.basic.LightGBMError as fault:
            raise ModelFileError(f"{BOOSTER} is no LightGBM model: {fault}") from fault

    def raw(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> Floats:
        """Uncalibrated log-odds, shape (n,)."""
        matrix = risk_matrix(cases, codebook or read_codebook())
        return np.asarray(self.booster.predict(matrix.to_numpy(), raw_score=True, num_threads=1), dtype=float)

    def predict(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """pd_12m, pd_low, pd_high in [PD_FLOOR, 1] and the grade; same index as ``cases``."""
        raw = self.raw(cases, codebook)
        point = self.calibration.apply(raw)
        low, high = self.calibration.interval(raw, self.interval_level)
        names = np.array([grade.name for grade in self.grades], dtype=object)
        place = np.searchsorted([grade.upper_pd for grade in self.grades[:-1]], point, side="right")
        return pd.DataFrame({"pd_12m": point, "pd_low": low, "pd_high": high, "grade": names[place]}, index=cases.index)

    def contributions(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """Exact TreeSHAP of the raw log-odds, shape (n, p); with ``baseline`` they add up to it."""
        matrix = risk_matrix(cases, codebook or read_codebook())
        values = np.asarray(self.booster.predict(matrix.to_numpy(), pred_contrib=True, num_threads=1))
        return pd.DataFrame(values[:, :-1], index=cases.index, columns=list(self.feature_names))

    def save(self, folder: Path) -> None:
        """Write booster.txt and model.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / BOOSTER).write_text(self.booster_text, encoding="utf-8")
        card = {
            "version": self.version,
            "codebook_digest": self.codebook_digest,
            "data_digest": self.data_digest,
            "feature_names": list(self.feature_names),
            "calibration": {
                "intercept": self.calibration.intercept,
                "slope": self.calibration.slope,
                "draws": [list(draw) for draw in self.calibration.draws],
            },
            "grades": [[grade.name, grade.upper_pd] for grade in self.grades],
            "interval_level": self.interval_level,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook | None = None) -> RiskModel:
        """Read and check a model; raises ModelFileError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            model = cls(
                version=card["version"],
                codebook_digest=card["codebook_digest"],
                data_digest=card["data_digest"],
                feature_names=tuple(card["feature_names"]),
                booster_text=(folder / BOOSTER).read_text(encoding="utf-8"),
                calibration=Calibration(
                    card["calibration"]["intercept"],
                    card["calibration"]["slope"],
                    tuple((draw[0], draw[1]) for draw in card["calibration"]["draws"]),
                ),
                grades=tuple(Grade(name, upper) for name, upper in card["grades"]),
                interval_level=card["interval_level"],
            )
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as fault:
            raise ModelFileError(f"risk model in {folder.name}/ cannot be read: {fault!r}") from fault
        check_features(model.feature_names, model.codebook_digest, risk_feature_names, codebook or read_codebook())
        if model.booster.num_feature() != len(model.feature_names):
            raise ModelFileError(
                f"{BOOSTER} has {model.booster.num_feature()} features, {CARD} names {len(model.feature_names)}"
            )
        return model


def check_features(names: tuple[str, ...], digest: str, expected: Any, codebook: Codebook) -> None:
    """Raise ModelFileError unless a model was trained on the features and the codebook of this code."""
    if digest != codebook.digest:
        raise ModelFileError(f"trained on codebook {digest[:12]}, this is codebook {codebook.digest[:12]}")
    wanted = expected(codebook)
    if names != wanted:
        lost, new = sorted(set(names) - set(wanted)), sorted(set(wanted) - set(names))
        raise ModelFileError(f"not trained on these features: model alone has {lost}, code alone has {new}")


def _logistic(value: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-value)))
