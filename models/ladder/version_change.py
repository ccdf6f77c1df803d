"""Another version of a rule on the same firms: who would gain and who would lose the tier, and by which clauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from data.ladder.facts import LadderFacts
from data.ladder.rules import TierRule
from models.ladder.eligible import Eligibility, eligible

OVERALL = ("met", "unknown", "not_met")


@dataclass(frozen=True, eq=False)
class VersionChange:
    """Two versions of a rule on the same facts of the same day."""

    old: Eligibility
    new: Eligibility

    def rows(self, before: str, after: str) -> npt.NDArray[np.int_]:
        """Firms with one result under the old version and another under the new one."""
        return np.flatnonzero((self.old.overall == before) & (self.new.overall == after))

    @property
    def gained(self) -> npt.NDArray[np.int_]:
        """Firms that meet the new version alone, the old one not being met."""
        return self.rows("not_met", "met")

    @property
    def lost(self) -> npt.NDArray[np.int_]:
        """Firms that meet the old version alone, the new one not being met."""
        return self.rows("met", "not_met")

    def counts(self) -> dict[tuple[str, str], int]:
        """Firms by result under the old and the new version."""
        return {(before, after): len(self.rows(before, after)) for before in OVERALL for after in OVERALL}

    def by_clause(self) -> Mapping[str, Mapping[str, int]]:
        """Clauses, with the firms that lose the tier by them under the new version, or gain what the old refused."""
        return {"lost": _not_met(self.new, self.lost), "gained": _not_met(self.old, self.gained)}

    def as_dict(self) -> dict[str, Any]:
        """Counts with the names of clauses, as they are sent."""
        return {
            "tier": self.new.rule.key,
            "old": self.old.rule.version,
            "new": self.new.rule.version,
            "on_date": self.new.on_date.isoformat(),
            "firms": len(self.new.facts),
            "counts": [
                {"before": before, "after": after, "firms": firms} for (before, after), firms in self.counts().items()
            ],
            "by_clause": {
                name: [_clause(self, key, firms) for key, firms in found.items()]
                for name, found in self.by_clause().items()
            },
        }


def version_change(facts: LadderFacts, old: TierRule, new: TierRule, on_date: date) -> VersionChange:
    """Both versions on the facts of one day, whether or not they are in force on it."""
    return VersionChange(eligible(facts, old, on_date), eligible(facts, new, on_date))


def _not_met(result: Eligibility, rows: npt.NDArray[np.int_]) -> dict[str, int]:
    found = {one.clause.key: int((one.status[rows] == "not_met").sum()) for one in result.clauses}
    return {key: firms for key, firms in found.items() if firms}


def _clause(found: VersionChange, key: str, firms: int) -> dict[str, Any]:
    clauses = {one.clause.key: one.clause for one in (*found.old.clauses, *found.new.clauses)}
    return {"clause": key, "zh": clauses[key].zh, "en": clauses[key].en, "firms": firms}
