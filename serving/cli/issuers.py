"""``python -m serving issuers``: who may sign consents beside the service, and the service's own key."""

from __future__ import annotations

from pathlib import Path

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import TypeAdapter
from rich.console import Console

from data.consents import SERVICE, public_key_text, read_public_key
from data.members import Identifier
from serving.cli.faults import refused
from serving.cli.keys import CREATE
from serving.consents.check import ConsentBook
from serving.consents.key import ended_draft, issuer_draft, rotate_key
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url, migrate

HELP = "Issuers of consents: add a portal's public key, list, end a key, rotate the service's own."
issuers_app = typer.Typer(no_args_is_help=True, help=HELP)
console = Console(soft_wrap=True, highlight=False)


@issuers_app.command("add")
def add_issuer(
    issuer: str = typer.Argument(help="The portal's id, as its consents name it."),
    public_key: str = typer.Option(help="Its Ed25519 public key: a PEM file, or the 32 bytes in base64."),
    name: str = typer.Option(help="The portal's name, for people."),
    holder: str = typer.Option(help="The operator who registers it."),
    create: bool = CREATE,
) -> None:
    """Take the signatures of this key from now on; an issuer may have several keys."""
    with refused():
        TypeAdapter(Identifier).validate_python(issuer)
        if issuer == SERVICE:
            raise ValueError(f"{SERVICE!r} is the service itself: rotate its key instead")
        draft = issuer_draft(issuer, name, _read_public(public_key), holder)
        ledger, book = _open(create=create)
        held = book.issuers.get((issuer, draft.subject.rpartition(":")[2]))
        if held is not None and held.ended_at is not None:
            raise ValueError(f"{draft.subject} ended at {held.ended_at}: an ended key is never taken again")
        ((record, fresh),) = ledger.append([draft])
    console.print(f"{'registered' if fresh else 'was registered before:'} {record.subject}")


@issuers_app.command("list")
def list_issuers() -> None:
    """Every key that signs or signed consents, and the day from which it was no longer taken."""
    with refused():
        _, book = _open()
    for _, held in sorted(book.issuers.items()):
        ended = f"ended {held.ended_at[:19]}" if held.ended_at else "in use"
        console.print(
            f"{held.issuer}:{held.key_id} {held.public_key} {held.name}, since {held.registered_at[:19]}, {ended}"
        )


@issuers_app.command("end")
def end_issuer(
    issuer: str = typer.Argument(help="The issuer."),
    holder: str = typer.Option(help="The operator who ends it."),
    reason: str = typer.Option(help="Why."),
    key: str = typer.Option("", help="One of its keys; every one when left out."),
) -> None:
    """Take nothing signed with the issuer's key any more, whenever it was signed; workers follow within a second."""
    with refused():
        ledger, book = _open()
        live = [
            key_id
            for (name, key_id), held in sorted(book.issuers.items())
            if name == issuer and held.ended_at is None and key in ("", key_id)
        ]
        if not live:
            raise ValueError(f"{issuer} has no key {key or 'in use'}; see issuers list")
        ledger.append([ended_draft(issuer, key_id, holder, reason) for key_id in live])
    for key_id in live:
        console.print(f"ended {issuer}:{key_id}")


@issuers_app.command("rotate")
def rotate_service(holder: str = typer.Option(help="The operator who rotates it.")) -> None:
    """Give the service a new key; consents that an earlier one signed stay valid until that key is ended."""
    with refused():
        ledger, _ = _open()
        key_id = rotate_key(ledger, holder)
    console.print(f"the service signs with {SERVICE}:{key_id}; workers follow within a second")


def _open(*, create: bool = False) -> tuple[Ledger, ConsentBook]:
    migrate(ledger_url(), create=create)
    ledger, book = Ledger(ledger_url()), ConsentBook()
    book.refresh(ledger)
    return ledger, book


def _read_public(given: str) -> str:
    path = Path(given)
    if not path.exists():
        return public_key_text(read_public_key(given))
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path.name} holds a key of another kind; allowed: Ed25519")
    return public_key_text(key)
