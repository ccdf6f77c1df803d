"""Tables as people make them: what means one thing only is read, what does not is named, nothing is lost in silence."""

from __future__ import annotations

import datetime as dt
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import sqlalchemy
from typer.testing import CliRunner

from data.ingest.folder import ingest_directory
from data.ingest.rules import Field
from data.ingest.tables import IngestError, ingest
from data.ingest.values import DIGITS_LOST, typed_column
from data.uscc import fictitious_uscc
from tests.data.ingest.test_tables import DAY, facts, snapshots

pytestmark = pytest.mark.law
CODES = [fictitious_uscc(number) for number in range(1, 7)]


def register(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"uscc": CODES, "name": [f"firm {number}" for number in range(6)]})
    return table.assign(founded_on="2015-12-25", industry="iot", size_rule="software").assign(**columns)


def invoices(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"uscc": CODES, "invoice_no": [f"{number:020d}" for number in range(6)]})
    rest = {"issued_on": "2024-01-31", "direction": "sale", "counterparty": "P1", "amount_cny": 100.0, "tax_cny": 6.0}
    return table.assign(**rest, valid=True).assign(**columns)


NUMBERS = [  # as written, unit of the column, value
    ("1,234", "wan_cny", 1234.0),
    ("1,234,567.5", "wan_cny", 1234567.5),
    ("１２３４", "wan_cny", 1234.0),
    ("１，２３４．５", "wan_cny", 1234.5),
    ("（1,234）", "wan_cny", -1234.0),
    ("(12.5)", "wan_cny", -12.5),
    ("−3", "wan_cny", -3.0),
    ("350万", "wan_cny", 350.0),
    ("350 万元", "wan_cny", 350.0),
    ("1.2亿", "wan_cny", 12_000.0),
    ("¥1,200,000", "wan_cny", 120.0),
    ("￥1200000元", "wan_cny", 120.0),
    ("1200000元", "wan_cny", 120.0),
    ("5.3%", "ratio", 0.053),
    ("５．３％", "ratio", 0.053),
    ("3万", "cny", 30_000.0),
    ("¥30.5", "cny", 30.5),
    ("12人", "count", 12.0),
    ("36个月", "months", 36.0),
    ("是", "flag", 1.0),
    ("否", "flag", 0.0),
]


@pytest.mark.parametrize(("written", "unit", "value"), NUMBERS, ids=[one[0] for one in NUMBERS])
def test_a_number_is_read_as_people_write_it(written, unit, value):
    """Each notation has one value, and is noted where it is more than digits."""
    made = typed_column(pd.Series([written] * 6, dtype=object), Field("number", unit=unit))
    assert made.values.tolist() == [value] * 6
    assert made.faults.empty
    assert made.notes or written == "−3"


@pytest.mark.parametrize(
    "written", ["1,23", "12,34,567", "1.234,5", "5%%", "(5", "--5", "1 万 2", "abc", "1e400x", "五万"]
)
def test_what_could_mean_two_things_or_none_is_no_number(written):
    """Nothing is guessed."""
    made = typed_column(pd.Series([written], dtype=object), Field("number", unit="wan_cny"))
    assert made.values.isna().all()
    assert made.faults.to_dict() == {0: "is no number"}


@pytest.mark.parametrize("word", ["-", "—", "/", "无", "N/A", "null", "", " ", "－", "None"])
def test_words_for_nothing_are_missing_in_numbers_and_days(word):
    """A dash in a column of numbers or days is no value and no fault."""
    for kind in ("number", "date"):
        made = typed_column(pd.Series([word], dtype=object), Field(kind))
        assert made.empty.all()
        assert made.faults.empty


