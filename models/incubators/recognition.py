"""Which rules of recognition an incubator meets, and the way to the next level.

The rules are files of ``data/reference/incubators/recognition``, applied by ``models/ladder/eligible.py``; the way is
that of ``models/ladder/distance.py``, repeated until every ratio is met that the changes themselves have moved: more
tenant firms ask for more mentors.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from data.incubators.fields import RegistryError
from data.incubators.figures import areas
from data.incubators.registry import Registry
from data.ladder.facts import LadderFacts
from data.ladder.rules import RuleBook, TierRule, read_rules
from models.incubators.facts import incubator_facts
from models.incubators.statistics import on_day
from models.ladder.distance import Change, TierGap, distance
from models.ladder.edges import edge_rows
from models.ladder.eligible import eligible
from models.ladder.options import read_change_costs

TIERS: Mapping[str, tuple[str, ...]] = {  # by kind, lowest first; the other kinds have no rule at hand
    "incubator": ("regional_incubator", "national_incubator"),
    "makerspace": ("national_makerspace",),
}
_ROUNDS = 20  # each raises an amount; three are the most that the rules at hand need


@cache
def recognition_rules() -> RuleBook:
    """Every rule of recognition."""
    return read_rules(subject="incubator")


def recognition_tiers() -> list[str]:
    """Every tier that there are rules of."""
    return [one.key for one in recognition_rules().tiers]


def recognition_regions() -> list[str]:
    """Every region that makes rules of its own."""
    return sorted({one.region for one in recognition_rules().rules if one.region})


def rule_of(tier: str, on: dt.date, region: str | None) -> TierRule | None:
    """The tier's rule on a day, of the region where the tier has one; None where no version is known."""
    book = recognition_rules()
    own = region if region in book.regions(tier) else None
    if own is None and None not in book.regions(tier):
        return None
    return next((rule for rule in book.versions(tier, own) if rule.in_force(on)), None)


def recognise(
    registry: Registry, incubator_id: str, on: dt.date, tier: str | None = None, region: str | None = None
) -> dict[str, Any]:
    """One incubator by the rules of its kind, or by one: each clause, values near an edge, the way there.

    region : of the rules, that of the incubator where left out
    raises : RegistryError for an unknown incubator, tier or region
    """
    rows = on_day(registry, on)
    if incubator_id not in rows.index:
        raise RegistryError(f"no incubator {incubator_id!r} on {on}")
    one = rows.loc[incubator_id]
    if tier is not None and tier not in recognition_tiers():
        raise RegistryError(f"no tier {tier!r}; there are {recognition_tiers()}")
    if region is not None and region not in recognition_regions():
        raise RegistryError(f"no rules of region {region!r}; there are {recognition_regions()}")
    of = region or rules_region(str(one["region"]))
    facts = incubator_facts(registry, on)
    facts = facts.take([facts.firm_ids.index(incubator_id)])
    answers = []
    for key in (tier,) if tier else TIERS.get(str(one["kind"]), ()):
        rule = rule_of(key, on, of)
        if rule is not None:
            result = eligible(facts, rule, on)
            sent = result.row(0) | {"near_edges": edge_rows(result), "way": way(facts, rule, on).as_dict()}
            answers.append(_named(sent, incubator_id))
    return {
        "incubator_id": incubator_id,
        "on_date": on.isoformat(),
        "kind": str(one["kind"]),
        "level": str(one["level"]),
        "region": str(one["region"]),
        "rules_of": of,
        "synthetic": bool(one["synthetic"]),
        "rules": answers,
    }


def recognition_table(registry: Registry, on: dt.date, *, ways: bool = False) -> pd.DataFrame:
    """One row an incubator and tier of its kind.

    Columns: incubator_id, kind, level, region, tier, rules_of (region of the rule, "" for the country), version, held
    (its title), overall, clauses_met, clauses_not_met, clauses_open, not_met (keys joined by ";"); with ``ways``, of
    those that do not hold the title: status, cost_cny, changes (number), blocked_by
    """
    rows, facts, found = on_day(registry, on), incubator_facts(registry, on), []
    of = rows["region"].map(lambda one: rules_region(str(one)))
    for kind, tiers in TIERS.items():
        for tier in tiers:
            for region in of[rows["kind"] == kind].unique():
                rule = rule_of(tier, on, region)
                if rule is not None:
                    chosen = np.flatnonzero((rows["kind"] == kind) & (of == region))
                    found += _rows(facts.take(chosen), rows.iloc[chosen], rule, on, ways)
    columns = [*_COLUMNS, *(_WAY if ways else ())]
    return pd.DataFrame(found, columns=columns).sort_values(["incubator_id", "tier"], ignore_index=True)


