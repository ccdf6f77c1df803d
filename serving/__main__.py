"""``python -m serving``: pack the models, build the bento, serve it, and send it requests."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import track

from serving.cli import accounts as account_commands
from serving.cli import allocate as allocate_commands
from serving.cli import approvals as approvals_commands
from serving.cli import approvals_report as approvals_report_commands
from serving.cli import approvals_simulate as approvals_simulate_commands
from serving.cli import audit as audit_commands
from serving.cli import chain as chain_commands
from serving.cli import checkpoints as checkpoint_commands
from serving.cli import clearance as clearance_commands
from serving.cli import clearance_report as clearance_report_commands
from serving.cli import clearance_simulate as clearance_simulate_commands
from serving.cli import console as console_commands
from serving.cli import incubators as incubator_commands
from serving.cli import matching as matching_commands
from serving.cli.issuers import HELP, issuers_app
from serving.cli.keys import keys_app

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
os.environ.setdefault("BENTOML_HOME", str(Path("artifacts/bentoml").resolve()))
os.environ.setdefault("IP_LEDGER_URL", f"sqlite:///{Path('artifacts/ledger/ledger.sqlite').resolve()}")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The decision service.")
console = Console()
BATCH = 500


@app.command()
def pack() -> None:
    """Copy the champions' artefacts into the Bento store; refused where artifacts/ holds other files than theirs."""
    from serving.releases import pack as packing
    from serving.releases.champions import ChampionError, check_champions

    try:
        without = check_champions(Path("artifacts"))
        console.print(f"packed {packing.pack()}")
    except (ChampionError, packing.PackError) as fault:
        raise typer.BadParameter(str(fault)) from fault
    if without:
        console.print(f"not promoted by anybody yet: {', '.join(without)} (python -m training promote)")


@app.command()
def build() -> None:
    """Build the bento: models, snapshot and serving code, off line."""
    from serving.releases import pack as packing

    console.print(f"built {packing.build()}")


@app.command()
def serve(
    port: int = typer.Option(3000, min=1, max=65_535, help="Loopback port."),
    workers: int = typer.Option(1, min=1, max=256, help="Processes behind the one port."),
    clock: str = typer.Option(
        "",
        help="Set the day of decisions, as 2024-06-30, for a demonstration; every answer says so. Consents, keys, "
        "records and the effective dates of releases follow the real calendar.",
    ),
) -> None:
    """Serve the built bento on loopback until interrupted; ``upgrade`` starts a new release."""
    from serving.clock import CLOCK, Clock, ClockError
    from serving.params import ServingParamsError, read_params
    from serving.runtime.supervisor import ServeError
    from serving.runtime.supervisor import serve as run

    if clock:
        os.environ[CLOCK] = clock
    try:
        Clock.from_environment(read_params().zone)
        raise typer.Exit(run(port, workers, pid_file=_pid_file(port)))
    except (ClockError, ServeError, ServingParamsError, OSError) as fault:
        raise typer.BadParameter(str(fault)) from fault


@app.command()
def upgrade(port: int = typer.Option(3000, min=1, max=65_535, help="The port that is served.")) -> None:
    """Start new workers from the newest bento and let the old ones finish: no request is lost."""
    from serving.runtime.supervisor import ServeError
    from serving.runtime.supervisor import upgrade as start_upgrade

    try:
        console.print(
            f"process {start_upgrade(_pid_file(port))} was signalled; the result is in the log of the service"
        )
    except ServeError as fault:
        raise typer.BadParameter(str(fault)) from fault


def _pid_file(port: int) -> Path:
    return Path("artifacts/serving") / f"{port}.pid"


@app.command()
def demo(decisions: Path = typer.Option(Path("artifacts/decisions/decisions.jsonl"), help="The batch answer.")) -> None:
    """Serve the built bento, print the decisions for three enterprises, and stop it."""
    from serving.cli.demo import DemoError
    from serving.cli.demo import demo as run_demo

    try:
        run_demo(decisions, console)
    except (DemoError, OSError) as fault:
        raise typer.BadParameter(f"{fault}; `make run` builds what is shown") from fault


@app.command()
def parity(
    decisions: Path = typer.Option(Path("artifacts/decisions/decisions.jsonl"), help="The batch answer."),
    out: Path = typer.Option(Path("artifacts/serving/parity.json"), help="Where the counts go."),
) -> None:
    """Compare batch, single, reloaded and built-bento answers for every enterprise; exits 1 on any difference."""
    from data.requests import QuotaRequest
    from models.quota.answer import answer_json
    from models.quota.engine import read_policy
    from serving.cli.demo import running_service, same_decision, snapshot_day
    from serving.clock import Clock
    from serving.decide.decision_service import DecisionService
    from serving.params import read_params

    batch = [json.loads(line) for line in decisions.read_text(encoding="utf-8").splitlines()]
    clock = Clock(read_params().zone, date.fromisoformat(snapshot_day()))
    service, policy = DecisionService.load(Path("artifacts"), Path("params.yaml"), clock), read_policy()
    different = {"single_reloaded": 0, "built_bento": 0}
    with running_service() as client:
        bodies = [client.quota_body(item) for item in batch]
        for body, expected in track(list(zip(bodies, batch, strict=True)), "single, reloaded", console=console):
            answer = service.quota(QuotaRequest.model_validate_json(json.dumps(body)), policy)
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


app.add_typer(account_commands.accounts_app, name="accounts", help=account_commands.HELP)


app.add_typer(keys_app, name="keys", help="API keys: issue, rotate, end, list. A key is shown once.")


app.add_typer(issuers_app, name="issuers", help=HELP)


@app.command()
def routes() -> None:
    """Print every route: who may call it, with which scope, and what a key of somebody else gets."""
    from serving.http.access_table import access_markdown

    print(access_markdown())


app.command()(checkpoint_commands.checkpoint)
app.command("checkpoint-key")(checkpoint_commands.checkpoint_key)
for audit in ("verify", "replay", "shadow", "verdict", "batch"):
    app.command()(getattr(audit_commands, audit))
app.command()(allocate_commands.allocate)
app.command()(matching_commands.match)
app.command("match-report")(matching_commands.match_report)
app.command()(console_commands.console)
app.command("chain-pages")(chain_commands.chain_pages)
app.command("place")(chain_commands.place)
app.command("approvals-simulate")(approvals_simulate_commands.approvals_simulate)
app.command("approvals-report")(approvals_report_commands.approvals_report)
app.command("clearance-simulate")(clearance_simulate_commands.clearance_simulate)
app.command("clearance-report")(clearance_report_commands.clearance_report)
app.command("match-withdraw")(matching_commands.match_withdraw)
app.command("clearance-watch")(clearance_commands.clearance_watch)
app.command("clearance-deliver")(clearance_commands.clearance_deliver)
app.command("approvals-import")(approvals_commands.approvals_import)
app.command("approvals-retract")(approvals_commands.approvals_retract)
app.command("incubators-import")(incubator_commands.incubators_import)
app.command("incubators-simulate")(incubator_commands.incubators_simulate)
app.command("incubators-report")(incubator_commands.incubators_report)
app.add_typer(clearance_commands.hosts_app, name="clearance-hosts", help=clearance_commands.HOSTS_HELP)


if __name__ == "__main__":
    app()
