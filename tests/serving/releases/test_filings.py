"""What a release holds of the last ingest: counts, where refused rows stood and why, and the register's names."""

from __future__ import annotations

import json

import pandas as pd

from serving.releases.filings import PackedFilings, filing_files

USCC = "91330108MA2ABCDE1X"


def derived(tmp_path):
    """A folder as ingest leaves it: two refused loans, whose values are nobody's business, and one firm."""
    for name in ("quarantine", "tables"):
        (tmp_path / name).mkdir()
    where = {"source_sheet": ["", "2024"], "source_line": [3, 9]}
    reason = ["amount_wan: -5 is outside", "uscc: is no code"]
    refused = pd.DataFrame({"uscc": [USCC, "x"], "amount_wan": ["-5", "7"], **where, "reason": reason})
    refused.to_parquet(tmp_path / "quarantine/loans.parquet")
    refused.head(0).to_parquet(tmp_path / "quarantine/staff.parquet")
    pd.DataFrame({"uscc": [USCC], "name": ["甲企业"], "district": ["滨江区"]}).to_parquet(
        tmp_path / "tables/enterprises.parquet"
    )
    loans = {"read": 10, "kept": 8, "quarantined": 2, "at_fault": {"amount_wan": 1, "uscc": 1}, "notes": []}
    staff = {"read": 4, "kept": 4, "quarantined": 0, "at_fault": {}, "notes": []}
    report = tmp_path / "metrics.json"
    report.write_text(json.dumps({"loans": loans, "staff": staff}), encoding="utf-8")
    return report


def packed(tmp_path, files):
    folder = tmp_path / "release"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    return PackedFilings(folder)


def test_refused_rows_are_packed_with_place_and_reason_and_without_their_values(tmp_path):
    files = filing_files(derived(tmp_path), tmp_path)
    filings = packed(tmp_path, files)
    assert filings.refused.to_dict("records") == [
        {"table": "loans", "source_sheet": "", "source_line": 3, "reason": "amount_wan: -5 is outside"},
        {"table": "loans", "source_sheet": "2024", "source_line": 9, "reason": "uscc: is no code"},
    ]
    assert filings.n_quarantined == 2
    assert filings.tables is not None
    assert [(one.table, one.read, one.kept, one.quarantined) for one in filings.tables] == [
        ("loans", 10, 8, 2),
        ("staff", 4, 4, 0),
    ]
    assert filings.tables[0].at_fault == {"amount_wan": 1, "uscc": 1}
    assert filings.names == {USCC: "甲企业"}


def test_a_release_without_an_ingest_report_says_so_and_names_nobody(tmp_path):
    derived(tmp_path)
    files = filing_files(tmp_path / "absent.json", tmp_path)
    assert files == {}
    filings = packed(tmp_path, files)
    assert (filings.tables, dict(filings.names), len(filings.refused), filings.n_quarantined) == (None, {}, 0, 0)


def test_the_same_ingest_gives_the_same_bytes(tmp_path):
    report = derived(tmp_path)
    assert filing_files(report, tmp_path) == filing_files(report, tmp_path)
