"""Raw tables in, checked tables and a quarantine out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from data.ingest.chain_rules import CHAIN_TABLES
from data.ingest.folder import ingest_directory, other_files
from data.ingest.tables import TABLES, IngestError
from training.assembled import (
    DERIVED,
    AssembleParams,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, RAW, console, write_json


@dataclass(frozen=True)
class IngestParams:
    """Section ``ingest`` of params.yaml."""

    most_quarantined_share: float  # of a table's rows; above it the pipeline stops


def ingest(
    source: Annotated[Path | None, typer.Option(help="Folder of the tables; without it, the synthetic cohort.")] = None,
    chain_only: Annotated[bool, typer.Option("--chain-only", help="The tables of the chains alone.")] = False,
) -> None:
    """Check every raw table; keep what is right, quarantine the rest with its reasons."""
    params, limits = read_section("assemble", AssembleParams), read_section("ingest", IngestParams)
    tables = CHAIN_TABLES if chain_only else TABLES
    try:
        results = ingest_directory(
            source or RAW,
            DERIVED,
            as_of=pd.Timestamp(params.observed_until),
            most_quarantined_share=limits.most_quarantined_share,
            tables=tables,
        )
    except IngestError as fault:
        console.print(str(fault), markup=False)
        raise typer.Exit(1) from fault
    for table, result in results.items():
        console.print(f"{table}: " + "\n".join(result.lines()), markup=False)
    if others := other_files(source or RAW, tables):
        console.print(f"not read, as no table of this run has their names: {len(others)}", markup=False)
        console.print("".join(f"  {name}\n" for name in others), end="", markup=False)
    if chain_only:
        return  # the figures of the other tables are as they were
    report = {table: {**one.counts, "notes": one.notes, "at_fault": one.at_fault} for table, one in results.items()}
    write_json(ARTIFACTS / "ingest/metrics.json", report)
