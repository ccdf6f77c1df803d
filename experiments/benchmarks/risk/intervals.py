"""How often the interval of a default probability holds the planted one, and how it compares with its rivals.

A cohort is one observation: shares are means over cohorts with their standard error. The shock vintage, which nobody
could foresee, is apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from data.codebook import Codebook
from data.growth_stages import GROWTH_STAGES, UNKNOWN
from features.risk import monotone_signs, risk_feature_names, risk_matrix
from models.risk.interval import ENDS, PD_FLOOR, interval_at, log_odds_ends
from models.risk.model import RiskModel
from training.risk.calibration import Calibrator, fit_calibrator
from training.risk.figures import Predicted, resamples
from training.risk.fit import RiskParams
from training.risk.members import boost
from training.risk.reports import with_unseen_sd
from training.risk.tuning import enterprise_folds

Floats = npt.NDArray[np.float64]
# Of loans and firms without a known stage nobody is answered with a probability; they are apart.
WHERE = ("calm test", "shock test", "snapshot", "not answered")
DECLARED = (0.45, 0.65, 0.85)  # unseen_sd that the figures are shown for
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
HELD, LEAST_OF_PART = (0.85, 0.95), 0.80  # shares of 90 % intervals that have to hold the planted PD
PEER_ROUNDS, PEER_FOLDS, PEER_DRAWS = 200, 5, 50
# Good and bad value of each credit fact; amounts as shares of revenue.
FACTS: Mapping[str, tuple[float, float]] = {
    "overdue_days_max_24m": (0.0, 60.0),
    "litigation_count_24m": (0.0, 2.0),
    "guarantees_wan": (0.0, 0.5),
    "social_security_arrears_wan": (0.0, 0.02),
    "existing_debt_wan": (0.0, 1.0),
    "operating_cash_flow_wan": (0.25, -0.2),
}


@dataclass(frozen=True)
class Peer:
    """An additive booster with Platt's calibration, whose interval resamples the calibration alone."""

    log_odds: Floats
    low: Floats
    high: Floats


def peer(
    train: pd.DataFrame, default: pd.Series, cases: pd.DataFrame, book: Codebook, params: RiskParams, level: float
) -> Peer:
    """Fit the peer on the same rows and predict ``cases``; its calibration is fitted on cross-fitted log-odds."""
    signs = [monotone_signs(book)[name] for name in risk_feature_names(book)]
    x, y, new = (
        risk_matrix(train, book).to_numpy(),
        default.to_numpy(dtype=float),
        risk_matrix(cases, book).to_numpy(),
    )
    trees, fold = params.trees(0.0), enterprise_folds(y, train["uscc"], PEER_FOLDS, params.seed)

    def raw(rows: npt.NDArray[np.bool_], of: Floats) -> Floats:
        booster = boost(x[rows], y[rows], trees, signs=signs, seed=params.seed, rounds=PEER_ROUNDS)
        return np.asarray(booster.predict(of, raw_score=True, num_threads=1), dtype=float)

    crossed = np.empty(len(y))
    for one in range(PEER_FOLDS):
        crossed[fold == one] = raw(fold != one, x[fold == one])
    predicted = raw(np.ones(len(y), dtype=bool), new)

    def platt(weight: Floats) -> Calibrator:
        return fit_calibrator("platt", crossed, y, weight)

    draws = [
        platt(weight).log_odds(predicted) for weight in resamples(train["uscc"].to_numpy(), y, PEER_DRAWS, params.seed)
    ]
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return Peer(platt(np.ones(len(y))).log_odds(predicted), low, high)


