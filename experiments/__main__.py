"""Commands of the experiments: benchmarks against peers, and the experiment on real invoices."""

from __future__ import annotations

import importlib
import runpy
from pathlib import Path
from pkgutil import iter_modules

import typer

import experiments.benchmarks

app = typer.Typer(no_args_is_help=True, add_completion=False, help="What we compare.")
bench_app = typer.Typer(no_args_is_help=True, help="Benchmarks against peers; each writes artifacts/bench/NAME.json.")
app.add_typer(bench_app, name="bench")

for _module in iter_modules(experiments.benchmarks.__path__):
    _loaded = importlib.import_module(f"experiments.benchmarks.{_module.name}")
    if hasattr(_loaded, "bench"):
        bench_app.command(_module.name)(_loaded.bench)


@app.command()
def real_invoices(
    path: Path = typer.Argument(help="Folder with firms, invoices_rec, invoices_norec and rate_churn as Parquet."),
    out: Path = typer.Option(Path("experiments/0001-real-invoices/results"), help="Where tables and plots go."),
) -> None:
    """Run experiments/0001-real-invoices on the 425 real firms (see its README for the public data)."""
    script = Path("experiments/0001-real-invoices/run.py")
    runpy.run_path(str(script))["run"](path, out)


if __name__ == "__main__":
    app()
