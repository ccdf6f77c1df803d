"""A folder of the registry: tables of records, the corrections after them, a quarantine of what is not taken."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from data.incubators.fields import RECORDS, Record, fault
from data.incubators.journal import Entry, EntryError, Journal, entries_of
from data.incubators.registry import Registry, parted
from data.incubators.tables import QUARANTINE, quarantine_row, read_table
from data.incubators.vouchers import VoucherLedger

FILES = {"incubator": "incubators", "tenant": "tenants", "report": "reports", "voucher": "vouchers"}
ENDINGS = (".csv", ".xlsx", ".parquet")
CORRECTIONS = "corrections.jsonl"


@dataclass(frozen=True, eq=False)
class RegistryFolder:
    """What a folder holds.

    journal : every version of the records that keep their rules; registry : of the instant, without rows of unknown
    incubators or tenant firms; ledger : of its vouchers; quarantine : a row for each fault, columns ``QUARANTINE``
    """

    journal: Journal
    registry: Registry
    ledger: VoucherLedger
    quarantine: pd.DataFrame


def read_folder(folder: Path, received_at: dt.datetime, until: dt.datetime | None = None) -> RegistryFolder:
    """Read ``incubators``, ``tenants``, ``reports``, ``vouchers`` (CSV, XLSX or Parquet) and ``corrections.jsonl``.

    received_at : instant of the first versions, with a zone; until : corrections after it are left out, None takes all
    raises : IngestError where a table as a whole cannot be read; a table whose file is missing is empty
    """
    entries: list[Entry] = []
    refused: list[pd.DataFrame] = []
    for record in RECORDS:
        path = next((path for ending in ENDINGS if (path := folder / f"{FILES[record]}{ending}").is_file()), None)
        if path is not None:
            table = read_table(record, path)
            entries += entries_of(record, table.rows, received_at, f"import of {path.name}")
            refused.append(table.quarantine)
    journal, faults = _corrected(Journal(entries), folder / CORRECTIONS)
    tables = [journal.table(record, until) for record in RECORDS]
    registry, alien = parted(Registry(*(table.rows for table in tables)))
    ledger = registry.ledger
    registry = replace(registry, vouchers=ledger.rows)
    parted_rows = (*refused, faults, *(table.quarantine for table in tables), alien, ledger.quarantine)
    parts = [one for one in parted_rows if len(one)]
    quarantine = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(QUARANTINE))
    return RegistryFolder(journal, registry, ledger, quarantine.astype({"line": "Int64"}))


def _corrected(journal: Journal, path: Path) -> tuple[Journal, pd.DataFrame]:
    refused = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        record: Record = "report"
        key = ""
        try:
            sent = json.loads(line)
            record, key = sent.get("record", record), str(sent.get("key", ""))
            journal = journal.append(Entry.of(sent))
        except EntryError as fault_:
            refused += [quarantine_row(record, number, key, one) for one in fault_.faults]
        except (ValueError, KeyError, TypeError, AttributeError) as broken:
            refused.append(quarantine_row(record, number, key, fault("unreadable", CORRECTIONS, broken, "")))
    return journal, pd.DataFrame(refused, columns=list(QUARANTINE))
