"""Rules of the tariff on a day of 2020."""

from __future__ import annotations

import pytest

from data.codebook import read_rows, reference_path

TARIFF = [row["code"] for row in read_rows(reference_path("clearance/codes/tariff.csv"))]
CODE, LINE = "DecLists/DecList[1]/CodeTS", "DecLists/DecList[1]"
OF_IMPORT = {"IEFlag": "I", "TransMode": "1", "OverseasConsignorEname": "S", "DespPortCode": "USA000"}


def of(code: str, first: str, second: str = "") -> dict[str, str]:
    """Goods of a code in its right units, 240 kg."""
    quantity = {unit: "240" if unit == "035" else "100" for unit in (first, second)}
    line = {"CodeTS": code, "FirstUnit": first, "GUnit": first, "FirstQty": quantity[first], "GQty": quantity[first]}
    total = "10920" if first == "035" else "4550"
    return line | {"SecondUnit": second, "SecondQty": quantity[second] if second else "", "DeclTotal": total}


@pytest.mark.parametrize("code", ["85044014", "85044014001", "8504.40140", "８５０４４０１４００"])
def test_ten_digits(ids, code):
    assert ("hs_form", CODE) in ids(goods=[{"CodeTS": code}])


def test_first_legal_unit(find):
    """8504401400 is counted in pieces (007), not in machines (001)."""
    wrong = {"FirstUnit": "001", "GUnit": "001"}
    (unit,) = find(goods=[wrong])
    assert (unit.rule_id, unit.where, unit.found, unit.allowed) == ("first_unit", f"{LINE}/FirstUnit", "001", "007")


def test_second_legal_unit(ids):
    """Where the tariff has one it is there with its quantity; where it has none it is empty (item 36)."""
    assert ids(goods=[{"SecondUnit": "", "SecondQty": "240"}]) == [("second_unit", f"{LINE}/SecondUnit")]
    assert ids(goods=[{"SecondQty": ""}]) == [("second_quantity", f"{LINE}/SecondQty")]
    honey = of("0811909060", "035")  # frozen avocados: kilograms alone, conditions AB
    papers = [{"DocuCode": "B", "CertCode": "1"}]
    assert ids(goods=[honey], licences=papers) == []
    assert ids(goods=[{**honey, "SecondUnit": "007"}], licences=papers) == [("second_unit", f"{LINE}/SecondUnit")]


def test_an_export_condition_needs_its_document(find, ids):
    """B is for exports and is met by a document B; A is for imports and is part of the declaration itself."""
    avocados = of("0811909060", "035")
    (missing,) = find(goods=[avocados])
    assert (missing.rule_id, missing.severity, missing.where, missing.allowed) == (
        "licence_missing",
        "error",
        CODE,
        "B",
    )
    assert ids(goods=[avocados], licences=[{"DocuCode": "E", "CertCode": "1"}]) == [("licence_missing", CODE)]
    assert ids(goods=[avocados], **OF_IMPORT) == []


def test_under_other_modes_a_missing_document_is_a_warning(find):
    (missing,) = find(goods=[of("0811909060", "035")], TradeMode="3010")
    assert (missing.rule_id, missing.severity) == ("licence_expected", "warning")


def test_an_export_licence_is_a_number_in_the_head(ids, codes):
    """4 is met by LicenseNo (item 16); 4xy: under processing x is meant, under border trade y."""
    code, row = next(
        (code, row) for code in TARIFF for row in codes.rows("tariff", code)
        if row.values["conditions"] == "4xy" and row.values["first_unit"] == "035" and not row.values["second_unit"]
    )  # fmt: skip
    goods = [of(code, row.values["first_unit"])]
    assert ids(goods=goods) == [("licence_missing", CODE)]
    assert ids(goods=goods, LicenseNo="20-1") == []
    assert ids(goods=goods, licences=[{"DocuCode": "4", "CertCode": "1"}]) == []


@pytest.mark.parametrize(("mode", "levy", "letter"), [("0615", "503", "x"), ("4019", "101", "y"), ("0110", "101", "4")])
def test_one_export_licence_for_each_kind_of_trade(find, codes, mode, levy, letter):
    code = next(
        code for code in TARIFF for row in codes.rows("tariff", code)
        if row.values["conditions"] == "4xy" and row.values["first_unit"] == "035" and not row.values["second_unit"]
    )  # fmt: skip
    (missing,) = find(goods=[of(code, "035")], TradeMode=mode, CutMode=levy)
    assert missing.allowed == letter


def test_banned_goods(find, codes):
    """8 bans the export, 9 the import."""
    code, row = next(
        (code, row) for code in TARIFF for row in codes.rows("tariff", code)
        if row.values["conditions"] == "89" and row.values["first_unit"] == "035"
    )  # fmt: skip
    goods = [of(code, "035", row.values["second_unit"])]
    assert [(one.rule_id, one.allowed) for one in find(goods=goods)] == [("goods_banned", "8")]
    assert [(one.rule_id, one.allowed) for one in find(goods=goods, **OF_IMPORT)] == [("goods_banned", "9")]


def test_used_goods_of_a_code_whose_used_goods_are_banned(ids, codes):
    """6 bans the import of used machines: attribute 21, used, makes the difference."""
    code, row = next(
        (code, row) for code in TARIFF for row in codes.rows("tariff", code)
        if row.values["conditions"] == "6" and row.values["first_unit"] == "001" and row.values["second_unit"] == "035"
    )  # fmt: skip
    goods = of(code, "001", row.values["second_unit"])
    assert ids(goods=[{**goods, "GoodsAttr": "19"}], **OF_IMPORT) == []
    assert ids(goods=[{**goods, "GoodsAttr": "19,21"}], **OF_IMPORT) == [("goods_banned", CODE)]
    assert ids(goods=[{**goods, "GoodsAttr": "19,21"}]) == []


def test_a_document_is_listed_once(ids):
    paper = {"DocuCode": "B", "CertCode": "1"}
    assert ids(licences=[paper, {**paper, "CertCode": "2"}]) == []
    assert ids(licences=[paper, paper]) == [("licence_twice", "DecLicenseDocus/LicenseDocu[2]/CertCode")]