def evaluated(
    model: RiskModel, one: Peer, cases: pd.DataFrame, truth: Floats, where: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """A row a firm: its stage, interval, evidence, planted probability and the peer's interval.

    where : one of WHERE by case, if its stage is known
    """
    predicted = model.predict(cases)
    kept = predicted[["pd_12m", *ENDS, "log_odds_evidence_sd"]].reset_index(drop=True)
    return kept.assign(
        where=np.where(cases["growth_stage"] == UNKNOWN, WHERE[-1], where),
        stage=cases["growth_stage"].to_numpy(dtype=object),
        invoices=cases["inv_months_seen"].notna().to_numpy(),
        truth=truth,
        unseen_sd=model.unseen_sd,
        peer_low=expit(one.low),
        peer_high=expit(one.high),
        peer_width=one.high - one.low,
    )


def inside(table: pd.DataFrame, level: float, unseen_sd: float | None = None) -> npt.NDArray[np.bool_]:
    """Whether the interval holds the planted probability, at a level and another declared unseen_sd, shape (n,)."""
    predicted = table if unseen_sd is None else with_unseen_sd(table, table["unseen_sd"], unseen_sd)
    low, high = interval_at(predicted, level)
    truth = np.maximum(table["truth"].to_numpy(), PD_FLOOR)
    return np.asarray((low <= truth) & (truth <= high))


def coverage(table: pd.DataFrame, level: float) -> dict[str, Any]:
    """Share of firms whose planted probability lies in the interval, by where; one observation a cohort.

    thirds : by predicted and by planted probability, within each cohort
    """
    predicted: dict[str, Any] = {}
    for where in WHERE:
        mine = table.loc[table["where"] == where].reset_index(drop=True)
        if mine.empty:
            continue
        held, cohort = pd.Series(inside(mine, level)), mine["cohort"]

        def share(rows: npt.NDArray[np.bool_], held: pd.Series = held, cohort: pd.Series = cohort) -> dict[str, float]:
            return _over_cohorts(held[rows].groupby(cohort[rows]).mean())

        every = np.ones(len(mine), dtype=bool)
        low, high = log_odds_ends(mine, level)
        truth, pd_12m = (mine.groupby("cohort")[name].rank(pct=True).to_numpy() for name in ("truth", "pd_12m"))
        peer_held = (mine["peer_low"] <= mine["truth"]) & (mine["truth"] <= mine["peer_high"])
        predicted[where] = {
            "inside": share(every),
            "by_stage": {name: share((mine["stage"] == name).to_numpy()) for name in GROWTH_STAGES},
            "by_predicted_third": [share(_third(pd_12m, position)) for position in range(3)],
            "by_planted_third": [share(_third(truth, position)) for position in range(3)],
            "with_invoices": share(mine["invoices"].to_numpy()),
            "without_invoices": share(~mine["invoices"].to_numpy()) if not mine["invoices"].all() else None,
            "by_level": {f"{one:g}": _over_cohorts(_mean(inside(mine, one), cohort)) for one in LEVELS},
            "by_unseen_sd": {f"{one:g}": _over_cohorts(_mean(inside(mine, level, one), cohort)) for one in DECLARED},
            "median_width_log_odds": _over_cohorts(pd.Series(high - low).groupby(cohort).median()),
            "calibration_only": {
                "inside": _over_cohorts(_mean(peer_held.to_numpy(), cohort)),
                "median_width_log_odds": _over_cohorts(mine.groupby("cohort")["peer_width"].median()),
            },
        }
    return predicted


def uncovered(found: Mapping[str, Any], name: str) -> list[str]:
    """Where a ``coverage`` misses what is promised of answered firms in calm years and of the snapshot.

    Within HELD on average, two standard errors over cohorts allowed; in no third of the PDs, planted or predicted, and
    no growth stage below LEAST_OF_PART.
    """
    missed, (low, high) = [], HELD
    for where in ("calm test", "snapshot"):
        mean, error = (found[where]["inside"][key] for key in ("mean", "standard_error"))
        if not low - 2 * error <= mean <= high + 2 * error:
            missed.append(f"{name}, {where}: {mean:.4g} of the intervals hold the truth; allowed: {low} to {high}")
        thirds = {
            f"{kind} third {at + 1}": part
            for kind in ("planted", "predicted")
            for at, part in enumerate(found[where][f"by_{kind}_third"])
        }
        missed += [
            f"{name}, {where}, {part}: {one['mean']:.4g} of the intervals hold the truth; at least {LEAST_OF_PART}"
            for part, one in (thirds | found[where]["by_stage"]).items()
            if one["cohorts"] and one["mean"] < LEAST_OF_PART
        ]
    return missed


def evidence_spread(table: pd.DataFrame) -> dict[str, float]:
    """Evidence at one score: in 2 % bands of a cohort's snapshot, the 95th over the 5th percentile of its sd."""
    mine = table.loc[table["where"] == "snapshot"]
    bands = mine.groupby("cohort")["pd_12m"].rank(pct=True).mul(50).clip(upper=49.99).astype(int)
    found = mine.groupby([mine["cohort"], bands])
    ratio = {
        name: found[column].quantile(0.95) / found[column].quantile(0.05)
        for name, column in (("evidence_sd", "log_odds_evidence_sd"), ("total_sd", "log_odds_sd"))
    }
    return {f"{name}_ratio_median": float(one.median()) for name, one in ratio.items()}


def moved_by_facts(model: RiskModel, snapshot: pd.DataFrame, book: Codebook) -> dict[str, dict[str, float]]:
    """By credit fact: share of firms of known revenue whose log-odds rise by more than 0.02, and the median rise."""
    frame = snapshot.loc[snapshot["revenue_wan"].notna()]
    predicted = {}
    for key, ends in FACTS.items():
        unit = 1.0 if key.endswith("24m") else frame["revenue_wan"].clip(lower=30.0)
        good, bad = (model.log_odds(risk_matrix(frame.assign(**{key: end * unit}), book).to_numpy()) for end in ends)
        predicted[key] = {"rises": float((bad - good > 0.02).mean()), "median_rise": float(np.median(bad - good))}
    return predicted


def rank(predicted: Floats, rival: Floats, truth: Floats, y: Floats, calm: npt.NDArray[np.bool_]) -> dict[str, float]:
    """AUC and log loss of both on the tested loans, and the expected log loss above the truth's own, without shock.

    predicted, rival : log-odds, shape (n,)
    """
    figures: dict[str, float] = {}
    known = calm & np.isfinite(truth)
    p = np.clip(truth[known], 1e-9, 1 - 1e-9)
    least = -(p * np.log(p) + (1 - p) * np.log1p(-p))
    for name, odds in (("model", predicted), ("peer", rival)):
        one = Predicted(expit(odds), y).figures(np.ones(len(y)))
        expected = np.logaddexp(0.0, odds[known]) - p * odds[known]
        figures |= {f"{name}_auc": one["auc"], f"{name}_log_loss": one["log_loss"]}
        figures[f"{name}_excess"] = float((expected - least).mean())
    return figures


def ranks(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Figures of ``rank`` over cohorts, and the paired gains over the peer."""
    table = pd.DataFrame(list(rows))
    gains = {
        "auc_gain": table["model_auc"] - table["peer_auc"],
        "log_loss_gain": table["peer_log_loss"] - table["model_log_loss"],
        "excess_gain": table["peer_excess"] - table["model_excess"],
    }
    every = pd.concat([table, pd.DataFrame(gains)], axis=1)
    return {str(name): _over_cohorts(every[name]) for name in every}


def referrals(table: pd.DataFrame, cutoff: float) -> dict[str, Any]:
    """Share of the snapshot whose interval holds the cut-off, by level; and whose point lies above it."""
    mine = table.loc[table["where"] == "snapshot"].reset_index(drop=True)
    predicted: dict[str, Any] = {
        "pd_cutoff": cutoff,
        "point_above": _over_cohorts(_mean(mine["pd_12m"] > cutoff, mine["cohort"])),
    }
    for level in LEVELS:
        low, high = interval_at(mine, level)
        predicted[f"{level:g}"] = _over_cohorts(_mean((low <= cutoff) & (cutoff < high), mine["cohort"]))
    return predicted


def log_odds_of(pd_12m: npt.ArrayLike) -> Floats:
    """Log-odds of probabilities, shape (n,)."""
    return np.asarray(logit(np.clip(pd_12m, 1e-9, 1 - 1e-9)), dtype=float)


def _third(rank_share: Floats, position: int) -> npt.NDArray[np.bool_]:
    return (rank_share > position / 3) & (rank_share <= (position + 1) / 3)


def _mean(values: npt.ArrayLike, cohort: pd.Series) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float)).groupby(cohort.to_numpy()).mean()


def _over_cohorts(by_cohort: pd.Series) -> dict[str, float]:
    values = by_cohort.to_numpy(dtype=float)
    if not len(values):
        return {"cohorts": 0}
    return {
        "mean": float(values.mean()),
        "standard_error": float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan"),
        "lowest": float(values.min()),
        "highest": float(values.max()),
        "cohorts": len(values),
    }
