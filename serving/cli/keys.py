"""``python -m serving keys``: issue, rotate, end and list API keys. A key is shown once, its secret never again."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from serving.auth.access import ROLES, KeyRing, key_id_of
from serving.cli.faults import refused
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url, migrate
from serving.releases.policies import banks_with_policy

keys_app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True)
AS_PASTED = {"ignore_unknown_options": True}  # a secret may begin like an option; no letter of it is quoted back
KEY_ID = "The id between the two underscores of the key."
CREATE = typer.Option(False, "--create", help="Make the ledger when there is none.")


@keys_app.command("issue")
def issue_key(
    caller: str = typer.Argument(help="The bank's id, the enterprise's USCC, or the zone's name."),
    role: str = typer.Option("bank", help=f"One of: {', '.join(ROLES)}."),
    holder: str = typer.Option(..., help="The person or system that holds the key."),
    permission: list[str] = typer.Option([], help="Permissions; the role's own when left out. May be repeated."),
    days: float | None = typer.Option(None, help="Ends after so many days."),
    create: bool = CREATE,
) -> None:
    """Issue a key and print it, this once; a bank's key may be issued before the bank has a policy, with a warning."""
    with refused():
        ring = _ring(create=create)
        key = ring.issue(caller, role, holder, permission, days)
        warn_without_policy(caller, role, ring.ledger)
    console.print(key, highlight=False, markup=False)


@keys_app.command("rotate", context_settings=AS_PASTED)
def rotate_key(
    key_id: str = typer.Argument(help=KEY_ID),
    grace_hours: float = typer.Option(24.0, help="How long the old key stays valid, if it does not end earlier."),
) -> None:
    """Issue a new key with the same rights and the same end, and let the old one end later."""
    with refused():
        console.print(_ring().rotate(key_id_of(key_id), grace_hours), highlight=False, markup=False)


@keys_app.command("end", context_settings=AS_PASTED)
def end_key(key_id: str = typer.Argument(help=KEY_ID)) -> None:
    """End a key now; running workers follow within a second."""
    with refused():
        found = key_id_of(key_id)
        console.print(f"{found} ended at {_ring().end(found):%Y-%m-%dT%H:%M:%SZ}", highlight=False)


@keys_app.command("list")
def list_keys() -> None:
    """Every key's id, holder, permissions and end; secrets are stored nowhere."""
    table = Table("id", "caller", "role", "holder", "permissions", "ends")
    with refused():
        for who, ends in KeyRing(Ledger(ledger_url(), reading=True)).every():
            permissions = " ".join(sorted(who.permissions))
            table.add_row(who.key_id, who.name, who.role, who.holder, permissions, ends or "never")
    console.print(table)


def warn_without_policy(caller: str, role: str, ledger: Ledger) -> None:
    """Say on the error output that a bank has no policy of its own, and which banks have one."""
    if role == "bank" and caller not in (known := banks_with_policy(ledger)):
        typer.echo(
            f"Warning: no policy of bank {caller} was activated: no enterprise can apply to it or give it a consent, "
            f"and its requests are decided by the policy for everybody. Banks with a policy: {', '.join(known)}",
            err=True,
        )


def _ring(*, create: bool = False) -> KeyRing:
    migrate(ledger_url(), create=create)
    return KeyRing(Ledger(ledger_url()))
