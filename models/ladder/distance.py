"""How far a firm is from a tier: the cheapest set of changes, what has to be confirmed, what only time brings.

Facts that are unknown are not bought: the gap lists which of them must be confirmed; none of these can be left out.
 A shortcut is never supposed. Points of experts count at their upper end, and the clause is listed for a
person. With the changes made and the facts confirmed, on the day of the last wait, no clause is left not met, and every
clause without points of experts is met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from data.ladder.conditions import Condition, Threshold, scores, thresholds
from data.ladder.fact_catalogue import fact_of, ladder_sentences
from data.ladder.facts import LadderFacts
from data.ladder.rules import Clause, TierRule
from data.money import CNY_PER_WAN
from data.texts.figures import Text
from models.ladder.assumption import meets
from models.ladder.confirmations import beside_changes, by_any_means, without_a_change
from models.ladder.eligible import Eligibility, eligible, required_text
from models.ladder.options import FirmOptions, Option, firm_options, registered
from models.ladder.program import cheapest
from models.ladder.truth import truth

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
        sentences = ladder_sentences()

        def moved(key: str, now: float, to: float) -> dict[str, Any]:
            fact = fact_of(key)
            return {
                "name": (fact.zh, fact.en),
                "now": fact.written(now, "down" if to > now else "up"),
                "to": fact.written(to, "up" if to > now else "down"),
            }

        parts = [
            sentences["change.up" if self.to > self.now else "change.down"].fill(moved(self.fact, self.now, self.to))
        ]
        parts += [sentences["change.also"].fill(moved(key, *ends)) for key, ends in self.also.items()]
        parts.append(sentences["change.years"].fill({"years": self.takes_years}))
        if self.cost_cny is None:
            parts.append(sentences["change.uncosted"].fill({}))
        elif self.cost_cny < CNY_PER_WAN:  # in 10,000 yuan rounded up it would seem to be more
            parts.append(sentences["change.cost_small"].fill({"cost": ceil(round(self.cost_cny, 6))}))
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
        return float(sum(known)) if len(known) == len(self.changes) else None

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
    return gaps(eligible(facts.take([row]), rule, on_date), [0])[0]


@dataclass(frozen=True)
class _Way:
    """What is the same for all firms with the same options."""

    pending: bool
    blocked: tuple[str, ...]
    needs_person: tuple[str, ...]
    costed: bool
    changes: tuple[Change, ...]
    confirm: tuple[Threshold, ...]
    waits: tuple[Threshold, ...]


def gaps(result: Eligibility, rows: Sequence[int]) -> list[TierGap]:
    """The gaps of some firms of a result; firms with the same options share the work."""
    alike = _alike(result)
    known_ways: dict[object, _Way] = {}
    found = []
    for row in rows:
        same = alike[row].tobytes()
        way = known_ways.get(same)
        if way is None:
            pending, firm = _pending(result, row)
            options = [one for group in firm.changes.values() for one in group]
            costs = [(one.cost_cny, *((key, firm.known[key], to) for key, to in one.values.items())) for one in options]
            way = known_ways.get((same, *costs)) or _way(pending, firm)
            known_ways[(same, *costs) if way.changes else same] = way
        found.append(_gap(result, row, way))
    return found


def without_change(result: Eligibility, rows: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Which of some firms reach the tier by confirmations and time alone, in the order of ``rows``."""
    alike = _alike(result)
    found: dict[bytes, bool] = {}
    for row in rows:
        if (same := alike[row].tobytes()) not in found:
            pending, firm = _pending(result, row)
            found[same] = all(meets(one.condition, firm.known, without_a_change(firm)) for one in pending)
    return np.array([found[alike[row].tobytes()] for row in rows], dtype=bool)


def _pending(result: Eligibility, row: int) -> tuple[list[Clause], FirmOptions]:
    """The clauses that one firm does not surely meet, and its options for them."""
    pending = [one.clause for one in result.clauses if not one.truth.surely[row]]
    wanted = [test for one in pending for test in thresholds(one.condition)]
    given = [score.given for one in pending for score in scores(one.condition) if score.given is not None]
    return pending, firm_options(result.facts, row, wanted, given)


