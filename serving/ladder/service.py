"""One firm on the cultivation ladder: every rule by clause, the way to each tier, and what a lower figure would do.

Its facts are those of the packed firm snapshot and of its placement on the chains; what neither says is unknown, and
unknown is never "not met".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from data.ladder.facts import LadderFacts
from data.ladder.rule_parts import LadderError
from data.ladder.rules import RuleBook, TierRule, read_rules
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from features.ladder import snapshot_facts, strategic_nodes, strategic_products
from models.ladder.distance import distance
from models.ladder.edges import edge_rows
from models.ladder.eligible import eligible
from models.ladder.ranking import tiers_of
from serving.chain.packed import PackedChains
from serving.contract.refusals import Fault, Refusal, shown
from serving.decide.snapshot import FirmSnapshot, Observation

PLACEMENTS = "chain placements"


@cache
def _book() -> RuleBook:
    return read_rules()


def tiers() -> list[str]:
    """Every tier that a rule is of."""
    with_rule = {one.key for one in _book().rules}
    return [one.key for one in _book().tiers if one.key in with_rule]


def regions() -> list[str]:
    """Every region that makes rules of its own."""
    return sorted({one.region for one in _book().rules if one.region})


@dataclass(frozen=True)
class LadderService:
    """The ladder of one release.

    chains : what the release holds of chains, None where nothing
    """

    firms: FirmSnapshot
    chains: Callable[[], PackedChains | None]
    release: str

    @property
    def book(self) -> RuleBook:
        """Every rule that ships with the code."""
        return _book()

    def firm(
        self, uscc: str, on: date | None, region: str | None, tier: str | None, version: str | None
    ) -> dict[str, Any]:
        """One firm by every tier's rule, or by one.

        on : the day, today where left out; region : of the rules that zones make; version : of ``tier``'s rule,
        replayed on today's firm
        """
        day = on or self.firms.clock.today()
        case = self.firms.cases.get(uscc)
        if case is None:
            raise unknown_firm(uscc)
        regions = {rule.region for rule in self.book.rules if rule.region}
        if region is not None and region not in regions:
            raise _refused("region", region, sentence("ladder.allowed.region", list=sorted(regions)))
        facts = self.facts_of(case)
        try:
            if tier is None and version is not None:
                raise LadderError("version is given without tier")
            rules = self._rules(day, region, tier, version)
            position = tiers_of(facts, self.book, day, region).iloc[0]
        except LadderError as fault:
            if tier is not None and tier not in {one.key for one in self.book.rules}:
                tiers = [one.key for one in self.book.tiers]
                raise _refused("tier", tier, sentence("fault.one_of", list=tiers)) from fault
            if tier is not None and self._region(tier, region) not in self.book.regions(tier):
                with_rule = [one for one in self.book.regions(tier) if one]
                raise _refused("region", region or "", sentence("fault.one_of", list=with_rule)) from fault
            where, found = ("on", day.isoformat()) if version is None else ("version", version)
            raise _refused(where, found, (label("ladder.allowed.rule")[0], str(fault)[:300])) from fault
        answers = []
        for rule in rules:
            result = eligible(facts, rule, day)
            answers.append(
                result.row(0) | {"near_edges": edge_rows(result), "way": distance(facts, rule, day).as_dict()}
            )
        return {
            "uscc": uscc,
            "on_date": day.isoformat(),
            "snapshot_day": self.firms.as_of.date().isoformat(),
            "tier": str(position["tier"]),
            "next_tier": position["next_tier"] if isinstance(position["next_tier"], str) else None,
            "rules": answers,
            "versions": {"release": self.release} | {rule.name: rule.digest[:16] for rule in rules},
        }

    def facts_of(self, case: Observation) -> LadderFacts:
        """The facts of one enterprise."""
        known = {key: pd.NaT if day is None else pd.Timestamp(day) for key, day in case.known.items()}
        facts = snapshot_facts(pd.DataFrame([dict(case.row)]), pd.DataFrame([known]))
        packed = self.chains()
        if packed is None:
            return facts
        nodes = strategic_nodes(packed.chains.values())
        ends = strategic_products(facts.firm_ids, packed.tables["placements"], nodes)
        return facts.with_facts({"strategic_product": ends}, packed.day, PLACEMENTS)

    def _rules(self, day: date, region: str | None, tier: str | None, version: str | None) -> list[TierRule]:
        if tier is None:
            return [found for one in self.book.tiers if (found := self._in_force(one.key, day, region)) is not None]
        if version is not None:
            return [self.book.version(tier, version, self._region(tier, region))]
        return [self.book.find(tier, day, self._region(tier, region))]

    def _in_force(self, key: str, day: date, region: str | None) -> TierRule | None:
        """The tier's rule on the day; None where it has none then, or only rules of other regions."""
        try:
            return self.book.find(key, day, self._region(key, region))
        except LadderError:
            return None

    def _region(self, key: str, region: str | None) -> str | None:
        """The region whose rule is used: the one asked for where it has a rule of its own, else the whole country."""
        return region if region in self.book.regions(key) else None


def _refused(where: str, found: str, allowed: Text) -> Refusal:
    """The refusal of one part of the query."""
    return Refusal("not-found", faults=[Fault(where, shown(found), allowed)])


def unknown_firm(uscc: str) -> Refusal:
    """The refusal for a firm that is not there, or is not the caller's."""
    return Refusal("unknown-enterprise", faults=[Fault("uscc", shown(uscc), label("ladder.allowed.firm"))])
