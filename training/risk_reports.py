"""What is told about a risk model beside its figures: drift, the disclosure by grade, and those never lent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import Codebook
from features.invoices import INVOICE_FEATURES
from features.risk import risk_values
from features.snapshot import build_cases
from models.risk import RiskModel
from models.risk_drift import DriftParams, Reference, drifts, estimated_performance
from training.risk_disclosure import DisclosureParams, disclosure
from training.risk_selection import SelectionParams, selection_ranges


def drift_report(
    model: RiskModel, reference: Reference, cases: pd.DataFrame, codebook: Codebook, params: DriftParams
) -> dict[str, Any]:
    """The test vintages against the cases the model was made on, and their performance as told without outcomes."""
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
    """The applications that were declined until the last matured vintage, as a range.

    Both are compared without invoices: whether a firm has shown them tells whether it ever borrowed.
    """
    hidden = dict.fromkeys(INVOICE_FEATURES, np.nan)
    lent = kept[["stage3"]].assign(pd_12m=model.predict(kept.assign(**hidden), codebook)["pd_12m"], default=default)
    asked = tables["applications"].rename(columns={"applied_on": "as_of"})
    asked = asked.loc[(asked["decision"] == "decline") & (asked["as_of"] <= kept["as_of"].max())]
    cases = build_cases(tables, asked).frame
    declined = cases[["stage3"]].assign(
        pd_12m=model.predict(cases.assign(**hidden), codebook)["pd_12m"], amount_wan=asked["requested_wan"].to_numpy()
    )
    return selection_ranges(lent, declined, params)
