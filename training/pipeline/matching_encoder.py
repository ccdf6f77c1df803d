"""A sentence encoder tuned on a folder of text tasks: on two cores within minutes, or once and large on a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.matching.cohort import read_cohort
from training.matching.encoder_params import EncoderParams
from training.matching.folder import FolderError, read_tasks
from training.matching.pairs import pairs_of, smaller
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, write_json
from training.pipeline.matching_records import read_tables

DEV_QUERIES, DEV_DOCUMENTS = 100, 200  # of a task, where the processor measures


def matching_encoder(
    data: Annotated[
        Path | None, typer.Option(help="A task, or a folder of tasks; the zone's own records if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the encoder's folder is written.")] = ARTIFACTS / "matching/encoder",
    device: Annotated[str, typer.Option(help="cpu, or cuda for the large tuning.")] = "cpu",
    epochs: Annotated[float | None, typer.Option(help="Passes over the pairs; else by params.yaml.")] = None,
) -> None:
    """Tune on the train split, measure on the dev split.

    With --device cuda: all layers, the first 128 tokens of a text, batches of 256 pairs, learning rate 0.0001; four
    runs with the same settings that differ by their seed, whose mean is taken, 0.85 of the way from the weights before.
    The number of batches stays that of params.yaml unless --epochs is given.

    The encoder that docs/results.md measures is another mixture: the mean of four runs with different settings, which
    were not recorded, 0.85 of the way. This command does not make it again.

    The zone's own records are not measured here: what they show is measured of the whole of matching.
    """
    from training.matching.encoder import make_encoder  # here: torch is slow to load, and an extra

    try:
        tasks = [read_cohort(read_tables()).task] if data is None else read_tasks(data)
    except FolderError as fault:
        raise typer.BadParameter(str(fault), param_hint="--data") from fault
    params = read_section("matching_encoder", EncoderParams)
    pairs = pairs_of(task.part("train") for task in tasks if "train" in task.splits)
    if device != "cpu":
        params = params.large()
    if epochs is not None:
        params = params.with_epochs(epochs, len(pairs))
    dev = [task.part("dev") for task in tasks if "dev" in task.splits and data is not None]
    if device == "cpu":
        dev = [smaller(part, DEV_QUERIES, DEV_DOCUMENTS, params.seed) for part in dev]
    metrics = make_encoder(pairs, params, out, device, dev)
    if data is not None:
        write_json(out / "metrics.json", metrics)
