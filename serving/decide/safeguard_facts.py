"""What the safeguard knows beside the case, as it is recorded and read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from data.texts.sentences import sentence
from models.quota.warnings import warning


@dataclass(frozen=True, slots=True)
class SafeguardFacts:
    """What the safeguard knows beside the case: as recorded, so as replayed.

    today : the day of the request; clock_set : whether the operator has set it
    model_day : the last day that the models learned from; reference_day : the day whose firms points compare with
    *_age_days : the largest age on the day of the request; data_age_days is that of the case's own day
    covered_grants : by digest of a loss certificate, how many of the bank's grants it covered; a record of before this
        was counted has none, as it was decided
    covered_short : by digest of one that is used up without its least total, what its loans total; the same of a record
    """

    today: str
    clock_set: bool
    drift_alarm: bool
    model_day: str
    model_age_days: int
    reference_day: str
    reference_age_days: int
    data_age_days: int
    covered_grants: Mapping[str, int] = field(default_factory=dict)
    covered_short: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The facts as they are recorded."""
        return asdict(self)

    @classmethod
    def of_record(cls, recorded: Mapping[str, Any]) -> SafeguardFacts:
        """What ``as_dict`` wrote; raises ValueError naming the members that a record lacks or has beside them."""
        recorded = {"covered_grants": {}, "covered_short": {}} | dict(recorded)
        known = {item.name for item in fields(cls)}
        if set(recorded) != known:
            raise ValueError(
                f"the record's safeguard facts lack {sorted(known - set(recorded))}, unknown: "
                f"{sorted(set(recorded) - known)}; another version of the code wrote them"
            )
        return cls(**recorded)

    @property
    def warning(self) -> dict[str, str] | None:
        """The warning of every answer while the operator has set the clock."""
        if not self.clock_set:
            return None
        return warning("clock_set", sentence("warning.clock_set", date=date.fromisoformat(self.today)))
