"""A small registry worked by hand: two incubators, three tenant firms, a voucher, and one correction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from data.events import EventStore
from data.incubators.fields import RECORDS, Record
from data.incubators.journal import Entry, entries_of
from data.incubators.tables import checked_table
from serving.incubators.service import INCUBATORS_OFF, IncubatorsService
from serving.incubators.store import EntryStore
from serving.matching.packed import FirstUse

ENTERED = dt.datetime(2024, 1, 20, 1, tzinfo=dt.UTC)
CORRECTED = dt.datetime(2024, 2, 5, 1, tzinfo=dt.UTC)
TODAY = dt.date(2024, 6, 30)
OWN, OTHER = "H001", "H002"


def tables(uscc: str, *, synthetic: bool = False) -> dict[Record, list[dict[str, Any]]]:
    """Raw rows; the firm is in H001, the two others in H002, of which one graduated."""
    mark = {"source": "by hand", "synthetic": synthetic}
    incubators = [
        {"incubator_id": OWN, "name": "测试孵化器", "kind": "incubator", "level": "national", "region": "lhasa",
         "remote_area": True, "legal_person": True, "founded_on": "2015-05-01", "recognised_on": "2019-01-10"} | mark,
        {"incubator_id": OTHER, "name": "测试众创空间", "kind": "makerspace", "level": "lower", "region": "tibet",
         "remote_area": True, "founded_on": "2018-03-01"} | mark,
    ]  # fmt: skip
    tenants = [
        {"tenant_id": "T001", "incubator_id": OWN, "name": "甲公司", "uscc": uscc, "founded_on": "2021-01-05",
         "entered_on": "2021-06-01", "jobs": 12, "college_graduate_jobs": 5, "hnte": False} | mark,
        {"tenant_id": "T002", "incubator_id": OTHER, "name": "乙公司", "founded_on": "2019-01-05",
         "entered_on": "2019-06-01", "exited_on": "2023-05-31", "exit_reason": "graduated",
         "graduation_reason": "hnte", "hnte": True, "jobs": 30, "college_graduate_jobs": 10} | mark,
        {"tenant_id": "T003", "incubator_id": OTHER, "name": "丙公司", "founded_on": "2022-01-05",
         "entered_on": "2022-06-01", "jobs": 8, "college_graduate_jobs": 8} | mark,
    ]  # fmt: skip
    year = {"period_from": "2023-01-01", "period_to": "2023-12-31", "filed_on": "2024-01-15", "synthetic": synthetic}
    reports = [
        {"incubator_id": OWN, "staff": 12, "area_m2": 5_000, "tenants": 1, "mentors": 6} | year,
        {"incubator_id": OTHER, "staff": 5, "area_m2": 900, "tenants": 1, "mentors": 4, "seats": 40} | year,
    ]  # fmt: skip
    voucher = {"voucher_id": "V-1", "tenant_id": "T001", "synthetic": synthetic}
    vouchers = [
        {"entry_id": "V-1001", "step": "issued", "amount_cny": 5_000, "day": "2024-01-05"} | voucher,
        {"entry_id": "V-1002", "step": "redeemed", "amount_cny": 1_200.25, "day": "2024-01-18"} | voucher,
    ]  # fmt: skip
    return {"incubator": incubators, "tenant": tenants, "report": reports, "voucher": vouchers}


def first_versions(rows: Mapping[Record, list[dict[str, Any]]], at: dt.datetime = ENTERED) -> list[Entry]:
    """Checked rows as versions; every one keeps the rules."""
    found = []
    for record in RECORDS:
        table = checked_table(record, pd.DataFrame(rows[record], dtype=object))
        assert table.quarantine.empty, table.quarantine.to_dict("records")
        found += entries_of(record, table.rows, at, "set-up")
    return found


@cache
def entries(uscc: str) -> list[Entry]:
    """Every version: mentors of H002 were misread as 4 and are 3. Not to be changed."""
    made = first_versions(tables(uscc))
    wrong = next(one for one in made if one.key == f"{OTHER} 2023-12-31")
    right = Entry(wrong.record, wrong.key, CORRECTED, "li", "figure misread", {**wrong.values, "mentors": 3})
    return [*made, right]


def entry_store(folder: Path, made: Iterable[Entry] = ()) -> EntryStore:
    """A store that holds these versions."""
    folder.mkdir(parents=True, exist_ok=True)
    store = EntryStore(EventStore(f"sqlite:///{folder / 'incubators.sqlite'}"))
    store.append(list(made))
    return store


def planted_incubators(folder: Path, uscc: str) -> IncubatorsService:
    """The service over the registry; ``uscc`` is the code of T001. Its store is made with the first use."""
    return IncubatorsService.made_of(
        FirstUse(lambda: entry_store(folder, entries(uscc)), INCUBATORS_OFF), lambda: TODAY
    )
