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
import yaml
from rich.console import Console
from rich.progress import Progress

from data.codebook import read_codebook
from data.ingest import ingest_directory
from data.requests import QuotaRequest
from data.splits import vintage_enterprise_split
from data.synthetic import SyntheticParams, target_table, write_cohort
from data.synthetic import synthesize as make_cohort
from features.points import Outcome, outcome_labels
from features.quota import supportable_debt_labels
from features.risk import default_labels, risk_values
from features.snapshot import Cases, build_cases
from models.quota import QuotaEngine, read_policies, read_policy
from models.quota_warranty import write_warranties
from models.risk_drift import DriftParams, reference_of
from training import points as points_training
from training import points_audit, points_pictures
from training import quota as quota_training
from training import risk as risk_training
from training.params import read_section
from training.points_shapes import ShapeParams
from training.quota_warranty import WarrantyParams, held_cohort, issue
from training.risk_disclosure import DisclosureParams
from training.risk_disclosure_page import page
from training.risk_leakage import refuse_leaks
from training.risk_leakage_column import LeakageParams
from training.risk_reports import (
    calibration_curve,
    disclosure_report,
    drift_report,
    evaluate,
    selection_report,
)
from training.risk_selection import SelectionParams
from training.tracking import file_digest, track

RAW, TRUTH = Path("data/raw/synthetic"), Path("data/raw/truth")
TABLES = Path("data/derived/tables")
DERIVED, ARTIFACTS = Path("data/derived"), Path("artifacts")
CAVEAT = "Synthetic labels: these figures measure the generator, not the world."

console = Console()


@dataclass(frozen=True)
class AssembleParams:
    """When the snapshot is taken, and how the vintages are divided."""

    snapshot_on: str  # the day for which every enterprise is answered
    points_vintages: tuple[str, ...]  # days on which every enterprise is measured for the points
    train_until: str  # last vintage that models are fitted on
    calibrate_until: str  # last vintage that calibrates; later ones test
    test_share: float  # share of enterprises kept for testing alone
    observed_until: str  # no outcome is known after this day


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
    params = read_section("assemble", AssembleParams)
    counts = ingest_directory(RAW, DERIVED, as_of=pd.Timestamp(params.observed_until))
    write_json(ARTIFACTS / "ingest/metrics.json", counts)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Sorted keys and a closing newline, so equal figures are equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_tables() -> dict[str, pd.DataFrame]:
    """The ingested tables by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(TABLES.glob("*.parquet"))}


def write_cases(cases: Cases, folder: Path) -> None:
    """``cases.parquet`` and ``known_at.parquet`` in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    cases.frame.to_parquet(folder / "cases.parquet", index=False)
    cases.known_at.to_parquet(folder / "known_at.parquet", index=False)


def read_cases(folder: Path) -> Cases:
    """What ``write_cases`` wrote."""
    return Cases(pd.read_parquet(folder / "cases.parquet"), pd.read_parquet(folder / "known_at.parquet"))


def assemble() -> None:
    """Point-in-time cases for points, risk and quota, and the snapshot that is served."""
    params = read_section("assemble", AssembleParams)
    tables = read_tables()
    days = [pd.Timestamp(day) for day in params.points_vintages]
    write_cases(build_cases(tables, days), DERIVED / "vintages")
    loans = tables["loans"].rename(columns={"granted_on": "as_of"})
    write_cases(build_cases(tables, loans), DERIVED / "loans")
    write_cases(build_cases(tables, pd.Timestamp(params.snapshot_on)), ARTIFACTS / "snapshot")


