"""What the activities and columns of one office's log mean: a file that the office writes.

YAML with ``activities`` (activity: kind of an event) and ``columns`` (column: what it is), or CSV with the columns
``what`` (activity or column), ``name`` and ``means``.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

from data.approvals.records import EVENT_KINDS, EventKind
from data.ingest.case_logs.rows import FIELDS, NAMED_VALUES

MOST_BYTES = 1_000_000
_SECTIONS = {"activities": EVENT_KINDS, "columns": (*FIELDS, *NAMED_VALUES)}
_WHAT = {"activity": "activities", "column": "columns"}


class MappingError(ValueError):
    """The file of a mapping cannot be used; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class CaseMapping:
    """kinds : activity of the log -> kind of event, ``step`` where it names none; columns : column -> member."""

    kinds: Mapping[str, EventKind] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


def read_mapping(path: Path) -> CaseMapping:
    """Read and check a file; raises MappingError with every fault."""
    if not path.is_file():
        raise MappingError(f"{path} is no file")
    raw = path.read_bytes()
    if len(raw) > MOST_BYTES:
        raise MappingError(f"{path.name} has {len(raw)} bytes, allowed: at most {MOST_BYTES}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise MappingError(f"{path.name} is no UTF-8") from fault
    pairs, faults = _of_csv(text) if path.suffix.lower() == ".csv" else _of_yaml(text)
    faults += [
        f"{section}: {name!r} is {means!r}, allowed: {', '.join(_SECTIONS[section])}"
        for section, name, means in pairs
        if means not in _SECTIONS[section]
    ]
    named = Counter((section, name) for section, name, _ in pairs)
    faults += [f"{section}: {name!r} occurs twice" for (section, name), count in named.items() if count > 1]
    if faults:
        raise MappingError(f"{path.name} breaks its rules:\n  " + "\n  ".join(faults))
    return CaseMapping(
        {name: cast("EventKind", means) for section, name, means in pairs if section == "activities"},
        {name: means for section, name, means in pairs if section == "columns"},
    )


def _of_csv(text: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if set(reader.fieldnames or ()) != {"what", "name", "means"}:
        return [], [f"has the columns {reader.fieldnames}, allowed: what, name, means"]
    rows = [(reader.line_num, row) for row in reader]
    faults = [
        f"line {line}: what is {row['what']!r}, allowed: {', '.join(_WHAT)}"
        for line, row in rows
        if row["what"] not in _WHAT
    ]
    return [(_WHAT[row["what"]], row["name"], row["means"]) for _, row in rows if row["what"] in _WHAT], faults


def _of_yaml(text: str) -> tuple[list[tuple[str, str, str]], list[str]]:
    try:
        root = yaml.compose(
            text, Loader=yaml.SafeLoader
        )  # nodes, not values: a name given twice and "yes" stay as written
    except yaml.YAMLError as fault:
        return [], [f"is no YAML: {fault}"]
    if not isinstance(root, yaml.MappingNode):
        return [], [f"holds no sections, allowed: {', '.join(_SECTIONS)}"]
    pairs, faults = list[tuple[str, str, str]](), list[str]()
    for section, part in root.value:
        if section.value not in _SECTIONS:
            faults.append(f"section {section.value!r} is unknown, allowed: {', '.join(_SECTIONS)}")
        elif not isinstance(part, yaml.MappingNode) or any(
            not isinstance(node, yaml.ScalarNode) for pair in part.value for node in pair
        ):
            faults.append(f"section {section.value!r} is no list of name: meaning")
        else:
            pairs += [(section.value, name.value, means.value) for name, means in part.value]
    return pairs, faults
