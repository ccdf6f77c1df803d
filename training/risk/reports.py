"""Reports on a risk model: how good it was, drift, the disclosure by grade, and those never lent to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from data.growth_stages import GROWTH_STAGES, UNKNOWN
from features.invoices.features import INVOICE_FEATURES
from features.point_in_time import build_cases
from features.risk import risk_values
from models.risk.drift import DriftParams, Reference, drifts, estimated_performance
from models.risk.interval import interval_at, log_odds_ends
from models.risk.model import RiskModel
from training.risk.disclosure import DisclosureParams, disclosure
from training.risk.figures import FIGURES, Predicted, resamples, slope_interval, summary
from training.risk.selection import SelectionParams, selection_ranges

Floats = npt.NDArray[np.float64]
LEAST_OUTCOMES = 5  # defaults, and others, of a stage with figures
REFER_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)


def evaluate(
    model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook, draws: int = 500
) -> dict[str, Any]:
    """AUC, KS, Brier, log loss, expected calibration error and calibration slope, each with a 90 % interval.

    Intervals resample enterprises, so that a firm's several loans stay together. That of the slope is a penalised
    profile, right at a few defaults too; there a firm counts once a loan, having no loan after its default. Each
    stage with a loan is tested likewise, those whose stage is unknown too; one with fewer than LEAST_OUTCOMES defaults,
    or others, has their count in the place of its figures.
    """
    pd_12m, y = model.predict(cases, codebook)["pd_12m"].to_numpy(), default.to_numpy(dtype=float)
    firms = cases["uscc"].to_numpy()
    answer: dict[str, Any] = {**_counts(pd_12m, y), "figures": _figures(pd_12m, y, firms, draws)}
    stage = cases["growth_stage"].where(cases["growth_stage"].isin(GROWTH_STAGES), UNKNOWN)
    answer["stages"] = {
        name: _counts(pd_12m[rows], y[rows])
        | {"figures": _too_few(y[rows]) or _figures(pd_12m[rows], y[rows], firms[rows], draws)}
        for name in (*GROWTH_STAGES, UNKNOWN)
        if (rows := (stage == name).to_numpy()).any()
    }
    return answer


def _too_few(y: Floats) -> dict[str, dict[str, int]]:
    """By figure, the count of the outcome of which there are too few; empty where there are enough of both.

    A resample without a default is none, so that one default has narrower intervals than ten.
    """
    counts = {"defaults": int(y.sum()), "others": int((1 - y).sum())}
    few = {f"too_few_{name}": count for name, count in counts.items() if count < LEAST_OUTCOMES}
    return dict.fromkeys(FIGURES, few) if few else {}


def _figures(pd_12m: Floats, y: Floats, firms: npt.NDArray[np.object_], draws: int) -> dict[str, dict[str, float]]:
    predicted = Predicted(pd_12m, y)
    spread = pd.DataFrame([predicted.figures(weight) for weight in resamples(firms, y, draws, 0)])
    figures = summary(predicted.figures(np.ones(len(y))), spread)
    del figures["calibration_slope"]
    if np.ptp(predicted.log_odds) > 0:  # one probability for all has no slope
        figures["calibration_slope"] = slope_interval(predicted.log_odds, y)
    return figures


def _counts(pd_12m: Floats, y: Floats) -> dict[str, float]:
    return {
        "n": len(y),
        "defaults": int(y.sum()),
        "mean_pd": float(pd_12m.mean()),
        "default_rate": float(y.mean()),
    }


def calibration_curve(model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook) -> pd.DataFrame:
    """Mean predicted and observed default rate by decile of the prediction: the table behind the plot."""
    pd_12m = model.predict(cases, codebook)["pd_12m"]
    decile = pd.qcut(pd_12m.rank(method="first"), 10, labels=False)
    table = pd.DataFrame({"decile": decile, "predicted": pd_12m, "observed": default.astype(float)})
    return table.groupby("decile", as_index=False).mean()


def interval_report(
    model: RiskModel, cases: pd.DataFrame, codebook: Codebook, cutoffs: Sequence[float]
) -> dict[str, Any]:
    """Width of the interval, and what each level at which an interval may refer costs: by cut-off, then by level.

    refers  : share of the cases whose interval holds the cut-off: low <= cut-off < high
    exceeds : share whose whole interval lies above it
    """
    predicted = model.predict(cases, codebook)
    costs: dict[str, dict[str, dict[str, float]]] = {}
    for cutoff in sorted(set(cutoffs)):
        costs[f"{cutoff:g}"] = {}
        for level in REFER_LEVELS:
            low, high = interval_at(predicted, level)
            held = (low <= cutoff) & (cutoff < high)
            costs[f"{cutoff:g}"][f"{level:g}"] = {
                "refers": float(held.mean()),
                "exceeds": float((low > cutoff).mean()),
            }
    return {
        "cases": len(cases),
        "level": model.interval_level,
        "median_width_log_odds": _median_width(predicted, model.interval_level),
        "median_width_without_unseen_log_odds": _median_width(
            with_unseen_sd(predicted, model.unseen_sd, 0.0), model.interval_level
        ),
        "refer_levels": costs,
    }


def with_unseen_sd(predicted: pd.DataFrame, declared: float | pd.Series, other: float | pd.Series) -> pd.DataFrame:
    """What a model would predict with another ``unseen_sd`` than the declared one, its ends aside."""
    moved = (np.square(declared) - np.square(other)) / 2
    hidden = np.square(predicted["log_odds_hidden_sd"]) - np.square(declared) + np.square(other)
    return predicted.assign(
        **{name: predicted[name] + moved for name in ("log_odds_mid", "log_odds_hidden_mid")},
        log_odds_sd=np.hypot(predicted["log_odds_evidence_sd"], other),
        log_odds_hidden_sd=np.sqrt(hidden),
    )


def _median_width(predicted: pd.DataFrame, level: float) -> float:
    low, high = log_odds_ends(predicted, level)
    return float(np.median(high - low))


def drift_report(
    model: RiskModel, reference: Reference, cases: pd.DataFrame, codebook: Codebook, params: DriftParams
) -> dict[str, Any]:
    """The test vintages against the cases the model was made on, and their performance estimated without outcomes."""
    pd_12m = model.predict(cases, codebook)["pd_12m"].to_numpy()
    values = risk_values(cases, codebook)
    found = drifts(reference, pd_12m, {str(name): values[name].to_numpy() for name in values}, params)
    return {
        "columns": {one.column: asdict(one) for one in found if one.alarm or one.column == "pd_12m"},
        "columns_watched": len(found),
        "estimated": {name: asdict(one) for name, one in estimated_performance(pd_12m).items()},
    }


def disclosure_report(model: RiskModel, loans: pd.DataFrame, params: DisclosureParams) -> dict[str, Any]:
    """The disclosure of loans of the vintages after every one the model was made on."""
    return disclosure(loans, {grade.name: grade.upper_pd for grade in model.grades}, params)


def selection_report(
    model: RiskModel,
    kept: pd.DataFrame,
    default: pd.Series,
    tables: Mapping[str, pd.DataFrame],
    codebook: Codebook,
    params: SelectionParams,
) -> dict[str, Any]:
    """The applications that were declined until the last seasoned vintage, as a range.

    Both are compared without invoices: whether a firm has shown them reveals whether it ever borrowed.
    """
    hidden = dict.fromkeys(INVOICE_FEATURES, np.nan)
    lent = kept[["growth_stage"]].assign(
        pd_12m=model.predict(kept.assign(**hidden), codebook)["pd_12m"], default=default
    )
    applications = tables["applications"].rename(columns={"applied_on": "as_of"})
    applications = applications.loc[
        (applications["decision"] == "decline") & (applications["as_of"] <= kept["as_of"].max())
    ]
    cases = build_cases(tables, applications).frame
    declined = cases[["growth_stage"]].assign(
        pd_12m=model.predict(cases.assign(**hidden), codebook)["pd_12m"],
        amount_wan=applications["requested_wan"].to_numpy(),
    )
    return selection_ranges(lent, declined, params)
