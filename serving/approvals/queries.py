"""Which cases a caller wants listed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from data.beijing import BEIJING_ZONE
from data.texts.sentences import sentence
from serving.approvals.schemas import said
from serving.contract.refusals import Fault, Refusal

LAMPS = ("green", "yellow", "red", "none")
ENDED = ("yes", "no")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


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
    def of(cls, given: Mapping[str, str], statuses: frozenset[str]) -> CaseQuery:
        """The filters of a query; raises a Refusal with everything wrong with them.

        statuses : those that there are
        """
        query = cls(**{name: given.get(name) for name in FILTERS})
        faults = []
        if query.status is not None and query.status not in statuses:
            faults.append(Fault("status", query.status[:40], sentence("fault.one_of", list=sorted(statuses))))
        if query.lamp is not None and query.lamp not in LAMPS:
            faults.append(Fault("lamp", query.lamp[:40], sentence("fault.one_of", list=list(LAMPS))))
        if query.month is not None and not _MONTH.fullmatch(query.month):
            faults.append(Fault("month", query.month[:40], said("allowed.month")))
        if query.ended not in (None, *ENDED):
            faults.append(Fault("ended", str(query.ended)[:40], sentence("fault.one_of", list=list(ENDED))))
        if faults:
            raise Refusal.invalid(*faults)
        return query

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


FILTERS = tuple(field.name for field in fields(CaseQuery))
BY = ("item", "department", "department_before", "month")  # groupings of the report
