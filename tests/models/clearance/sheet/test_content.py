"""What stands in each box of the sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from models.clearance.sheet.content import SheetError, make_sheet

DAY, IN_2026 = dt.date(2020, 5, 18), dt.date(2026, 3, 1)


@pytest.fixture
def boxes(make, codes, find):
    """Boxes of the grid by their names: code and lines."""

    def filled(day=DAY, lang="zh", **parts):
        sheet = make_sheet(make(**parts), codes, find(day, **parts), lang, today=day)
        return {box.label: box for row in sheet.rows for box in row}

    return filled


def test_the_grid_of_an_export(boxes):
    """The names and the order of the form of exports."""
    assert list(boxes()) == [
        "境内发货人", "出境关别", "出口日期", "申报日期", "备案号",
        "境外收货人", "运输方式", "运输工具名称及航次号", "提运单号",
        "生产销售单位", "监管方式", "征免性质", "许可证号",
        "合同协议号", "贸易国（地区）", "运抵国（地区）", "指运港", "离境口岸",
        "包装种类", "件数", "毛重（千克）", "净重（千克）", "成交方式", "运费", "保费", "杂费",
        "随附单证及编号", "标记唛码及备注",
    ]  # fmt: skip


def test_the_grid_of_an_import_has_two_boxes_more(boxes):
    of_import = boxes(IEFlag="I", TransMode="1", GoodsPlace="模拟仓库", DespPortCode="USA000")
    assert of_import["货物存放地点"].lines == ("模拟仓库",)
    assert (of_import["启运港"].code, of_import["启运港"].lines) == ("(USA000)", ("美国",))
    assert {"境内收货人", "境外发货人", "消费使用单位", "启运国（地区）", "经停港", "入境口岸"} <= set(of_import)


@pytest.mark.parametrize("flag", ["I", "E"])
def test_every_row_is_as_wide_as_the_page(make, codes, flag):
    sheet = make_sheet(make(IEFlag=flag), codes, [], "zh", today=DAY)
    assert [round(sum(box.width for box in row), 6) for row in sheet.rows] == [1.0] * 7
    assert sum(width for _, width in sheet.columns) == pytest.approx(1.0)


def test_codes_have_their_names(boxes):
    filled = boxes()
    assert (filled["监管方式"].code, filled["监管方式"].lines) == ("(0110)", ("一般贸易",))
    assert (filled["运抵国（地区）"].code, filled["运抵国（地区）"].lines) == ("(USA)", ("美国",))
    assert (filled["成交方式"].code, filled["成交方式"].lines) == ("(3)", ("FOB",))


def test_charges_as_the_form_has_them(boxes):
    """Currency, amount and mark; a rate has 000 for its currency."""
    filled = boxes(TransMode="1", FeeMark="3", FeeRate="900", FeeCurr="USD", InsurMark="1", InsurRate="0.3")
    assert [filled[name].lines for name in ("运费", "保费", "杂费")] == [("USD/900/3",), ("000/0.3/1",), ()]


def test_documents_containers_and_remarks(boxes):
    filled = boxes(licences=[{"DocuCode": "B", "CertCode": "E1"}], documents=[{"EdocCode": "00000001"}], NoteS="备注")
    assert filled["随附单证及编号"].lines == ("随附单证1： B 电子底账 E1", "随附单证2： 发票")
    assert filled["标记唛码及备注"].lines == ("备注", "集装箱数及号码： 1；CSQU3054383")


def test_one_item(make, codes):
    (line,) = make_sheet(make(), codes, [], "zh", today=DAY).goods
    assert line.cells == (
        ("1",), ("8504401400",), ("电源适配器", "0|0|电源|无品牌|型号T1"), ("100个", "240千克", "100个"),
        ("45.5", "4550", "美元"), ("中国", "(CHN)"), ("美国", "(USA)"), ("杭州高新技术产业开发区", "(33013)"),
        ("照章征税", "(1)"),
    )  # fmt: skip


def test_findings_are_numbered_at_their_boxes(make, codes, find):
    parts = {"goods": [{"SecondQty": "100"}, {"SecondQty": "140", "DeclTotal": "1"}], "GrossWet": "10"}
    sheet = make_sheet(make(**parts), codes, find(**parts), "zh", today=DAY)
    (net,) = (box for row in sheet.rows for box in row if box.label.startswith("净重"))
    assert net.marks == (1,)
    assert sheet.goods[0].marks == ((),) * 9
    assert sheet.goods[1].marks[4] == (2,)
    assert [(one.number, one.grade, one.where) for one in sheet.findings] == [
        (1, "错误", "净重（千克）"), (2, "错误", "第 2 项 总价"),
    ]  # fmt: skip
    assert sheet.summary == "错误 2 条，提示 0 条，未核对 0 条。"


def test_names_of_other_days_are_said_to_be_so(make, codes):
    assert make_sheet(make(), codes, [], "zh", today=DAY).note == ""
    later = make_sheet(make(TradeCountry="USA"), codes, [], "en", today=IN_2026)
    assert "1 March 2026" in later.note


def test_confirmations(make, codes):
    assert make_sheet(make(PromiseItmes="0|1|9"), codes, [], "zh", today=DAY).confirmations == (
        "特殊关系确认： 否", "价格影响确认： 是", "支付特许权使用费确认： 空",
    )  # fmt: skip
    assert make_sheet(make(), codes, [], "zh", today=DAY).confirmations[0] == "特殊关系确认："


def test_another_dialect_has_no_sheet(make, codes):
    with pytest.raises(SheetError, match="cds"):
        make_sheet(replace(make(), dialect="cds"), codes, [], "zh", today=DAY)
