"""Values near an edge of a rule, and what a worse audited figure does: a firm at an R&D ratio of 3.02 % is at risk.

A value is near an edge where it differs from the threshold by at most a share of the threshold. The audited figure is
worse by that share of the value; one that is counted goes down (or up) to the next whole number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from data.ladder.conditions import Threshold
from data.ladder.fact_catalogue import fact_of, ladder_sentences
from data.ladder.facts import LadderFacts
from data.texts.figures import Text
from data.texts.sentences import joined
from models.ladder.eligible import Eligibility, eligible

Floats = npt.NDArray[np.float64]
NEAR_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Edge:
    """One firm's value near one threshold, and the result at the audited figure.

    clauses : (key, before, after) of clauses whose status changes; points: (key, low before, low after) of scores
    """

    row: int
    fact: str
    value: float
    threshold: Threshold
    share: float
    audited: float
    overall: tuple[str, str]
    clauses: tuple[tuple[str, str, str], ...]
    points: tuple[tuple[str, float, float], ...]

    def text(self, names: dict[str, Text]) -> Text:
        """The edge in Chinese and English; ``names``: of the rule's clauses."""
        fact, sentences = fact_of(self.fact), ladder_sentences()
        effects = [
            sentences["edge.clause"].fill(
                {
                    "clause": names[key],
                    "before": sentences[f"status.{before}"].fill({}),
                    "after": sentences[f"status.{after}"].fill({}),
                }
            )
            for key, before, after in self.clauses
        ]
        effects += [
            sentences["edge.points"].fill({"before": before, "after": after}) for _, before, after in self.points
        ]
        worse = "down" if self.threshold.rises else "up"
        return sentences["edge"].fill(
            {
                "name": (fact.zh, fact.en),
                "value": fact.written(self.value, "down" if self.threshold.rises else "up"),
                "at": fact.written(self.threshold.value),
                "share": self.share,
                "audited": fact.written(self.audited, "down" if worse == "down" else "up"),
                "effect": joined(*effects) if effects else sentences["edge.none"].fill({}),
            }
        )


def edges(result: Eligibility, share: float = NEAR_SHARE) -> tuple[Edge, ...]:
    """Every value of every firm that is near an edge of the rule, in the order of the rule and of the firms."""
    found: list[Edge] = []
    for threshold in dict.fromkeys(result.rule.thresholds()):
        if fact_of(threshold.fact).unit != "flag" and threshold.value != 0.0:
            found += _near(result, threshold, share)
    return tuple(found)


def edge_rows(result: Eligibility, share: float = NEAR_SHARE) -> list[dict[str, Any]]:
    """The edges as they are sent."""
    names = {one.clause.key: (one.clause.zh, one.clause.en) for one in result.clauses}
    rows = []
    for one in edges(result, share):
        zh, en = one.text(names)
        rows.append(
            {
                "firm_id": result.facts.firm_ids[one.row],
                "fact": one.fact,
                "unit": fact_of(one.fact).unit,
                "value": one.value,
                "way": one.threshold.way,
                "threshold": one.threshold.value,
                "audited": one.audited,
                "overall": list(one.overall),
                "clauses": [list(change) for change in one.clauses],
                "points": [list(change) for change in one.points],
                "text_zh": zh,
                "text_en": en,
            }
        )
    return rows


def audited(threshold: Threshold, values: Floats, share: float) -> Floats:
    """The figures worse by a share, (n,)."""
    worse = values - share * np.abs(values) if threshold.rises else values + share * np.abs(values)
    if fact_of(threshold.fact).whole:
        return np.floor(worse) if threshold.rises else np.ceil(worse)
    return np.asarray(worse)


def _near(result: Eligibility, threshold: Threshold, share: float) -> Iterator[Edge]:
    low, high = result.facts.ends(threshold.fact)
    distance = np.abs(low - threshold.value) <= share * abs(threshold.value) * (1.0 + 1e-12)
    rows = np.flatnonzero((low == high) & distance)
    if not rows.size:
        return
    values = low[rows]
    worse = audited(threshold, values, share)
    after = _with_value(result, rows, threshold.fact, worse)
    for position, row in enumerate(rows):
        clauses, points = [], []
        for old, new in zip(result.clauses, after.clauses, strict=True):
            if old.status[row] != new.status[position]:
                clauses.append((old.clause.key, str(old.status[row]), str(new.status[position])))
            if old.points is not None and new.points is not None and old.points.low[row] != new.points.low[position]:
                points.append((old.clause.key, float(old.points.low[row]), float(new.points.low[position])))
        yield Edge(
            row=int(row),
            fact=threshold.fact,
            value=float(values[position]),
            threshold=threshold,
            share=share,
            audited=float(worse[position]),
            overall=(str(result.overall[row]), str(after.overall[position])),
            clauses=tuple(clauses),
            points=tuple(points),
        )


def _with_value(result: Eligibility, rows: Sequence[int] | npt.NDArray[Any], fact: str, values: Floats) -> Eligibility:
    facts: LadderFacts = result.facts.take(rows).with_facts({fact: (values, values)}, result.on_date, "audited figure")
    return eligible(_undated(facts, result), result.rule, result.on_date)


def _undated(facts: LadderFacts, result: Eligibility) -> LadderFacts:
    """Facts that are as of the day already, so that years and days do not go on twice."""
    day = np.full(facts.day.shape, np.datetime64(result.on_date, "D"))
    return replace(facts, day=day)
