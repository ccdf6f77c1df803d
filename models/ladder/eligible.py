"""Which clauses of a tier's rule firms meet on a day: met, not met, unknown, or a matter for a person.

Unknown is never not met. ``needs_person`` is an unknown clause of which every measured fact is known: what is left are
judgements and the points of experts. The whole is met where every clause is, not met where one clause is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from data.ladder.conditions import AnyOf, ByValue, Condition, Scored, Threshold, children, scores, thresholds
from data.ladder.fact_catalogue import Rounding, fact_of, ladder_sentences
from data.ladder.facts import LadderFacts
from data.ladder.rules import Clause, TierRule
from data.texts.figures import Text
from models.ladder.truth import Points, Truth, points, total_points, truth

STATUSES = ("not_met", "met", "unknown", "needs_person")
Statuses = npt.NDArray[np.object_]
Alternative = tuple[int, int]  # which of how many, of which one suffices
ALONE: Alternative = (1, 1)


@dataclass(frozen=True, eq=False)
class ClauseResult:
    """One clause for n firms; ``points`` where it has a score: ends of the total."""

    clause: Clause
    status: Statuses
    truth: Truth
    points: Points | None


@dataclass(frozen=True, eq=False)
class Eligibility:
    """A rule for n firms on a day.

    facts : as known on the day; presupposed : whether the title needed first is held, None where none is
    overall : met, not_met or unknown, (n,)
    """

    rule: TierRule
    on_date: date
    facts: LadderFacts
    clauses: tuple[ClauseResult, ...]
    presupposed: Truth | None
    overall: Statuses

    @property
    def in_force(self) -> bool:
        """Whether the rule is in force on the day; another version may be applied to see what it would give."""
        return self.rule.in_force(self.on_date)

    def row(self, row: int) -> dict[str, Any]:
        """One firm's result as it is sent, with the sentences of every clause in Chinese and English."""
        return {
            "firm_id": self.facts.firm_ids[row],
            "tier": self.rule.key,
            "region": self.rule.region,
            "version": self.rule.version,
            "on_date": self.on_date.isoformat(),
            "in_force": self.in_force,
            "document": self.rule.document,
            "read_on": self.rule.read_on.isoformat(),
            "validity_years": self.rule.validity_years,
            "overall": str(self.overall[row]),
            "presupposes": self.rule.presupposes,
            "presupposed": None if self.presupposed is None else _named(self.presupposed, row),
            "clauses": [_clause_row(one, self.facts, row) for one in self.clauses],
        }


def eligible(facts: LadderFacts, rule: TierRule, on_date: date) -> Eligibility:
    """Every clause of a rule for every firm, with the facts as known on the day."""
    known = facts.at(on_date)
    results = tuple(_result(clause, known) for clause in rule.clauses)
    presupposed = None
    parts = [one.truth for one in results]
    if rule.presupposes is not None:
        presupposed = truth(Threshold(f"holds_{rule.presupposes}", "at_least", 1.0, rule.confidence), known)
        parts.append(presupposed)
    surely = np.logical_and.reduce([one.surely for one in parts])
    possibly = np.logical_and.reduce([one.possibly for one in parts])
    overall = np.select([surely, ~possibly], ["met", "not_met"], default="unknown").astype(object)
    return Eligibility(rule, on_date, known, results, presupposed, overall)


def _result(clause: Clause, facts: LadderFacts) -> ClauseResult:
    met = truth(clause.condition, facts)
    measures = {one.fact for one in thresholds(clause.condition) if fact_of(one.fact).kind == "measured"}
    all_known = np.ones(len(facts), bool)
    for key in measures:
        all_known &= facts.known(key)
    for score in scores(clause.condition):
        if any(one.unread for one in score.indicators):
            all_known &= False
    code = np.select([met.surely, ~met.possibly, all_known], [1, 0, 3], default=2)
    found = next(scores(clause.condition), None)
    return ClauseResult(
        clause,
        np.array(STATUSES, dtype=object)[code],
        met,
        None if found is None else total_points(found, facts),
    )


def _named(found: Truth, row: int, by_person: bool = False) -> str:
    if found.surely[row]:
        return "met"
    if not found.possibly[row]:
        return "not_met"
    return "needs_person" if by_person else "unknown"


def _clause_row(result: ClauseResult, facts: LadderFacts, row: int) -> dict[str, Any]:
    clause = result.clause
    shown = dict.fromkeys(_shown(clause.condition, facts.take([row])))
    tests = [_test_row(one, facts, row, decides, way) for one, decides, way in shown]
    found = next(scores(clause.condition), None)
    sent: dict[str, Any] = {
        "key": clause.key,
        "zh": clause.zh,
        "en": clause.en,
        "status": str(result.status[row]),
        "confidence": clause.confidence,
        "source": clause.source,
        "note": clause.note,
        "tests": tests,
    }
    if found is not None and result.points is not None:
        low, high = float(result.points.low[row]), float(result.points.high[row])
        met = truth(found, facts.take([row]))
        zh, en = _score_text(found, low, high, _named(met, 0))
        sent["score"] = {
            "low": low,
            "high": high,
            "required": {found.way: found.value},
            "text_zh": zh,
            "text_en": en,
            "indicators": list(_indicator_rows(found, facts, row)),
        }
    return sent


