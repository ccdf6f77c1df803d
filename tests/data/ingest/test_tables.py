from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sqlalchemy

from data.ingest import folder as ingest_folder
from data.ingest.folder import ingest_directory
from data.ingest.tables import IngestError, ingest
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.contract
DAY = pd.Timestamp("2024-06-30")


def snapshots(n: int = 6, **columns: object) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "uscc": [fictitious_uscc(number) for number in range(1, n + 1)],
            "period_end": pd.Timestamp("2023-12-31"),
            "known_at": pd.Timestamp("2024-05-31"),
        }
    )
    from data.codebook import read_codebook

    for item in read_codebook():
        table[item.key] = max(item.low, 0.0)
    return table.assign(**columns)


def facts(n: int = 6, **columns: object) -> pd.DataFrame:
    from data.codebook import read_credit_facts

    table = snapshots(n)[["uscc", "period_end", "known_at"]]
    for fact in read_credit_facts():
        table[fact.key] = 0.0
    return table.assign(**columns)


def values(good: object, bad: object, n: int = 6) -> list[object]:
    return [good] * (n - 1) + [bad]


ROW_FAULTS = [
    ("snapshots", {"uscc": values(fictitious_uscc(1), "914403001922038217")}, "check digit"),
    ("snapshots", {"known_at": values(pd.Timestamp("2024-05-31"), pd.Timestamp("2031-01-01"))}, "after 2024-06-30"),
    ("snapshots", {"rd_staff_ratio": values(0.3, 30.0)}, "outside [0, 1] ratio"),
    ("snapshots", {"rd_expense": values("12", "many")}, "is no number"),
    ("snapshots", {"founder_team_score": values(1.0, 1.5)}, "is no whole number"),
    ("snapshots", {"known_at": values(pd.Timestamp("2024-05-31"), pd.Timestamp("2023-01-01"))}, "period_end is after"),
    ("credit_facts", {"revenue_wan": values(100.0, -5.0)}, "outside [0,"),
    ("credit_facts", {"uscc": values(fictitious_uscc(1), None)}, "uscc: missing"),
]


@pytest.mark.parametrize(("table", "columns", "told"), ROW_FAULTS, ids=[fault[2] for fault in ROW_FAULTS])
def test_a_bad_row_is_quarantined_with_its_reason_and_line_and_the_rest_goes_on(table, columns, told):
    """Nothing is lost: kept and quarantined rows add up, and the reason says what was found and what is allowed."""
    made = {"snapshots": snapshots, "credit_facts": facts}[table]()
    fault = made.assign(**{key: value for key, value in columns.items() if key != "uscc"})
    if "uscc" in columns:
        fault.loc[5, "uscc"] = columns["uscc"][-1]
    result = ingest(fault, table, DAY)
    assert result.counts == {"read": 6, "kept": 5, "quarantined": 1}
    assert told in result.quarantine.loc[0, "reason"]
    assert result.quarantine.loc[0, "source_line"] == 7


def test_two_snapshots_of_one_firm_on_one_day_are_both_quarantined():
    """Nobody can say which of the two is right."""
    table = snapshots()
    table.loc[5, "uscc"] = table.loc[4, "uscc"]
    result = ingest(table, "snapshots", DAY)
    assert result.counts["quarantined"] == 2
    assert result.quarantine["reason"].str.contains("stands more than once").all()


def test_one_row_lists_all_its_faults():
    """Two faults of one row stand in one reason."""
    table = snapshots()
    table.loc[0, ["rd_staff_ratio", "patent_quality_index"]] = [9.0, -1.0]
    reason = ingest(table, "snapshots", DAY).quarantine.loc[0, "reason"]
    assert "rd_staff_ratio" in reason
    assert "patent_quality_index" in reason


