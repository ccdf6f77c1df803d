"""The command ``python -m experiments reform``: reads, shows progress, runs, writes, names where the result lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from data.codebook import reference_path
from experiments.reform.fingerprint import KINDS
from experiments.reform.publish import publish
from experiments.reform.run import CASES, FirmFile, run_study
from experiments.reform.signature import SignatureError, private_key
from models.points.file import CardError
from models.quota.draws import Draws
from models.quota.engine import QuotaEngine, read_policy
from models.reform.read import StudyError, other_sources, read_packed, read_study
from models.reform.result import ReformResult
from models.reform.simulate import LEAST_REFITS, LEAST_REPLICATES, LEAST_SAMPLED, Progress, Run
from models.risk.model import ModelFileError

DRAWS = "draws"
FAULTS = (StudyError, SignatureError, CardError, ModelFileError, OSError)  # of the files and options that are given


@dataclass(frozen=True)
class Options:
    """Options of the command, as its help has them."""

    bank: list[str]
    stack: bool
    quick: int
    replicates: int
    draws: bool
    workers: int
    artifacts: Path
    key: Path | None = None


@dataclass(frozen=True)
class Made:
    """What a study gave. fingerprint : as ``experiments.reform.fingerprint`` has it"""

    result: ReformResult
    fingerprint: dict[str, Any]


def carry_out(
    baseline: Path, reforms: list[Path], out: Path, options: Options, progress: Progress | None = None
) -> Made:
    """Read the files, simulate, and write everything that a result has into ``out``.

    raises : one of FAULTS for a file or option that cannot be read, or an ``out`` that cannot be written
    """
    artifacts, files = options.artifacts, [baseline, *reforms]
    signer = private_key(options.key) if options.key else None
    if options.quick and options.quick < LEAST_SAMPLED:
        raise StudyError(f"--quick: found {options.quick}; allowed: 0 for every firm, or {LEAST_SAMPLED} and more")
    if options.replicates < LEAST_REPLICATES:
        raise StudyError(f"--replicates: found {options.replicates}; allowed: {LEAST_REPLICATES} and more")
    if not (artifacts / CASES).is_file():
        raise StudyError(f"{artifacts / CASES}: found no file; run `make run` first, or name its folder by --artifacts")
    if options.workers < 1:
        raise StudyError(f"--workers: found {options.workers}; allowed: 1 and more")
    others = other_sources(files)
    packed = read_packed(artifacts, others["models"], others["firms"])
    study = read_study(baseline, reforms, packed, options.bank, stacked=options.stack)
    engines = {name: QuotaEngine.load(folder, packed.engine.codebook) for name, folder in others["models"].items()}
    refitted = Draws.load(artifacts / DRAWS, packed.engine) if options.draws else ()
    if options.draws and len(refitted) < LEAST_REFITS:
        raise StudyError(
            f"--draws: found {len(refitted)} refitted models in {artifacts / DRAWS}; allowed: {LEAST_REFITS} and more, "
            "made by `python -m training draws`"
        )
    firms = FirmFile(artifacts / CASES, sample=options.quick or None, others=others["firms"])
    if options.quick > firms.firms:
        most = f", or {LEAST_SAMPLED} to {firms.firms}" if firms.firms >= LEAST_SAMPLED else ""
        raise StudyError(f"--quick: found {options.quick}, of {firms.firms} firms; allowed: 0 for every firm{most}")
    run = Run(replicates=options.replicates, draws=refitted, engines=engines, workers=options.workers)
    result = run_study(study, firms, run, out, progress=progress)
    used = [path for path in reference_path("policies").glob("*.yaml") if read_policy(path).bank_id in result.banks]
    return Made(result, publish(out, artifacts, policies=used, studies=files, draws=options.draws, signer=signer))


def run_command(baseline: Path, reforms: list[Path], out: Path, options: Options) -> None:
    """See the command's help; exits 2 with one message for a file or option that cannot be read."""
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*shown, console=Console(stderr=True), transient=True) as bar:
        tasks = {"firms": bar.add_task("firms", total=1)}

        def progress(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=whole)
            bar.update(tasks[what], completed=done)

        try:
            made = carry_out(baseline, reforms, out, options, progress)
        except FAULTS as fault:
            raise typer.BadParameter(str(fault)) from fault
    result, fingerprint = made.result, made.fingerprint
    sampled = result.method.sampled_firms
    compared = f"{'' if sampled is None else f'quick run: {sampled} of '}{result.population.firms} firms"
    typer.echo(f"{compared}, {len(result.reforms)} reforms: {fingerprint['id']}, {out / 'result.json'}")
    held = result.certificates
    if held.get("certified", 0) < held.get("policies", 0):
        typer.echo(
            f"loss certificates that belong to these models: {held['issued']} of {held['policies']} policies; "
            f"certified: {held['certified']}; the others have their expert caps"
        )
    for kind in KINDS:
        if lacking := fingerprint["inputs"][kind]["lacking"]:
            typer.echo(f"draft, not citable: {kind} neither committed nor packed: {', '.join(lacking)}")
