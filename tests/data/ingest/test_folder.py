"""The tables of a folder are checked against each other, and parts give what the whole gives."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from data.ingest import folder as ingest_folder
from data.ingest.folder import TableReport, ingest_directory, other_files
from data.ingest.source import IngestError
from data.ingest.tables import Ingested
from data.uscc import fictitious_uscc
from tests.data.ingest.conftest import DAY

pytestmark = pytest.mark.contract


def test_a_loan_of_an_enterprise_that_nobody_registered_is_quarantined(cohort, tmp_path):
    """Tables are checked against each other, and the counts still add up."""
    for name, table in cohort.tables.items():
        stranger = table.head(50).copy()
        if name == "loans":
            stranger.loc[0, "uscc"] = fictitious_uscc(99_999_999)
        stranger.to_parquet(tmp_path / f"{name}.parquet")
    results = ingest_directory(tmp_path, tmp_path / "out", DAY)
    counts = {table: result.counts for table, result in results.items()}
    assert all(count["read"] == count["kept"] + count["quarantined"] for count in counts.values())
    turned = pd.read_parquet(tmp_path / "out/quarantine/loans.parquet")
    assert turned["reason"].str.contains("not in the enterprises table").any()


@pytest.mark.law
def test_a_table_in_parts_gives_what_it_gives_at_once(cohort, tmp_path, monkeypatch):
    """However many parts: the same kept rows, the same quarantine with the same lines, every row counted once."""
    firms = set(cohort.tables["enterprises"]["uscc"].iloc[::30])
    for name, table in cohort.tables.items():
        chosen = table.loc[table["uscc"].isin(firms)].reset_index(drop=True)
        if name == "invoices":
            chosen = pd.concat([chosen, chosen.iloc[[5]]], ignore_index=True)  # twice, far apart
            chosen.loc[7, "amount_cny"] = np.nan
            chosen.loc[8, "uscc"] = None
            chosen.loc[9, "uscc"] = "zzz"
        chosen.to_parquet(tmp_path / f"{name}.parquet")
    whole = ingest_directory(tmp_path, tmp_path / "whole", DAY)
    monkeypatch.setattr(ingest_folder, "PART_ROWS", 1_000)
    monkeypatch.setattr(ingest_folder, "_BATCH_ROWS", 700)
    parts = ingest_directory(tmp_path, tmp_path / "parts", DAY)
    assert len(chosen) > 2_500
    assert {name: one.counts for name, one in parts.items()} == {name: one.counts for name, one in whole.items()}
    assert parts["invoices"].at_fault == whole["invoices"].at_fault
    for kind in ("tables", "quarantine"):
        for name in cohort.tables:
            one, other = (pd.read_parquet(tmp_path / run / kind / f"{name}.parquet") for run in ("whole", "parts"))
            if kind == "quarantine":
                one, other = (frame.sort_values("source_line", ignore_index=True) for frame in (one, other))
            pd.testing.assert_frame_equal(one, other)
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["chain", "matching", "quarantine", "tables"]
    assert not list(tmp_path.glob(".ingest-*"))


def test_four_times_the_rows_need_little_more_memory(cohort, tmp_path, monkeypatch):
    """The peak of what Python and NumPy hold, of invoices in parts of 300 rows; enterprises are held whole."""
    raws = []
    for every in (120, 30):
        raws.append(tmp_path / f"raw{every}")
        raws[-1].mkdir()
        firms = set(cohort.tables["enterprises"]["uscc"].iloc[::every])
        for name in ("enterprises", "invoices"):
            table = cohort.tables[name]
            table.loc[table["uscc"].isin(firms)].to_parquet(raws[-1] / f"{name}.parquet", index=False)
    grown = {}
    monkeypatch.setattr(ingest_folder, "_BATCH_ROWS", 200)
    for part_rows in (300, 10**6):
        monkeypatch.setattr(ingest_folder, "PART_ROWS", part_rows)
        peaks = []
        for raw in (raws[0], *raws):  # the first one warms caches up
            tracemalloc.start()
            ingest_directory(raw, tmp_path / "out", DAY, tables=("enterprises", "invoices"))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        grown[part_rows] = peaks[2] / peaks[1]
    assert grown[300] < 1.5
    assert grown[10**6] > 3


def test_a_report_adds_up_its_parts_and_lists_faults_by_their_number():
    """Two parts of 3 and 2 rows; what is at fault more often comes first, then by name."""
    report, rows = TableReport(), pd.DataFrame({"uscc": ["x"]})
    for reasons, kept, notes in (
        (["b: is no number; ", "a: missing; "], rows, ("x",)),
        (["c: missing; a: no day; "], rows, ()),
    ):
        bad = pd.DataFrame({"reason": reasons})
        counts = {"read": len(kept) + len(bad), "kept": len(kept), "quarantined": len(bad)}
        report.add(Ingested(kept, bad, counts, notes))
    assert report.counts == {"read": 5, "kept": 2, "quarantined": 3}
    assert report.lines() == [
        "read 5, kept 2, quarantined 3",
        "  a: at fault in 2 rows", "  b: at fault in 1 rows", "  c: at fault in 1 rows",
        "  x",
    ]  # fmt: skip


def test_each_table_has_exactly_one_file(tmp_path):
    """None and two are faults, reported together for all tables; nothing is written."""
    for suffix in ("csv", "CSV"):
        (tmp_path / f"loans.{suffix}").write_text("loan_id\n1\n", encoding="utf-8")
    with pytest.raises(IngestError) as answer:
        ingest_directory(tmp_path, tmp_path / "out", DAY)
    assert "loans: 2 files" in str(answer.value)
    assert "enterprises: 0 files" in str(answer.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_any_table_is_one_error_and_removes_nothing(tmp_path):
    """A mistyped folder or file name is no delivery of nothing."""
    kept = tmp_path / "out/chain/firms.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"earlier")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/firm.csv").write_text("firm_id\n1\n")
    for raw in (tmp_path / "raw", tmp_path / "nowhere"):
        with pytest.raises(IngestError, match=r"holds none of the tables .*firms"):
            ingest_directory(raw, tmp_path / "out", DAY, tables=("firms", "patents"))
    assert kept.read_bytes() == b"earlier"


def test_files_that_are_no_table_are_named(tmp_path):
    """Another name, another ending, another case, a folder; a table of another run where only some are read."""
    for name in ("firms.csv", "Firms.csv", "firm.csv", "patents.pdf", "loans.parquet", ".keep"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "deals").mkdir()
    assert other_files(tmp_path) == ["Firms.csv", "deals/", "firm.csv", "patents.pdf"]
    assert other_files(tmp_path, ("firms",)) == ["Firms.csv", "deals/", "firm.csv", "loans.parquet", "patents.pdf"]
