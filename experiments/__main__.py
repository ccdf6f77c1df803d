"""Commands of the experiments: benchmarks against peers, and the experiment on real invoices."""

from __future__ import annotations

import importlib
import json
from functools import cache
from pathlib import Path
from pkgutil import walk_packages
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import experiments.benchmarks

app = typer.Typer(no_args_is_help=True, add_completion=False, help="What we compare.")


@cache
def loaded_benchmarks() -> dict[str, Any]:
    """Commands of the modules with a function ``bench``; a capability's own, benchmarks/risk/bench.py, is ``risk``."""
    found = typer.Typer()
    for module in walk_packages(experiments.benchmarks.__path__, "experiments.benchmarks."):
        one = importlib.import_module(module.name)
        if not module.ispkg and hasattr(one, "bench"):  # a folder has its module ``bench``
            *_, folder, name = module.name.split(".")
            found.command(folder if name == "bench" else name)(one.bench)
    return dict(typer.main.get_group(found).commands)


class Benchmarks(TyperGroup):
    """The benchmarks, loaded where one of them is named: the other commands start several times faster."""

    @property
    def commands(self) -> Any:
        """By name."""
        return loaded_benchmarks()

    @commands.setter
    def commands(self, _: Any) -> None:
        """Typer sets those that it knows of, which are none."""


bench_app = typer.Typer(
    cls=Benchmarks,
    no_args_is_help=True,
    help="Benchmarks against peers; each writes artifacts/bench/NAME.json.",
    context_settings={"token_normalize_func": lambda name: name.replace("-", "_")},  # match-speed is match_speed
)
app.add_typer(bench_app, name="bench")


@app.command()
def real_invoices(
    path: Path = typer.Argument(help="Folder with firms, invoices_rec, invoices_norec and rate_churn as Parquet."),
    out: Path = typer.Option(Path("experiments/0001-real-invoices/results"), help="Where tables and plots go."),
) -> None:
    """Run experiments/0001-real-invoices on the 425 real firms (see its README for the public data)."""
    from experiments.real_invoices import run

    run(path, out)


@app.command()
def verify_reform(
    folder: Path = typer.Argument(help="Folder of a result of `reform`: result.json, fingerprint.json, CSV and pages."),
    artifacts: Path | None = typer.Option(None, help="Models and snapshot, where they are at hand."),
    cited: str = typer.Option("", help="The identifier under which the result was cited."),
    key: str = typer.Option("", help="The public key of whoever signed the result: its line or its file."),
) -> None:
    """Whether a reform's result is the one that its fingerprint names; needs no network; exit 1 where it is not."""
    from experiments.reform.signature import SignatureError, public_key
    from experiments.reform.verify import FingerprintError, counted, faults, verify

    try:
        checks = verify(folder, artifacts, cited, public_key(key) if key else None)
    except (FingerprintError, SignatureError) as fault:
        raise typer.BadParameter(str(fault)) from fault
    for check in checks:
        differs = f"  found {check.found}, stated {check.stated}" if check.stated else f"  {check.found}"
        typer.echo(f"{check.state:12}  {check.name}{differs if check.found else ''}")
    typer.echo(counted(checks))
    if not cited and not key:
        typer.echo(
            "without --cited or --key this shows only that the files agree with each other, not that they are those "
            "cited or whose they are"
        )
    if faults(checks):
        raise typer.Exit(1)


