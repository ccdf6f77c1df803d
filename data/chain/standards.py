"""Codes of national and international classifications, as facts with their source and date.

GB/T 4754-2017 (classes of economic activity), the International Patent Classification (subclasses), and the paths of
the classification of strategic emerging industries (2018). ``data/reference/standards.csv`` says of each file which
edition it holds, who issued it and when.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from data.codebook import reference_path


@dataclass(frozen=True, slots=True)
class Standard:
    """Where the rows of one file come from; ``as_of`` : the day on which its edition came into force."""

    file: str
    title: str
    issuer: str
    as_of: dt.date
    note: str


@cache
def standards() -> tuple[Standard, ...]:
    """The source of each file of codes, in the order of ``standards.csv``."""
    return tuple(
        Standard(row["file"], row["title"], row["issuer"], dt.date.fromisoformat(row["as_of"]), row["note"])
        for row in _rows("standards.csv")
    )


@cache
def gb4754_classes() -> Mapping[str, str]:
    """Name of each class (four digits) of GB/T 4754-2017, as "3915" -> "信息安全设备制造"."""
    return MappingProxyType({row["code"]: row["name"] for row in _rows("gb4754_2017.csv")})


@cache
def ipc_subclasses() -> Mapping[str, str]:
    """Chinese title of each subclass of the IPC, as "H04N" -> "图像通信，例如电视"."""
    return MappingProxyType({row["code"]: row["title"] for row in _rows("ipc_subclasses.csv")})


@dataclass(frozen=True, slots=True)
class StrategicPath:
    """One path 战略性新兴产业 of the classification of 2018; ``partial`` : only some products of the class belong."""

    path: tuple[str, ...]
    partial: bool


@cache
def strategic_paths() -> Mapping[str, tuple[StrategicPath, ...]]:
    """Paths of each class of GB/T 4754-2017 that belongs to a strategic emerging industry, in whole or in part."""
    found: dict[str, list[StrategicPath]] = {}
    for row in _rows("sei2018.csv"):
        for code in row["gb4754"].split(";"):
            one = StrategicPath(tuple(row["path"].split(">")), code.endswith("*"))
            found.setdefault(code.removesuffix("*"), []).append(one)
    return MappingProxyType({code: tuple(paths) for code, paths in sorted(found.items())})


def _rows(name: str) -> list[dict[str, str]]:
    with reference_path(name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
