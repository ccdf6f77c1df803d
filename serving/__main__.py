"""``python -m serving``: pack the models, build the bento, serve it, and ask it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import track

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
os.environ.setdefault("BENTOML_HOME", str(Path("artifacts/bentoml").resolve()))

app = typer.Typer(no_args_is_help=True, add_completion=False, help="How banks ask.")
console = Console()
BATCH = 500


@app.command()
def pack() -> None:
    """Copy the trained artefacts into the Bento store."""
    from serving import pack as packing

    console.print(f"packed {packing.pack()}")


@app.command()
def build() -> None:
    """Build the bento: models, snapshot and serving code, off line."""
    from serving import pack as packing

    console.print(f"built {packing.build()}")


@app.command()
def serve(port: int = typer.Option(3000, help="Loopback port.")) -> None:
    """Serve the built bento on loopback until interrupted."""
    from serving.demo import BENTO

    command = [sys.executable, "-m", "bentoml", "serve", BENTO, "--host", "127.0.0.1", "--port", str(port)]
    raise typer.Exit(subprocess.call(command))


@app.command()
def demo(decisions: Path = typer.Option(Path("artifacts/decisions/decisions.jsonl"), help="The batch answer.")) -> None:
    """Serve the built bento, print the decisions for three enterprises, and stop it."""
    from serving.demo import demo as run_demo

    run_demo(decisions, console)


@app.command()
def parity(
    decisions: Path = typer.Option(Path("artifacts/decisions/decisions.jsonl"), help="The batch answer."),
    out: Path = typer.Option(Path("artifacts/serving/parity.json"), help="Where the counts go."),
) -> None:
    """Compare batch, single, reloaded and built-bento answers for every enterprise; exits 1 on any difference."""
    from data.requests import QuotaRequest
    from serving.api import Counter
    from serving.demo import post, running_service

    batch = [json.loads(line) for line in decisions.read_text(encoding="utf-8").splitlines()]
    bodies = [
        {"request_id": item["request_id"], "uscc": item["uscc"], "requested_amount_cny": item["quota"]["requested_cny"]}
        for item in batch
    ]
    counter = Counter.load(Path("artifacts"))
    different = {"single_reloaded": 0, "built_bento": 0}
    for body, expected in track(list(zip(bodies, batch, strict=True)), "single, reloaded", console=console):
        answer = counter.quota([QuotaRequest.model_validate(body)])[0]
        different["single_reloaded"] += json.loads(answer.model_dump_json()) != expected
    with running_service() as address:
        for start in track(range(0, len(bodies), BATCH), "built bento", console=console):
            answers = post(address, "/v1/quota/batch", bodies[start : start + BATCH])
            pairs = zip(answers, batch[start : start + BATCH], strict=True)
            different["built_bento"] += sum(answer != expected for answer, expected in pairs)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"enterprises": len(batch), "different": different}, indent=2) + "\n", encoding="utf-8")
    console.print({"enterprises": len(batch), "different": different})
    if any(different.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
