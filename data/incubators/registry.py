"""The registry of an instant as four tables, and what is wrong across them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import pandas as pd

from data.incubators.checks import check_rows
from data.incubators.fields import Fault, Record, RegistryError, fault, record_fields, registry_sentences
from data.incubators.series import series_faults
from data.incubators.tables import QUARANTINE, quarantine_row, record_keys
from data.incubators.vouchers import VoucherLedger, voucher_ledger

_TABLES: Mapping[Record, str] = {
    "incubator": "incubators", "tenant": "tenants", "report": "reports", "voucher": "vouchers",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Registry:
    """Checked rows, columns of ``record_fields``; ``incubators`` may be of any number of regions."""

    incubators: pd.DataFrame
    tenants: pd.DataFrame
    reports: pd.DataFrame
    vouchers: pd.DataFrame

    @classmethod
    def of(cls, rows: Mapping[Record, pd.DataFrame]) -> Registry:
        """Tables of rows that keep the rules; a table left out is empty. Raises RegistryError for a fault."""
        return cls(**{name: table_of(record, rows.get(record, pd.DataFrame())) for record, name in _TABLES.items()})

    def table(self, record: Record) -> pd.DataFrame:
        """The table of a kind of record."""
        return getattr(self, _TABLES[record])  # type: ignore[no-any-return]  # of the fields above

    @cached_property
    def ledger(self) -> VoucherLedger:
        """The ledger of the vouchers; rows that it cannot take do not count."""
        return voucher_ledger(self.vouchers)

    @property
    def synthetic(self) -> bool:
        """Whether any row is simulated."""
        return any(bool(getattr(self, one.name)["synthetic"].fillna(False).any()) for one in fields(self))

    def latest_reports(self, on: dt.date) -> pd.DataFrame:
        """The report of each incubator whose period ends last, among those that end on the day or before it."""
        day = pd.Timestamp(on)
        known = self.reports.loc[self.reports["period_to"] <= day].sort_values(["incubator_id", "period_to"])
        return known.groupby("incubator_id", sort=True).tail(1).reset_index(drop=True)


def table_of(record: Record, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of one kind of record in the types of their columns; raises RegistryError for a fault."""
    found, faults = check_rows(record, rows.reset_index(drop=True))
    if faults:
        row, reasons = next(iter(sorted(faults.items())))
        raise RegistryError(f"{record} {row}: {reasons[0].text[1]}")
    return found


def parted(registry: Registry, reasoned: Collection[str] = ()) -> tuple[Registry, pd.DataFrame]:
    """The registry without rows of incubators or tenant firms that it lacks, and these as a quarantine.

    A tenant firm may not enter before its incubator was founded; a report may not end before, and fits the other
    reports of its incubator, for which ``series_faults`` has the rules.

    reasoned : keys of the reports that were entered with a reason
    """
    refused: list[dict[str, object]] = []
    founded = registry.incubators.set_index("incubator_id")["founded_on"]

    def known(record: Record, column: str, of: Record, keys: pd.Series) -> pd.DataFrame:
        rows = registry.table(record)
        lacking = ~rows[column].isin(keys)
        for row in rows.index[lacking]:
            found, allowed = rows[column].loc[row], registry_sentences()[f"value.record.{of}"].fill({})
            one = fault("unknown", column, found, of, name=record_fields(record)[column].name, allowed_text=allowed)
            refused.append(_refused(record, rows, row, one))
        return rows.loc[~lacking]

    def in_time(record: Record, column: str) -> pd.DataFrame:
        rows = known(record, "incubator_id", "incubator", registry.incubators["incubator_id"])
        first = pd.Series(founded.reindex(rows["incubator_id"]).to_numpy(), index=rows.index)
        early = rows[column] < first
        for row in rows.index[early]:
            entered, earliest = str(rows[column].loc[row])[:10], str(first.loc[row])[:10]
            one = fault("too_early", column, entered, earliest, name=record_fields(record)[column].name)
            refused.append(_refused(record, rows, row, one))
        return rows.loc[~early].reset_index(drop=True)

    tenants, reports = in_time("tenant", "entered_on"), in_time("report", "period_to")
    alien = series_faults(reports, reasoned)
    refused += [_refused("report", reports, row, alien[row]) for row in sorted(alien)]
    reports = reports.loc[~reports.index.isin(list(alien))].reset_index(drop=True)
    vouchers = known("voucher", "tenant_id", "tenant", tenants["tenant_id"]).reset_index(drop=True)
    made = Registry(registry.incubators, tenants, reports, vouchers)
    return made, pd.DataFrame(refused, columns=list(QUARANTINE))


def _refused(record: Record, rows: pd.DataFrame, row: int, one: Fault) -> dict[str, object]:
    key = " ".join(record_keys(record, rows.loc[[row]])[0])
    return quarantine_row(record, None, key, one)
