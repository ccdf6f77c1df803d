"""The default risk model, what is published of it, and the search for better numbers."""

from __future__ import annotations

import pandas as pd

from data.codebook import read_codebook
from data.growth_stages import UNKNOWN
from features.risk import risk_values
from models.quota.engine import read_policies
from models.risk.drift import DriftParams, reference_of
from training.assembled import (
    DERIVED,
    AssembleParams,
    Labelled,
    read_cases,
    read_known_at,
    read_labelled,
    read_tables,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json
from training.pipeline.tracked import Scored, track_stage
from training.risk import fit as risk_training
from training.risk.disclosure import DisclosureParams
from training.risk.disclosure_page import page
from training.risk.leakage import refuse_leaks
from training.risk.leakage_column import LeakageParams
from training.risk.reports import (
    calibration_curve,
    disclosure_report,
    drift_report,
    evaluate,
    interval_report,
    selection_report,
)
from training.risk.selection import SelectionParams
from training.run_rows import evaluation_rows

SELECTION_TABLES = ("applications", "enterprises", "snapshots", "credit_facts")  # it compares without invoices


def read_seasoned_loans() -> Labelled:
    """Loans to learn default from; training and calibration are fitted on together, so no embargo parts them."""
    return read_labelled("default_12m", embargo_before_calibration=False)


def risk() -> None:
    """Fit and test the default risk on seasoned loans, split by time and by enterprise."""
    assembled, params = read_section("assemble", AssembleParams), read_section("risk", risk_training.RiskParams)
    book, loans = read_codebook(), read_seasoned_loans()
    part, kept = {name: loans.part(name) for name in ("train", "calibration", "test")}, loans.cases
    both = pd.concat([part["train"][0], part["calibration"][0]])
    warnings = refuse_leaks(
        risk_values(both, book).assign(default=loans.labels[both.index]),
        "default",
        read_section("leakage", LeakageParams),
        known_at=read_known_at("default_12m").loc[both.index],
        decided_at=both["as_of"],
    )
    model = risk_training.fit(both, loans.labels[both.index], book, params)
    model.save(ARTIFACTS / "risk/model")
    answers = model.predict(both, book)
    reference = reference_of(
        risk_values(both, book).to_numpy(),
        model.feature_names,
        answers["pd_12m"].to_numpy(),
        answers["risk_grade"].tolist(),
    )
    reference.save(ARTIFACTS / "risk/model")
    tested, outcome = part["test"]
    answered = tested["growth_stage"] != UNKNOWN
    metrics = {
        "caveat": CAVEAT,
        "cases": dict(loans.counts),
        "leakage": {f"{leak.column}: {leak.kind}": leak.found for leak in warnings},
        "remainder_rounds": params.trees(float(loans.labels[both.index].sum())).rounds,
        "declared": {"unseen_sd": params.unseen_sd, "form_and_year_sd": params.form_and_year_sd},
        "defaults": {name: int(side[1].sum()) for name, side in part.items()},
        "test": evaluate(model, *part["test"], book),
        # Without a known stage, that is, a revenue, the answer is "insufficient data" whatever the probability.
        "test_answered": evaluate(model, tested.loc[answered], outcome[answered], book),
        "interval": interval_report(
            model,
            read_cases(ARTIFACTS / "snapshot"),
            book,
            [policy.pd_cutoff for policy in read_policies()],
        ),
        "drift": drift_report(model, reference, part["test"][0], book, read_section("drift", DriftParams)),
    }
    write_json(ARTIFACTS / "risk/metrics.json", metrics)
    curve = calibration_curve(model, *part["test"], book)
    curve.to_csv(ARTIFACTS / "risk/calibration.csv", index=False)
    lent = pd.concat([kept[["uscc", "as_of", "growth_stage"]], model.predict(kept, book)], axis=1)
    lent = lent.assign(default=loans.labels)
    later = lent.loc[lent["as_of"] >= pd.Timestamp(assembled.test_from)]
    report = disclosure_report(model, later, read_section("disclosure", DisclosureParams))
    write_json(ARTIFACTS / "risk/disclosure.json", {"caveat": CAVEAT, **report})
    (ARTIFACTS / "risk/disclosure.html").write_text(page(report, caveat=CAVEAT), encoding="utf-8")
    ranges = selection_report(
        model, kept, loans.labels, read_tables(*SELECTION_TABLES), book, read_section("selection", SelectionParams)
    )
    write_json(ARTIFACTS / "risk/selection.json", {"caveat": CAVEAT, **ranges})
    files = [ARTIFACTS / "risk/model/booster.txt", ARTIFACTS / "risk/model/model.json"]
    inputs = [DERIVED / "loans/cases.parquet", DERIVED / "loans/default_12m.parquet"]
    amounts = read_tables("loans")["loans"].groupby(["uscc", "granted_on"])["amount_wan"].mean()
    exposure = amounts.reindex(pd.MultiIndex.from_frame(tested[["uscc", "as_of"]]))
    pd_12m = model.predict(tested, book)["pd_12m"]
    rows = evaluation_rows(tested, outcome, pd_12m, "probability", {"exposure_wan": exposure})
    track_stage("risk", params, metrics, inputs, files, Scored(model.predict), kept, rows)