def unscored(clause: Clause) -> Iterator[Threshold]:
    """Thresholds of a clause outside its score's bands, each once."""
    banded = {id(one) for score in scores(clause.condition) for one in thresholds(score)}
    seen = set()
    for one in thresholds(clause.condition):
        if id(one) not in banded and one not in seen:
            seen.add(one)
            yield one


def _shown(
    condition: Condition, one_firm: LadderFacts, way: Alternative = ALONE
) -> Iterator[tuple[Threshold, bool, Alternative]]:
    """Thresholds outside scores that matter to one firm, whether each only decides which case applies, and its way.

    Of cases those that are possible: the one that applies, where the facts that decide are known. Of alternatives
    those that are met, where one is.
    """
    if isinstance(condition, Threshold):
        yield condition, False, way
    elif isinstance(condition, ByValue):
        deciding: dict[str, Threshold] = {}
        possible = []
        for branch in condition.branches:
            if branch.when is None:
                possible.append(branch.then)
                break
            deciding[branch.when.fact] = branch.when  # of several on one fact the last that was looked at
            when = truth(branch.when, one_firm)
            if when.possibly[0]:
                possible.append(branch.then)
            if when.surely[0]:
                break
        yield from ((one, True, ALONE) for one in deciding.values())
        for then in possible:
            yield from _shown(then, one_firm, way)
    elif isinstance(condition, AnyOf):
        every = list(children(condition))
        ways = [(at, part) for at, part in enumerate(every, 1) if truth(part, one_firm).surely[0]]
        for at, part in ways or enumerate(every, 1):
            yield from _shown(part, one_firm, (at, len(every)))
    elif not isinstance(condition, Scored):
        for part in children(condition):
            yield from _shown(part, one_firm, way)


def value_text(low: float, high: float, key: str, rounding: Rounding = "near") -> Text:
    """A fact's value, or what is known of it, as a person reads it."""
    fact, sentences = fact_of(key), ladder_sentences()
    if low == high:
        return fact.written(low, rounding)
    if (np.isinf(low) or low <= fact.low) and (np.isinf(high) or high >= fact.high):
        return sentences["value.unknown"].fill({})
    if np.isinf(high):
        return sentences["value.from"].fill({"low": fact.written(low)})
    if np.isinf(low) or low <= fact.low:
        return sentences["value.up_to"].fill({"high": fact.written(high)})
    return sentences["value.range"].fill({"low": fact.written(low), "high": fact.written(high)})


def required_text(condition: Threshold) -> Text:
    """A threshold as a person reads it: yes, no, or at least 3.00%."""
    fact = fact_of(condition.fact)
    if fact.unit == "flag":
        return fact.written(condition.value)
    return ladder_sentences()[f"way.{condition.way}"].fill({"x": fact.written(condition.value)})


def _test_row(
    condition: Threshold, facts: LadderFacts, row: int, decides: bool = False, way: Alternative = ALONE
) -> dict[str, Any]:
    fact = fact_of(condition.fact)
    low, high = (float(end[row]) for end in facts.ends(condition.fact))
    status = _named(truth(condition, facts.take([row])), 0, fact.kind == "judgement")
    day, source = facts.origin(condition.fact, row)
    sentences = ladder_sentences()
    zh, en = sentences["test.case" if decides else "test.flag" if fact.unit == "flag" else "test"].fill(
        {
            "name": (fact.zh, fact.en),
            "value": value_text(low, high, condition.fact, "down" if condition.rises else "up"),
            "required": required_text(condition),
            "status": sentences[f"status.{status}"].fill({}),
        }
    )
    if way != ALONE:
        zh, en = sentences["test.one_of"].fill({"test": (zh, en), "at": way[0], "count": way[1]})
    return {
        "fact": fact.key,
        "unit": fact.unit,
        "way": condition.way,
        "threshold": condition.value,
        "value": low if low == high else None,
        "low": None if np.isinf(low) else low,
        "high": None if np.isinf(high) else high,
        "status": status,
        "decides": decides,
        "alternative": way[0],
        "alternatives": way[1],
        "confidence": condition.confidence,
        "data_date": day,
        "data_source": source,
        "text_zh": zh,
        "text_en": en,
    }


def _score_text(score: Scored, low: float, high: float, status: str) -> Text:
    sentences = ladder_sentences()
    return sentences["score" if low == high else "score.range"].fill(
        {
            "low": low,
            "high": high,
            "required": sentences[f"way.{score.way}"].fill({"x": f"{score.value:g}"}),
            "status": sentences[f"status.{status}"].fill({}),
        }
    )


def _indicator_rows(score: Scored, facts: LadderFacts, row: int) -> Iterator[dict[str, Any]]:
    one_firm = facts.take([row])
    for indicator in score.indicators:
        ends = points(indicator, one_firm)
        yield {
            "key": indicator.key,
            "zh": indicator.zh,
            "en": indicator.en,
            "category": indicator.category,
            "low": float(ends.low[0]),
            "high": float(ends.high[0]),
            "most": indicator.most,
            "confidence": indicator.confidence,
            "unread": indicator.unread,
            "tests": [
                _test_row(one, facts, row) for band in indicator.bands if band.when for one in thresholds(band.when)
            ],
        }
