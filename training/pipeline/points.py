"""The points card."""

from __future__ import annotations

import pandas as pd
from rich.progress import Progress

from data.codebook import read_codebook
from training.assembled import (
    DERIVED,
    read_cases,
    read_labelled,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, console, write_json
from training.pipeline.tracked import Scored, track_stage
from training.points import audit as points_audit
from training.points import fit as points_training
from training.points import pictures as points_pictures
from training.points.shapes import ShapeParams
from training.run_rows import evaluation_rows


def points() -> None:
    """Freeze the peer reference, learn the points by stage, decide which card ships, and audit and draw it."""
    params, shape = read_section("points", points_training.PointsParams), read_section("points_shape", ShapeParams)
    book = read_codebook()
    reference = read_cases(DERIVED / "vintages", pd.Timestamp(params.reference_vintage))
    labelled = read_labelled("points_outcome")
    known = labelled.rows("train", "calibration")
    trained_on, outcome, late = labelled.cases.loc[known], labelled.labels[known], labelled.rows("calibration")[known]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("points: draws", total=2 * params.draws)
        fitted = points_training.fit(
            reference,
            trained_on,
            outcome,
            late,
            book,
            params,
            shape,
            until=labelled.until[known],
            tick=lambda: bar.advance(task),
        )
    folder, test = ARTIFACTS / "points", labelled.part("test")
    fitted.card.save(folder / "card.yaml")
    fitted.card.printed().to_csv(folder / "card.csv", index=False)
    metrics = {
        "caveat": CAVEAT,
        "cases": dict(labelled.counts),
        **points_training.evaluate(fitted, reference, *test, params),
    }
    write_json(folder / "metrics.json", metrics)
    write_json(folder / "audit.json", points_audit.audit(fitted, trained_on, outcome, reference, book, shape))
    points_pictures.draw(fitted, reference, book, folder / "pictures")
    console.print(fitted.verdict.as_dict()["text"])
    inputs = [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/points_outcome.parquet"]
    files = [folder / "card.yaml", folder / "card.csv", folder / "audit.json"]
    tested = evaluation_rows(*test, fitted.card.score(test[0])["total"], "points")
    track_stage("points", params, metrics, inputs, files, Scored(fitted.card.score), reference, tested)
