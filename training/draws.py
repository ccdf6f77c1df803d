"""Refitting the three models on firms drawn with replacement: how far they would move with another sample of firms.

A draw takes as many firms as the training parts of the three labels hold together, with replacement; a firm drawn
twice brings all its cases twice, to every model. Copies of a firm stay that firm wherever a fit parts firms, so none
tests what its twin trained. Everything that a fit decides is decided again, which card ships included; the card's peer
reference, a fixed list of firms, is kept. The fits' own seeds are kept too: only firms differ between draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from models.quota.draws import Refitted
from training.assembled import Labelled
from training.points import fit as points_training
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams
from training.quota import fit as quota_training
from training.quota.fit import QuotaParams
from training.risk import fit as risk_training
from training.risk.fit import RiskParams

Rows = npt.NDArray[np.intp]
LEARNED_FROM = ("train", "calibration")


@dataclass(frozen=True)
class DrawsParams:
    """Section ``draws`` of params.yaml."""

    count: int
    seed: int


@dataclass(frozen=True)
class FitParams:
    """The sections of params.yaml that the three fits read."""

    points: PointsParams
    shape: ShapeParams
    risk: RiskParams
    quota: QuotaParams


@dataclass(frozen=True)
class Sources:
    """What the three models are trained on, the test parts left out.

    reference : the firms that the card compares with
    outcomes, loans, debts : cases with the labels of points, risk and quota
    """

    reference: pd.DataFrame
    outcomes: Labelled
    loans: Labelled
    debts: Labelled

    @property
    def firms(self) -> npt.NDArray[np.object_]:
        """Every firm that a model learns from, once, in the order of their codes."""
        known = [one.cases.loc[one.rows(*LEARNED_FROM), "uscc"] for one in (self.outcomes, self.loans, self.debts)]
        return np.unique(pd.concat(known).to_numpy(dtype=object))


def firm_counts(firms: npt.NDArray[np.object_], seed: int, number: int) -> pd.Series:
    """How often each firm is drawn, by firm; the sum is the number of firms. No draw depends on another."""
    rng = np.random.default_rng([seed, number])
    drawn = np.bincount(rng.integers(len(firms), size=len(firms)), minlength=len(firms))
    return pd.Series(drawn, index=firms)


def drawn_rows(counts: pd.Series, uscc: pd.Series, kept: npt.NDArray[np.bool_]) -> Rows:
    """Numbers of the rows of drawn firms among the ``kept`` ones, each as often as its firm was drawn; in order."""
    times = np.where(kept, counts.reindex(uscc).fillna(0).to_numpy(), 0).astype(np.intp)
    return np.repeat(np.arange(len(times), dtype=np.intp), times)


def refit(sources: Sources, params: FitParams, book: Codebook, seed: int, number: int) -> Refitted:
    """The three models on draw ``number`` of ``seed``.

    raises : ValueError naming the draw where its firms cannot be learned from, for instance without a default
    """
    counts = firm_counts(sources.firms, seed, number)

    def drawn(labelled: Labelled, *parts: str) -> tuple[pd.DataFrame, pd.Series, Rows]:
        rows = drawn_rows(counts, labelled.cases["uscc"], labelled.rows(*parts))
        cases, labels = labelled.cases.iloc[rows], labelled.labels.iloc[rows]
        return cases.reset_index(drop=True), labels.reset_index(drop=True), rows

    version = f"draw-{number}"
    try:
        cases, outcome, rows = drawn(sources.outcomes, *LEARNED_FROM)
        card = points_training.fit(
            sources.reference,
            cases,
            outcome,
            sources.outcomes.rows("calibration")[rows],
            book,
            # Draws of firms inside a draw of firms would only make its intervals, which nobody reads.
            replace(params.points, version=f"{params.points.version}-{version}", draws=0, shape_draws=0),
            params.shape,
            until=sources.outcomes.until.iloc[rows].reset_index(drop=True),
        ).card
        loans, default, _ = drawn(sources.loans, *LEARNED_FROM)
        risk = risk_training.fit(loans, default, book, replace(params.risk, version=f"{params.risk.version}-{version}"))
        limit = quota_training.fit(
            *drawn(sources.debts, "train")[:2],
            *drawn(sources.debts, "calibration")[:2],
            book,
            replace(params.quota, version=f"{params.quota.version}-{version}"),
        )
    except ValueError as fault:
        raise ValueError(f"draw {number}: {fault}") from fault
    figures: Mapping[str, Any] = {
        "firms": int(counts.sum()),
        "different_firms": int((counts > 0).sum()),
        "points_cases": len(cases),
        "points_card": card.verdict["ships"],
        "loans": len(loans),
        "defaults": int(default.sum()),
    }
    return Refitted(card, risk, limit, figures)
