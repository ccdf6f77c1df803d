"""``python -m serving accounts``: the console's accounts. A first password is shown once."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from serving.auth.access import ROLES, Caller, holder_fault
from serving.cli.faults import refused
from serving.cli.keys import CREATE, warn_without_policy
from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts, sign_in_form
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url, migrate

HELP = "Accounts of the console: make, bind, disable, enable, reset, list. A first password is shown once."
accounts_app = typer.Typer(no_args_is_help=True, help=HELP)
console = Console(soft_wrap=True, highlight=False)
NAME = typer.Argument(help="The sign-in name.")
BY = typer.Option(..., help="Your own name; who binds an account is another person than who made or reset it.")
REASON = typer.Option(..., help="Why; it is recorded.")


@accounts_app.command("make")
def make_account(
    name: str = NAME,
    role: str = typer.Option(..., help=f"One of: {', '.join(ROLES)}."),
    holder: str = typer.Option(..., help="The person; one person has one account."),
    by: str = BY,
    reason: str = REASON,
    create: bool = CREATE,
) -> None:
    """Make an account and print its first password, this once; somebody else binds it."""
    with refused():
        account, password = _accounts(create=create).make(name, role, holder, _by(by), reason)
    console.print(f"{account.sign_in_name} {password}", markup=False)


@accounts_app.command("bind")
def bind_account(
    name: str = NAME,
    caller: str = typer.Option("", help="The enterprise's USCC or the bank's id; left out for the zone's roles."),
    by: str = BY,
    reason: str = REASON,
) -> None:
    """Let an account that somebody else made act for an enterprise, a bank or the zone."""
    with refused():
        accounts = _accounts()
        bound = accounts.bind(_named(accounts, name).account_id, caller, _by(by), reason)
        warn_without_policy(bound.caller_name, bound.role, accounts.ledger)
    console.print(f"{bound.sign_in_name} acts for {bound.caller_name}", markup=False)


@accounts_app.command("disable")
def disable_account(name: str = NAME, by: str = BY, reason: str = REASON) -> None:
    """Let an account do nothing any more; its sessions end now."""
    with refused():
        accounts = _accounts()
        accounts.disable(_named(accounts, name).account_id, _by(by), reason)
    console.print(f"{sign_in_form(name)} is disabled", markup=False)


@accounts_app.command("enable")
def enable_account(name: str = NAME, by: str = BY, reason: str = REASON) -> None:
    """Let a disabled account sign in again, and end a wait after wrong passwords."""
    with refused():
        accounts = _accounts()
        accounts.enable(_named(accounts, name).account_id, _by(by), reason)
    console.print(f"{sign_in_form(name)} is enabled", markup=False)


@accounts_app.command("reset")
def reset_account(name: str = NAME, by: str = BY, reason: str = REASON) -> None:
    """Print a new first password, this once; its sessions end, and somebody else binds it again."""
    with refused():
        accounts = _accounts()
        password = accounts.reset(_named(accounts, name).account_id, _by(by), reason)
    console.print(f"{sign_in_form(name)} {password}", markup=False)


@accounts_app.command("list")
def list_accounts() -> None:
    """Every account, for whom it acts and whether it may; passwords are stored nowhere."""
    table = Table("name", "role", "holder", "acts for", "state", "last signed in")
    with refused():
        for one in Accounts(Ledger(ledger_url(), reading=True)).every():
            seen = (one.signed_in_at or "never")[:16]
            table.add_row(one.sign_in_name, one.role, one.holder, one.caller_name or "-", one.state, seen)
    console.print(table)


def _accounts(*, create: bool = False) -> Accounts:
    migrate(ledger_url(), create=create)
    return Accounts(Ledger(ledger_url()))


def _by(holder: str) -> Caller:
    """Whoever may run commands on this machine acts as an operator, under a name of their own."""
    if fault := holder_fault(holder):
        raise ValueError(fault)
    return Caller("command-line", "operator", holder, "command line", frozenset({"accounts"}))


def _named(accounts: Accounts, name: str) -> StoredAccount:
    found = next((one for one in accounts.every() if one.sign_in_name == sign_in_form(name)), None)
    if found is None:
        raise LookupError("there is no account of this name; see accounts list")
    return found