def points() -> None:
    """Freeze the peer reference, learn the points by stage, say which card ships, and audit and draw it."""
    assembled, params = read_section("assemble", AssembleParams), read_section("points", points_training.PointsParams)
    shape, wanted = read_section("points_shape", ShapeParams), read_section("points_outcome", Outcome)
    book, cases = read_codebook(), read_cases(DERIVED / "vintages").frame
    reference = cases.loc[cases["as_of"] == pd.Timestamp(params.reference_vintage)].reset_index(drop=True)
    outcome = outcome_labels(read_tables(), cases, book, pd.Timestamp(assembled.observed_until), wanted)
    split = vintage_enterprise_split(
        cases, pd.Timestamp(assembled.train_until), pd.Timestamp(assembled.calibrate_until), assembled.test_share
    )
    known = split.rows("train") | split.rows("calibration")
    late = split.rows("calibration")[known]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("points: draws", total=2 * params.draws)
        fitted = points_training.fit(
            reference, cases.loc[known], outcome[known], late, book, params, shape, tick=lambda: bar.advance(task)
        )
    folder = ARTIFACTS / "points"
    fitted.card.save(folder / "card.yaml")
    fitted.card.printed().to_csv(folder / "card.csv", index=False)
    tested = split.rows("test") & outcome.notna().to_numpy()
    metrics = {
        "caveat": CAVEAT,
        "cases": split.counts,
        **points_training.evaluate(fitted, reference, cases.loc[tested], outcome[tested], params),
    }
    write_json(folder / "metrics.json", metrics)
    write_json(
        folder / "audit.json", points_audit.audit(fitted, cases.loc[known], outcome[known], reference, book, shape)
    )
    pictures = points_pictures.draw(fitted, reference, book, folder / "pictures")
    console.print(fitted.verdict.told()["text"])
    inputs = [DERIVED / "vintages/cases.parquet"]
    files = [folder / "card.yaml", folder / "card.csv", folder / "audit.json", *pictures]
    _track("points", params, metrics, inputs, files, _Scored(fitted.card.score), reference)


@dataclass(frozen=True)
class MaturedLoans:
    """Cases of loans whose outcome is known, by part of the split, and the counts of what was left out."""

    kept: pd.DataFrame
    known_at: pd.DataFrame
    labels: pd.Series
    part: Mapping[str, tuple[pd.DataFrame, pd.Series]]
    counts: Mapping[str, int]


def read_matured_loans() -> MaturedLoans:
    """Loans to learn default from, split by vintage and by enterprise."""
    assembled = read_section("assemble", AssembleParams)
    cases, loans = read_cases(DERIVED / "loans"), read_tables()["loans"]
    labels = default_labels(loans, pd.Timestamp(assembled.observed_until))
    kept = cases.frame.loc[labels.rows]
    split = vintage_enterprise_split(
        kept, pd.Timestamp(assembled.train_until), pd.Timestamp(assembled.calibrate_until), assembled.test_share
    )
    part = {
        name: (kept.loc[split.rows(name)], labels.values[split.rows(name)]) for name in ("train", "calibration", "test")
    }
    counts = {**split.counts, **labels.dropped}
    return MaturedLoans(kept, cases.known_at.loc[labels.rows], labels.values, part, counts)


