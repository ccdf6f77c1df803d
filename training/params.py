"""params.yaml, read once and typo-proof: every field given, no field extra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from data.yaml_file import read_yaml_file

T = TypeVar("T")


class ParamsError(ValueError):
    """params.yaml and the code disagree about a section."""


def read_section(name: str, kind: type[T], path: Path = Path("params.yaml")) -> T:
    """Build the dataclass ``kind`` from section ``name``; lists become tuples. Raises as ``read_yaml_file``."""
    raw = read_yaml_file(path)
    if name not in raw:
        raise ParamsError(f"{path} has no section {name!r}; it has {sorted(raw)}")
    return build_section(raw[name], name, kind)


def build_section(given: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """Build ``kind`` from one mapping; raises ParamsError with every missing and unknown key, and what is no number."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass
    if set(given) != known:
        missing, unknown = sorted(known - set(given)), sorted(set(given) - known)
        raise ParamsError(f"params.yaml [{name}]: missing {missing}, unknown {unknown}")
    numbers = {field.name for field in fields(kind) if field.type in ("int", "float")}  # type: ignore[arg-type]  # as above
    for key in sorted(numbers):
        if not isinstance(given[key], int | float) or isinstance(given[key], bool):
            raise ParamsError(
                f"params.yaml [{name}] {key}: found {given[key]!r}; allowed: a number (YAML reads 1e6 as a text)"
            )
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})
