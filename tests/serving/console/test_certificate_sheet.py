"""The printed certificate: one page whatever the name, every text a text, and nothing fetched."""

from __future__ import annotations

import re
import time

import pytest

from serving.console.certificate_sheet import _document, _fitted, _font_only, certificate_html, certificate_pdf
from serving.console.points_certificate import PointsCertificate
from tests.serving.console.planted_firms import SCRIPT


def certificate(name="甲科技有限公司", **changes):
    content = {
        "number": "IP-20240630-0123456789", "uscc": "91330108MA2AAAA01X", "name": name, "office": "zone",
        "issued_by": "officer 1", "issued_on": "2024-06-30", "valid_until": "2024-12-01", "as_of": "2024-06-30",
        "clock_set": False, "stage": "growth", "points": 65.84, "base": 50.0, "bonus": 15.84, "coverage": 0.9583,
        "peers": 3_912, "release": "r" * 16,
        "dimensions": {"innovation_input": 20.0, "innovation_output": 20.0, "operations": 10.0, "auxiliary": 15.84},
        "full": {"innovation_input": 40.0, "innovation_output": 45.0, "operations": 15.0, "auxiliary": 30.0},
        "versions": {"points_card": "p1", "points_reference": "a" * 12, "codebook": "b" * 12, "data": "c" * 12,
                     "code": "d" * 16},
    }  # fmt: skip
    return PointsCertificate(content | changes, "D53C-BF0F-5078-1B69", 7, "e" * 64)


def text_of(page):
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)


def test_it_says_what_the_record_states_in_both_languages():
    zh, en = text_of(certificate_html(certificate(), "zh")), text_of(certificate_html(certificate(), "en"))
    for said in (
        "企业创新积分证明",
        "65.8 分",
        "基础分 50.0 分",
        "20.0 / 40.0 分",
        "2024年12月1日",
        "不是贷款承诺",
        "成长期",
    ):
        assert said in " ".join(zh.split())
    for said in ("65.8 points", "20.0 of 40.0", "1 Dec 2024", "no promise of a loan", "growth"):
        assert said in " ".join(en.split())
    for both in ("IP-20240630-0123456789", "D53C-BF0F-5078-1B69", "91330108MA2AAAA01X", "e" * 64, "r" * 16, "p1"):
        assert both in zh
        assert both in en
    assert "{" not in zh + en


def test_a_script_in_a_name_is_shown_as_a_text():
    page = certificate_html(certificate(SCRIPT, issued_by="<b>officer</b>"), "zh")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>officer" not in page


def test_a_bar_is_as_long_as_the_share_of_full_marks():
    page = certificate_html(certificate(), "zh")
    assert re.findall(r"width:([0-9.]+%)", page) == ["50.0%", "44.4%", "66.7%", "52.8%"]  # 20/40 20/45 10/15 15.84/30


def test_only_a_certificate_of_a_set_day_says_that_it_is_for_trying():
    assert "不作任何用途" not in certificate_html(certificate(), "zh")
    assert "不作任何用途" in certificate_html(certificate(clock_set=True), "zh")


@pytest.mark.parametrize(
    ("name", "lang"),
    [
        ("", "zh"),
        ("甲" * 2_000, "zh"),
        ("甲" * 2_000, "en"),
        ("A very long firm name " * 200, "en"),
        ("Ω漢𠮷" * 30, "zh"),
    ],
)
def test_it_is_one_page_of_a4_whatever_the_name(name, lang):
    pages = _document(certificate(name, clock_set=True), lang).pages
    assert len(pages) == 1
    assert (round(pages[0].width * 25.4 / 96), round(pages[0].height * 25.4 / 96)) == (210, 297)


def test_a_name_is_smaller_as_it_is_longer_and_cut_only_when_very_long():
    assert _fitted("甲" * 22) == (22.0, "甲" * 22)
    assert _fitted("甲" * 23)[0] == 15.0
    size, shown = _fitted("甲" * 500)
    assert (size, shown) == (8.0, "甲" * 400 + "…")


def test_a_pdf_holds_the_font_of_the_project_and_takes_less_than_a_second():
    certificate_pdf(certificate(), "zh")  # libraries are loaded
    began = time.process_time()
    made = certificate_pdf(certificate(), "zh")
    assert time.process_time() - began < 1.0
    assert made.startswith(b"%PDF-")
    assert len(made) < 300_000


def test_nothing_but_the_font_is_fetched(tmp_path):
    from weasyprint.urls import FatalURLFetchingError

    other = tmp_path / "other.ttf"
    other.write_bytes(b"x")
    for address in ("http://192.0.2.1/x.png", other.as_uri(), "data:text/plain,x"):
        with pytest.raises(FatalURLFetchingError, match="fetches nothing"):
            _font_only().fetch(address)
