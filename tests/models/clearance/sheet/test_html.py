"""The page of the sheet."""

from __future__ import annotations

import datetime as dt

from lxml import etree

from models.clearance.sheet.html import sheet_html

DAY = dt.date(2020, 5, 18)


def page(make, codes, find, lang="zh", simulated=False, **parts):
    return sheet_html(make(**parts), codes, find(**parts), lang, today=DAY, simulated=simulated)


def test_it_is_one_page_that_needs_nothing_else(make, codes, find):
    text = page(make, codes, find)
    assert etree.fromstring(text, etree.HTMLParser()) is not None
    assert "<script" not in text
    assert "http" not in text
    assert "src=" not in text
    assert "@page{size:A4 landscape" in text


def test_texts_of_a_declaration_are_never_markup(make, codes, find):
    text = page(make, codes, find, OverseasConsigneeEname='<img src=x onerror="a">&', NoteS="</table><script>")
    assert "<img" not in text
    assert "<script" not in text
    assert "&lt;img" in text


def test_findings_beside_it_with_their_box(make, codes, find):
    text = page(make, codes, find, GrossWet="10")
    assert "净重 240 千克大于毛重 10 千克。 [net_above_gross]" in text
    assert '<td class="marked"><span class="label">净重（千克）<sup class="m">1</sup></span>240</td>' in text
    assert "未发现问题" in page(make, codes, find)


def test_english_has_both_names(make, codes, find):
    text = page(make, codes, find, "en", GrossWet="10")
    assert "净重 Net (kg)" in text
    assert "The net weight of 240 kg is above the gross weight of 10 kg." in text


def test_simulated_is_marked(make, codes, find):
    assert "模拟数据 / simulated" in page(make, codes, find, simulated=True)
    assert "simulated</span>" not in page(make, codes, find)
