"""The library of all firms and the vectors of all demands; only texts that the last index does not have are encoded."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from features.matching import clean_text
from features.text import TextEncoder
from models.matching.answer import DEMANDS, ENCODER, LIBRARY
from models.matching.index_update import KnownVectors, index_changes
from models.matching.library import Library, LibraryError
from models.matching.query_vectors import QueryVectors, QueryVectorsError
from training.matching.cohort import read_cohort
from training.matching.firm_facts import firm_facts
from training.pipeline.artifacts import ARTIFACTS, console
from training.pipeline.matching_records import SNAPSHOT, read_tables, snapshot_day


def matching_index(
    out: Annotated[Path, typer.Option(help="The folder of encoder/; library/ and demands/ are written there.")] = (
        ARTIFACTS / "matching"
    ),
) -> None:
    """Make the library and the demands' vectors; of an earlier index of the same encoder the vectors are taken over.

    What another encoder made is not read. The words' weights are counted anew, for each of them is of all texts.
    """
    tables = read_tables()
    cohort, encoder = read_cohort(tables), TextEncoder.load(out / ENCODER)
    previous = earlier_library(out / LIBRARY, encoder.digest)
    known = KnownVectors(encoder, previous)
    facts = firm_facts(pd.read_parquet(SNAPSHOT), tables["match_outcomes"], snapshot_day())
    library = Library.prepare(cohort.documents, known, facts, console.print)
    queries = earlier_queries(out / DEMANDS, encoder.digest)
    texts = [clean_text(text) for text in cohort.task.queries["text"]]
    new = len(set(texts)) - len(queries.only(texts).vectors)
    queries.encode(texts, encoder)
    changes = index_changes(None if previous is None else previous.passages, library.passages, known.encoded)
    with tempfile.TemporaryDirectory(dir=out) as folder:  # complete before it takes the place of the last one
        library.save(Path(folder) / LIBRARY)
        queries.only(texts).save(Path(folder) / DEMANDS)
        for name in (LIBRARY, DEMANDS):
            shutil.rmtree(out / name, ignore_errors=True)
            shutil.move(Path(folder) / name, out / name)
    console.print(
        f"passages: {changes.added} added, {changes.removed} removed, {changes.unchanged} unchanged, "
        f"{changes.encoded} texts encoded; demands: {new} encoded"
    )


def earlier_library(folder: Path, encoder_digest: str) -> Library | None:
    """The library that lies in ``folder``; None where there is none, or none that this encoder made."""
    try:
        library = Library.load(folder)
    except LibraryError:
        return None
    return library if library.encoder_digest == encoder_digest else None


def earlier_queries(folder: Path, encoder_digest: str) -> QueryVectors:
    """The demands' vectors that lie in ``folder``; none where this encoder did not make them."""
    try:
        return QueryVectors.load(folder, encoder_digest)
    except QueryVectorsError:
        return QueryVectors(encoder_digest)