def test_a_missing_and_an_unknown_column_stop_with_one_message():
    """A wrong header is a fault of the table, not of its rows."""
    table = snapshots().drop(columns=["rd_expense"]).assign(turnover=1)
    with pytest.raises(IngestError) as told:
        ingest(table, "snapshots", DAY)
    assert "rd_expense: column missing" in str(told.value)
    assert "turnover" in str(told.value)


def test_a_ratio_in_percent_stops_and_says_so():
    """A whole column in another unit is never quarantined row by row."""
    with pytest.raises(IngestError, match=r"rd_staff_ratio: 6 of 6 values outside \[0, 1\] ratio.*percent"):
        ingest(snapshots(rd_staff_ratio=30.0), "snapshots", DAY)


def test_a_table_of_no_rows_stops():
    """An empty delivery is an error, not a success with nothing in it."""
    with pytest.raises(IngestError, match="0 rows"):
        ingest(snapshots().head(0), "snapshots", DAY)


def test_nan_in_an_indicator_is_missing_not_wrong():
    """An agency may not know a value; the row stays and the value is unknown."""
    result = ingest(snapshots(rd_expense=np.nan), "snapshots", DAY)
    assert result.counts["quarantined"] == 0
    assert result.frame["rd_expense"].isna().all()


@pytest.mark.parametrize("kind", ["csv", "gb18030", "parquet", "xlsx", "sql"])
def test_every_kind_of_source_gives_the_same_table(kind, tmp_path):
    """CSV in two encodings with Chinese headers, Parquet, Excel and SQL differ in nothing that matters."""
    table = snapshots()
    source = tmp_path / f"snapshots.{'csv' if kind == 'gb18030' else kind}"
    if kind == "csv":
        table.to_csv(source, index=False)
    elif kind == "gb18030":
        table.rename(columns={"rd_expense": "研发费用"}).to_csv(source, index=False, encoding="gb18030")
    elif kind == "parquet":
        table.to_parquet(source)
    elif kind == "xlsx":
        table.to_excel(source, index=False)
    else:
        source = f"sqlite:///{tmp_path / 'zone.sqlite'}"
        engine = sqlalchemy.create_engine(source)
        table.to_sql("snapshots", engine, index=False)
        engine.dispose()
    expected = ingest(table, "snapshots", DAY).frame
    pd.testing.assert_frame_equal(ingest(source, "snapshots", DAY).frame, expected)


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


def test_a_record_of_an_enterprise_that_was_gone_is_quarantined(cohort):
    """No loan, application or figure on or after the day on which the enterprise closed or left."""
    register, loans = cohort.tables["enterprises"], cohort.tables["loans"].head(50)
    first = loans.iloc[0]
    for column in ("closed_on", "left_on"):
        for shift, kept in ((0, 49), (1, 50)):
            exits = register.loc[register["uscc"].isin(set(loans["uscc"]))].assign(closed_on=pd.NaT, left_on=pd.NaT)
            exits.loc[exits["uscc"] == first["uscc"], column] = first["granted_on"] + pd.Timedelta(days=shift)
            alone = loans.loc[(loans["uscc"] != first["uscc"]) | (loans["loan_id"] == first["loan_id"])]
            result = ingest(alone, "loans", DAY, enterprises=exits)
            assert result.counts["kept"] == kept - (len(loans) - len(alone))
    assert (
        "granted_on: the enterprise closed or left on"
        in ingest(alone, "loans", DAY, enterprises=exits.assign(left_on=pd.Timestamp("2000-01-01"))).quarantine.loc[
            0, "reason"
        ]
    )


def test_an_exit_before_the_founding_is_quarantined(cohort):
    """An enterprise cannot close before it was founded."""
    register = cohort.tables["enterprises"].head(10).copy()
    register.loc[0, "closed_on"] = register.loc[0, "founded_on"] - pd.Timedelta(days=1)
    assert "founded_on is after closed_on" in ingest(register, "enterprises", DAY).quarantine.loc[0, "reason"]


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
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["quarantine", "tables"]
    assert not list(tmp_path.glob(".ingest-*"))
