"""Code tables by their days."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import pairwise

import pytest

from data.clearance.codes import FOLDER, Codes
from data.codebook import reference_path

IN_2020 = dt.date(2020, 5, 18)
SOURCES = "file,title,en,issuer,as_of,valid_from,valid_to,rows,note\n"


@pytest.fixture(scope="module")
def codes():
    return Codes.load()


@pytest.fixture
def small(tmp_path):
    """Two editions of one code, known from 2019 to 2021."""
    (tmp_path / "sources.csv").write_text(SOURCES + "units.csv,单位,units,nobody,2021,2019-01-01,2021-12-31,3,\n")
    rows = "code,zh,valid_from,valid_to\n1,新,2020-07-01,\n1,旧,,2020-06-30\n2,只,2021-01-01,2021-01-31\n"
    (tmp_path / "units.csv").write_text(rows, encoding="utf-8")
    return Codes.load(tmp_path)


@pytest.mark.parametrize(
    ("day", "zh"),
    [("2018-12-31", None), ("2019-01-01", "旧"), ("2020-06-30", "旧"), ("2020-07-01", "新"), ("2021-12-31", "新"),
     ("2022-01-01", None)],
)  # fmt: skip
def test_a_code_changes_on_its_day_and_is_unknown_outside_the_known_period(small, day, zh):
    tables = small.on(dt.date.fromisoformat(day))
    found = tables.find("units", "1")
    assert (found.zh if found else None) == zh
    assert tables.known("units") is (zh is not None)


def test_a_name_is_that_of_the_day_else_the_newest(small):
    assert small.on(dt.date(2020, 1, 1)).name("units", "1") == "旧"
    assert small.on(dt.date(2030, 1, 1)).name("units", "1") == "新"
    assert small.on(dt.date(2020, 1, 1)).name("units", "9") == ""


def test_what_a_former_code_has_become(codes):
    """A container of the former size S is one of three sizes now; a table without former codes has none."""
    tables = codes.on(IN_2020)
    assert [row.code for row in tables.successors("container_sizes", "S")] == ["21", "22", "23"]
    assert [row.code for row in tables.successors("countries", "502")] == ["USA"]
    assert tables.successors("countries", "USA") == tables.successors("units", "1") == []
    assert codes.on(dt.date(2026, 3, 1)).successors("countries", "502") == []


def test_loading_reads_nothing_until_a_table_is_used(tmp_path):
    """A folder that is not there costs nothing and fails only when it is used."""
    codes = Codes.load(tmp_path / "absent")
    with pytest.raises(FileNotFoundError):
        codes.on(IN_2020).known("units")


def test_an_unknown_table_is_a_key_error(codes):
    with pytest.raises(KeyError):
        codes.source("nothing")


def test_the_tariff_is_of_2020_alone(codes):
    """8525.80 was split in 2022: a day after 2020 has no tariff, so nothing is concluded of any code."""
    camera = "8525801301"
    assert codes.on(IN_2020).find("tariff", camera) is not None
    for day in (dt.date(2019, 12, 31), dt.date(2021, 1, 1), dt.date(2026, 3, 1)):
        assert not codes.on(day).known("tariff")
        assert codes.on(day).find("tariff", camera) is None
    assert codes.on(dt.date(2026, 3, 1)).name("tariff", camera)


def test_deleted_and_added_codes_of_2020(codes):
    """1211209100 was deleted and 1211209110 added on 2020-01-01."""
    assert codes.on(IN_2020).find("tariff", "1211209100") is None
    assert codes.rows("tariff", "1211209100")[-1].valid_to == dt.date(2019, 12, 31)
    assert codes.on(IN_2020).find("tariff", "1211209110").valid_from == dt.date(2020, 1, 1)


def test_supervision_modes_of_july_2020(codes):
    """9710 and 9810 came on 2020-07-01 (announcement 2020 no. 75)."""
    assert codes.on(dt.date(2020, 6, 30)).find("supervision_modes", "9710") is None
    assert codes.on(dt.date(2020, 7, 1)).find("supervision_modes", "9710").zh == "跨境电商B2B直接出口"


def test_former_codes_of_countries_and_currencies(codes):
    tables = codes.on(IN_2020)
    assert tables.find("countries", "502") is None
    assert tables.name("countries", "502") == "美国" == tables.find("countries", "USA").zh
    assert tables.find("currencies", "USD").values == {"former_code": "502", "decimals": "2"}
    assert tables.find("currencies", "JPY").values["decimals"] == "0"


def test_every_table_has_its_source_and_no_code_twice_on_one_day(codes):
    """The files are those of the list, with as many rows as it says, small enough to ship."""
    folder = reference_path(FOLDER)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_500_000
    names = {path.stem for path in folder.glob("*.csv")} - {"sources"}
    for name in names:
        source = codes.source(name)
        with (folder / source.file).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        assert source.rows == len(rows)
        assert source.title
        assert source.en
        assert source.as_of.startswith("2020")
        assert source.valid_from <= source.valid_to
        periods = sorted((row["code"], row.get("valid_from", ""), row.get("valid_to", "")) for row in rows)
        for (code, _, last), (following, first, _) in pairwise(periods):
            assert code != following or (last and last < first), (name, code)
