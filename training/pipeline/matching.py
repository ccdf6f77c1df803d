"""Matching: encoder, ranker, confidence and library, of the zone's own records or of a folder of text tasks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from data.code_version import source_digest
from features.text import TextEncoder
from models.content_digest import content_digest
from models.matching.answer import CARD, DEMANDS, ENCODER, LIBRARY, MODEL, Matcher
from models.matching.index_update import KnownVectors
from models.matching.library import Encoder, Library
from models.matching.query_vectors import QueryVectors
from training.matching.cohort import Cohort, read_cohort
from training.matching.confidence import ConfidenceParams
from training.matching.firm_facts import firm_facts
from training.matching.fit import FittedMatching, Prepared, fit, prepare
from training.matching.folder import FolderError, Task, read_tasks
from training.matching.fusion import RankParams
from training.matching.vectors import CachedEncoder
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, console, write_json
from training.pipeline.matching_records import RECORDS, SNAPSHOT, TABLES, read_tables, snapshot_day
from training.pipeline.tracked import PackedFiles, Scored, track_stage
from training.run_rows import EvaluationRows, query_rows

SNAPSHOT_DAY = date(2024, 6, 30)  # of the tracked model's answers


@dataclass(frozen=True)
class MatchingParams:
    """The two sections of params.yaml that are fitted here."""

    ranking: RankParams
    confidence: ConfidenceParams


def matching(
    data: Annotated[
        Path | None, typer.Option(help="A folder of text tasks; the zone's own records if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where encoder/, model/ and library/ are written.")] = ARTIFACTS
    / "matching",
    encoder: Annotated[Path | None, typer.Option(help="A made encoder's folder; else one is tuned on train.")] = None,
    vectors: Annotated[Path | None, typer.Option(help="Where vectors are kept, so that a repeat is fast.")] = None,
    outcomes: Annotated[Path | None, typer.Option(help="Outcomes of served lists, by matching-feedback.")] = None,
) -> None:
    """Fit order, probabilities and abstention on the dev splits, over an encoder tuned on the train splits."""
    ranking, confidence = (
        read_section("matching_ranking", RankParams),
        read_section("matching_confidence", ConfidenceParams),
    )
    if data is None:
        need_index(out)
    out.mkdir(parents=True, exist_ok=True)
    try:
        cohort, tasks = (None, read_tasks(data)) if data is not None else read_records(outcomes)
    except FolderError as fault:
        raise typer.BadParameter(str(fault), param_hint="--data") from fault
    if encoder is not None and encoder.resolve() != (out / ENCODER).resolve():
        shutil.copytree(encoder, out / ENCODER, dirs_exist_ok=True)
    elif encoder is None and data is not None:
        tuned_encoder(tasks, out / ENCODER)
    loaded = TextEncoder.load(out / ENCODER)
    cached: Encoder
    if cohort is None:
        cached = CachedEncoder(loaded, vectors or out / "vectors")
    else:
        library, queries = Library.load(out / LIBRARY), QueryVectors.load(out / DEMANDS, loaded.digest)
        cached = KnownVectors(loaded, library, queries)
    facts = None if cohort is None else known_facts(cohort)
    parts = [prepared(task, cached, cohort, facts) for task in tasks if "dev" in task.splits]
    digest = content_digest([[one.part.task, *one.part.queries["text"]] for one in parts])
    fitted = fit(parts, ranking, confidence, loaded.digest, digest, source_digest(), console.print)
    fitted.ranker.save(out / MODEL)
    fitted.confidence.save(out / MODEL)
    metrics = {"caveat": CAVEAT} if cohort is not None else {}
    write_json(out / "metrics.json", {**metrics, **fitted.report})
    if cohort is not None:
        pack(fitted, loaded, confidence.served_error_rate, out)
        tested = query_rows([one.lists for one in parts], fitted.crossed)
        track(fitted, ranking, confidence, out, tested)


def tuned_encoder(tasks: Sequence[Task], out: Path) -> None:
    """An encoder tuned on the train splits."""
    from training.matching.encoder import make_encoder  # here: torch is slow to load, and an extra
    from training.matching.encoder_params import EncoderParams
    from training.matching.pairs import pairs_of

    console.print("tuning the encoder")
    pairs = pairs_of(task.part("train") for task in tasks if "train" in task.splits)
    make_encoder(pairs, read_section("matching_encoder", EncoderParams), out)


def read_records(outcomes: Path | None = None) -> tuple[Cohort, list[Task]]:
    """The ingested tables as one task; ``outcomes`` : further ones, of the same columns."""
    tables = read_tables()
    if outcomes is not None:
        tables["match_outcomes"] = pd.concat([tables["match_outcomes"], pd.read_parquet(outcomes)], ignore_index=True)
    cohort = read_cohort(tables)
    return cohort, [cohort.task]


def need_index(out: Path) -> None:
    """Refuse to go on without the encoder and the library that the stages before this one make."""
    missing = [name for name in (ENCODER, LIBRARY) if not (out / name).is_dir()]
    if missing:
        raise typer.BadParameter(
            f"{out} lacks {', '.join(missing)}; run `dvc repro`, or matching-encoder and matching-index first",
            param_hint="--out",
        )


def known_facts(cohort: Cohort) -> pd.DataFrame:
    """Facts of firms, their outcomes only of demands that are not of the dev part: it is what the model is tried on."""
    queries = cohort.task.queries
    dev = set(queries.loc[queries["split"] == "dev", "query_id"])
    outcomes = cohort.outcomes.loc[~cohort.outcomes["demand_id"].isin(dev)]
    return firm_facts(pd.read_parquet(SNAPSHOT), outcomes, snapshot_day())


def prepared(task: Task, encoder: Encoder, cohort: Cohort | None, facts: pd.DataFrame | None = None) -> Prepared:
    """The dev split of one task."""
    console.print(f"preparing {task.name}")
    part = task.part("dev")
    if cohort is None:
        return prepare(part, encoder)
    documents = cohort.documents_of(part.documents["doc_id"])
    return prepare(part, encoder, documents, cohort.query_facts(part.queries), facts)


def pack(fitted: FittedMatching, encoder: TextEncoder, rate: float, out: Path) -> None:
    """The card that makes model, library and encoder one matching, as the service loads it.

    Proposals keep the least rate from ``rate`` on that can be promised; where none can, every answer is an abstention.
    raises : LibraryError for a library of another encoder
    """
    promised = [one for one in sorted(fitted.confidence.thresholds) if one >= rate]
    served = promised[0] if promised else rate
    Matcher(encoder, Library.load(out / LIBRARY), fitted.ranker, fitted.confidence, served).save_card(out)


def track(
    fitted: FittedMatching, ranking: RankParams, confidence: ConfidenceParams, out: Path, tested: EvaluationRows
) -> None:
    """One run with the model: a text in, the probability of the best firm out."""
    score = PackedFiles({name: out / name for name in (ENCODER, MODEL, LIBRARY, CARD)}, score_texts)
    example = pd.DataFrame({"text": Matcher.load(out).library.passages["text"].head(5).tolist()})
    inputs = [*(RECORDS / f"{name}.parquet" for name in TABLES), SNAPSHOT]
    files = [out / MODEL / name for name in ("ranker.json", "booster.txt", "confidence.json")]
    params = MatchingParams(ranking, confidence)
    track_stage("matching", params, fitted.report, inputs, files, Scored(score), example, tested)


def score_texts(folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """Column ``probability_of_any`` for the column ``text``, by the packed model in ``folder``."""
    matcher = Matcher.load(folder)
    answers = [matcher.search(text, SNAPSHOT_DAY, 1) for text in frame["text"]]
    return pd.DataFrame({"probability_of_any": [one.probability_of_any for one in answers]})
