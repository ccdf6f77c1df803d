"""Reports, vouchers and corrections as a caller posts them, and the tables of records that they make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, StringConstraints

from data.incubators.fields import Fault, Record, heads, record_fields
from data.incubators.fields import fault as record_fault
from data.incubators.journal import key_of
from data.incubators.tables import QUARANTINE, RecordTable, checked_table, quarantine_row
from data.ingest.source import heading
from data.members import Day, RequestPart, Text
from serving.incubators.taking import service_fault

MOST_RECORDS = 500  # of one request
LINE = r"^[^\x00-\x1f\x7f]*$"  # no store holds NUL, and no name a line feed
SET_HERE = "synthetic"  # a member that the registry itself sets

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=LINE)]
Value = (
    Annotated[float, Field(allow_inf_nan=False)]
    | bool
    | Annotated[str, StringConstraints(max_length=200, pattern=LINE)]
    | None
)


class GivenReport(RequestPart):
    """A periodic report in the Torch form.

    figures : by code of the form, such as 7e00, or by key; money in thousand yuan, days as 2026-06-30
    why : a reason, with which a report is taken whose units look wrong or whose period is short
    """

    incubator_id: Name
    period_from: Day
    period_to: Day
    filed_on: Day
    figures: dict[str, Value]
    why: Text | None = None


class GivenReports(RequestPart):
    """Reports; each is taken whole or not at all."""

    reports: Annotated[list[GivenReport], Field(min_length=1, max_length=MOST_RECORDS)]


class GivenVoucher(RequestPart):
    """One step of a voucher: issued, redeemed or expired."""

    entry_id: Name
    voucher_id: Name
    step: str
    amount_cny: Annotated[float, Field(allow_inf_nan=False)]
    day: Day
    tenant_id: Name


class GivenVouchers(RequestPart):
    """Steps of vouchers; each is taken whole or not at all."""

    vouchers: Annotated[list[GivenVoucher], Field(min_length=1, max_length=MOST_RECORDS)]


class GivenCorrection(RequestPart):
    """A record's further version: what changes, why and by whom; the earlier ones stay.

    version : digest of the version that is corrected; refused where there is a later one
    withdraw : the record does not count any more
    """

    record: Record
    key: Name
    changes: dict[str, Value] = Field(default_factory=dict)
    why: Text
    by: Name
    version: str | None = None
    withdraw: bool = False


def report_rows(given: GivenReports) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """The members of each report by key, and the head that each came under."""
    known, found = heads("report"), []
    for one in given.reports:
        values: dict[str, Any] = one.model_dump(exclude={"figures", "why"}, mode="json")
        came = {key: key for key in values}
        for head, value in one.figures.items():
            key = known.get(heading(head)[0], head)
            key = head if key in values else key  # a member that comes twice is none of the record's
            values[key], came[key] = value, f"figures.{head}"
        found.append((values, came))
    return found


def posted_table(
    record: Record, rows: Sequence[Mapping[str, Any]], simulated: Callable[[Mapping[str, Any]], bool], today: dt.date
) -> RecordTable:
    """Checked rows; ``line`` of the quarantine : number of the row, from 1.

    simulated : whether a row belongs to a simulated record; today : later than which nothing was filed or done
    """
    made = [dict(row) | {SET_HERE: simulated(row)} for row in rows]
    table = checked_table(record, pd.DataFrame(made, dtype=object), list(range(1, len(made) + 1)))
    more = [(number, key_text(record, row), one) for number, row in enumerate(rows, 1)
            for one in members_faults(record, row, today)]  # fmt: skip
    if not more:
        return table
    wrong = {key for _, key, _ in more}
    kept = [key_text(record, row) not in wrong for row in table.rows.to_dict("records")]
    extra = pd.DataFrame([quarantine_row(record, *one) for one in more], columns=list(QUARANTINE))
    quarantine = pd.concat([table.quarantine, extra], ignore_index=True) if len(table.quarantine) else extra
    return RecordTable(table.rows.loc[kept].reset_index(drop=True), quarantine)


def members_faults(record: Record, row: Mapping[str, Any], today: dt.date) -> list[Fault]:
    """Members that the record does not have, and days that are still to come."""
    known = record_fields(record)
    allowed = ", ".join(one.code or key for key, one in known.items() if key != SET_HERE)
    found = [record_fault("alien", name, row[name], allowed) for name in row if name not in known or name == SET_HERE]
    for name in ("filed_on", "period_to", "day"):
        day = str(row.get(name) or "")[:10]
        if day > today.isoformat():
            found.append(service_fault("ahead", name, day, today=today.isoformat()))
    return found


def key_text(record: Record, row: Mapping[Any, Any]) -> str:
    """The key of a row as ``data.incubators.journal.Entry`` has it."""
    return key_of(record, {str(name): value for name, value in row.items()})
