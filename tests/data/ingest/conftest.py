"""Small tables as agencies and people hand them in, and workbooks of them."""

from __future__ import annotations

import openpyxl
import pandas as pd

from data.codebook import read_codebook, read_credit_facts
from data.uscc import fictitious_uscc

DAY = pd.Timestamp("2024-06-30")


def snapshots(n: int = 6, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "uscc": [fictitious_uscc(number) for number in range(1, n + 1)],
            "period_end": pd.Timestamp("2023-12-31"),
            "known_at": pd.Timestamp("2024-05-31"),
        }
    )
    for item in read_codebook():
        table[item.key] = max(item.low, 0.0)
    return table.assign(**columns)


def facts(n: int = 6, **columns: object) -> pd.DataFrame:
    table = snapshots(n)[["uscc", "period_end", "known_at"]]
    for fact in read_credit_facts():
        table[fact.key] = 0.0
    return table.assign(**columns)


CODES = [fictitious_uscc(number) for number in range(1, 7)]


def register(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"uscc": CODES, "name": [f"firm {number}" for number in range(6)]})
    return table.assign(founded_on="2015-12-25", industry="iot", size_rule="software").assign(**columns)


def invoices(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"uscc": CODES, "invoice_no": [f"{number:020d}" for number in range(6)]})
    rest = {"issued_on": "2024-01-31", "direction": "sale", "counterparty": "P1", "amount_cny": 100.0, "tax_cny": 6.0}
    return table.assign(**rest, valid=True).assign(**columns)


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def as_rows(frame):
    return [list(frame.columns), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]