def _alike(result: Eligibility) -> npt.NDArray[np.uint8]:
    """What is known of every threshold of the rule, (n, thresholds): firms of equal rows have the same options."""
    columns = []
    for one in dict.fromkeys(result.rule.thresholds()):
        found, (low, high) = truth(one, result.facts), result.facts.ends(one.fact)
        least_known = registered(fact_of(one.fact), low, high)
        columns.append(found.surely + 2 * found.possibly + 4 * least_known)
    given = {score.given for one in result.clauses for score in scores(one.clause.condition)} - {None}
    columns += [result.facts.known(key).astype(int) for key in sorted(key for key in given if key is not None)]
    return np.stack(columns, axis=1).astype(np.uint8)


def _way(pending: Sequence[Clause], firm: FirmOptions) -> _Way:
    blocked = [one.key for one in pending if not meets(one.condition, firm.known, by_any_means(firm))]
    conditions = [one.condition for one in pending if one.key not in blocked]
    costed = all(one.cost_cny is not None for group in firm.changes.values() for one in group)
    changes = cheapest(conditions, firm, without_a_change(firm), count_changes=not costed)
    if changes is None:  # each clause has a way of its own, but not all together
        blocked, conditions, changes = [one.key for one in pending], [], ()
    confirm, waits = beside_changes(conditions, firm, changes)
    return _Way(
        pending=bool(pending),
        blocked=tuple(blocked),
        needs_person=tuple(one.key for one in pending if _for_person(one.condition, firm)),
        costed=costed or not changes,
        changes=tuple(_change(one, firm) for one in sorted(changes, key=lambda one: one.key)),
        confirm=confirm,
        waits=waits,
    )


def _gap(result: Eligibility, row: int, way: _Way) -> TierGap:
    presupposed = result.presupposed is None or bool(result.presupposed.surely[row])
    return TierGap(
        firm_id=result.facts.firm_ids[row],
        tier=result.rule.key,
        version=result.rule.version,
        on_date=result.on_date,
        status="blocked" if way.blocked else ("reachable" if way.pending else "reached"),
        objective="cost_cny" if way.costed else "changes",
        changes=way.changes,
        confirm=way.confirm,
        waits=tuple((one, _day(one, result.facts, row, result.on_date)) for one in way.waits),
        needs_person=way.needs_person,
        blocked_by=way.blocked,
        first=None if presupposed else result.rule.presupposes,
    )


def _change(option: Option, firm: FirmOptions) -> Change:
    fact = fact_of(option.fact)
    to = option.values[option.fact]
    low, high = firm.known[option.fact]
    now = low if to > low else high
    also = {key: (firm.known[key][0], value) for key, value in option.values.items() if key != option.fact}
    return Change(option.fact, fact.unit, now, to, also, option.cost_cny, option.takes_years)


def _day(threshold: Threshold, facts: LadderFacts, row: int, on_date: date) -> date:
    """The first day on which a fact that grows with time may meet a threshold."""
    days = (threshold.value - float(facts.ends(threshold.fact)[1][row])) / fact_of(threshold.fact).per_day
    return on_date + timedelta(days=max(ceil(round(days, 6)), 0))


def _for_person(condition: Condition, firm: FirmOptions) -> bool:
    """Whether experts give points, or a judgement is still open."""
    read = [one for score in scores(condition) for one in score.indicators if not one.unread]
    experts = any(band.low < band.high for one in read for band in one.bands)
    facts = {one.fact for one in thresholds(condition) if fact_of(one.fact).kind == "judgement"}
    return experts or any(firm.known[key][0] < firm.known[key][1] for key in facts)


def _texts(text: Text) -> dict[str, str]:
    return {"text_zh": text[0], "text_en": text[1]}


def _threshold_row(threshold: Threshold) -> dict[str, Any]:
    unit = fact_of(threshold.fact).unit
    return {"fact": threshold.fact, "unit": unit, "way": threshold.way, "threshold": threshold.value}


def _confirm_text(threshold: Threshold) -> Text:
    fact = fact_of(threshold.fact)
    key = "confirm.flag" if fact.unit == "flag" else "confirm"
    return ladder_sentences()[key].fill({"name": (fact.zh, fact.en), "required": required_text(threshold)})


def _wait_text(threshold: Threshold, day: date) -> Text:
    fact = fact_of(threshold.fact)
    figures = {"name": (fact.zh, fact.en), "day": day, "to": fact.written(threshold.value)}
    return ladder_sentences()["wait"].fill(figures)
