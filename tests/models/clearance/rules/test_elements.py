"""Rules of single elements: one declaration that passes, one that fails, for each."""

from __future__ import annotations

import datetime as dt

import pytest

from models.clearance.rules.elements import day_of


def test_a_right_declaration_has_no_findings(find):
    """The law of all files here: what they change is the only thing that is wrong."""
    assert find() == []


@pytest.mark.parametrize("name", ["IEFlag", "CustomMaster", "TradeMode", "GrossWet", "NetWt", "PackNo", "TradeName"])
def test_needed_elements_of_the_head(ids, name):
    assert ("element_missing", f"DecHead/{name}") in ids(**{name: " "})


@pytest.mark.parametrize("name", ["CodeTS", "GName", "GQty", "DeclTotal", "FirstQty", "OriginCountry", "DutyMode"])
def test_needed_elements_of_each_goods_line(ids, name):
    assert ids(goods=[{}, {name: ""}], NetWt="240")[0] == ("element_missing", f"DecLists/DecList[2]/{name}")


def test_elements_of_one_direction(ids):
    """An export needs its overseas consignee; an import its consignor, its port of departure and its date."""
    assert ids(OverseasConsigneeEname="") == [("element_expected", "DecHead/OverseasConsigneeEname")]
    of_import = {where for rule, where in ids(IEFlag="I", IEDate="", TransMode="1") if rule == "element_expected"}
    assert of_import == {"DecHead/IEDate", "DecHead/OverseasConsignorEname", "DecHead/DespPortCode"}
    assert ids(IEDate="") == []


def test_a_document_has_its_code_and_its_number(ids):
    assert ids(licences=[{"DocuCode": "B", "CertCode": ""}]) == [
        ("element_missing", "DecLicenseDocus/LicenseDocu[1]/CertCode")
    ]


def test_lengths_are_of_the_element_table(ids, find):
    """ContrNo has at most 32 characters; a length is shown, never the text."""
    assert ids(ContrNo="x" * 32) == []
    (long,) = find(ContrNo="x" * 33)
    assert (long.rule_id, long.severity, long.found, long.allowed) == ("too_long", "error", "33", "32")


def test_a_text_of_a_person_is_in_no_finding(find):
    name = "Jane Q. Buyer " * 40
    findings = find(OverseasConsigneeEname=name)
    assert [one.rule_id for one in findings] == ["too_long"]
    assert "Jane" not in repr(findings)


@pytest.mark.parametrize("text", ["12a", "1,5", "1.5.", "-3", "１２", "1e5", "NaN", "9" * 40])
def test_what_is_no_number(ids, text):
    assert ("not_a_number", "DecHead/GrossWet") in ids(GrossWet=text)


def test_packages_are_whole_and_above_zero(ids):
    """Item 24: the number of packages is not zero."""
    assert ids(PackNo="1.5") == [("not_a_number", "DecHead/PackNo")]
    assert ids(PackNo="0") == [("not_positive", "DecHead/PackNo")]


def test_other_charges_may_be_taken_off(ids):
    """Item 30: charges to be deducted are negative."""
    assert ids(OtherMark="3", OtherRate="-25.5", OtherCurr="USD") == []


@pytest.mark.parametrize("text", ["20200230", "2020-05-20", "20201301", "２０２００５２０", "200520"])
def test_dates_are_days_that_there_are(ids, text):
    rules = ids(IEDate=text)
    assert ("not_a_date", "DecHead/IEDate") in rules
    assert day_of(text) is None


def test_goods_leave_before_they_arrive(ids):
    same = {"IEFlag": "I", "TransMode": "1", "OverseasConsignorEname": "S", "DespPortCode": "USA000"}
    assert ids(**same, DespDate="20200520") == []
    assert ids(**same, DespDate="20200521") == [("departed_after_arrival", "DecHead/DespDate")]
    assert day_of("20200521") == dt.date(2020, 5, 21)


@pytest.mark.parametrize(("name", "wrong"), [("IEFlag", "X"), ("InsurMark", "2"), ("FeeMark", "4")])
def test_marks(ids, name, wrong):
    """Freight is a rate, a price a unit or a total; insurance a rate or a total."""
    assert ("mark_unknown", f"DecHead/{name}") in ids(**{name: wrong})


def test_check_digits_of_the_firms(ids, find):
    """91000000000000019G holds both digits of GB 32100; another last letter does not."""
    assert ids(TradeCoScc="91000000000000019G") == []
    (wrong,) = find(TradeCoScc="91000000000000019H")
    assert (wrong.rule_id, wrong.severity) == ("uscc_check_digit", "warning")
