"""The item catalogue: rows by day, and every fault of a file by line and column."""

import csv
import datetime as dt

import pytest

from data.approvals.catalogue import (
    COLUMNS,
    Catalogue,
    CatalogueError,
    Fault,
    department_name,
    departments,
)

ROW = {
    "key": "food-licence", "valid_from": "2022-01-01", "valid_to": "2023-06-30", "zh": "食品经营许可",
    "en": "food business licence", "department_before": "market_regulation", "department_after": "approval_bureau",
    "transferred_on": "2023-01-01", "handling": "promised", "statutory_days": "20", "statutory_unit": "working",
    "promised_days": "5", "promised_unit": "working", "extension_days": "10", "legal_basis": "《食品安全法》第三十五条",
    "suspension_reasons": "inspection;expert_review", "synthetic": "1",
}  # fmt: skip
LATER = {**ROW, "valid_from": "2023-07-01", "valid_to": "", "promised_days": "3"}


def written(path, *rows, columns=COLUMNS):
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def faults(path, *rows):
    with pytest.raises(CatalogueError) as found:
        Catalogue.load(written(path, *rows))
    return found.value.faults


@pytest.fixture
def path(tmp_path):
    return tmp_path / "items.csv"


def test_the_row_of_a_day_has_that_days_promise_and_department(path):
    catalogue = Catalogue.load(written(path, LATER, ROW))
    assert catalogue.on(dt.date(2023, 6, 30))["food-licence"].promised_days == 5
    assert catalogue.on(dt.date(2023, 7, 1))["food-licence"].promised_days == 3
    assert catalogue.on(dt.date(2021, 12, 31)) == {}
    assert catalogue.find("food-licence", dt.date(2090, 1, 1)) == catalogue.items[-1]
    assert catalogue.find("other", dt.date(2023, 1, 1)) is None
    first = catalogue.items[0]
    assert first.department_on(dt.date(2022, 12, 31)) == "market_regulation"
    assert first.department_on(dt.date(2023, 1, 1)) == "approval_bureau"
    assert first.suspension_reasons == ("inspection", "expert_review")
    assert catalogue.name("food-licence") == ("食品经营许可", "food business licence")
    assert catalogue.name("other") is None


@pytest.mark.parametrize("first", ["2023-06-30", "2022-01-01", "2021-12-01"])
def test_two_rows_of_one_item_never_share_a_day(path, first):
    """One shared day is enough, also where the later line of the file begins earlier."""
    (fault,) = faults(path, ROW, {**LATER, "valid_from": first})
    assert fault.column == "valid_from"
    assert fault.found in (first, ROW["valid_from"])
    assert "of the same item" in fault.allowed


def test_a_period_within_a_longer_one_does_not_hide_the_overlap_after_it(path):
    long, inside = {**ROW, "valid_to": "2030-12-31"}, {**ROW, "valid_from": "2023-01-01", "valid_to": "2023-02-01"}
    after = {**ROW, "valid_from": "2025-01-01", "valid_to": ""}
    assert [fault.line for fault in faults(path, long, inside, after)] == [3, 4]


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("key", "Food"), ("key", ""), ("valid_from", ""), ("valid_from", "2022-02-30"), ("valid_from", "2022/01/01"),
        ("valid_to", "2021-12-31"), ("zh", ""), ("en", ""), ("department_before", "市监局"), ("transferred_on", ""),
        ("handling", "fast"), ("statutory_days", "-1"), ("statutory_days", "20.5"), ("statutory_days", ""),
        ("statutory_unit", "days"), ("promised_days", "21"), ("promised_unit", ""), ("extension_days", "ten"),
        ("legal_basis", ""), ("suspension_reasons", "lunch"), ("synthetic", "yes"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_column_and_what_was_found(path, column, found):
    (fault,) = faults(path, LATER, {**ROW, column: found})
    assert (fault.line, fault.column, fault.found) == (3, column, found)
    assert fault.allowed


def test_every_fault_is_named_at_once(path):
    broken = {**ROW, "handling": "fast", "promised_days": "x"}
    found = faults(path, broken, {**broken, "key": "", "suspension_reasons": "inspection;inspection"})
    assert [(fault.line, fault.column) for fault in found] == [
        (2, "handling"), (2, "promised_days"), (3, "handling"), (3, "key"), (3, "promised_days"),
        (3, "suspension_reasons"),
    ]  # fmt: skip


def test_an_item_handled_at_once_promises_the_same_day_or_the_next(path):
    (fault,) = faults(path, {**ROW, "handling": "immediate"})
    assert (fault.column, fault.found) == ("promised_days", "5")
    rows = ({**ROW, "key": f"a{days}", "handling": "immediate", "promised_days": days} for days in "01")
    assert len(Catalogue.load(written(path, *rows)).items) == 2


def test_columns_and_cells_are_complete(path):
    with pytest.raises(CatalogueError) as found:
        Catalogue.load(written(path, ROW, columns=(*COLUMNS[:-1], "colour")))
    assert [(fault.column, fault.allowed) for fault in found.value.faults] == [
        ("synthetic", "a column of this name"), ("colour", "no column of this name"),
    ]  # fmt: skip
    path.write_text(",".join(COLUMNS) + "\nfood,2022-01-01\n", encoding="utf-8")
    with pytest.raises(CatalogueError) as found:
        Catalogue.load(path)
    assert Fault(2, "key", "food", f"as many cells as there are columns, {len(COLUMNS)}") in found.value.faults
    assert [fault.column for fault in faults(path)] == ["key"]  # no row at all
    path.write_bytes((",".join(COLUMNS) + "\n食品经营许可").encode("gb18030"))
    with pytest.raises(CatalogueError, match="CSV in UTF-8"):
        Catalogue.load(path)


def test_departments_have_names():
    assert all(zh and en for zh, en in departments().values())
    assert department_name("water") == ("水利局", "Water Resources Bureau")
    assert department_name("other") == ("other", "other")
