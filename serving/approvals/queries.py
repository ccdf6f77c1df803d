"""Which cases a caller wants listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from data.approvals.kinds import statuses
from data.beijing import BEIJING_ZONE
from models.clearance.reports.query import LABELS
from serving.approvals.schemas import said
from serving.contract.parameters import TEXT, OneOf, Parameter, Pattern, faults_of
from serving.contract.refusals import Refusal

LAMPS = ("green", "yellow", "red", "none")
ENDED = ("yes", "no")
MONTH = Pattern(LABELS["month"].pattern, lambda: said("allowed.month"))
MONTH_OR_NONE = Pattern(f"(?:{MONTH.form})?", MONTH.says)
FILTERS: Mapping[str, Parameter] = {
    "source": TEXT,
    "item": TEXT,
    "office": TEXT,
    "status": OneOf(lambda: sorted(statuses())),
    "lamp": OneOf(LAMPS),
    "month": MONTH,
    "ended": OneOf(ENDED),
}


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Filters, None for any: key of an item, of an office; a status, a lamp; the month of acceptance, as 2026-03.

    ended : yes or no, whether the case has ended
    """

    source: str | None = None
    item: str | None = None
    office: str | None = None
    status: str | None = None
    lamp: str | None = None
    month: str | None = None
    ended: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> CaseQuery:
        """The filters of a query; raises a Refusal with everything wrong with them."""
        if faults := faults_of(given, FILTERS):
            raise Refusal.invalid(*faults)
        return cls(**{name: given.get(name) for name in FILTERS})

    def rows(self, cases: pd.DataFrame) -> pd.DataFrame:
        """The cases that fit."""
        fits = pd.Series(data=True, index=cases.index)
        for name in ("source", "item", "office", "status", "lamp"):
            if (wanted := getattr(self, name)) is not None:
                fits &= cases[name] == wanted
        if self.month is not None:
            fits &= cases["accepted_at"].dt.tz_convert(BEIJING_ZONE).dt.strftime("%Y-%m") == self.month
        if self.ended is not None:
            fits &= cases["is_closed"].astype(bool) == (self.ended == "yes")
        return cases[fits]


BY = ("item", "department", "department_before", "month")  # groupings of the report
