"""The PDF file of the sheet."""

from __future__ import annotations

import datetime as dt
import time
from typing import NamedTuple

import fpdf
import pytest

from models.clearance.sheet import pdf as drawing
from models.clearance.sheet.content import SheetError
from models.clearance.sheet.pdf import font_path, sheet_pdf

DAY = dt.date(2020, 5, 18)
LONG = {
    "OverseasConsigneeEname": "INTERNATIONAL SIMULATED TRADING HOLDINGS COMPANY LIMITED " * 7,
    "TradeName": "模拟长名称视频技术有限公司" * 6, "BillNo": "X" * 50, "TrafName": "A LONG VESSEL NAME " * 11,
    "ContrNo": "C" * 32, "NoteS": "备注很长" * 125, "MarkNo": "N/M " * 100, "AgentName": "报关" * 35,
    "FeeMark": "3", "FeeRate": "1234567890123.1234", "FeeCurr": "USD", "GrossWet": "1234567890123.12345",
    "SeqNo": "E" * 20, "EntryId": "2" * 20, "LicenseNo": "L" * 20, "ManualNo": "M" * 12,
}  # fmt: skip


class Drawn(NamedTuple):
    page: int
    x: float
    y: float
    width: float
    height: float
    text: str


@pytest.fixture
def drawn(monkeypatch):
    """Every text and every frame that is drawn, in millimetres."""
    texts: list[Drawn] = []
    frames: list[Drawn] = []

    class Recorded(fpdf.FPDF):
        def text(self, x, y, text=""):
            size = self.font_size_pt * drawing.POINT
            texts.append(Drawn(self.page, x, y - 0.9 * size, self.get_string_width(text), size, text))
            super().text(x, y, text)

        def rect(self, x, y, w, h, style=None):
            frames.append(Drawn(self.page, x, y, w, h, ""))
            super().rect(x, y, w, h, style=style)

    monkeypatch.setattr(fpdf, "FPDF", Recorded)
    return texts, frames


def test_the_same_input_gives_the_same_bytes_on_any_day(make, codes, find, monkeypatch):
    """The clock of the machine is nowhere in the file."""
    first = sheet_pdf(make(), codes, find(), today=DAY, simulated=True)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 123_456)
    assert sheet_pdf(make(), codes, find(), today=DAY, simulated=True) == first
    assert first.startswith(b"%PDF-")
    assert len(first) < 150_000
    assert b"20200518000000+08" in first


def test_no_text_runs_over_its_box_or_the_page(make, codes, find, drawn):
    """The longest texts that the elements allow, in 50 items: each text is inside the frame that it begins in."""
    texts, frames = drawn
    goods = [
        {"GName": "网络摄像机" * (1 + n % 50), "GModel": "0|0|型号T1," * (n % 30), "SecondQty": "4.8"}
        for n in range(50)
    ]
    parts = {"goods": goods, "containers": [{"ContainerId": "CSQU3054383", "ContainerMd": "11"}] * 30, **LONG}
    content = sheet_pdf(make(**parts), codes, find(**parts), "en", today=DAY)
    assert len(content) < 400_000
    for one in texts:
        assert one.x >= 0
        assert one.x + one.width <= drawing.WIDTH - drawing.MARGIN + 0.1, one
        assert one.y + one.height <= drawing.HEIGHT - 2, one
        around = [
            frame for frame in frames
            if frame.page == one.page and frame.x <= one.x <= frame.x + frame.width
            and frame.y - 0.01 <= one.y <= frame.y + frame.height - 0.01
        ]  # fmt: skip
        assert all(one.x + one.width <= frame.x + frame.width + 0.1 for frame in around), (one, around)
        assert all(one.y + one.height <= frame.y + frame.height + 0.1 for frame in around), (one, around)


def test_every_item_is_drawn_once_and_pages_are_numbered(make, codes, find, drawn):
    texts, _ = drawn
    parts = {"goods": [{"GName": f"货物{n}号", "SecondQty": "4.8"} for n in range(1, 51)]}
    sheet_pdf(make(**parts), codes, find(**parts), today=DAY, simulated=True)
    names = [one.text for one in texts if one.text.startswith("货物")]
    assert names == [f"货物{n}号" for n in range(1, 51)]
    last = max(one.page for one in texts)
    assert [one.text for one in texts if one.text.startswith("页码")] == [
        f"页码/页数： {n}/{last}" for n in range(1, last + 1)
    ]
    marked = [one.page for one in texts if one.text == "模拟数据 / simulated"]
    assert set(marked) == set(range(1, last + 1))


def test_a_character_without_a_glyph_has_a_mark(make, codes, drawn, caplog):
    """No empty box and no log of the text."""
    texts, _ = drawn
    sheet_pdf(make(NoteS="备注\U0001f600"), codes, [], today=DAY)
    assert "备注〓" in [one.text for one in texts]
    assert caplog.text == ""


def test_without_the_font_the_error_says_what_to_install(make, codes, monkeypatch):
    font_path.cache_clear()
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    with pytest.raises(SheetError, match="zhplot"):
        sheet_pdf(make(), codes, [], today=DAY)
    font_path.cache_clear()


def test_the_font_is_found_without_running_its_package():
    import sys

    assert font_path().name == "NotoSansSC-Regular.ttf"
    assert "zhplot" not in sys.modules
