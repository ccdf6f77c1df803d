"""How far a firm is from a tier: the cheapest set of changes, what has to be confirmed, what only time brings.

Facts that are unknown are not bought: the gap lists which of them must be confirmed, at the least value that is needed.
A shortcut is never supposed. Points of experts count at their upper end, and the clause is listed for a person. With the
changes made and the facts confirmed on the day of the last wait, no clause is left not met, and every clause without
points of experts is met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any, Literal

import numpy as np

from data.ladder.conditions import AllOf, AnyOf, Cases, Condition, Scored, Threshold, scores, thresholds
from data.ladder.fact_catalogue import ladder_sentences, read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rules import TierRule
from data.texts.figures import Text
from data.texts.sentences import joined
from models.ladder.eligible import Eligibility, eligible, required_text, value_text
from models.ladder.options import CNY_PER_WAN, FirmOptions, Option, firm_options
from models.ladder.program import Program, applying, solve

GapStatus = Literal["reached", "reachable", "blocked"]


@dataclass(frozen=True, slots=True)
class Change:
    """One fact moved, in its unit; ``also`` what moves with it; ``cost_cny`` None where a size it needs is unknown."""

    fact: str
    unit: str
    now: float
    to: float
    also: Mapping[str, tuple[float, float]]
    cost_cny: float | None
    takes_years: float

    @property
    def text(self) -> Text:
        """The change in Chinese and English."""
        sentences, catalogue = ladder_sentences(), read_fact_catalogue()

        def moved(key: str, now: float, to: float) -> dict[str, Any]:
            fact = catalogue[key]
            return {"name": (fact.zh, fact.en), "now": fact.written(now), "to": fact.written(to, "up" if to > now else "down")}

        parts = [sentences["change.up" if self.to > self.now else "change.down"].fill(moved(self.fact, self.now, self.to))]
        parts += [sentences["change.also"].fill(moved(key, *ends)) for key, ends in self.also.items()]
        parts.append(sentences["change.years"].fill({"years": self.takes_years}))
        if self.cost_cny is None:
            parts.append(sentences["change.uncosted"].fill({}))
        else:
            parts.append(sentences["change.cost"].fill({"cost": self.cost_cny / CNY_PER_WAN}))
        return "".join(zh for zh, _ in parts), "".join(en for _, en in parts)


@dataclass(frozen=True, slots=True)
class TierGap:
    """The way of one firm to one tier.

    objective : ``cost_cny``, or ``changes`` where a size that a cost needs is unknown and changes are counted instead
    confirm : unknown facts with the threshold that they have to meet; ``waits``: thresholds with their earliest day
    needs_person : clauses with judgements or points of experts; ``blocked_by``: clauses that no change meets
    first : key of the tier whose title is needed first and is not surely held
    """

    firm_id: str
    tier: str
    version: str
    on_date: date
    status: GapStatus
    objective: Literal["cost_cny", "changes"]
    changes: tuple[Change, ...]
    confirm: tuple[Threshold, ...]
    waits: tuple[tuple[Threshold, date], ...]
    needs_person: tuple[str, ...]
    blocked_by: tuple[str, ...]
    first: str | None

    @property
    def cost_cny(self) -> float | None:
        """The sum of the costs, None where one is unknown."""
        known = [one.cost_cny for one in self.changes if one.cost_cny is not None]
        return sum(known) if len(known) == len(self.changes) else None

    @property
    def earliest(self) -> date:
        """The first day on which changes and waits may all be done."""
        years = max([one.takes_years for one in self.changes], default=0.0)
        return max([self.on_date + timedelta(days=ceil(years * 365.25)), *(day for _, day in self.waits)])

    def as_dict(self) -> dict[str, Any]:
        """The gap as it is sent, with its sentences."""
        return {
            "firm_id": self.firm_id,
            "tier": self.tier,
            "version": self.version,
            "on_date": self.on_date.isoformat(),
            "status": self.status,
            "objective": self.objective,
            "cost_cny": self.cost_cny,
            "earliest": self.earliest.isoformat(),
            "changes": [
                {
                    "fact": one.fact,
                    "unit": one.unit,
                    "now": one.now,
                    "to": one.to,
                    "also": {key: list(ends) for key, ends in one.also.items()},
                    "cost_cny": one.cost_cny,
                    "takes_years": one.takes_years,
                }
                | _texts(one.text)
                for one in self.changes
            ],
            "confirm": [_threshold_row(one) | _texts(_confirm_text(one)) for one in self.confirm],
            "waits": [
                _threshold_row(one) | {"day": day.isoformat()} | _texts(_wait_text(one, day)) for one, day in self.waits
            ],
            "needs_person": list(self.needs_person),
            "blocked_by": list(self.blocked_by),
            "first": self.first,
        }


def distance(facts: LadderFacts, rule: TierRule, on_date: date, row: int = 0) -> TierGap:
    """The cheapest way of one firm to a tier on a day, exact among the options of ``models/ladder/options.py``."""
    return gap_of(eligible(facts.take([row]), rule, on_date), 0)


def gap_of(result: Eligibility, row: int) -> TierGap:
    """The gap of one firm whose clauses are known already."""
    rule = result.rule
    pending = [one for one in result.clauses if not one.truth.surely[row]]
    wanted = [test for one in pending for test in thresholds(one.clause.condition)]
    firm = firm_options(result.facts, row, wanted)
    blocked = [one.clause.key for one in pending if not _reachable(one.clause.condition, firm)]
    conditions = [one.clause.condition for one in pending if one.clause.key not in blocked]
    costed = all(one.cost_cny is not None for group in firm.groups.values() for one in group)
    program = solve(conditions, firm, count_changes=not costed) if conditions else Program(firm)
    if program is None:  # each clause has a way of its own, but not all together
        blocked, program = [one.clause.key for one in pending], Program(firm)
    chosen = sorted(program.options.values(), key=lambda one: one.key)
    waits = sorted(program.waits.values(), key=lambda one: (one.fact, one.value))
    status: GapStatus = "blocked" if blocked else ("reachable" if pending else "reached")
    return TierGap(
        firm_id=result.facts.firm_ids[row],
        tier=rule.key,
        version=rule.version,
        on_date=result.on_date,
        status=status,
        objective="cost_cny" if costed else "changes",
        changes=tuple(_change(one, firm) for one in chosen if not one.confirm),
        confirm=tuple(_confirmed(one, wanted) for one in chosen if one.confirm),
        waits=tuple((one, _day(one, result)) for one in _last(waits)),
        needs_person=tuple(one.clause.key for one in pending if _for_person(one.clause.condition, firm)),
        blocked_by=tuple(blocked),
        first=None if result.presupposed is None or result.presupposed.surely[row] else rule.presupposes,
    )


def after_gap(facts: LadderFacts, gap: TierGap, row: int = 0) -> tuple[LadderFacts, date]:
    """One firm's facts with the changes made and the unknown confirmed, and the day on which the waits are over."""
    firm = facts.take([row])
    known = firm.at(gap.on_date)
    values: dict[str, float] = {one.fact: one.to for one in gap.changes}
    values |= {key: ends[1] for one in gap.changes for key, ends in one.also.items()}
    values |= {one.fact: _met_at(one) for one in gap.confirm}
    day = max([gap.on_date, *(day for _, day in gap.waits)])
    ends = {key: (np.array([value]), np.array([value])) for key, value in values.items()}
    waiting = {one.fact: known.ends(one.fact)[1] for one, _ in gap.waits}
    ends |= {key: (high, high) for key, high in waiting.items()}
    return firm.with_facts(ends, gap.on_date, "gap"), day