def risk() -> None:
    """Fit, calibrate and test the default risk on matured loans, split by vintage and by enterprise."""
    assembled, params = read_section("assemble", AssembleParams), read_section("risk", risk_training.RiskParams)
    book, loans = read_codebook(), read_matured_loans()
    part, kept = loans.part, loans.kept
    both = pd.concat([part["train"][0], part["calibration"][0]])
    notices = refuse_leaks(
        risk_values(both, book).assign(default=loans.labels[both.index]),
        "default",
        read_section("leakage", LeakageParams),
        known_at=loans.known_at.loc[both.index],
        decided_at=both["as_of"],
    )
    model = risk_training.fit(*part["train"], *part["calibration"], book, params)
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
        "calibration_method": model.calibration.method,
        "stage_strengths": {name: part.strength for name, part in model.stages.items()},
        "defaults": {name: int(side[1].sum()) for name, side in part.items()},
        "test": evaluate(model, *part["test"], book),
        "drift": drift_report(model, reference, part["test"][0], book, read_section("drift", DriftParams)),
    }
    write_json(ARTIFACTS / "risk/metrics.json", metrics)
    curve = calibration_curve(model, *part["test"], book)
    curve.to_csv(ARTIFACTS / "risk/calibration.csv", index=False)
    lent = pd.concat([kept[["uscc", "as_of", "stage3"]], model.predict(kept, book)], axis=1)
    lent = lent.assign(default=loans.labels)
    later = lent.loc[lent["as_of"] > pd.Timestamp(assembled.calibrate_until)]
    told = disclosure_report(model, later, read_section("disclosure", DisclosureParams))
    write_json(ARTIFACTS / "risk/disclosure.json", {"caveat": CAVEAT, **told})
    (ARTIFACTS / "risk/disclosure.html").write_text(page(told, caveat=CAVEAT), encoding="utf-8")
    ranges = selection_report(
        model, kept, loans.labels, read_tables(), book, read_section("selection", SelectionParams)
    )
    write_json(ARTIFACTS / "risk/selection.json", {"caveat": CAVEAT, **ranges})
    files = [ARTIFACTS / "risk/model/booster.txt", ARTIFACTS / "risk/model/model.json"]
    _track("risk", params, metrics, [DERIVED / "loans/cases.parquet"], files, _Scored(model.predict), kept)


def tune() -> None:
    """Search better numbers for risk in a box of time; artifacts/risk/proposed.yaml, never params.yaml."""
    from training.tuning import TuningParams, proposal
    from training.tuning import tune as search  # Optuna takes a second to import, and only this command needs it

    loans = read_matured_loans()
    known = pd.concat([loans.part["train"][0], loans.part["calibration"][0]])
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
    """Learn the limit on every enterprise's next-year cash flow, and note the medians told beside reasons."""
    assembled, params = read_section("assemble", AssembleParams), read_section("quota", quota_training.QuotaParams)
    book, cases = read_codebook(), read_cases(DERIVED / "vintages").frame
    debt = supportable_debt_labels(
        read_tables(),
        cases,
        book,
        pd.Timestamp(assembled.observed_until),
        dscr_ratio=params.dscr_ratio,
        annual_rate=params.annual_rate,
        tenor_months=params.tenor_months,
    )
    known = debt.notna()
    cases, debt = cases.loc[known].reset_index(drop=True), debt[known].reset_index(drop=True)
    split = vintage_enterprise_split(
        cases, pd.Timestamp(assembled.train_until), pd.Timestamp(assembled.calibrate_until), assembled.test_share
    )
    part = {name: (cases.loc[split.rows(name)], debt[split.rows(name)]) for name in ("train", "calibration", "test")}
    model = quota_training.fit(*part["train"], *part["calibration"], book, params)
    model.save(ARTIFACTS / "quota/model")
    quota_training.peers(part["train"][0], book).save(ARTIFACTS / "quota/model/peers.json")
    metrics = {
        "caveat": CAVEAT,
        "cases": {**split.counts, "dropped: outcome not known": int((~known).sum())},
        "test": quota_training.evaluate(model, *part["test"], book),
    }
    write_json(ARTIFACTS / "quota/metrics.json", metrics)
    files = [ARTIFACTS / "quota/model/limit.json"]
    _track("quota", params, metrics, [DERIVED / "vintages/cases.parquet"], files, _Scored(model.predict), cases)


def warranty() -> None:
    """Issue each example bank's warranty from matured loans of enterprises that no model was fitted on."""
    assembled, params = read_section("assemble", AssembleParams), read_section("warranty", WarrantyParams)
    cases, engine = read_cases(DERIVED / "loans").frame, QuotaEngine.load(ARTIFACTS)
    held, cohort = held_cohort(read_tables()["loans"], pd.Timestamp(assembled.observed_until), assembled.test_share)
    measured = engine.measure(cases.loc[held])
    write_warranties(ARTIFACTS / "quota/warranty.json", issue(engine, measured, cohort, read_policies(), params))


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
            "warranty": engine.warranty(policy).status,
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
