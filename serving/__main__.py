"""``python -m serving``: pack the models, build the bento, serve it, and ask it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from serving import audit_commands
from serving.consent_commands import HELP, issuers_app

if TYPE_CHECKING:
    from serving.access import KeyRing

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
os.environ.setdefault("BENTOML_HOME", str(Path("artifacts/bentoml").resolve()))
os.environ.setdefault("IP_LEDGER_URL", f"sqlite:///{Path('artifacts/ledger/counter.sqlite').resolve()}")

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
def serve(
    port: int = typer.Option(3000, help="Loopback port."),
    workers: int = typer.Option(1, help="Processes behind the one port."),
) -> None:
    """Serve the built bento on loopback until interrupted; ``swap`` lets a new release in."""
    from serving.supervisor import serve as run

    raise typer.Exit(run(port, workers, pid_file=_pid_file(port)))


@app.command()
def swap(port: int = typer.Option(3000, help="The port that is served.")) -> None:
    """Start new workers from the newest bento and let the old ones finish: no request is lost."""
    try:
        pid = int(_pid_file(port).read_text(encoding="ascii"))
    except OSError as fault:
        raise typer.BadParameter(f"nothing is served on port {port} from here") from fault
    os.kill(pid, signal.SIGHUP)
    console.print(f"told {pid}; it logs swapped, or swap_refused and why")


def _pid_file(port: int) -> Path:
    return Path("artifacts/serving") / f"{port}.pid"


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
    from models.quota import read_policy
    from models.quota_answer import answer_json
    from serving.counter import Counter
    from serving.demo import running_service, same_decision

    batch = [json.loads(line) for line in decisions.read_text(encoding="utf-8").splitlines()]
    counter, policy = Counter.load(Path("artifacts"), Path("params.yaml")), read_policy()
    different = {"single_reloaded": 0, "built_bento": 0}
    with running_service() as client:
        bodies = [client.quota_body(item) for item in batch]
        for body, expected in track(list(zip(bodies, batch, strict=True)), "single, reloaded", console=console):
            answer = counter.quota(QuotaRequest.model_validate_json(json.dumps(body)), policy)
            different["single_reloaded"] += not same_decision(json.loads(answer_json(answer)), expected)
        for start in track(range(0, len(bodies), BATCH), "built bento", console=console):
            answers = client.post("/v1/quota/batch", bodies[start : start + BATCH])
            pairs = zip(answers, batch[start : start + BATCH], strict=True)
            different["built_bento"] += sum(not same_decision(answer, expected) for answer, expected in pairs)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"enterprises": len(batch), "different": different}, indent=2) + "\n", encoding="utf-8")
    console.print({"enterprises": len(batch), "different": different})
    if any(different.values()):
        raise typer.Exit(1)


keys_app = typer.Typer(no_args_is_help=True, help="API keys: issue, rotate, end, list. A key is shown once.")
app.add_typer(keys_app, name="keys", help="API keys: issue, rotate, end, list. A key is shown once.")


def _ring() -> KeyRing:
    from serving.access import KeyRing
    from serving.desk import ledger_url
    from serving.ledger import Ledger
    from serving.ledger_store import migrate

    migrate(ledger_url())
    return KeyRing(Ledger(ledger_url()))


@keys_app.command("issue")
def issue_key(
    principal: str = typer.Argument(help="The bank's id, the enterprise's USCC, or the operator's name."),
    role: str = typer.Option("bank", help="bank, enterprise or operator."),
    holder: str = typer.Option(..., help="The person or system that holds the key."),
    scope: list[str] = typer.Option([], help="Scopes; the role's own when left out. May be repeated."),
    days: float | None = typer.Option(None, help="Ends after so many days."),
) -> None:
    """Issue a key and print it, this once."""
    try:
        console.print(_ring().issue(principal, role, holder, scope, days), soft_wrap=True, highlight=False)
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from fault


@keys_app.command("rotate")
def rotate_key(
    key_id: str = typer.Argument(help="The id between the two underscores of the key."),
    grace_hours: float = typer.Option(24.0, help="How long the old key stays valid."),
) -> None:
    """Issue a new key with the same rights and let the old one end later."""
    try:
        console.print(_ring().rotate(key_id, grace_hours), soft_wrap=True, highlight=False)
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from fault


@keys_app.command("end")
def end_key(key_id: str = typer.Argument(help="The id between the two underscores of the key.")) -> None:
    """End a key now; running workers follow within a second."""
    _ring().end(key_id)
    console.print(f"ended {key_id}")


@keys_app.command("list")
def list_keys() -> None:
    """Every key's id, holder, scopes and end; secrets are stored nowhere."""
    table = Table("id", "principal", "role", "holder", "scopes", "ends")
    for who, ends in _ring().every():
        table.add_row(who.key_id, who.name, who.role, who.holder, " ".join(sorted(who.scopes)), ends or "never")
    console.print(table)


app.add_typer(issuers_app, name="issuers", help=HELP)


@app.command()
def routes() -> None:
    """Print every route: who may call it, with which scope, and what a key of somebody else gets."""
    from serving.access_table import access_markdown

    print(access_markdown())


for audit in ("verify", "replay", "shadow", "verdict", "batch"):
    app.command()(getattr(audit_commands, audit))


if __name__ == "__main__":
    app()