def test_a_unit_counts_where_the_column_agrees_and_a_cell_that_does_not_is_at_fault():
    """Six values in per cent are read; one bare number among them could be either, so it is quarantined."""
    field = Field("number", unit="ratio", low=0, high=1)
    made = typed_column(pd.Series(["5%", "6%", "7%", "8%", "0", "0.3"], dtype=object), field)
    assert made.values.tolist()[:5] == [0.05, 0.06, 0.07, 0.08, 0.0]
    assert made.faults.to_dict() == {5: "does not agree with the other cells about the unit"}
    few = typed_column(pd.Series(["5%", "0.06", "0.07", "0.08"], dtype=object), field)
    assert few.faults.to_dict() == {0: "does not agree with the other cells about the unit"}
    assert "allowed: %" in typed_column(pd.Series(["5万"], dtype=object), field).faults[0]


def test_a_column_in_per_cent_is_read_and_told_and_one_that_does_not_agree_stops_the_table():
    """`rd_staff_ratio` as `5.3%` throughout: the same rows as 0.053, with a note; half and half: the table stops."""
    result = ingest(snapshots(rd_staff_ratio="5.3%"), "snapshots", DAY)
    pd.testing.assert_frame_equal(result.frame, ingest(snapshots(rd_staff_ratio=0.053), "snapshots", DAY).frame)
    assert "rd_staff_ratio: 6 values in % read as ratio" in result.notes
    mixed = snapshots(12, rd_staff_ratio=["5.3%", "0.053"] * 6)
    with pytest.raises(IngestError, match=r"rd_staff_ratio: 6 of 12 cells cannot be used.*agree.*allowed: a number"):
        ingest(mixed, "snapshots", DAY)


def test_thousands_separators_do_not_select_small_enterprises():
    """The largest firms stay: 1,234 is a number."""
    table = facts(revenue_wan=["12", "1,234", "12,345", "7", "8", "9"])
    assert ingest(table, "credit_facts", DAY).frame["revenue_wan"].tolist() == [12, 1234, 12345, 7, 8, 9]


@pytest.mark.parametrize("bracket", ["({})", "（{}）", "[{}]"])
def test_a_unit_in_the_title_holds_for_the_column(bracket):
    """营业收入（元） is read in yuan, 营业收入（万元） as it stands; any other unit stops the table."""
    for unit, factor in (("元", 10_000), ("万元", 1), ("亿元", 0.0001)):
        table = facts(revenue_wan=120.0 * factor).rename(columns={"revenue_wan": "营业收入" + bracket.format(unit)})
        assert ingest(table, "credit_facts", DAY).frame["revenue_wan"].round(9).tolist() == [120.0] * 6
    table = facts().rename(columns={"revenue_wan": "营业收入" + bracket.format("%")})
    with pytest.raises(IngestError, match=r"revenue_wan: .*is in %, allowed: 万, 亿, 元"):
        ingest(table.assign(**{table.columns[3]: 5.0}), "credit_facts", DAY)


DATES = ["2015年12月25日", "2015.12.25", "2015/12/25", "20151225", "２０１５－１２－２５", "42363", 42363, 42363.0]


@pytest.mark.parametrize("written", [*DATES, dt.date(2015, 12, 25)], ids=str)
def test_a_day_is_read_as_people_write_it(written):
    """Every notation gives the same row."""
    made = ingest(register(founded_on=pd.Series([written] * 6, dtype=object)), "enterprises", DAY).frame
    assert set(made["founded_on"]) == {pd.Timestamp("2015-12-25")}


def test_a_serial_number_among_days_is_a_fault_and_so_is_an_offset_from_utc():
    """A single 42363 among days may be a typing error; an offset may move the day."""
    made = ingest(register(founded_on=["2015-12-25"] * 5 + ["42363"]), "enterprises", DAY)
    assert made.quarantine["reason"].tolist() == ["founded_on: 42363 is no date"]
    made = ingest(register(founded_on=["2015-12-25"] * 5 + ["2015-12-25T23:00:00-08:00"]), "enterprises", DAY)
    assert "is no date" in made.quarantine["reason"][0]


