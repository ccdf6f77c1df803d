"""What is missing or wrong ends a command with one message and a status that is not 0, never with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from data.events import EventStoreError
from serving.auth.access import UnknownKeyError
from serving.contract.refusals import Refusal
from serving.ledger.store import LedgerError


@contextmanager
def refused() -> Iterator[None]:
    """Turn the faults of what was typed, of files, of the ledger and of the event store into one message.

    The exit status is 1 for a key that there is not, and 2 for everything else.
    """
    try:
        yield
    except UnknownKeyError as fault:
        typer.echo(f"Error: {fault}", err=True)
        raise typer.Exit(1) from fault
    except Refusal as fault:
        faults = "; ".join(f"{item.where}: {item.found}, allowed: {item.texts[1]}" for item in fault.faults)
        raise typer.BadParameter(f"{fault.title[1]}: {faults or fault.text[1]}") from fault
    except (ValueError, LookupError, OSError, LedgerError, EventStoreError) as fault:
        raise typer.BadParameter(str(fault) or type(fault).__name__) from fault
