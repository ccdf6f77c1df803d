"""What is missing or wrong ends a command with one message and a status that is not 0, never with a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from serving.ledger_store import LedgerError
from serving.problems import ProblemError


@contextmanager
def refused() -> Iterator[None]:
    """Turn the faults of what was typed, of files and of the ledger into one message."""
    try:
        yield
    except ProblemError as fault:
        told = "; ".join(f"{item.where}: {item.found}, allowed: {item.allowed}" for item in fault.faults)
        raise typer.BadParameter(f"{fault.kind.title}: {told or fault.detail}") from fault
    except (ValueError, LookupError, OSError, LedgerError) as fault:
        raise typer.BadParameter(str(fault) or type(fault).__name__) from fault
