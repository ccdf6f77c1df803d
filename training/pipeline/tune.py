"""The search for better numbers, which proposes and never decides."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
import yaml
from rich.progress import Progress

from data.code_version import MAKING, source_digest
from data.codebook import read_codebook
from features.text import TextEncoder
from models.content_digest import content_digest
from models.matching.answer import DEMANDS, ENCODER, LIBRARY
from models.matching.index_update import KnownVectors
from models.matching.library import Library
from models.matching.query_vectors import QueryVectors
from models.points.card import PointsCard
from training.assembled import DERIVED, Labelled, read_cases, read_labelled
from training.matching.confidence import ConfidenceParams
from training.matching.fusion import RankParams
from training.matching.tuning import matching_problem
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, stop
from training.pipeline.matching import known_facts, prepared, read_records
from training.pipeline.matching_records import RECORDS, SNAPSHOT, TABLES
from training.pipeline.risk import read_seasoned_loans
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams
from training.points.tuning import points_problem
from training.processes import in_order, workers
from training.quota.fit import QuotaParams
from training.quota.tuning import quota_problem
from training.risk.fit import RiskParams
from training.risk.tuning import risk_problem
from training.tracking import SearchRuns, file_digest
from training.tuning.front import Trial
from training.tuning.problem import HeldOut, Problem, TuningError, Values

if TYPE_CHECKING:
    from training.tuning.proposal import Tuned

KNOWN = ("train", "calibration")  # the test part is never searched on


@dataclass(frozen=True)
class TuningParams:
    """Section ``tuning`` of params.yaml."""

    trials: int  # of each of the two searches
    seed: int


def tune(
    capability: Annotated[str, typer.Argument(help="points, risk, quota or matching.")],
    trials: Annotated[
        int | None, typer.Option(help="In each of the two searches; as in params.yaml if left out.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; the result does not depend on it.")] = os.cpu_count()
    or 1,
    journal: Annotated[
        Path | None, typer.Option(help="Where trials are kept; a file by data and space if left out.")
    ] = None,
) -> None:
    """Search better numbers; artifacts/CAPABILITY/proposed.yaml, never params.yaml. Goes on where it was ended."""
    how = read_section("tuning", TuningParams)
    wanted = how.trials if trials is None else trials
    try:
        if capability not in READERS:
            raise TuningError(
                f"unknown capability {capability!r}: {', '.join(list(READERS)[:-1])} or {list(READERS)[-1]}"
            )
        if wanted < 1:
            raise TuningError(f"trials must be at least 1, got {wanted}")
        problem, inputs = READERS[capability]()
        data = file_digest(inputs)
        digest = search_digest(problem, data, how.seed)
        kept = journal or ARTIFACTS / capability / f"tuning-{digest}.journal"
        tuned = run(problem, kept, digest, data, wanted, how.seed, jobs)
    except (OSError, ValueError) as fault:  # faults of cards, models and records are ValueErrors
        stop(fault)
    console.print(yaml.safe_dump({name: tuned.report[name] for name in SHOWN}, sort_keys=False, allow_unicode=True))


SHOWN = ("today", "proposed", "optimism_gap", "trials")


def run(problem: Problem, journal: Path, digest: str, data: str, trials: int, seed: int, jobs: int) -> Tuned:
    """Search, log every trial as it is done, and write the proposal."""
    from training.tuning.proposal import tune as search  # Optuna takes a second to import, and only this needs it
    from training.tuning.study import opened

    with opened(journal, digest) as storage, Progress(console=console) as bar, workers(jobs, problem) as each:
        runs = SearchRuns(problem.capability, digest, {"trials": trials, "seed": seed, **problem.now}, data)
        task = bar.add_task(f"tuning {problem.capability}", total=2 * trials)

        def finished(name: str, trial: Trial) -> None:
            figures = {} if trial.figures is None else trial.figures._asdict()
            metrics = {"loss": trial.loss, **{key: value for key, value in figures.items() if value == value}}
            runs.add(f"{name} {trial.number}", trial.values, metrics, pruned=trial.figures is None)
            bar.advance(task)

        tuned = search(problem, lambda pairs: in_order(each, hold_out, pairs), storage, digest, trials, seed, finished)
    path = ARTIFACTS / problem.capability / "proposed.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(tuned.as_dict(), sort_keys=False, allow_unicode=True), encoding="utf-8")
    gains = ("gain_promised_before_last_block", "gain_kept_on_last_block", "optimism_gap")
    runs.end({"loss": tuned.report["proposed"]["loss"], **{name: tuned.report[name] for name in gains}}, [path])
    return tuned


def hold_out(problem: Problem, pair: tuple[Values, int]) -> HeldOut:
    """Predictions of one block with some values."""
    return problem.hold_out(*pair)


def search_digest(problem: Problem, data: str, seed: int) -> str:
    """16 hexadecimal digits of all that decides a trial: data, space, blocks, numbers that are not searched, code."""
    decides: Mapping[str, Any] = {
        "capability": problem.capability,
        "data": data,
        "space": problem.space,
        "sections": problem.sections(problem.now),
        "blocks": list(problem.blocks),
        "code": source_digest(MAKING),
        "seed": seed,
    }
    return content_digest(decides)[:16]


def _known(labelled: Labelled) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rows = labelled.rows(*KNOWN)
    return labelled.cases.loc[rows], labelled.labels[rows], labelled.until[rows]


def read_points() -> tuple[Problem, list[Path]]:
    """The card that ships: of stages or pooled, as the trained one is."""
    params, book, card = read_section("points", PointsParams), read_codebook(), ARTIFACTS / "points/card.yaml"
    pooled = PointsCard.load(card).verdict["ships"] == "pooled"
    reference = read_cases(DERIVED / "vintages", pd.Timestamp(params.reference_vintage))
    shape = read_section("points_shape", ShapeParams)
    problem = points_problem(reference, *_known(read_labelled("points_outcome")), book, params, shape, pooled=pooled)
    return problem, [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/points_outcome.parquet", card]


def read_risk() -> tuple[Problem, list[Path]]:
    """Seasoned loans."""
    cases, default, _ = _known(read_seasoned_loans())
    problem = risk_problem(cases, default, read_codebook(), read_section("risk", RiskParams))
    return problem, [DERIVED / "loans/cases.parquet", DERIVED / "loans/default_12m.parquet"]


def read_quota() -> tuple[Problem, list[Path]]:
    """Debts serviced."""
    cases, debt, until = _known(read_labelled("serviceable_debt"))
    problem = quota_problem(cases, debt, until, read_codebook(), read_section("quota", QuotaParams))
    return problem, [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/serviceable_debt.parquet"]


def read_matching() -> tuple[Problem, list[Path]]:
    """The dev part of the zone's own records, its columns prepared from the index of the trained encoder."""
    folder = ARTIFACTS / "matching"
    cohort, tasks = read_records()
    encoder, library = TextEncoder.load(folder / ENCODER), Library.load(folder / LIBRARY)
    known = KnownVectors(encoder, library, QueryVectors.load(folder / DEMANDS, encoder.digest))
    part = prepared(tasks[0], known, cohort, known_facts(cohort))
    as_of = cohort.query_facts(part.part.queries)["as_of"]
    ranking = read_section("matching_ranking", RankParams)
    problem = matching_problem(
        part.lists, part.known, as_of, ranking, read_section("matching_confidence", ConfidenceParams)
    )
    inputs = [*(RECORDS / f"{name}.parquet" for name in TABLES), SNAPSHOT]
    return problem, inputs + [path for path in sorted((folder / ENCODER).rglob("*")) if path.is_file()]


READERS: Mapping[str, Callable[[], tuple[Problem, list[Path]]]] = {
    "points": read_points,
    "risk": read_risk,
    "quota": read_quota,
    "matching": read_matching,
}
