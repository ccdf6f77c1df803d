"""The card as a file: YAML that keeps every bit, and what is wrong with one that is no card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml

from data.yaml_file import read_yaml_file

Card = TypeVar("Card")


class CardError(ValueError):
    """A card file is unreadable, incomplete, or was made for another codebook."""


@dataclass(frozen=True)
class Earns:
    """One line of the card: what scoring must know about an indicator."""

    key: str
    dimension: str
    kind: str
    direction: int


def read_card(path: Path, wanted: set[str], made: Callable[..., Card]) -> Card:
    """What is ``made`` of the file's fields; raises CardError naming the file and what is wrong with it."""
    try:
        raw = read_yaml_file(path)
    except (OSError, ValueError, yaml.YAMLError) as fault:
        raise CardError(f"{path.name} cannot be read as a card: {fault}") from fault
    if not isinstance(raw, dict) or set(raw) != wanted:
        found = sorted(raw) if isinstance(raw, dict) else type(raw).__name__
        raise CardError(f"{path.name} is no card: found {found}, a card has {sorted(wanted)}")
    try:
        lines = tuple(Earns(**line) for line in raw.pop("indicators"))
        return made(indicators=lines, knots=tuple(raw.pop("knots")), **raw)
    except (TypeError, AttributeError, KeyError, CardError) as fault:
        raise CardError(f"{path.name} is no card: {fault}") from fault


def write_card(path: Path, fields: Mapping[str, Any]) -> None:
    """Write a card's fields as YAML; floats keep every bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(
        plain(fields), Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True,
        default_flow_style=None, width=110,
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")


def faults(
    indicators: tuple[Earns, ...],
    knots: tuple[float, ...],
    points: Mapping[str, Mapping[str, list[float]]],
    reference: Mapping[str, Any],
) -> list[str]:
    """What is wrong with a card's points, by stage and indicator."""
    problems = [
        f"{stage}.{key}: {text}"
        for stage, rows in points.items()
        for key, line in rows.items()
        for text in _line_faults(line, len(knots))
    ]
    wanted = {item.key for item in indicators}
    problems += [f"{stage}: points for {sorted(set(rows) ^ wanted)}" for stage, rows in points.items()
                 if set(rows) != wanted]  # fmt: skip
    problems += [f"{stage}: no peers to compare with" for stage in points if stage not in reference]
    return problems


def plain(value: object) -> object:
    """Mappings and sequences as the dicts and lists that YAML knows."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _line_faults(points: list[float], knots: int) -> list[str]:
    if len(points) != knots:
        return [f"{len(points)} points for {knots} knots"]
    if not all(np.isfinite(points)) or points[0] < 0:
        return [f"points must be finite and at least 0, got {points[0]:g} first"]
    falls = [position for position, (one, two) in enumerate(pairwise(points)) if two < one]
    return [f"points fall at knot {falls[0] + 1}"] if falls else []