@app.command()
def reform(
    baseline: Path = typer.Argument(help="YAML of the baseline; names only what differs from the packed release."),
    reforms: list[Path] = typer.Argument(help="YAML of one or more reforms, each beside the baseline."),
    out: Path = typer.Option(Path("artifacts/reform"), help="Where result.json and the tables go."),
    bank: list[str] = typer.Option(["standard"], help="Banks whose decisions are simulated; all for every bank."),
    stack: bool = typer.Option(False, help="Also take the reforms together, with their interactions."),
    quick: int = typer.Option(
        0, help="Firms of a sample in place of all, at least 2000; every figure then has the sample's interval."
    ),
    replicates: int = typer.Option(400, help="Replicates of the bootstrap of firms, at least 200."),
    draws: bool = typer.Option(False, help="Use the refitted models of artifacts/draws, for what refitting adds."),
    workers: int = typer.Option(2, help="Threads; they change no figure."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    key: Path | None = typer.Option(
        None, help="A private key that signs the fingerprint; its name begins with reform."
    ),
) -> None:
    """What a change of points, stages or credit policies would do: totals and who moves, with intervals."""
    from experiments.reform.command import Options, run_command

    run_command(baseline, reforms, out, Options(bank, stack, quick, replicates, draws, workers, artifacts, key))


@app.command()
def real_demands(
    data: Annotated[Path, typer.Option(help="A folder of text tasks: queries, documents and qrels.")],
    model: Annotated[Path, typer.Option(help="Folder of `python -m training matching`.")],
    out: Annotated[Path, typer.Option(help="Where figures, tables and pictures go; README.md beside it.")] = Path(
        "experiments/0004-real-demands/results"
    ),
    record: Annotated[
        Path, typer.Option(help="Of `bench matching`; run first where it is missing or of another model.")
    ] = Path("artifacts/bench/matching.json"),
    untuned: Annotated[Path | None, typer.Option(help="As of `bench matching`, where it is run.")] = None,
    vectors: Annotated[Path, typer.Option(help="As of `bench matching`, where it is run.")] = Path(
        "artifacts/bench/vectors"
    ),
    examples: Annotated[
        Path, typer.Option(help="Where examples go; they hold the folder's texts, so keep it out of git.")
    ] = Path("artifacts/bench/real_demands_examples.md"),
) -> None:
    """Run experiments/0004-real-demands: matching on real text, with pictures."""
    from experiments.benchmarks.matching.bench import bench
    from experiments.real_demands import run

    def measure() -> None:
        bench(data, model, "test", False, untuned, None, vectors, 0, record)

    run(data, model, record, out, examples, measure)


@app.command()
def compare(
    runs: list[str] = typer.Argument(help="Ids of MLflow runs, or folders with rows.parquet; first the baseline."),
    out: Path = typer.Option(Path("artifacts/compare"), help="Where comparison.json and its pages go."),
    metric: list[str] = typer.Option([], help="Only this metric; may be given several times."),
    fresh: bool = typer.Option(False, help="Compute from the rows what is stored with the runs."),
) -> None:
    """Runs beside each other on the same held-out rows: every metric with paired intervals that resample firms."""
    from experiments.compare.command import run_command

    run_command(runs, out, metric, fresh)


@app.command()
def report(
    against: str = typer.Option(..., help="A commit, branch or tag, or a folder with runs."),
    out: Path | None = typer.Option(None, help="Where the Markdown goes; printed where left out."),
) -> None:
    """A report for a merge request: metrics of the newest runs against those of a commit, with intervals."""
    from experiments.compare.command import run_report

    run_report(against, out)


@app.command()
def worker(
    once: bool = typer.Option(False, help="End when no job waits."),
    ledger: str = typer.Option("", help="URL of the store; IP_LEDGER_URL or a file under artifacts where left out."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    runs: Path = typer.Option(Path("mlruns"), help="Folder in which the tracking store keeps the files of runs."),
    memory_mb: int = typer.Option(4_096, min=256, help="Memory of one job."),
    minutes: float = typer.Option(60.0, min=0.1, help="Time of one job."),
) -> None:
    """Carry out the console's jobs: studies of reforms and comparisons of runs, each in a process of its own."""
    from experiments.worker.carrying import ChildBounds
    from experiments.worker.child import Setting
    from experiments.worker.command import run_worker
    from experiments.worker.kinds import KINDS
    from serving.ledger.store import ledger_url

    bounds = ChildBounds(memory_mb=memory_mb, seconds=minutes * 60.0)
    run_worker(ledger or ledger_url(), KINDS, Setting(artifacts, runs), bounds, once=once)


@app.command()
def readme(
    check: bool = typer.Option(False, help="Write nothing; exit 1 where a document differs from the records at hand."),
    partly: bool = typer.Option(False, help="Leave blocks whose records are not at hand as they are, and name them."),
) -> None:
    """Write the figures of the READMEs, docs/results*.md and the model cards from the run records."""
    from experiments.readme import DOCUMENTS, fill, read_records, stale, write_digests

    if check:
        found, unchecked = stale()
        for one in found:
            typer.echo(str(one), err=True)
        if unchecked:
            typer.echo(f"not checked, for their records are not at hand: {', '.join(unchecked)}")
        if found:
            raise typer.Exit(1)
        return
    records, kept = read_records(partly=partly), set[str]() if partly else None
    for name, language in DOCUMENTS.items():
        path = Path(name)
        path.write_text(fill(path.read_text(encoding="utf-8"), records, language, kept), encoding="utf-8")
    write_digests()
    if kept:
        typer.echo(f"left as they are, for their records are not at hand: {', '.join(sorted(kept))}")


@app.command()
def mutation_report(
    out: Path = typer.Option(Path("artifacts/bench/mutation.json"), help="Where the scores and the faults go."),
) -> None:
    """Write which planted faults the quick tests found, by module; exit 1 for too few or a missing reason.

    Named are the faults that are not found and have no reason, and the reasons whose fault is found or gone.
    """
    from experiments.mutation import LEAST_SHARE, report

    found = report()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    weak = False
    for name, module in found["modules"].items():
        share = module["share"] or 0.0
        weak |= share < LEAST_SHARE or module["not_run"] > 0
        typer.echo(f"{name:30} {module['found']:5} of {module['faults']:5} found  {share:7.1%}"
                   f"  {module['not_run']} not run")  # fmt: skip
    typer.echo(f"{found['lines_left_out']} of {found['lines']} lines left out")
    missing = found["without_reason"]
    typer.echo(f"{len(missing)} faults not found and without a reason")
    for name in missing:
        typer.echo(f"  no reason: {name}")
    for name in found["stale_reasons"]:
        typer.echo(f"  out of date, its fault is found or gone: {name}")
    if weak or missing:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
