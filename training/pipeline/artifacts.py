"""Where the pipeline's files lie, and how its figures are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console

RAW, TRUTH = Path("data/raw/synthetic"), Path("data/raw/truth")
ARTIFACTS = Path("artifacts")
CAVEAT = "Synthetic labels: these figures measure the generator, not the world."

console = Console()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Sorted keys and a closing newline, so equal figures are equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def stop(fault: Exception) -> NoReturn:
    """End a command with status 1 and one sentence instead of a traceback."""
    typer.echo(
        f"{fault.strerror}: {fault.filename}" if isinstance(fault, OSError) and fault.filename else f"{fault}", err=True
    )
    raise typer.Exit(1) from fault
