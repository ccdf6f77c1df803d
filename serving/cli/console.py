"""``serving console``: the service with its console on loopback; for trying, with accounts and records of its own."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

DEMO_STORE = Path("artifacts/console/ledger.sqlite")
ENTERPRISES = ("preapproved", "manual_review")  # outcomes of the two demo enterprises in the batch answer
DECISIONS = Path("artifacts/decisions/decisions.jsonl")
out = Console()


def console(
    port: int = typer.Option(3001, min=1, max=65_535, help="Loopback port."),
    workers: int = typer.Option(1, min=1, max=256, help="Processes behind the one port."),
    demo: bool = typer.Option(
        False,
        "--demo",
        help="For trying: a store of its own with accounts, applications and simulated records, on the day of the "
        "shipped snapshot.",
    ),
) -> None:
    """Serve the console at http://127.0.0.1:PORT/console until interrupted."""
    from serving.cli.demo import DemoError, snapshot_day
    from serving.clock import CLOCK
    from serving.ledger.store import LEDGER_URL
    from serving.matching.event_store import EVENTS_URL
    from serving.runtime.supervisor import ServeError, serve

    if demo:
        DEMO_STORE.parent.mkdir(parents=True, exist_ok=True)
        os.environ[LEDGER_URL] = f"sqlite:///{DEMO_STORE.resolve()}"
        os.environ.pop(EVENTS_URL, None)  # beside it
        os.environ.setdefault(CLOCK, snapshot_day())
    try:
        if demo:
            _prepare()
        else:
            _say_where_accounts_come_from()
        out.print(f"[bold]http://127.0.0.1:{port}/console/[/]  (Ctrl+C 结束 · Ctrl+C ends it)")
        raise typer.Exit(serve(port, workers, pid_file=Path("artifacts/serving") / f"{port}.pid"))
    except (DemoError, ServeError, OSError) as fault:
        raise typer.BadParameter(str(fault)) from fault


def packed_release() -> Path:
    """The folder of the newest packed model; raises typer.BadParameter where nothing is packed."""
    import bentoml

    from serving.releases.packed import MODEL

    try:
        return Path(bentoml.models.get(f"{MODEL}:latest").path)
    except bentoml.exceptions.NotFound as fault:
        raise typer.BadParameter(
            "没有打包的版本，请先运行 make run · nothing is packed: run `make run` first"
        ) from fault


def _prepare() -> None:
    """Make what is for trying, once, and print the accounts."""
    from serving.cli.demo import choose
    from serving.console.demonstration import prepare
    from serving.console.texts import LANGS, text

    release = packed_release()
    by_outcome = {one["outcome"]: str(one["uscc"]) for one in choose(DECISIONS)}
    first, second = (by_outcome[outcome] for outcome in ENTERPRISES)
    with out.status("准备演示数据 · preparing what is for trying") as status:
        accounts = prepare(release, (first, second), lambda what: status.update(f"准备 · preparing: {what}"))
    if not accounts:
        out.print(
            "演示账号先前已建立；忘记密码请删除 artifacts/console 后重来 · the demo accounts were made earlier; "
            "passwords forgotten: delete artifacts/console and start again"
        )
        return
    table = Table(title="演示账号，仅供试用 · demo accounts, for trying only")
    for heading in ("角色 role", "账号 sign-in name", "密码 password", "代表 acts for"):
        table.add_column(heading, no_wrap=not heading.endswith("role"))
    for one in accounts:
        role = " ".join(text(f"role.{one.role}", lang) for lang in LANGS)
        table.add_row(role, one.sign_in_name, one.password, one.caller_name)
    out.print(table)


def _say_where_accounts_come_from() -> None:
    """Without any account nobody can sign in: say how the first is made."""
    from serving.console.accounts import Accounts
    from serving.ledger.ledger import Ledger
    from serving.ledger.store import ledger_url, migrate

    migrate(ledger_url())
    ledger = Ledger(ledger_url())
    try:
        if not Accounts(ledger).every():
            out.print(
                "还没有账号，请用 python -m serving accounts 建立；试用请运行 make console · there is no account yet: "
                "make one by `python -m serving accounts`; to try it, run `make console`"
            )
    finally:
        ledger.close()
