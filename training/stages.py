"""The pipeline's stages: read, call, write. The only file of training that touches tables and artefacts.

A function's name is its stage in dvc.yaml and its command in ``python -m training``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import typer
import yaml
from rich.console import Console
from rich.progress import Progress

from data.codebook import read_codebook
from data.ingest import IngestError
from data.ingest_folder import ingest_directory
from data.requests import QuotaRequest
from data.splits import enterprise_share
from data.synthetic import SyntheticParams, target_table, write_cohort
from data.synthetic import synthesize as make_cohort
from features.labels import Outcome, survivorship
from features.risk import risk_values
from models.content_digest import content_digest
from models.quota import QuotaEngine, read_policies, read_policy
from models.quota_certificate import write_certificates
from models.risk_drift import DriftParams, reference_of
from training import points as points_training
from training import points_audit, points_pictures
from training import quota as quota_training
from training import risk as risk_training
from training.assemble import assemble_cases
from training.assembled import (
    DERIVED,
    TABLES,
    AssembleParams,
    Labelled,
    read_cases,
    read_labelled,
    read_labels,
    read_tables,
)
from training.certificate_cohort import CertificateParams, Loans, issue, seasoned_loans
from training.params import read_section
from training.points_shapes import ShapeParams
from training.risk_disclosure import DisclosureParams
from training.risk_disclosure_page import page
from training.risk_leakage import refuse_leaks
from training.risk_leakage_column import LeakageParams
from training.risk_reports import (
    calibration_curve,
    disclosure_report,
    drift_report,
    evaluate,
    interval_report,
    selection_report,
)
from training.risk_selection import SelectionParams
from training.tracking import file_digest, track

RAW, TRUTH = Path("data/raw/synthetic"), Path("data/raw/truth")
ARTIFACTS = Path("artifacts")
CAVEAT = "Synthetic labels: these figures measure the generator, not the world."

console = Console()


@dataclass(frozen=True)
class IngestParams:
    """Section ``ingest`` of params.yaml."""

    most_quarantined_share: float  # of a table's rows; above it the pipeline stops


def synthesize() -> None:
    """Make the synthetic cohort, its planted truth apart, and print its figures beside their targets."""
    cohort = make_cohort(read_section("synthetic", SyntheticParams))
    write_cohort(cohort, RAW, TRUTH)
    targets = target_table(cohort)
    console.print(targets.to_string())
    write_json(
        ARTIFACTS / "synthetic/metrics.json",
        {"caveat": CAVEAT, **{str(row["target"]): float(row["figure"]) for row in targets.to_dict("records")}},
    )


def ingest() -> None:
    """Check every raw table; keep what is right, quarantine the rest with its reasons."""
    params, limits = read_section("assemble", AssembleParams), read_section("ingest", IngestParams)
    try:
        results = ingest_directory(
            RAW,
            DERIVED,
            as_of=pd.Timestamp(params.observed_until),
            most_quarantined_share=limits.most_quarantined_share,
        )
    except IngestError as fault:
        console.print(str(fault), markup=False)
        raise typer.Exit(1) from fault
    for table, result in results.items():
        console.print(f"{table}: " + "\n".join(result.lines()), markup=False)
    told = {table: {**one.counts, "notes": one.notes, "at_fault": one.at_fault} for table, one in results.items()}
    write_json(ARTIFACTS / "ingest/metrics.json", told)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Sorted keys and a closing newline, so equal figures are equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def assemble() -> None:
    """Point-in-time cases for points, limit and risk with their labels, and the snapshot that is served."""
    params, limit = read_section("assemble", AssembleParams), read_section("quota", quota_training.QuotaParams)
    made = assemble_cases(ARTIFACTS / "snapshot", params, limit, read_section("points_outcome", Outcome))
    enterprises = pd.read_parquet(TABLES / "enterprises.parquet")
    founded = int((enterprises["founded_on"] <= pd.Timestamp(params.snapshot_on)).sum())
    write_json(
        ARTIFACTS / "labels/metrics.json",
        {
            "caveat": CAVEAT,
            "snapshot": {"enterprises": made.snapshot, "closed or left before": founded - made.snapshot},
            "labels": {
                name: {"cases": len(one.table), "labelled": len(one.rows), "dropped": one.dropped}
                for name, one in made.labels.items()
            },
            "survivorship": {
                name: survivorship(one, enterprises, pd.Timestamp(params.observed_until))
                for name, one in made.labels.items()
            },
        },
    )


def points() -> None:
    """Freeze the peer reference, learn the points by stage, say which card ships, and audit and draw it."""
    params, shape = read_section("points", points_training.PointsParams), read_section("points_shape", ShapeParams)
    book, cases = read_codebook(), read_cases(DERIVED / "vintages").frame
    reference = cases.loc[cases["as_of"] == pd.Timestamp(params.reference_vintage)].reset_index(drop=True)
    labelled = read_labelled("points_outcome")
    known = labelled.rows("train", "calibration")
    taught, outcome, late = labelled.cases.loc[known], labelled.labels[known], labelled.rows("calibration")[known]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("points: draws", total=2 * params.draws)
        fitted = points_training.fit(
            reference,
            taught,
            outcome,
            late,
            book,
            params,
            shape,
            until=labelled.until[known],
            tick=lambda: bar.advance(task),
        )
    folder = ARTIFACTS / "points"
    fitted.card.save(folder / "card.yaml")
    fitted.card.printed().to_csv(folder / "card.csv", index=False)
    metrics = {
        "caveat": CAVEAT,
        "cases": dict(labelled.counts),
        **points_training.evaluate(fitted, reference, *labelled.part("test"), params),
    }
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "audit.json", points_audit.audit(fitted, taught, outcome, reference, book, shape))
    pictures = points_pictures.draw(fitted, reference, book, folder / "pictures")
    console.print(fitted.verdict.told()["text"])
    inputs = [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/points_outcome.parquet"]
    files = [folder / "card.yaml", folder / "card.csv", folder / "audit.json", *pictures]
    _track("points", params, metrics, inputs, files, _Scored(fitted.card.score), reference)


def read_matured_loans() -> Labelled:
    """Loans to learn default from; training and calibration are fitted on together, so no embargo parts them."""
    return read_labelled("default_12m", embargo_before_calibration=False)


def risk() -> None:
    """Fit, calibrate and test the default risk on matured loans, split by time and by enterprise."""
    assembled, params = read_section("assemble", AssembleParams), read_section("risk", risk_training.RiskParams)
    book, loans = read_codebook(), read_matured_loans()
    part, kept = {name: loans.part(name) for name in ("train", "calibration", "test")}, loans.cases
    both = pd.concat([part["train"][0], part["calibration"][0]])
    notices = refuse_leaks(
        risk_values(both, book).assign(default=loans.labels[both.index]),
        "default",
        read_section("leakage", LeakageParams),
        known_at=loans.known_at.loc[both.index],
        decided_at=both["as_of"],
    )
    model = risk_training.fit(both, loans.labels[both.index], book, params)
    model.save(ARTIFACTS / "risk/model")
    answers = model.predict(both, book)
    reference = reference_of(
        risk_values(both, book).to_numpy(), model.feature_names, answers["pd_12m"].to_numpy(), answers["grade"].tolist()
    )
    reference.save(ARTIFACTS / "risk/model")
    metrics = {
        "caveat": CAVEAT,
        "cases": dict(loans.counts),
        "leakage": {f"{leak.column}: {leak.kind}": leak.found for leak in notices},
        "remainder_rounds": params.trees(float(loans.labels[both.index].sum())).rounds,
        "declared": {"unseen_sd": params.unseen_sd, "form_and_year_sd": params.form_and_year_sd},
        "defaults": {name: int(side[1].sum()) for name, side in part.items()},
        "test": evaluate(model, *part["test"], book),
        "interval": interval_report(
            model,
            read_cases(ARTIFACTS / "snapshot").frame,
            book,
            [policy.pd_cutoff for policy in read_policies()],
        ),
        "drift": drift_report(model, reference, part["test"][0], book, read_section("drift", DriftParams)),
    }
    write_json(ARTIFACTS / "risk/metrics.json", metrics)
    curve = calibration_curve(model, *part["test"], book)
    curve.to_csv(ARTIFACTS / "risk/calibration.csv", index=False)
    lent = pd.concat([kept[["uscc", "as_of", "stage3"]], model.predict(kept, book)], axis=1)
    lent = lent.assign(default=loans.labels)
    later = lent.loc[lent["as_of"] >= pd.Timestamp(assembled.test_from)]
    told = disclosure_report(model, later, read_section("disclosure", DisclosureParams))
    write_json(ARTIFACTS / "risk/disclosure.json", {"caveat": CAVEAT, **told})
    (ARTIFACTS / "risk/disclosure.html").write_text(page(told, caveat=CAVEAT), encoding="utf-8")
    ranges = selection_report(
        model, kept, loans.labels, read_tables(), book, read_section("selection", SelectionParams)
    )
    write_json(ARTIFACTS / "risk/selection.json", {"caveat": CAVEAT, **ranges})
    files = [ARTIFACTS / "risk/model/booster.txt", ARTIFACTS / "risk/model/model.json"]
    inputs = [DERIVED / "loans/cases.parquet", DERIVED / "loans/default_12m.parquet"]
    _track("risk", params, metrics, inputs, files, _Scored(model.predict), kept)


def tune() -> None:
    """Search better numbers for risk in a box of time; artifacts/risk/proposed.yaml, never params.yaml."""
    from training.tuning import TuningParams, proposal
    from training.tuning import tune as search  # Optuna takes a second to import, and only this command needs it

    loans = read_matured_loans()
    known = loans.cases.loc[loans.rows("train", "calibration")]
    params, tuning = read_section("risk", risk_training.RiskParams), read_section("tuning", TuningParams)
    with console.status("tuning") as status:
        tuned = search(
            known,
            loans.labels[known.index],
            read_codebook(),
            params,
            tuning,
            ARTIFACTS / "risk/tuning.journal",
            told=status.update,
        )
    text = yaml.safe_dump(proposal(tuned), sort_keys=False, allow_unicode=True)
    (ARTIFACTS / "risk/proposed.yaml").write_text(text, encoding="utf-8")
    console.print(text)


def quota() -> None:
    """Learn the limit on every enterprise's cash flow of the following year, and note the medians beside reasons."""
    params, book = read_section("quota", quota_training.QuotaParams), read_codebook()
    labelled = read_labelled("serviceable_debt")
    part = {name: labelled.part(name) for name in ("train", "calibration", "test")}
    model = quota_training.fit(*part["train"], *part["calibration"], book, params)
    model.save(ARTIFACTS / "quota/model")
    quota_training.peers(part["train"][0], book).save(ARTIFACTS / "quota/model/peers.json")
    metrics = {
        "caveat": CAVEAT,
        "cases": dict(labelled.counts),
        "test": quota_training.evaluate(model, *part["test"], book),
    }
    write_json(ARTIFACTS / "quota/metrics.json", metrics)
    files = [ARTIFACTS / "quota/model/limit.json"]
    inputs = [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/serviceable_debt.parquet"]
    _track("quota", params, metrics, inputs, files, _Scored(model.predict), labelled.cases)


def certificate() -> None:
    """Issue each example bank's loss certificate from seasoned loans of enterprises that no model was fitted on."""
    assembled, params = read_section("assemble", AssembleParams), read_section("certificate", CertificateParams)
    engine = QuotaEngine.load(ARTIFACTS)
    cohort, others = read_seasoned(engine, assembled)
    issued = issue(engine, cohort, others, read_policies(), params, content_digest(assembled))
    write_certificates(ARTIFACTS / "quota/certificates.json", issued)


def read_seasoned(engine: QuotaEngine, assembled: AssembleParams) -> tuple[Loans, Loans]:
    """Loans whose twelve-month outcome is known, measured: of the enterprises kept for testing, and of the others."""
    loans, cases = read_tables()["loans"], read_cases(DERIVED / "loans").frame
    table = seasoned_loans(loans, read_labels("default_12m").values)
    held = enterprise_share(table["uscc"]) < assembled.test_share

    def part(kept: pd.DataFrame) -> Loans:
        return Loans(kept.reset_index(drop=True), engine.measure(cases.loc[kept.index]))

    return part(table.loc[held]), part(table.loc[~held])


def decide() -> None:
    """One decision for every enterprise of the snapshot, each asking for its stage cap: the batch answer."""
    engine, policy, cases = QuotaEngine.load(ARTIFACTS), read_policy(), read_cases(ARTIFACTS / "snapshot")
    requests = [
        QuotaRequest(request_id=f"batch-{uscc}", uscc=uscc, requested_amount_cny=BATCH_REQUEST_CNY)
        for uscc in cases.frame["uscc"]
    ]
    decisions = engine.decide(cases.frame, cases.known_at, requests, policy)
    lines = "".join(decision.model_dump_json() + "\n" for decision in decisions)
    (ARTIFACTS / "decisions").mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / "decisions/decisions.jsonl").write_text(lines, encoding="utf-8")
    outcome = pd.Series([decision.decision for decision in decisions])
    bound = pd.Series([decision.quota.limited_by for decision in decisions])
    amount = pd.Series([decision.quota.amount_wan for decision in decisions], dtype=float)
    approved = outcome == "indicative_approve"
    write_json(
        ARTIFACTS / "decisions/metrics.json",
        {
            "caveat": CAVEAT,
            "enterprises": len(decisions),
            "decisions": outcome.value_counts().sort_index().to_dict(),
            "limited_by": bound.value_counts().sort_index().to_dict(),
            "certificate": engine.certificate(policy).status,
            "approved_mean_wan": float(amount[approved].mean()),
            "approved_median_wan": float(amount[approved].median()),
            "approved_total_yi": float(amount.sum() / 10_000),
        },
    )


BATCH_REQUEST_CNY = 10_000_000


class _Scored:
    """A model as MLflow sees it: ``predict(frame) -> frame``, of the numbers alone."""

    def __init__(self, score: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.score = score

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return self.score(frame)


def _track(
    capability: str,
    params: Any,
    metrics: Mapping[str, Any],
    inputs: list[Path],
    files: list[Path],
    model: _Scored,
    example: pd.DataFrame,
) -> None:
    flat = pd.json_normalize(dict(metrics), sep=".").iloc[0]
    numbers = {str(name).replace(":", ""): value for name, value in flat.items() if isinstance(value, int | float)}
    track(capability, params, numbers, file_digest(inputs), files, model, example.head(20))
