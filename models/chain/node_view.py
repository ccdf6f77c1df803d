"""What a picture or page shows of each node: firms of both libraries, flags that are raised, scores; in one language.

``scores`` and ``flags`` are the tables of the node scores. A node without a row, or whose status is no_data, has no
figure: nothing here turns a missing figure into 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from math import isfinite
from typing import Any, Literal

import pandas as pd

from data.chain.tree import Chain, Node
from data.codebook import reference_path
from data.texts.sentences import Sentence, read_sentences

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
FLAGS = ("risk", "gap", "potential")  # the most urgent first
# What is shown of the scores, in this order; another score is shown after them under its own key.
SCORES = ("supply", "local_share", "concentration", "rta", "criticality", "growth", "gap", "talent")


@cache
def templates() -> Mapping[str, Sentence]:
    """Every text of the pictures and pages."""
    return read_sentences(reference_path("chain_sentences.csv"))


def say(lang: Language, key: str, **figures: Any) -> str:
    """The text of a key with its figures in one language; raises KeyError for an unknown key or a missing figure."""
    return templates()[key].fill(figures)[lang == "en"]


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one node with its interval; ``value`` None where there are no data, ``n`` in units of ``basis``."""

    key: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    basis: str | None


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of one node.

    raised : None where there are no data; uncertain : the interval of its score holds the threshold
    score : the score that decides; distance : value less threshold, in the unit of the value
    flip_count, flip_unit : the least change that flips it, as 2 local_firms; None where it is not known
    """

    key: str
    raised: bool | None
    uncertain: bool
    score: str | None
    value: float | None
    threshold: float | None
    distance: float | None
    n: int | None
    flip_count: int | None
    flip_unit: str | None


@dataclass(frozen=True)
class NodeView:
    """One node as shown."""

    node: Node
    lang: Language
    scores: dict[str, Score]
    flags: dict[str, Flag]

    @property
    def name(self) -> str:
        """In the language of the view."""
        return self.node.name_zh if self.lang == "zh" else self.node.name_en

    @cached_property
    def raised(self) -> tuple[str, ...]:
        """Its flags that are raised, the most urgent first."""
        return tuple(key for key in FLAGS if key in self.flags and self.flags[key].raised)

    @property
    def marks(self) -> tuple[str, ...]:
        """Marks of its raised flags: filled, or hollow ("risk maybe") where the flag could be the other way."""
        return tuple(f"{key} maybe" if self.flags[key].uncertain else key for key in self.raised)

    @property
    def colour(self) -> str:
        """The class of its name: that of its most urgent flag, of those that could not be the other way."""
        return next((key for key in self.raised if not self.flags[key].uncertain), "ink")

    @property
    def local(self) -> int | None:
        """Firms of the local library at the node; None where there are no data."""
        found = self.scores.get("supply")
        return None if found is None or found.value is None else found.n

    @property
    def world(self) -> int | None:
        """Firms of both libraries at the node; None where there are no data.

        A node without any firm has no local share, and as many firms as its sample, which is none.
        """
        found = self.scores.get("local_share")
        return None if found is None or (found.value is None and self.local is None) else found.n

    @cached_property
    def count(self) -> str:
        """``local/all`` firms, or that there are no data."""
        if self.local is None and self.world is None:
            return say(self.lang, "no_data")
        return f"{'–' if self.local is None else self.local}/{'–' if self.world is None else self.world}"

    @cached_property
    def tip(self) -> str:
        """Name, firms and raised flags with value and threshold, one a line."""
        lines = [self.name]
        if self.local is None and self.world is None:
            lines.append(say(self.lang, "no_data"))
        else:
            lines.append(say(self.lang, "tip.firms", local=figure(self.local), world=figure(self.world)))
        for key in self.raised:
            flag = self.flags[key]
            named = say(self.lang, f"flag.{key}")
            value, threshold = figure(flag.value), figure(flag.threshold)
            lines.append(say(self.lang, "tip.flag", flag=named, value=value, threshold=threshold))
        return "\n".join(lines)


def node_views(
    chain: Chain, scores: pd.DataFrame, flags: pd.DataFrame, lang: Language, as_of: dt.date
) -> dict[str, NodeView]:
    """Every node of the chain by its id, in the chain's order; rows of other chains, days or nodes are left out.

    scores, flags : as the node scores are kept; a table without the column ``as_of`` is of this day; may be empty
    raises : ValueError for an unknown language
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}, allowed: {list(LANGUAGES)}")
    views = {node.id: NodeView(node, lang, {}, {}) for node in chain.nodes}
    for row in _rows(scores, chain.id, as_of):
        if row["node_id"] in views:
            known = row.get("status", "ok") == "ok"
            value, low, high = (_finite(row.get(key)) if known else None for key in ("value", "low", "high"))
            views[row["node_id"]].scores[row["score"]] = Score(
                row["score"], value, low, high, _whole(row.get("n")), _text(row.get("basis"))
            )
    for row in _rows(flags, chain.id, as_of):
        if row["node_id"] in views:
            known = row.get("status", "ok") == "ok" and not pd.isna(row["raised"])
            value, threshold, distance = (_finite(row.get(key)) for key in ("value", "threshold", "distance"))
            views[row["node_id"]].flags[row["flag"]] = Flag(
                row["flag"], bool(row["raised"]) if known else None, known and row.get("uncertain") is True,
                _text(row.get("score")), value, threshold, distance, _whole(row.get("n")),
                _whole(row.get("flip_count")), _text(row.get("flip_unit")),
            )  # fmt: skip
    return views


def figure(value: float | None) -> str:
    """A figure with at most three significant decimals; a dash where there is none."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def _rows(table: pd.DataFrame, chain_id: str, as_of: dt.date) -> list[dict[str, Any]]:
    """The chain's rows of the day."""
    if table.empty:
        return []
    wanted = table["chain_id"] == chain_id
    if "as_of" in table:
        wanted &= pd.to_datetime(table["as_of"]) == pd.Timestamp(as_of)
    return table[wanted].to_dict("records")  # type: ignore[return-value]  # its keys are the columns


def _finite(value: Any) -> float | None:
    """The number, None for one that is missing or not finite."""
    if value is None or pd.isna(value):
        return None
    return float(value) if isfinite(value) else None


def _whole(value: Any) -> int | None:
    found = _finite(value)
    return None if found is None else round(found)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
