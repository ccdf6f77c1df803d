"""The command ``python -m experiments reform``: reads, shows progress, runs, writes, prints where the result lies."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from experiments.reform.read import StudyError, read_study
from experiments.reform.run import CASES, FirmFile, read_draws, read_packed, run_study
from models.reform.simulate import Run


def run_command(
    baseline: Path, reforms: list[Path], out: Path, bank: list[str], stack: bool, quick: int, replicates: int,
    draws: int, workers: int, artifacts: Path,
) -> None:  # fmt: skip
    """See the command's help; exits 2 with one message for a file or option that cannot be read."""
    console = Console(stderr=True)
    try:
        if not (artifacts / CASES).is_file():
            raise StudyError(f"{CASES} is absent; run `make run` first")
        packed = read_packed(artifacts)
        study = read_study(baseline, reforms, packed, list(bank), stacked=stack)
        refitted = read_draws(artifacts / "draws", packed.engine, draws)
        if len(refitted) < draws:
            raise StudyError(f"--draws: found {len(refitted)} in artifacts/draws, wanted {draws}; `dvc repro draws`")
    except StudyError as fault:
        raise typer.BadParameter(str(fault)) from fault
    firms = FirmFile(artifacts / CASES, sample=quick or None)
    run = Run(replicates=replicates, draws=refitted, workers=workers)
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=console, transient=True) as bar:
        tasks = {"firms": bar.add_task("firms", total=1)}

        def progress(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=whole)
            bar.update(tasks[what], completed=done)

        result = run_study(study, firms, run, out, progress=progress)
    typer.echo(f"{result.population.firms} firms, {len(result.reforms)} reforms: {out / 'result.json'}")
