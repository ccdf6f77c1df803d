"""Raw tables in, checked tables and a quarantine out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import typer

from data.ingest.folder import ingest_directory
from data.ingest.tables import IngestError
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
    report = {table: {**one.counts, "notes": one.notes, "at_fault": one.at_fault} for table, one in results.items()}
    write_json(ARTIFACTS / "ingest/metrics.json", report)
