"""What is wrong with a page as a person sees it: cut, overlapping, sideways scrolling, another language, raw values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

# Names, codes and units that are written alike in both languages.
SAME_IN_BOTH = frozenset(["Ed25519", "Excel", "Grid", "Noto"])  # and what is in capitals
_LATIN = re.compile(r"[A-Za-z][A-Za-z’'-]*[A-Za-z]")
_CJK = re.compile(r"[㐀-鿿]+")
_RAW = (
    re.compile(r"\b(?:None|NaN|nan|null|undefined|NaT|Infinity|True|False(?! alarms?\b)|\[object Object\])\b"),
    re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"),  # a column or a key of JSON
    re.compile(r"(?<![\w./@-])[a-z]+(?!\.yaml\b)(?:\.[a-z_]+)+(?![\w/])"),  # a key of a sentence, not a file
    re.compile(r"\{[^{}]*\}|\{\"|%\(\w+\)"),  # a placeholder, JSON
    re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d"),  # an instant as machines write it
    re.compile(r"\d\.\d{7,}"),
)

# Visible texts with the language that they are marked with, and what the layout does to them.
FINDINGS = Path(__file__).with_name("findings.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a page: its kind, what is seen and where."""

    kind: str
    text: str
    of: str = ""


def faults_of(found: Mapping[str, Any]) -> list[Fault]:
    """The faults of one page from what ``FINDINGS`` gives; texts of grid cells are data and checked for raw values."""
    lang = "zh" if str(found["lang"]).startswith("zh") else "en"
    faults = [Fault("sideways", f"{found['scroll_width']} px in {found['width']} px", of) for of in found["beyond"]]
    if found["scroll_width"] > found["width"] + 1 and not found["beyond"]:
        faults.append(Fault("sideways", f"{found['scroll_width']} px in {found['width']} px"))
    faults += [Fault("cut in grid" if one["grid"] else "cut", one["text"], one["of"]) for one in found["cut"]]
    faults += [Fault("overlap", f"{one['first']} | {one['second']}", one["of"]) for one in found["overlaps"]]
    for one in found["texts"]:
        faults += [Fault("raw", raw, one["of"]) for raw in raw_values(one["text"])]
        marked = one["lang"][:2]
        if not one["grid"] and marked in ("", lang):
            kind = "English in Chinese" if lang == "zh" else "Chinese in English"
            faults += [Fault(kind, alien, one["of"]) for alien in alien_words(one["text"], lang)]
    return faults + heading_faults(found["headings"])


def alien_words(text: str, lang: str) -> list[str]:
    """Latin words of a Chinese text, without names, codes and units; Chinese characters of an English one."""
    if lang == "en":
        return _CJK.findall(text)
    words = _LATIN.findall(text)
    return [word for word in words if word not in SAME_IN_BOTH and not word.isupper()]


def raw_values(text: str) -> list[str]:
    """What no person should read: missing values of Python, keys, placeholders, JSON, instants and long fractions."""
    if text.startswith(("/v1/", "/console/")):  # the name of a route
        return []
    return [found for pattern in _RAW for found in pattern.findall(text)]


def heading_faults(headings: Iterable[tuple[int, str]]) -> list[Fault]:
    """Exactly one h1, and no level left out on the way down."""
    levels = [(int(level), text) for level, text in headings]
    faults = [] if [level for level, _ in levels].count(1) == 1 else [Fault("headings", f"h1: {levels[:4]}")]
    for (before, _), (level, text) in pairwise(levels):
        if level > before + 1:
            faults.append(Fault("headings", f"h{level} after h{before}", text))
    return faults
