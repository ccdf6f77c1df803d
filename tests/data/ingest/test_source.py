"""Every kind of file and database is read alike; what cannot be read is named."""

from __future__ import annotations

import zipfile

import pandas as pd
import pytest
import sqlalchemy

from data.ingest.folder import ingest_directory
from data.ingest.tables import IngestError, ingest
from tests.data.ingest.conftest import DAY, as_rows, facts, invoices, register, snapshots, workbook


@pytest.mark.contract
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


@pytest.mark.law
def test_every_sheet_of_a_workbook_is_read(tmp_path):
    """Sheets 2023 and 2024 with 25 rows each: 50 read, whatever the order of columns, positions named by sheet."""
    both = pd.concat([invoices(), invoices()] * 5, ignore_index=True).head(50)
    both["invoice_no"] = [f"{number:020d}" for number in range(50)]
    both.loc[30, "uscc"] = "wrong"
    first, second = both.head(25), both.tail(25)[list(both.columns[::-1])]
    workbook(tmp_path / "invoices.xlsx", {"2023": as_rows(first), "2024": as_rows(second), "empty": []})
    result = ingest(tmp_path / "invoices.xlsx", "invoices", DAY)
    assert result.counts == {"read": 50, "kept": 49, "quarantined": 1}
    assert result.quarantine.loc[0, ["source_sheet", "source_line"]].tolist() == ["2024", 7]
    assert result.frame["invoice_no"].tolist() == both["invoice_no"].drop(30).tolist()


@pytest.mark.law
def test_sheets_with_other_columns_are_one_fault_that_names_them(tmp_path):
    """Notes on a second sheet are no rows of the table."""
    workbook(tmp_path / "invoices.xlsx", {"2023": as_rows(invoices()), "说明": [["made by the tax office"]]})
    with pytest.raises(IngestError, match=r"sheets with different columns.*'2023'.*'说明'"):
        ingest(tmp_path / "invoices.xlsx", "invoices", DAY)


@pytest.mark.law
def test_a_cell_that_gives_no_value_is_quarantined_with_its_address(tmp_path):
    """An error, a formula without its result, a merged cell: never a missing value."""
    path = tmp_path / "credit_facts.xlsx"
    rows = as_rows(facts(6).assign(period_end="2023-12-31", known_at="2024-05-31"))
    book = workbook(path, {"facts": rows})
    sheet = book["facts"]
    sheet["D2"], sheet["E3"] = "#DIV/0!", "=1+1"
    sheet["D2"].data_type = "e"
    sheet.merge_cells("F4:F5")
    book.save(path)
    result = ingest(path, "credit_facts", DAY)
    assert result.counts["quarantined"] == 3
    answer = result.quarantine["reason"].tolist()
    assert "cell facts!D2 holds #DIV/0!" in answer[0]
    assert "cell facts!E3 holds a formula without its result" in answer[1]
    assert "cell facts!F5 is merged with another" in answer[2]


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")


OTHERS = {
    "an HTML or XML page": lambda path: path.write_text("<html><table><tr><td>1</td></tr></table></html>"),
    "nothing: the file is empty": lambda path: path.write_bytes(b""),
    ".parquet": lambda path: invoices().to_parquet(path),
    "an old .xls workbook": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "a workbook protected by a password": lambda path: path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    ),
    "an archive that is no workbook": zipped,
    "binary data": lambda path: path.write_bytes(b"\x01\x02\0\x03"),
}


@pytest.mark.law
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet"])
@pytest.mark.parametrize("found", OTHERS)
def test_a_file_of_another_kind_is_named_with_the_faults_of_other_tables(found, suffix, tmp_path):
    """One message: the file, what it holds, what is allowed; and what is wrong with the tables beside it."""
    path = tmp_path / f"invoices{suffix}"
    OTHERS[found](path)
    if found == suffix:
        return
    with pytest.raises(IngestError) as answer:
        ingest_directory(tmp_path, tmp_path / "out", DAY)
    assert f"invoices: {path.name} holds {found}" in str(answer.value)
    assert f"its ending is {suffix}; allowed: ['.csv', '.parquet', '.xlsx']" in str(answer.value)
    assert "enterprises: 0 files" in str(answer.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.law
def test_a_view_is_read_and_a_database_that_is_not_there_is_an_error(tmp_path):
    """No empty database is made where a path was mistyped."""
    url = f"sqlite:///{tmp_path / 'zone.sqlite'}"
    with pytest.raises(IngestError, match="there is no database file"):
        ingest(url, "enterprises", DAY)
    assert not list(tmp_path.iterdir())
    (tmp_path / "zone.sqlite").touch()
    engine = sqlalchemy.create_engine(url)
    register().to_sql("all_firms", engine, index=False)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE VIEW enterprises AS SELECT * FROM all_firms"))
    engine.dispose()
    pd.testing.assert_frame_equal(ingest(url, "enterprises", DAY).frame, ingest(register(), "enterprises", DAY).frame)


ZH = {"uscc": "统一社会信用代码", "name": "企业名称", "founded_on": "成立日期"}


@pytest.mark.law
@pytest.mark.parametrize(
    "layout", ["plain", "upper", "chinese", "tab", "semicolon", "title", "title and note", "CSV", "xlsx", "xlsx title"]
)
def test_the_same_table_gives_the_same_rows(layout, tmp_path):
    """However a table is laid out, and with a firm named `None`."""
    table = register(name=["None", "NA", "甲", "乙", "丙", "丁"])
    expected = ingest(table, "enterprises", DAY).frame
    assert expected["name"].tolist()[:2] == ["None", "NA"]
    path = tmp_path / f"enterprises{'.CSV' if layout == 'CSV' else '.xlsx' if 'xlsx' in layout else '.csv'}"
    if layout == "upper":
        table = table.rename(columns=str.upper)
    if layout == "chinese":
        table = table.rename(columns=ZH)
    above = [["企业名录 2024"]] if "title" in layout else []
    above += [["单位", "万元"]] if "note" in layout else []
    if "xlsx" in layout:
        workbook(path, {"a": [*above, *as_rows(table)]})
    else:
        delimiter = {"tab": "\t", "semicolon": ";"}.get(layout, ",")
        lines = [delimiter.join(map(str, row)) for row in [*above, *as_rows(table)]]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pd.testing.assert_frame_equal(ingest(path, "enterprises", DAY).frame, expected)
    with pytest.raises(IngestError, match="snapshots: 0 files") as answer:
        ingest_directory(tmp_path, tmp_path / "out", DAY)
    assert "enterprises:" not in str(answer.value)


@pytest.mark.law
def test_the_line_of_a_row_below_a_title_is_the_line_of_the_file(tmp_path):
    """A person finds the row where the quarantine says it is."""
    table = register()
    table.loc[2, "uscc"] = "wrong"
    path = tmp_path / "enterprises.csv"
    path.write_text("a title\n\n" + table.to_csv(index=False), encoding="utf-8")
    assert ingest(path, "enterprises", DAY).quarantine.loc[0, "source_line"] == 6
