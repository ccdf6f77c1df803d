"""Codes of national and international classifications, as facts with their source and date.

GB/T 4754-2017 (classes of economic activity), the International Patent Classification (subclasses), and the paths of
the classification of strategic emerging industries (2018). ``data/reference/standards.csv`` says of each file which
edition it holds, who issued it and when, ``ipc_title_sources.csv`` where the titles are from that the table of Chinese
titles lacks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from data.codebook import read_rows, reference_path

_LIST = re.compile(r"[;|、]")
_IPC = re.compile(r"[A-H]\d{2}[A-Z](?:\d{1,4}/\d{2,6})?")


@cache
def gb4754_classes() -> Mapping[str, str]:
    """Name of each class (four digits) of GB/T 4754-2017, as "3915" -> "信息安全设备制造"."""
    return MappingProxyType({row["code"]: row["name"] for row in read_rows(reference_path("gb4754_2017.csv"))})


@cache
def ipc_subclasses() -> Mapping[str, str]:
    """Chinese title of each subclass of the IPC, as "H04N" -> "图像通信，例如电视"."""
    return MappingProxyType({row["code"]: row["title"] for row in read_rows(reference_path("ipc_subclasses.csv"))})


@dataclass(frozen=True, slots=True)
class StrategicPath:
    """One path 战略性新兴产业 of the classification of 2018; ``partial`` : only some products of the class belong."""

    path: tuple[str, ...]
    partial: bool


@cache
def strategic_paths() -> Mapping[str, tuple[StrategicPath, ...]]:
    """Paths of each class of GB/T 4754-2017 that belongs to a strategic emerging industry, in whole or in part."""
    found: dict[str, list[StrategicPath]] = {}
    for row in read_rows(reference_path("sei2018.csv")):
        for code in row["gb4754"].split(";"):
            one = StrategicPath(tuple(row["path"].split(">")), code.endswith("*"))
            found.setdefault(code.removesuffix("*"), []).append(one)
    return MappingProxyType({code: tuple(paths) for code, paths in sorted(found.items())})


class StandardError(ValueError):
    """A code is in no edition that is kept here; the message names what was found and what is allowed."""


def normal_ipc(text: str) -> str:
    """Codes of the IPC joined by ";", as "G06V 10/40 ; h04n" -> "G06V10/40;H04N"; subclasses alone are allowed.

    raises : StandardError for another form or an unknown subclass
    """
    codes = []
    for part in _LIST.split(unicodedata.normalize("NFKC", text)):
        code = re.sub(r"\s+", "", part).upper()
        if not _IPC.fullmatch(code) or code[:4] not in ipc_subclasses():
            raise StandardError(f"IPC code {part.strip()!r:.40} is unknown; allowed: as G06V10/40 or G06V, joined by ;")
        codes.append(code)
    return ";".join(dict.fromkeys(codes))


def normal_gb4754(text: str) -> str:
    """A class of GB/T 4754-2017, or the two or three digits of a division or group, without the section's letter.

    raises : StandardError for an unknown code
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    digits = code[1:] if code[:1].isalpha() else code
    if not re.fullmatch(r"\d{2,4}", digits) or digits not in _gb4754_codes():
        raise StandardError(f"GB/T 4754 code {text!r:.40} is unknown; allowed: as 3915 or I6513")
    return digits


@cache
def _gb4754_codes() -> frozenset[str]:
    return frozenset(code[:digits] for code in gb4754_classes() for digits in (2, 3, 4))
