"""Numbers are code: the figures in both READMEs are written here, from run records, and nowhere by hand.

A block stands between ``<!-- figures:NAME -->`` and ``<!-- /figures -->``; the same NAME in both languages
holds the same figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"(<!-- figures:(?P<name>[a-z-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)
Record = Mapping[str, Any]


class RecordMissingError(FileNotFoundError):
    """A README block asks for figures whose run has not been made."""


def fill(text: str, records: Mapping[str, Record]) -> str:
    """Replace every figures block of one README; raises KeyError with the blocks that no record fills."""
    asked = [match["name"] for match in _BLOCK.finditer(text)]
    unknown = sorted(set(asked) - set(TABLES))
    if unknown:
        raise KeyError(f"README asks for figures {unknown}; there are {sorted(TABLES)}")
    return _BLOCK.sub(lambda match: match[1] + TABLES[match["name"]](records) + match[3], text)


def read_records(root: Path = Path()) -> dict[str, Record]:
    """The run records that the READMEs quote, by name."""
    places = {
        "synthetic": root / "artifacts/synthetic/metrics.json",
        "points": root / "artifacts/points/metrics.json",
        "risk": root / "artifacts/risk/metrics.json",
        "quota": root / "artifacts/quota/metrics.json",
        "decisions": root / "artifacts/decisions/metrics.json",
        "real-invoices": root / "experiments/0001-real-invoices/results/metrics.json",
    }
    absent = [str(path) for path in places.values() if not path.is_file()]
    if absent:
        raise RecordMissingError(f"no record at {absent}; run `make run` first")
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in places.items()}


def flatten(record: Record, prefix: str = "") -> dict[str, float | str]:
    """Nested figures as dotted names, in file order."""
    flat: dict[str, float | str] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{name}.")
        elif isinstance(value, list):
            flat[name] = ", ".join(_figure(item) for item in value)
        else:
            flat[name] = value
    return flat


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(name: str) -> Callable[[Mapping[str, Record]], str]:
    def render(records: Mapping[str, Record]) -> str:
        rows = flatten(records[name])
        caveat = rows.pop("caveat", None)
        lines = ["", "| figure | value |", "|---|---|"]
        lines += [f"| {key} | {_figure(value)} |" for key, value in rows.items()]
        return "\n".join(lines) + (f"\n\n*{caveat}*" if caveat else "") + "\n\n"

    return render


TABLES: Mapping[str, Callable[[Mapping[str, Record]], str]] = {
    name: _table(name) for name in ("synthetic", "points", "risk", "quota", "decisions", "real-invoices")
}
