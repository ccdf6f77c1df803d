"""Default within twelve months: a Bayesian additive layer, a LightGBM additive remainder, an interval and a grade.

Every tree splits on one feature, so layer and trees together are one function a feature and its contributions are
exact. Whatever is hidden counts as the worst that could have been shown: a value as its worst end, an unknown stage or
age as the one with the largest effect, invoices as the ``cap`` that no shown block of invoices goes beyond. A yearly
tax figure that is not yet due is not read at all (``features.risk.risk_rows``).

    log-odds = level + shares of the other features + min(block, cap)      block: the shares of the invoice features

The interval of the enterprise's own probability has three parts: what the outcomes leave open (the layer's posterior),
what no column shows (``unseen_sd``) and what the model's form and the coming year add (``form_and_year_sd``). The
last two are declared, not estimated: one outcome a loan cannot identify them. Like the point, neither end is higher
with invoices than without them, at any level (``models.risk.interval``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_codebook
from features.invoices.features import INVOICE_FEATURES
from features.risk import risk_feature_names, risk_matrix
from models.risk.additive import Additive, AdditiveError, read_additive
from models.risk.interval import COUNTED, interval_at, probability
from models.risk.layer import Layer

Floats = npt.NDArray[np.float64]
BOOSTER, CARD = "booster.txt", "model.json"
CHUNK = 4_096  # rows at a time: what they need stays in the processor's cache


class ModelFileError(ValueError):
    """A model file is missing, corrupt, or does not fit the code that loads it."""


@dataclass(frozen=True)
class Grade:
    """One step of the master scale: probabilities below ``upper_pd`` and not in a better step."""

    name: str
    upper_pd: float


@dataclass(frozen=True)
class InvoiceBlock:
    """The invoice features' joint share of the log-odds over the training cases that showed invoices.

    cap            : the most that it counts for, at least 0; a case without invoices has it
    mean, variance : before the cap
    """

    cap: float
    mean: float
    variance: float

    @property
    def hidden(self) -> float:
        """Where the interval of a case without invoices has the middle of its block: half-way from mean to cap.

        Declared, not estimated, for no outcome is known without invoices: who shows none is hardly the average of those
        who do, and at the cap on both sides the low end would be too high for most.
        """
        return (self.mean + self.cap) / 2.0


class Evidence(NamedTuple):
    """Evidence on n cases: log-odds, their interval's middle and variance without the declared parts, shares.

    hidden_middle, hidden_variance : middle and variance of each case as if it had no invoices
    shares : shape (n, p); with the level they add up to the log-odds
    """

    log_odds: Floats
    middle: Floats
    variance: Floats
    hidden_middle: Floats
    hidden_variance: Floats
    shares: Floats


@dataclass(frozen=True)
class RiskModel:
    """Layer, remainder, level and master scale.

    booster_text : LightGBM's text of the remainder
    level        : log-odds of a case whose shares are all 0
    code         : digest of the sources that made it (``data.code_version.source_digest``)
    missing_as   : what a missing value of a feature is read as; others have been filled by ``risk_matrix``
    """

    version: str
    codebook_digest: str
    data_digest: str
    code: str
    feature_names: tuple[str, ...]
    layer: Layer
    booster_text: str
    level: float
    missing_as: Mapping[str, float]
    block: InvoiceBlock
    unseen_sd: float
    form_and_year_sd: float
    grades: tuple[Grade, ...]
    interval_level: float

    @cached_property
    def remainder(self) -> Additive:
        """The booster as look-up tables, checked against it."""
        return read_remainder(self.booster_text)

    @property
    def baseline(self) -> float:
        """Log-odds of a case without any contribution."""
        return self.level

    def predict(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """``predict_matrix`` of cases; same index as ``cases``."""
        matrix = risk_matrix(cases, codebook or read_codebook()).to_numpy()
        return self.predict_matrix(matrix).set_index(cases.index)

    def predict_matrix(self, matrix: Floats) -> pd.DataFrame:
        """``predict_columns`` as a table."""
        return pd.DataFrame(self.predict_columns(matrix))

    def predict_columns(self, matrix: Floats, shares: Floats | None = None) -> dict[str, npt.NDArray[Any]]:
        """Probability, its interval and its grade, of rows of ``risk_matrix``; a row alone has the bits of the table.

        shares : where it is given, shape (n, p), ``contributions_matrix`` is written into it

        pd_12m, pd_low, pd_high : in [PD_FLOOR, 1]; the interval holds the planted probability of ``interval_level`` of
                                  the firms, as far as the declared variances are right, and always the point
        log_odds_mid, log_odds_sd, log_odds_hidden_* : the interval at any other level is ``interval_at`` of these
        log_odds_evidence_sd : log_odds_sd without ``unseen_sd``: what more evidence on the firm could settle
        """
        point, middle, variance, hidden, hidden_variance = np.empty((5, len(matrix)))
        for rows, evidence in self._evidence(matrix):
            point[rows] = probability(evidence.log_odds)
            middle[rows], variance[rows] = evidence.middle, evidence.variance
            hidden[rows], hidden_variance[rows] = evidence.hidden_middle, evidence.hidden_variance
            if shares is not None:
                shares[rows] = evidence.shares
        unseen, form_and_year = self.unseen_sd**2, self.form_and_year_sd**2
        lower = unseen / 2  # a mean probability lies above the middle of its log-odds
        columns = {
            "pd_12m": point,
            "log_odds_mid": middle - lower,
            "log_odds_sd": np.sqrt(variance + form_and_year + unseen),
            "log_odds_evidence_sd": np.sqrt(variance + form_and_year),
            "log_odds_hidden_mid": hidden - lower,
            "log_odds_hidden_sd": np.sqrt(hidden_variance + form_and_year + unseen),
        }
        low, high = interval_at(columns, self.interval_level)
        names = np.array([grade.name for grade in self.grades], dtype=object)
        position = np.searchsorted([grade.upper_pd for grade in self.grades[:-1]], point, side="right")
        return {**columns, "pd_low": low, "pd_high": high, "risk_grade": names[position]}

    def log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of default of rows of ``risk_matrix``, before the minimum; shape (n,)."""
        total = np.empty(len(matrix))
        for rows, evidence in self._evidence(matrix):
            total[rows] = evidence.log_odds
        return total

    def contributions(self, cases: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
        """``contributions_matrix`` of cases; same index as ``cases``."""
        values = self.contributions_matrix(risk_matrix(cases, codebook or read_codebook()).to_numpy())
        return pd.DataFrame(values, index=cases.index, columns=list(self.feature_names))

    def contributions_matrix(self, matrix: Floats) -> Floats:
        """Each feature's exact share of the log-odds, shape (n, p); with ``baseline`` they add up to it.

        Shares are differences from the mean training case. Where the cap applies, the invoice features' shares are
        reduced in proportion; a case without invoices has the whole cap at the first of them.
        """
        parts = np.empty(matrix.shape)
        for rows, evidence in self._evidence(matrix):
            parts[rows] = evidence.shares
        return parts

    def _evidence(self, matrix: Floats) -> Iterator[tuple[slice, Evidence]]:
        for start in range(0, len(matrix), CHUNK):
            rows = slice(start, start + CHUNK)
            yield rows, self._evidence_of(matrix[rows])

    def _evidence_of(self, matrix: Floats) -> Evidence:
        invoices = self._invoice_positions
        hidden = np.isnan(matrix[:, invoices]).all(axis=1)
        filled = np.where(np.isnan(matrix), self._missing, matrix)
        filled[np.ix_(hidden, invoices)] = np.nan
        columns = self.layer.table.columns(filled)
        shares = self.remainder.shares(filled).T
        self.layer.add_shares(columns, shares)
        rest, block = np.full(len(matrix), self.level), np.zeros(len(matrix))
        shown = set(invoices.tolist())
        for position, share in enumerate(shares):
            if position in shown:
                block += share
            else:
                rest += share
        capped = np.where(hidden, self.block.cap, np.minimum(block, self.block.cap))
        shrunk = np.where(block > self.block.cap, self.block.cap / np.where(block > self.block.cap, block, 1.0), 1.0)
        shares[invoices] *= np.where(hidden, 0.0, shrunk)
        shares[invoices[0], hidden] = self.block.cap
        bare = columns.copy()
        bare[self._invoice_columns] = 0.0
        most = COUNTED * (self.unseen_sd**2 + self.form_and_year_sd**2)
        # In one call, for its cost is that of its steps where the cases are few.
        variance, bare_variance = np.minimum(self.layer.variance(np.hstack([columns, bare])), most).reshape(2, -1)
        bare_variance = bare_variance + self.block.variance
        return Evidence(
            rest + capped,
            rest + np.where(hidden, self.block.hidden, block),
            np.where(hidden, bare_variance, variance),
            rest + self.block.hidden,
            bare_variance,
            shares.T,
        )

    @cached_property
    def _invoice_positions(self) -> npt.NDArray[np.intp]:
        return np.array([self.feature_names.index(name) for name in INVOICE_FEATURES], dtype=np.intp)

    @cached_property
    def _invoice_columns(self) -> npt.NDArray[np.intp]:
        """Places of the invoices' terms among the layer's columns, whose first is the intercept's."""
        return np.flatnonzero(np.isin(self.layer.table.features, self._invoice_positions)) + 1

    @cached_property
    def _missing(self) -> Floats:
        return np.array([self.missing_as.get(name, np.nan) for name in self.feature_names])

    def save(self, folder: Path) -> None:
        """Write booster.txt and model.json."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self._files().items():
            (folder / name).write_text(text, encoding="utf-8")

    def _files(self) -> dict[str, str]:
        card = {
            "version": self.version,
            "codebook_digest": self.codebook_digest,
            "data_digest": self.data_digest,
            "code": self.code,
            "feature_names": list(self.feature_names),
            "layer": self.layer.card(),
            "level": self.level,
            "missing_as": dict(self.missing_as),
            "invoice_block": {"cap": self.block.cap, "mean": self.block.mean, "variance": self.block.variance},
            "declared": {"unseen_sd": self.unseen_sd, "form_and_year_sd": self.form_and_year_sd},
            "grades": [[grade.name, grade.upper_pd] for grade in self.grades],
            "interval_level": self.interval_level,
        }
        return {BOOSTER: self.booster_text, CARD: json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n"}

    @classmethod
    def load(cls, folder: Path, codebook: Codebook | None = None) -> RiskModel:
        """Read and check a model; raises ModelFileError naming the file and what is wrong with it."""
        try:
            card: Mapping[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            block, declared = card["invoice_block"], card["declared"]
            model = cls(
                version=card["version"],
                codebook_digest=card["codebook_digest"],
                data_digest=card["data_digest"],
                code=card["code"],
                feature_names=tuple(card["feature_names"]),
                layer=Layer.of_card(card["layer"]),
                booster_text=(folder / BOOSTER).read_text(encoding="utf-8"),
                level=card["level"],
                missing_as=card["missing_as"],
                block=InvoiceBlock(block["cap"], block["mean"], block["variance"]),
                unseen_sd=declared["unseen_sd"],
                form_and_year_sd=declared["form_and_year_sd"],
                grades=tuple(Grade(name, upper) for name, upper in card["grades"]),
                interval_level=card["interval_level"],
            )
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as fault:
            raise ModelFileError(f"risk model in {folder.name}/ cannot be read: {fault!r}") from fault
        check_features(model.feature_names, model.codebook_digest, risk_feature_names, codebook or read_codebook())
        if model.remainder.width != len(model.feature_names):
            raise ModelFileError(
                f"{BOOSTER} has {model.remainder.width} features, {CARD} names {len(model.feature_names)}"
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


def read_remainder(text: str) -> Additive:
    """Look-up tables of a booster's text; raises ModelFileError when it is no additive booster."""
    try:
        return read_additive(lgb.Booster(model_str=text))
    except lgb.basic.LightGBMError as fault:
        raise ModelFileError(f"{BOOSTER} is no LightGBM model: {fault}") from fault
    except AdditiveError as fault:
        raise ModelFileError(f"{BOOSTER}: {fault}") from fault