@pytest.mark.parametrize(("yes", "no"), [("是", "否"), ("TRUE", "FALSE"), ("Y", "N"), ("１", "０")])
def test_flags_as_people_write_them(yes, no):
    """是 and 否 in a flag, also in a veto of the credit facts."""
    assert ingest(invoices(valid=[yes, no] * 3), "invoices", DAY).frame["valid"].tolist() == [True, False] * 3
    veto = ingest(facts(dishonest_debtor=[no, yes] * 3), "credit_facts", DAY).frame["dishonest_debtor"]
    assert veto.tolist() == [0.0, 1.0] * 3


WRONG = [
    ("enterprises", register(industry="Industry 4.0"), "industry: 6 of 6.*allowed: one of"),
    (
        "enterprises",
        register(founded_on="soon"),
        "founded_on: 6 of 6.*soon is no date.*allowed: a day such as 2024-06-30",
    ),
    ("enterprises", register(founded_on="2031-01-01"), "founded_on: 6 of 6.*is in the future"),
    ("enterprises", register(uscc=[f"X{n}" for n in range(6)]), "uscc: 6 of 6"),
    ("enterprises", register(name=None), "name: 6 of 6 cells cannot be used: missing"),
    ("invoices", invoices(amount_cny="viel"), "amount_cny: 6 of 6.*viel is no number.*allowed: a number from"),
    ("invoices", invoices(valid="maybe"), "valid: 6 of 6.*allowed: true or false"),
]


@pytest.mark.parametrize(("table", "frame", "told"), WRONG, ids=[one[2][:20] for one in WRONG])
def test_a_column_that_is_wrong_throughout_stops_the_table(table, frame, told):
    """Its rows are not quarantined one by one: the message names column, what was found and what is allowed."""
    with pytest.raises(IngestError, match=told):
        ingest(frame, table, DAY)


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


def test_every_sheet_of_a_workbook_is_read(tmp_path):
    """Sheets 2023 and 2024 with 25 rows each: 50 read, in whatever order the columns are, the place told by sheet."""
    both = pd.concat([invoices(), invoices()] * 5, ignore_index=True).head(50)
    both["invoice_no"] = [f"{number:020d}" for number in range(50)]
    both.loc[30, "uscc"] = "wrong"
    first, second = both.head(25), both.tail(25)[list(both.columns[::-1])]
    workbook(tmp_path / "invoices.xlsx", {"2023": as_rows(first), "2024": as_rows(second), "empty": []})
    result = ingest(tmp_path / "invoices.xlsx", "invoices", DAY)
    assert result.counts == {"read": 50, "kept": 49, "quarantined": 1}
    assert result.quarantine.loc[0, ["source_sheet", "source_line"]].tolist() == ["2024", 7]
    assert result.frame["invoice_no"].tolist() == both["invoice_no"].drop(30).tolist()


def test_sheets_with_other_columns_are_one_fault_that_names_them(tmp_path):
    """Notes on a second sheet are no rows of the table."""
    workbook(tmp_path / "invoices.xlsx", {"2023": as_rows(invoices()), "说明": [["made by the tax office"]]})
    with pytest.raises(IngestError, match=r"sheets with different columns.*'2023'.*'说明'"):
        ingest(tmp_path / "invoices.xlsx", "invoices", DAY)


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
    told = result.quarantine["reason"].tolist()
    assert "cell facts!D2 holds #DIV/0!" in told[0]
    assert "cell facts!E3 holds a formula without its result" in told[1]
    assert "cell facts!F5 is merged with another" in told[2]