def _reachable(condition: Condition, firm: FirmOptions, shortcut: bool = False, scored: bool = False) -> bool:
    """Whether a condition can be met with every option at once."""
    if isinstance(condition, Threshold):
        low, high = firm.known[condition.fact]
        enabling = [one for one in firm.enabling(condition) if not (shortcut and one.confirm)]
        time = read_fact_catalogue()[condition.fact].grows and condition.rises and not (shortcut or scored)
        return firm.surely(condition) or bool(enabling) or (time and high < np.inf)
    if isinstance(condition, AllOf):
        return all(_reachable(part, firm, shortcut, scored) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(_reachable(part, firm, shortcut, scored) for part in condition.parts) or any(
            _reachable(part, firm, True, scored) for part in condition.shortcuts
        )
    if isinstance(condition, Cases):
        return all(_reachable(part, firm, shortcut, scored) for part in applying(condition, firm))
    return _points_reachable(condition, firm, shortcut)


def _points_reachable(score: Scored, firm: FirmOptions, shortcut: bool) -> bool:
    total = 0.0
    for category in score.categories:
        best = 0.0
        for one in score.indicators:
            if one.category == category.key and not one.unread:
                best += max(
                    (
                        band.high
                        for band in one.bands
                        if band.when is None or _reachable(band.when, firm, shortcut, True)
                    ),
                    default=0.0,
                )
        best = min(best, category.most)
        if category.way is not None and not Threshold("", category.way, category.value, 1.0).holds(best):
            return False
        total += best
    return Threshold("", score.way, score.value, 1.0).holds(total)


def _change(option: Option, firm: FirmOptions) -> Change:
    fact = read_fact_catalogue()[option.fact]
    to = option.values[option.fact]
    low, high = firm.known[option.fact]
    now = low if to > low else high
    also = {key: (firm.known[key][0], value) for key, value in option.values.items() if key != option.fact}
    return Change(option.fact, fact.unit, now, to, also, option.cost_cny, option.takes_years)


def _confirmed(option: Option, wanted: Sequence[Threshold]) -> Threshold:
    """The threshold that the confirmed value meets; of several, the one that asks most."""
    value = option.values[option.fact]
    met = [one for one in wanted if one.fact == option.fact and one.holds(value)]
    return min(met, key=lambda one: abs(one.value - value))


def _met_at(threshold: Threshold) -> float:
    """The least value that meets a confirmed threshold."""
    fact = read_fact_catalogue()[threshold.fact]
    grain = 0.0 if threshold.way in ("at_least", "at_most") else (1.0 if fact.whole else 1e-4)
    return threshold.value + (grain if threshold.rises else -grain)


def _last(waits: Sequence[Threshold]) -> list[Threshold]:
    """Of the waits for one fact, the longest."""
    return list({one.fact: one for one in waits}.values())


def _day(threshold: Threshold, result: Eligibility) -> date:
    """The first day on which a fact that grows with time may meet a threshold."""
    fact = read_fact_catalogue()[threshold.fact]
    high = float(result.facts.ends(threshold.fact)[1].max())
    days = (threshold.value - high) / fact.per_day
    return result.on_date + timedelta(days=max(ceil(round(days, 6)), 0))


def _for_person(condition: Condition, firm: FirmOptions) -> bool:
    """Whether experts give points, or a judgement is still open."""
    catalogue = read_fact_catalogue()
    read = [one for score in scores(condition) for one in score.indicators if not one.unread]
    experts = any(band.low < band.high for one in read for band in one.bands)
    facts = {one.fact for one in thresholds(condition) if catalogue[one.fact].kind == "judgement"}
    return experts or any(firm.known[key][0] < firm.known[key][1] for key in facts)


def _texts(text: Text) -> dict[str, str]:
    return {"text_zh": text[0], "text_en": text[1]}


def _threshold_row(threshold: Threshold) -> dict[str, Any]:
    unit = read_fact_catalogue()[threshold.fact].unit
    return {"fact": threshold.fact, "unit": unit, "way": threshold.way, "threshold": threshold.value}


def _confirm_text(threshold: Threshold) -> Text:
    fact = read_fact_catalogue()[threshold.fact]
    return ladder_sentences()["confirm"].fill({"name": (fact.zh, fact.en), "required": required_text(threshold)})


def _wait_text(threshold: Threshold, day: date) -> Text:
    fact = read_fact_catalogue()[threshold.fact]
    figures = {"name": (fact.zh, fact.en), "day": day, "to": fact.written(threshold.value)}
    return ladder_sentences()["wait"].fill(figures)
