"""Approvals of an open service: three items, cases of two firms, and a row that was not kept."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from data.approvals.catalogue import Catalogue
from data.approvals.records import ApprovalEvent
from data.events import EventStore
from data.ingest.messages.instants import instant
from serving.approvals.packed import Forecasts
from serving.approvals.service import APPROVALS_OFF, ApprovalsService
from serving.approvals.store import CaseStore
from serving.matching.packed import FirstUse, NotPackedError

NUMBER, OTHER, ENDED = "2024-0001", "2024-0002", "2024-0003"
NOW = dt.datetime(2024, 6, 21, 3, tzinfo=dt.UTC)  # Friday, 11:00 in Beijing
RECEIVED = dt.datetime(2024, 6, 3, 2, tzinfo=dt.UTC)
ITEMS = """\
key,valid_from,valid_to,zh,en,department_before,department_after,transferred_on,handling,statutory_days,statutory_unit,\
promised_days,promised_unit,extension_days,legal_basis,suspension_reasons,synthetic
permit,2020-01-01,,建筑施工许可,Construction permit,housing,approval_bureau,2024-01-01,promised,20,working,10,working,\
10,《建筑法》第八条,hearing;appraisal,1
notice,2020-01-01,,变更备案,Notice of change,market_regulation,approval_bureau,2024-01-01,immediate,20,working,\
1,working,0,《公司法》,,1
joint,2020-01-01,,联合验收,Joint acceptance,housing,approval_bureau,2024-01-01,joint,45,working,9,working,\
15,《行政许可法》第四十二条,,1
"""


def event(number: str, kind: str, at: str, **changed: Any) -> ApprovalEvent:
    """One event of the permit at the bureau's east office."""
    members: dict[str, Any] = {"item": "permit", "office": "bureau_east", "officer": "王五"} | changed
    return ApprovalEvent(case_number=number, kind=kind, at=instant(at), at_text=at, **members)


def course(number: str, uscc: str) -> list[ApprovalEvent]:
    """Applied on Monday the 3rd, accepted on the 4th, suspended from the 7th to the 11th of June 2024."""
    return [
        event(number, "applied", "2024-06-03T09:00:00+08:00", values={"applicant": uscc}),
        event(number, "accepted", "2024-06-04T10:00:00+08:00"),
        event(number, "suspended", "2024-06-07T10:00:00+08:00",
              values={"reason": "appraisal", "basis": "《行政许可法》第四十五条", "days": "3"}),
        event(number, "resumed", "2024-06-11T10:00:00+08:00", values={"reason": "appraisal"}),
    ]  # fmt: skip


def planted_store(folder: Path, uscc: str, other: str) -> CaseStore:
    """A case of the first firm came backwards, an hour apart; two of the other, of which one has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    store = CaseStore(EventStore(f"sqlite:///{folder / 'approvals.sqlite'}"))
    for hours, one in enumerate(reversed(course(NUMBER, uscc))):
        store.receive([one, one], "zone", RECEIVED + dt.timedelta(days=10, hours=hours))
    ended = [
        event(ENDED, "applied", "2024-06-03T09:00:00+08:00", values={"applicant": other}),
        event(ENDED, "accepted", "2024-06-03T15:00:00+08:00"),
        event(ENDED, "decided", "2024-06-12T15:00:00+08:00", values={"outcome": "granted"}),
        event(ENDED, "delivered", "2024-06-13T15:00:00+08:00"),
    ]
    store.receive([*course(OTHER, other), *ended], "zone", RECEIVED + dt.timedelta(days=10))
    return store


def planted_approvals(
    folder: Path, uscc: str, other: str, forecasts: Forecasts | None = None, now: dt.datetime = NOW
) -> ApprovalsService:
    """The service over the cases, which are stored with the first use; without forecasts where none are given."""
    folder.mkdir(parents=True, exist_ok=True)
    items = folder / "items.csv"
    items.write_text(ITEMS, encoding="utf-8")

    def packed() -> Forecasts:
        if forecasts is None:
            raise NotPackedError
        return forecasts

    return ApprovalsService.made_of(
        FirstUse(lambda: planted_store(folder, uscc, other), APPROVALS_OFF),
        FirstUse(lambda: Catalogue.load(items), APPROVALS_OFF),
        FirstUse(packed, APPROVALS_OFF),
        lambda: now,
    )
