"""``bench chain``: placement, further nodes, bands and speed on a folder of tables, beside baselines in one run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from data.code_version import MAKING, source_digest
from experiments.benchmarks.chain import tables
from experiments.benchmarks.chain.options import Options
from experiments.machine import machine
from features.text import EncoderError, TextEncoder
from training.matching.training_texts import TrainingTextsError, read_training_texts
from training.matching.vectors import CachedEncoder

OUT = Path("artifacts/bench/chain.json")
Block = dict[str, Any]
Task = Callable[[Path, Options], dict[str, Block]]
console = Console(width=150)


def _labels(read: Callable[[Path], tables.LabelTable], folder: Path, options: Options) -> dict[str, Block]:
    from experiments.benchmarks.chain.held_out import run_labels

    return run_labels(read(folder), options)


def _patents(folder: Path, options: Options) -> dict[str, Block]:
    from experiments.benchmarks.chain.several import run_several

    return {"patents": run_several(tables.patents(folder), options)}


def _further(folder: Path, options: Options) -> dict[str, Block]:
    from experiments.benchmarks.chain.further import run_further, taiwan_table

    return {"further_nodes": run_further(taiwan_table(folder), options)}


def _investors(folder: Path, options: Options) -> dict[str, Block]:
    from experiments.benchmarks.chain import investors

    if not any((folder / name).is_dir() for name in (investors.DEALS, investors.LINKS)):
        raise tables.TableMissingError(f"{folder} holds neither {investors.DEALS} nor {investors.LINKS}")
    if options.folder is None:
        raise tables.TableMissingError("investors are found by vectors: give --encoder")
    if (folder / investors.DEALS).is_dir():
        firms = tables.read_table(folder, f"{investors.DEALS}/companies", ["intro"])
        options.check(investors.DEALS, firms["intro"].dropna().tolist())
    return {"investors": investors.run(folder, options.folder)}


def _speed(folder: Path, options: Options) -> dict[str, Block]:
    from experiments.benchmarks.chain.speed import run_speed

    return {"speed": run_speed(folder, options)}


TASKS: Mapping[str, Task] = {
    **{name: partial(_labels, read) for name, read in tables.LABELLED.items()},
    "patents": _patents,
    "further_nodes": _further,
    "investors": _investors,
    "speed": _speed,
}


def bench(
    data: Path = typer.Option(help="Folder of tables; one that is absent leaves its task out."),
    encoder: Path | None = typer.Option(None, help="Folder of an encoder; words and characters alone when left out."),
    only: list[str] = typer.Option([], help=f"Of {', '.join(TASKS)}; all when left out. May be repeated."),
    seeds: int = typer.Option(5, min=1, help="Random splits, each with a fifth held out."),
    draws: int = typer.Option(2_000, min=200, help="Resamples of an interval."),
    vectors: Path = typer.Option(Path("artifacts/bench/vectors"), help="Where vectors are kept for the next run."),
    out: Path = typer.Option(
        OUT, help="JSON file; tasks that are not run keep what it holds. Beside it lies what the baselines decided."
    ),
) -> None:
    """Placement on real tables beside TF-IDF with a linear SVM, further nodes beside item kNN, bands, speed.

    Refuses an encoder that was trained on a tested text, and one of which nobody knows what it was trained on.
    """
    if alien := sorted(set(only) - {*TASKS}):
        raise typer.BadParameter(f"unknown {alien}; allowed: {[*TASKS]}")
    chosen = [name for name in TASKS if name in only or not only]
    try:
        options = _options(encoder, vectors, out.with_suffix("") / "baselines", seeds, draws)
        record = _record(out)
        done = [_run(name, data, options, record, out, named=bool(only)) for name in chosen]
    except (tables.TableError, TrainingTextsError, EncoderError) as fault:
        console.print(f"refused: {fault}", soft_wrap=True, markup=False)
        raise typer.Exit(2) from fault
    if not any(done):
        console.print(f"refused: {data} holds no table of any task", soft_wrap=True, markup=False)
        raise typer.Exit(2)
    show(record)


def _options(encoder: Path | None, vectors: Path, kept: Path, seeds: int, draws: int) -> Options:
    if encoder is None:
        return Options(None, np.zeros(0, np.uint64), kept, seeds, draws)
    loaded = TextEncoder.load(encoder, threads=1)
    return Options(CachedEncoder(loaded, vectors), read_training_texts(encoder), kept, seeds, draws, encoder)


def _record(out: Path) -> dict[str, Any]:
    """What is there already; raises TableError where it is no such record."""
    if not out.is_file():
        return {"tasks": {}, "skipped": {}}
    found = json.loads(out.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not {"tasks", "skipped"} <= set(found):
        raise tables.TableError(f"{out} is no record of this benchmark: name another file with --out")
    return found


def _run(name: str, data: Path, options: Options, record: dict[str, Any], out: Path, named: bool) -> bool:
    """Run one task and write the record at once; False where its table is absent."""
    began, cpu = time.perf_counter(), time.process_time()
    console.print(f"{name} ...")
    try:
        found = TASKS[name](data, options)
    except tables.TableMissingError as fault:
        if named:
            raise
        record["skipped"][name] = f"{fault}"
        console.print(f"{name}: left out, {fault}", soft_wrap=True, markup=False)
        _write(out, record)
        return False
    facts = {
        "encoder": None if options.encoder is None else options.encoder.digest,
        "code": source_digest(MAKING),
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "machine": machine("numpy", "scikit-learn", "lightgbm"),
    }
    record["skipped"].pop(name, None)
    record["tasks"] |= {block: {**figures, "run": facts} for block, figures in found.items()}
    _write(out, record)
    return True


def _write(out: Path, record: Mapping[str, Any]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    out.write_text(text + "\n", encoding="utf-8")


def show(record: Mapping[str, Any]) -> None:
    """Each figure beside its baselines, and the bands."""
    table = Table("task", "figure", "ours", "baseline", "", "gain, 90 %")
    for task, found in record["tasks"].items():
        for figure, own in found.items():
            if isinstance(own, dict) and "gain" in own:
                for name, gain in own["gain"].items():
                    base = own["baselines"][name]["value"]
                    table.add_row(task, figure, _number(own["ours"]["value"]), _number(base), name, _interval(gain))
    console.print(table)
    for task, found in record["tasks"].items():
        for part in ("bands", "seconds", "holds"):
            if part in found:
                console.print(f"{task} {part}: {found[part]}", soft_wrap=True, markup=False)
    for task, why in record["skipped"].items():
        console.print(f"left out: {task}: {why}", soft_wrap=True, markup=False)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(found: Mapping[str, float | None]) -> str:
    ends: Sequence[str] = [_number(found[name]) for name in ("value", "low", "high")]
    return f"{ends[0]} [{ends[1]}, {ends[2]}]"
