"""The record of a benchmark that runs in parts: read, added to, written again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer


def cpu_seconds() -> float:
    """Processor time of this process and of those that it started and that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def read_record(out: Path, caveat: str) -> dict[str, Any]:
    """The record so far, an empty one where there is no file; raises typer.BadParameter for another JSON file."""
    if not out.is_file():
        return {"caveat": caveat, "parts": {}, "skipped": {}}
    found = json.loads(out.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not {"parts", "skipped"} <= set(found):
        raise typer.BadParameter(f"{out} is no record of this benchmark: name another file with --out")
    return found


def write_record(out: Path, record: Mapping[str, Any]) -> None:
    """Write the record as JSON; the folder is made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known(record), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    out.write_text(text + "\n", encoding="utf-8")


def known(value: Any) -> Any:
    """The value with None for every number that is none."""
    if isinstance(value, Mapping):
        return {f"{name}": known(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
