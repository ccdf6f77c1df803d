"""``python -m serving checkpoint`` and ``checkpoint-key``: sign the ledger's end, for somebody else to keep."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console

from serving.cli.faults import refused
from serving.ledger.checkpoint import DEFAULT_NAME, KEY_FILE, Signer
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url

console = Console(soft_wrap=True)


def checkpoint_key(
    path: Path = typer.Argument(help="Where the private key goes, with mode 0600; the public one lies beside it."),
    name: str = typer.Option(DEFAULT_NAME, help="The ledger's name: the origin of its checkpoints."),
) -> None:
    """Make the key that signs a ledger's checkpoints, and print its public half: keep that elsewhere."""
    with refused():
        signer = Signer.make(name)
        public = signer.save(path)
    console.print(signer.verifier.text, highlight=False, markup=False)
    console.print(f"{path} (mode 0600), {public}", highlight=False)


def checkpoint(
    key: Path | None = typer.Option(None, help=f"The private key; {KEY_FILE} when left out."),
    out: Path | None = typer.Option(None, help="Where the signed note goes; printed when left out."),
) -> None:
    """Sign how many records the ledger has and the digest of its last one, as a note for keeping outside."""
    with refused():
        if key is None and KEY_FILE not in os.environ:
            raise ValueError(f"--key or {KEY_FILE} names the private key; `checkpoint-key` makes one")
        signer = Signer.load(key or Path(os.environ[KEY_FILE]))
        ledger = Ledger(ledger_url(), reading=True)
        note = signer.sign(*ledger.end())
        ledger.close()
        if out is not None:
            out.write_text(note, encoding="utf-8")
    if out is None:
        typer.echo(note, nl=False)
