"""Codes against the tables of the day."""

from __future__ import annotations

import datetime as dt

import pytest

CODES = {
    "CustomMaster": "9999", "IEPort": "9999", "TrafMode": "Q", "TradeMode": "0001", "CutMode": "000",
    "TradeCountry": "XXX", "TradeAreaCode": "XXX", "DistinatePort": "XXX999", "EntyPortCode": "999998",
    "WrapType": "55",
}  # fmt: skip
LINE = {"GUnit": "900", "TradeCurr": "XXX", "OriginCountry": "XXX", "DistrictCode": "00000", "DutyMode": "0",
        "Purpose": "00", "GoodsAttr": "19,77"}  # fmt: skip


@pytest.mark.parametrize("name", CODES)
def test_a_code_of_the_head_that_is_in_no_table(ids, name):
    assert ids(**{name: CODES[name]}) == [("code_unknown", f"DecHead/{name}")]


@pytest.mark.parametrize("name", LINE)
def test_a_code_of_goods_that_is_in_no_table(ids, name):
    assert ("code_unknown", f"DecLists/DecList[1]/{name}") in ids(goods=[{name: LINE[name]}])


def test_codes_of_documents_and_containers(ids):
    wrong = ids(documents=[{"EdocCode": "x"}], containers=[{"ContainerId": "CSQU3054383", "ContainerMd": "99"}])
    assert wrong == [
        ("code_unknown", "DecContainers/Container[1]/ContainerMd"),
        ("code_unknown", "EdocRealation[1]/EdocCode"),
    ]


def test_a_former_code_names_its_successor(find):
    """Countries had three digits until 2018-07-31; a container size S has become three sizes."""
    (country,) = find(TradeCountry="502")
    assert (country.rule_id, country.severity, country.allowed) == ("code_former", "warning", "USA")
    (size,) = find(containers=[{"ContainerId": "CSQU3054383", "ContainerMd": "S"}])
    assert (size.rule_id, size.allowed) == ("code_former", "21, 22, 23")


def test_a_code_of_the_tariff_that_ended_the_year_before(find):
    """1211209100 was deleted on 2020-01-01."""
    (ended,) = find(goods=[{"CodeTS": "1211209100"}])
    assert (ended.rule_id, ended.severity, ended.allowed) == ("code_not_in_force", "error", "/2019-12-31")


def test_a_mode_of_supervision_changes_on_its_day(find):
    (early,) = find(dt.date(2020, 6, 30), TradeMode="9710")
    assert (early.rule_id, early.allowed) == ("code_not_in_force", "2020-07-01/")
    assert find(dt.date(2020, 7, 1), TradeMode="9710") == []


@pytest.mark.parametrize("day", [dt.date(2019, 12, 31), dt.date(2021, 1, 1), dt.date(2026, 3, 1)])
def test_a_day_without_tables_gives_no_verdict(find, day):
    """8525.80 was split in 2022, and a member unknown in 2020 may be right now: nothing is called wrong."""
    goods = [{"CodeTS": "8525891900", "FirstUnit": "001", "GUnit": "001", "TradeCurr": "XXX"}]
    found = find(day, goods=goods, **CODES)
    assert {(one.rule_id, one.severity) for one in found} == {("no_table", "not_checked")}
    (tariff,) = (one for one in found if "CodeTS" in one.found)
    assert tariff.where == "DecLists/DecList[1]/CodeTS"
    assert tariff.allowed == "2020-01-01/2020-12-31"
    assert tariff.found == "CodeTS, FirstUnit, SecondUnit, DocuCode"


def test_nature_of_levy_and_direction(ids):
    """789 is "imported equipment of encouraged projects": of imports alone."""
    assert ids(CutMode="789") == [("levy_direction", "DecHead/CutMode")]


def test_nature_of_levy_and_mode_of_supervision(ids):
    """503 is of processing with purchased materials: 0615 fits, general trade does not."""
    assert ids(CutMode="503", TradeMode="0615") == []
    assert ids(CutMode="503") == [("levy_supervision", "DecHead/CutMode")]
    assert ids(CutMode="") == []
