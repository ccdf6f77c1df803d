"""The checks as a whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from data.clearance.records import ReadMessage, Remark
from models.clearance.checks import check, check_message
from models.clearance.sheet.content import make_sheet

IN_2026 = dt.date(2026, 3, 1)
# As the hand-made sample with a net weight above the gross weight and a total that is not price times quantity.
BAD_HEAD = {
    "CustomMaster": "2901", "TradeCoScc": "91330000TEST000001", "OwnerName": "", "OverseasConsigneeEname": "",
    "TradeAreaCode": "", "TradeCountry": "502", "GrossWet": "200", "NetWt": "240", "IEDate": "20260301",
}  # fmt: skip
BAD_LINE = {
    "CodeTS": "8525891900", "GName": "网络摄像机", "GUnit": "001", "FirstUnit": "001", "SecondUnit": "",
    "SecondQty": "", "DeclTotal": "9999", "TradeCurr": "502", "OriginCountry": "142", "DestinationCountry": "502",
    "DistrictCode": "",
}  # fmt: skip
BAD_BOX = {"ContainerId": "TEST0000001", "ContainerMd": "S", "LclFlag": "0"}


def test_the_planted_errors_are_the_errors(find):
    """Two errors; the rest are true warnings (missing texts, invented numbers) and tables of 2026 that are absent."""
    found = find(IN_2026, goods=[BAD_LINE], containers=[BAD_BOX], **BAD_HEAD)
    errors = [(one.rule_id, one.where) for one in found if one.severity == "error"]
    assert errors == [("net_above_gross", "DecHead/NetWt"), ("total_not_product", "DecLists/DecList[1]/DeclTotal")]
    warnings = {one.rule_id for one in found if one.severity == "warning"}
    assert warnings == {"element_expected", "uscc_check_digit", "container_form"}
    assert {one.rule_id for one in found if one.severity == "not_checked"} == {"no_table"}


def test_errors_come_first_and_every_finding_has_both_texts(find):
    found = find(IN_2026, goods=[BAD_LINE], containers=[BAD_BOX], **BAD_HEAD)
    gravities = [one.severity for one in found]
    assert gravities == sorted(gravities, key=["error", "warning", "not_checked"].index)
    assert all(one.zh and one.en and one.where for one in found)


def test_other_dialects_are_not_checked(make, codes):
    (only,) = check(replace(make(), dialect="ceb"), codes, IN_2026)
    assert (only.rule_id, only.severity, only.found) == ("no_rules", "not_checked", "ceb")


def test_findings_of_a_message_have_what_was_odd_when_it_was_read(make, codes):
    """Remarks of an envelope and of what it carries, each with its path."""
    inner = ReadMessage(
        "sw.declaration", "4.8", "single_window", "UTF-8", "", b"",
        declaration=make(GrossWet="1"), remarks=(Remark("unknown_element", "DecHead/New", "New"),),
    )  # fmt: skip
    envelope = ReadMessage("dxp", "1.0", "single_window", "UTF-8", "", b"", inner=(inner,))
    found = check_message(envelope, codes, dt.date(2020, 5, 18))
    assert [(one.rule_id, one.severity, one.where) for one in found] == [
        ("read.unknown_element", "warning", "DecHead/New"),
        ("net_above_gross", "error", "DecHead/NetWt"),
    ]


def test_the_same_declaration_has_the_same_findings(make, codes):
    declaration = make(goods=[BAD_LINE], containers=[BAD_BOX], **BAD_HEAD)
    assert check(declaration, codes, IN_2026) == check(declaration, codes, IN_2026)


def test_a_flood_of_lines_is_bounded(find, make, codes):
    """50,000 empty items are one error and the findings of the first 200, not a million."""
    found = find(goods=[dict.fromkeys(("CodeTS", "GQty", "GName"), "")] * 50_000)
    assert "too_many_goods" in {one.rule_id for one in found}
    assert max(one.line for one in found) == 200
    assert len(found) < 1_000
    sheet = make_sheet(make(goods=[{}] * 50_000), codes, found, "en", today=IN_2026)
    assert len(sheet.goods) == 200
    assert "There are 50,000 items; the first 200 are shown." in sheet.note
