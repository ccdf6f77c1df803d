"""``python -m training STAGE``: one command per stage of dvc.yaml."""

from __future__ import annotations

from data.arithmetic import choose_kernels, processor_flags

choose_kernels(processor_flags())  # before NumPy is imported

import typer

from training import stages

app = typer.Typer(no_args_is_help=True, add_completion=False, help="How the learned models are made.")
for stage in (
    stages.synthesize,
    stages.ingest,
    stages.assemble,
    stages.points,
    stages.risk,
    stages.tune,
    stages.quota,
    stages.certificate,
    stages.decide,
):
    app.command()(stage)

if __name__ == "__main__":
    app()