_COLUMNS = (
    "incubator_id", "kind", "level", "region", "tier", "rules_of", "version", "held", "overall", "clauses_met",
    "clauses_not_met", "clauses_open", "not_met",
)  # fmt: skip
_WAY = ("status", "cost_cny", "changes", "blocked_by")


def rules_region(region: str) -> str:
    """The region whose rules hold in an area; "" where none is known."""
    return areas()[region].rules if region in areas() else ""


def way(facts: LadderFacts, rule: TierRule, on: dt.date) -> TierGap:
    """The way of the first incubator of the facts to a tier, with every ratio met after the changes.

    Every amount only rises, and each is the least that its conditions allow beside the others.
    """
    first = gap = distance(facts, rule, on)
    made: dict[str, Change] = {}
    for _ in range(_ROUNDS):
        if not gap.changes:
            break
        for one in gap.changes:
            made[one.fact] = _merged(made.get(one.fact), one)
        gap = distance(changed(facts, on, made.values()), rule, on)
    if gap.changes or gap.status == "blocked":
        return replace(first, status="blocked", blocked_by=first.blocked_by or gap.blocked_by)
    return replace(first, changes=tuple(_with_ratios(facts, on, made, one) for _, one in sorted(made.items())))


def changed(facts: LadderFacts, on: dt.date, changes: Iterable[Change]) -> LadderFacts:
    """The first incubator's facts with the changes made, and every ratio that they move computed again."""
    values = {one.fact: one.to for one in changes}
    known = facts.take([0]).at(on)
    for entry in read_change_costs(subject="incubator").values():
        if entry.moves is not None and {entry.fact, entry.moves[1]} & set(values):
            amount, below = (_point(known, values, key) for key in (entry.fact, entry.moves[1]))
            if amount is not None and below:
                values[entry.moves[0]] = entry.per * amount / below
    ends = {key: (np.array([value]), np.array([value])) for key, value in values.items()}
    return facts.take([0]).with_facts(ends, on, "change")


def _point(known: LadderFacts, values: Mapping[str, float], key: str) -> float | None:
    if key in values:
        return values[key]
    low, high = known.ends(key)
    return float(low[0]) if low[0] == high[0] else None


def _merged(before: Change | None, now: Change) -> Change:
    if before is None:
        return now
    cost = None if before.cost_cny is None or now.cost_cny is None else before.cost_cny + now.cost_cny
    return replace(before, to=now.to, cost_cny=cost, takes_years=max(before.takes_years, now.takes_years))


def _with_ratios(facts: LadderFacts, on: dt.date, made: Mapping[str, Change], one: Change) -> Change:
    """The change with the ratio that it moves, before and after all changes."""
    entry = read_change_costs(subject="incubator")[one.fact]
    if entry.moves is None:
        return replace(one, also={})
    before = facts.take([0]).at(on).ends(entry.moves[0])
    after = changed(facts, on, made.values()).ends(entry.moves[0])
    if before[0][0] != before[1][0] or after[0][0] != after[1][0]:
        return replace(one, also={})
    return replace(one, also={entry.moves[0]: (float(before[0][0]), float(after[0][0]))})


def _rows(facts: LadderFacts, rows: pd.DataFrame, rule: TierRule, on: dt.date, ways: bool) -> list[dict[str, Any]]:
    result, found = eligible(facts, rule, on), []
    title = next(tier.title_fact for tier in recognition_rules().tiers if tier.key == rule.key)
    for at, (name, one) in enumerate(rows.iterrows()):
        statuses = {clause.clause.key: str(clause.status[at]) for clause in result.clauses}
        met, missed = list(statuses.values()).count("met"), [key for key, is_ in statuses.items() if is_ == "not_met"]
        held = bool(facts.ends(title)[0][at] >= 1.0)
        row = {
            "incubator_id": name, "kind": one["kind"], "level": one["level"], "region": one["region"],
            "tier": rule.key, "rules_of": rule.region or "", "version": rule.version, "held": held,
            "overall": str(result.overall[at]), "clauses_met": met, "clauses_not_met": len(missed),
            "clauses_open": len(statuses) - met - len(missed), "not_met": ";".join(missed),
        }  # fmt: skip
        if ways and not held:
            gap = way(facts.take([at]), rule, on)
            row |= {"status": gap.status, "cost_cny": gap.cost_cny, "changes": len(gap.changes),
                    "blocked_by": ";".join(gap.blocked_by)}  # fmt: skip
        found.append(row)
    return found


def _named(sent: dict[str, Any], incubator_id: str) -> dict[str, Any]:
    """An answer of the ladder with the incubator's identifier under its own name."""
    for part in (sent, sent["way"], *sent["near_edges"]):
        part.pop("firm_id")
    return {"incubator_id": incubator_id, **sent}
