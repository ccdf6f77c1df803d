"""The refitted draws: the three models on firms drawn with replacement."""

from __future__ import annotations

import os
from typing import Annotated, NamedTuple

import pandas as pd
import typer
from rich.progress import Progress

from data.code_version import MAKING, source_digest
from data.codebook import read_codebook
from models.content_digest import content_digest
from models.quota.draws import write_draw, write_manifest
from models.quota.engine import QuotaEngine
from training.assembled import DERIVED, LABELS, read_cases, read_labelled
from training.draws import DrawsParams, FitParams, Sources, refit
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console, stop
from training.pipeline.risk import read_seasoned_loans
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams
from training.processes import workers
from training.quota.fit import QuotaParams
from training.risk.fit import RiskParams
from training.tracking import file_digest

FOLDER = ARTIFACTS / "draws"


class Making(NamedTuple):
    """What every draw is made of."""

    sources: Sources
    params: FitParams
    engine: QuotaEngine
    seed: int


def draws(
    count: Annotated[
        int | None, typer.Option("--draws", min=1, help="How many; the number in params.yaml if left out.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; the draws do not depend on it.")] = os.cpu_count() or 1,
) -> None:
    """Refit points, risk and quota on firms drawn with replacement; goes on where it was ended."""
    how = read_section("draws", DrawsParams)
    wanted = how.count if count is None else count
    inputs = [DERIVED / folder / f"{name}.parquet" for label, folder in LABELS.items() for name in ("cases", label)]
    try:
        making = read_making(how.seed)
        key = {
            "seed": how.seed,
            "data": file_digest(inputs),
            "params": content_digest(making.params),
            "code": source_digest(MAKING),
        }
        waiting = write_manifest(FOLDER, wanted, making.engine, key)
        with Progress(console=console, transient=True) as bar, workers(min(jobs, len(waiting) or 1), making) as each:
            task = bar.add_task("draws", total=wanted, completed=wanted - len(waiting))
            for _ in each(make_draw, waiting):
                bar.advance(task)
    except (OSError, ValueError) as fault:  # CardError and ModelFileError are ValueErrors
        stop(fault)
    console.print(f"{wanted} draws in {FOLDER}, {len(waiting)} of them made now")


def make_draw(making: Making, number: int) -> None:
    """Fit and write one draw."""
    made = refit(making.sources, making.params, making.engine.codebook, making.seed, number)
    write_draw(FOLDER, number, made, making.engine)


def read_making(seed: int) -> Making:
    """The training rows, the numbers of the fits and the trained models."""
    params = FitParams(
        read_section("points", PointsParams),
        read_section("points_shape", ShapeParams),
        read_section("risk", RiskParams),
        read_section("quota", QuotaParams),
    )
    sources = Sources(
        read_cases(DERIVED / "vintages", pd.Timestamp(params.points.reference_vintage)),
        read_labelled("points_outcome"),
        read_seasoned_loans(),
        read_labelled("serviceable_debt"),
    )
    return Making(sources, params, QuotaEngine.load(ARTIFACTS, read_codebook()), seed)
