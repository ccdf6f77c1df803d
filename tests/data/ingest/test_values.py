"""Cells as people write them: what means one thing only is read, what does not is named."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from data.ingest.rules import Field
from data.ingest.tables import IngestError, ingest
from data.ingest.values import DIGITS_LOST, in_normal_form, parse_fault, typed_column
from tests.data.ingest.conftest import DAY, as_rows, facts, invoices, register, snapshots, workbook

pytestmark = pytest.mark.law
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


def test_a_column_in_per_cent_is_read_and_reported_and_one_that_does_not_agree_stops_the_table():
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
    """营业收入（元） is read in yuan, 营业收入（万元） as it is; any other unit stops the table."""
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


def test_twenty_digits_that_were_stored_as_numbers_are_called_lost(tmp_path):
    """One message, not 300 rows that occur more than once; the same digits as text are kept."""
    numbers = [12345678901234567000 + position for position in range(6)]
    workbook(tmp_path / "invoices.xlsx", {"a": as_rows(invoices(invoice_no=[float(n) for n in numbers]))})
    with pytest.raises(IngestError, match=rf"invoice_no: 6 of 6 .*{DIGITS_LOST}"):
        ingest(tmp_path / "invoices.xlsx", "invoices", DAY)
    with pytest.raises(IngestError, match=DIGITS_LOST):
        ingest(invoices(invoice_no="1.23457E+19"), "invoices", DAY)
    workbook(tmp_path / "invoices.xlsx", {"a": as_rows(invoices(invoice_no=[str(n) for n in numbers]))})
    assert ingest(tmp_path / "invoices.xlsx", "invoices", DAY).counts["kept"] == 6
    short = ingest(invoices(invoice_no=[float(n) for n in range(100, 106)]), "invoices", DAY).frame["invoice_no"]
    assert short.tolist() == [str(n) for n in range(100, 106)]


def test_texts_that_can_be_parsed_are_kept_in_their_normal_form():
    """The others are left as they are, and their fault is what the parser says."""

    def upper(text: str) -> str:
        if " " in text:
            raise ValueError(f"{text!r} has a space")
        return text.upper()

    field = Field("text", parse=upper)
    column = in_normal_form(typed_column(pd.Series(["a1", "b c", None, "A1"]), field), field)
    assert column.values.fillna("").tolist() == ["A1", "b c", "", "A1"]
    assert [parse_fault(text, field) for text in ("A1", "b c")] == [None, "'b c' has a space"]
    assert parse_fault("b c", Field("text")) is None
