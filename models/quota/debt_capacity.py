"""Debt capacity: quantiles of the debt that an enterprise's cash flow will service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from math import expm1
from pathlib import Path

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_codebook
from features.quota import capacity_matrix, limit_columns, limit_feature_names
from models.risk.model import ModelFileError, check_features

Floats = npt.NDArray[np.float64]
MAX_LOG = 20.0


@dataclass(frozen=True)
class DebtCapacityModel:
    """Two boosters on log(1 + supportable debt): a cautious quantile and the median, whatever a bank knows beside it.

    code : digest of the sources that made it (``data.code_version.source_digest``)
    offsets_log : what each booster's output is counted from
    shift_log : added to the cautious one, so that on a later vintage it held as often as promised (split conformal)
    reference_tenor_months, reference_annual_rate : the loan that the label counts in: level instalments over so many
        months at this rate; ``annuity_factor`` carries the limit to another tenor and rate
    """

    version: str
    codebook_digest: str
    data_digest: str
    code: str
    feature_names: tuple[str, ...]
    low_quantile: float
    offsets_log: tuple[float, float]
    shift_log: float
    reference_tenor_months: int
    reference_annual_rate: float
    low_text: str
    median_text: str

    @cached_property
    def boosters(self) -> tuple[lgb.Booster, lgb.Booster]:
        """The cautious and the median booster, read once."""
        try:
            return lgb.Booster(model_str=self.low_text), lgb.Booster(model_str=self.median_text)
        except lgb.basic.LightGBMError as fault:
            raise ModelFileError(f"limit model: {fault}") from fault

    def predict(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """capacity_low_wan <= capacity_median_wan, both >= 0, in 10,000 yuan; same index as ``cases``."""
        return self.predict_matrix(capacity_matrix(cases, codebook or read_codebook()).to_numpy()).set_index(
            cases.index
        )

    def predict_matrix(self, matrix: Floats) -> pd.DataFrame:
        """``predict`` of rows of ``capacity_matrix``."""
        return pd.DataFrame(self.predict_columns(matrix))

    def predict_columns(self, matrix: Floats) -> dict[str, Floats]:
        """``predict_matrix`` as columns by name, each of shape (n,)."""
        low, median = (
            np.asarray(booster.predict(matrix, num_threads=1), dtype=float) + offset
            for booster, offset in zip(self.boosters, self.offsets_log, strict=True)
        )
        cautious = np.clip(np.minimum(low + self.shift_log, median), 0.0, MAX_LOG)
        return {"capacity_low_wan": _expm1(cautious), "capacity_median_wan": _expm1(np.clip(median, 0.0, MAX_LOG))}

    def save(self, folder: Path) -> None:
        """Write low.txt, median.txt and debt_capacity.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "low.txt").write_text(self.low_text, encoding="utf-8")
        (folder / "median.txt").write_text(self.median_text, encoding="utf-8")
        card = {
            "version": self.version,
            "codebook_digest": self.codebook_digest,
            "data_digest": self.data_digest,
            "code": self.code,
            "feature_names": list(self.feature_names),
            "low_quantile": self.low_quantile,
            "offsets_log": list(self.offsets_log),
            "shift_log": self.shift_log,
            "reference_tenor_months": self.reference_tenor_months,
            "reference_annual_rate": self.reference_annual_rate,
        }
        (folder / "debt_capacity.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, codebook: Codebook | None = None) -> DebtCapacityModel:
        """Read and check; raises ModelFileError naming the file and what is wrong with it."""
        try:
            card = json.loads((folder / "debt_capacity.json").read_text(encoding="utf-8"))
            model = cls(
                version=card["version"],
                codebook_digest=card["codebook_digest"],
                data_digest=card["data_digest"],
                code=card["code"],
                feature_names=tuple(card["feature_names"]),
                low_quantile=card["low_quantile"],
                offsets_log=(card["offsets_log"][0], card["offsets_log"][1]),
                shift_log=card["shift_log"],
                reference_tenor_months=card["reference_tenor_months"],
                reference_annual_rate=card["reference_annual_rate"],
                low_text=(folder / "low.txt").read_text(encoding="utf-8"),
                median_text=(folder / "median.txt").read_text(encoding="utf-8"),
            )
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as fault:
            raise ModelFileError(f"limit model in {folder.name}/ cannot be read: {fault!r}") from fault
        check_features(model.feature_names, model.codebook_digest, limit_feature_names, codebook or read_codebook())
        read = set(limit_columns(codebook or read_codebook()))
        for booster in model.boosters:
            alien = [
                position for position in np.flatnonzero(booster.feature_importance("split")) if position not in read
            ]
            if alien:
                names = [model.feature_names[position] for position in alien]
                raise ModelFileError(f"limit model reads {names}, which a bank's own facts change or a firm can hide")
        return model


def _expm1(values: Floats) -> Floats:
    # Of one value at a time: NumPy's vector code may give another last bit on another processor.
    return np.fromiter(map(expm1, values.tolist()), dtype=float, count=len(values))