def test_twenty_digits_that_were_stored_as_numbers_are_called_lost(tmp_path):
    """One message, not 300 rows that stand more than once; the same digits as text are kept."""
    numbers = [12345678901234567000 + place for place in range(6)]
    workbook(tmp_path / "invoices.xlsx", {"a": as_rows(invoices(invoice_no=[float(n) for n in numbers]))})
    with pytest.raises(IngestError, match=rf"invoice_no: 6 of 6 .*{DIGITS_LOST}"):
        ingest(tmp_path / "invoices.xlsx", "invoices", DAY)
    with pytest.raises(IngestError, match=DIGITS_LOST):
        ingest(invoices(invoice_no="1.23457E+19"), "invoices", DAY)
    workbook(tmp_path / "invoices.xlsx", {"a": as_rows(invoices(invoice_no=[str(n) for n in numbers]))})
    assert ingest(tmp_path / "invoices.xlsx", "invoices", DAY).counts["kept"] == 6
    short = ingest(invoices(invoice_no=[float(n) for n in range(100, 106)]), "invoices", DAY).frame["invoice_no"]
    assert short.tolist() == [str(n) for n in range(100, 106)]


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


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".parquet"])
@pytest.mark.parametrize("found", OTHERS)
def test_a_file_of_another_kind_is_named_with_the_faults_of_other_tables(found, suffix, tmp_path):
    """One message: the file, what it holds, what is allowed; and what is wrong with the tables beside it."""
    path = tmp_path / f"invoices{suffix}"
    OTHERS[found](path)
    if found == suffix:
        return
    with pytest.raises(IngestError) as told:
        ingest_directory(tmp_path, tmp_path / "out", DAY)
    assert f"invoices: {path.name} holds {found}" in str(told.value)
    assert f"its ending says {suffix}; allowed: ['.csv', '.parquet', '.xlsx']" in str(told.value)
    assert "enterprises: 0 files" in str(told.value)
    assert not (tmp_path / "out").exists()


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
    with pytest.raises(IngestError, match="snapshots: 0 files") as told:
        ingest_directory(tmp_path, tmp_path / "out", DAY)
    assert "enterprises:" not in str(told.value)


def test_the_line_of_a_row_below_a_title_is_the_line_of_the_file(tmp_path):
    """A person finds the row where the quarantine says it is."""
    table = register()
    table.loc[2, "uscc"] = "wrong"
    path = tmp_path / "enterprises.csv"
    path.write_text("a title\n\n" + table.to_csv(index=False), encoding="utf-8")
    assert ingest(path, "enterprises", DAY).quarantine.loc[0, "source_line"] == 6


def small_cohort(cohort, folder):
    known = set(cohort.tables["enterprises"]["uscc"].head(60))
    for name, table in cohort.tables.items():
        table.loc[table["uscc"].isin(known)].head(500).to_parquet(folder / f"{name}.parquet")


def test_too_many_quarantined_rows_stop_the_pipeline_and_are_told(cohort, tmp_path, monkeypatch):
    """Above the share of params.yaml: exit 1, the columns at fault printed, the rows kept for looking, no tables."""
    from training.__main__ import app
    from training.pipeline import ingest as stage

    raw = tmp_path / "raw"
    raw.mkdir()
    small_cohort(cohort, raw)
    loans = pd.read_parquet(raw / "loans.parquet")
    loans.loc[loans.index[: max(len(loans) // 5, 1)], "amount_wan"] = -1.0
    loans.to_parquet(raw / "loans.parquet")
    monkeypatch.setattr(stage, "RAW", raw)
    monkeypatch.setattr(stage, "DERIVED", tmp_path / "out")
    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path / "artifacts")
    failed = CliRunner().invoke(app, ["ingest"])
    assert failed.exit_code == 1
    told = " ".join(failed.output.split())
    assert "loans:" in told
    assert "amount_wan:" in told
    assert len(pd.read_parquet(tmp_path / "out/quarantine/loans.parquet")) == max(len(loans) // 5, 1)
    assert not (tmp_path / "out/tables").exists()
    loans["amount_wan"] = np.abs(loans["amount_wan"])
    loans.to_parquet(raw / "loans.parquet")
    passed = CliRunner().invoke(app, ["ingest"])
    assert passed.exit_code == 0, passed.output
    assert f"loans: read {len(loans)}, kept {len(loans)}, quarantined 0" in passed.output
