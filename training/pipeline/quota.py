"""The debt capacity model and what its training cases looked like."""

from __future__ import annotations

from data.codebook import read_codebook
from training.assembled import (
    DERIVED,
    read_labelled,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json
from training.pipeline.tracked import Scored, track_stage
from training.quota import fit as quota_training
from training.run_rows import evaluation_rows


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
    files = [ARTIFACTS / "quota/model/debt_capacity.json"]
    inputs = [DERIVED / "vintages/cases.parquet", DERIVED / "vintages/serviceable_debt.parquet"]
    tested, debt_wan = part["test"]
    rows = evaluation_rows(
        tested,
        debt_wan,
        model.predict(tested, book)["capacity_low_wan"],
        "quantile",
        {"quantile": [params.low_quantile] * len(tested)},
    )
    track_stage("quota", params, metrics, inputs, files, Scored(model.predict), labelled.cases, rows)
