"""Reference texts: figures as glossaries want them, templates alike in both languages, a row for every key."""

from __future__ import annotations

import math
from datetime import date

import pytest

from data.codebook import read_codebook, read_credit_facts
from data.texts.figures import FORMATS, write_figure
from data.texts.quantities import read_quantities
from data.texts.sentences import SentenceError, make_sentence, read_sentences, sentence
from features.risk import monotone_signs, risk_feature_names

BOOK = read_codebook()


@pytest.mark.law
@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("money", 2640.0, "2,640", "26,400,000"),
        ("money", 9.44, "9.4", "94,000"),
        ("money", 9.96, "10", "100,000"),
        ("money", 0.0, "0", "0"),
        ("money", -120.4, "-120", "-1,200,000"),
        ("offer", 126.99, "126", "1,260,000"),
        ("offer", 9.99, "9.9", "99,000"),
        ("needed", 126.01, "127", "1,270,000"),
        ("needed", 9.91, "10", "100,000"),
        ("needed", 50.0, "50", "500,000"),
        ("exact_money", 25.7, "25.7", "257,000"),
        ("exact_money", 300.0, "300", "3,000,000"),
        ("rate", 0.0276, "2.76%", "2.76%"),
        ("rate", 0.00002, "<0.01%", "<0.01%"),
        ("rate_up", 0.02761, "2.77%", "2.77%"),
        ("rate_down", 0.02769, "2.76%", "2.76%"),
        ("share", 0.3551, "35.5%", "35.5%"),
        ("signed_share", 0.127, "+12.7%", "+12.7%"),
        ("signed_share", -0.0004, "+0.0%", "+0.0%"),
        ("points_up", 61.21, "61.3", "61.3"),
        ("points_down", 61.29, "61.2", "61.2"),
        ("number", 1234.0, "1,234", "1,234"),
        ("hundredths", 0.355, "0.35", "0.35"),
        ("date", date(2024, 6, 30), "2024-06-30", "2024-06-30"),
        ("name", ("研发费用", "total assets"), "研发费用", "Total assets"),
        ("list", [("甲", "a"), ("乙", "b")], "甲、乙", "a, b"),
    ],
)
def test_a_figure_is_written_as_the_trade_writes_it(kind, value, zh, en):
    """Money in 万元 or yuan, one decimal under 10; what is offered goes down, what is needed goes up."""
    assert write_figure(kind, value) == (zh, en)


@pytest.mark.law
@pytest.mark.parametrize("kind", sorted(set(FORMATS) - {"text", "name", "list", "date"}))
def test_a_figure_that_is_none_is_never_written(kind):
    """No nan and no infinity reaches a sentence; no exponent either, whatever the size."""
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="only finite figures"):
            write_figure(kind, value)
    for value in (1e-9, 1e12, -1e-9):
        assert "e" not in "".join(write_figure(kind, value))


@pytest.mark.law
def test_what_a_template_breaks_is_named(tmp_path):
    """Placeholders that differ, an unknown format, an empty text and a key that stands twice are all listed."""
    path = tmp_path / "sentences.csv"
    path.write_text("key,zh,en\na,{x:money},{y:money}\nb,{x:wan},{x:wan}\nc, ,text\nd,甲,a\nd,乙,b\n", encoding="utf-8")
    with pytest.raises(SentenceError) as fault:
        read_sentences(path)
    for told in ("line 2, a: placeholders differ", "line 3, b: placeholder {x:wan} is unknown", "line 4, c: a text is "
                 "empty", "key 'd' stands twice"):  # fmt: skip
        assert told in str(fault.value)
    with pytest.raises(KeyError, match="lacks the figure 'amount'"):
        sentence("constraint.cut", requested=5.0)
    assert make_sentence("k", "{n:number} 人", "{n:number} people").fill({"n": 3.0}) == ("3 人", "3 people")


@pytest.mark.contract
def test_every_risk_feature_indicator_and_fact_has_a_row_and_worse_is_the_models_sign():
    """One row each; "worse when low" is the monotone sign -1, "worse when high" +1, and nothing else claims a side."""
    shown, signs = read_quantities(), monotone_signs(BOOK)
    assert set(shown) == {*risk_feature_names(BOOK), *BOOK.keys, *(fact.key for fact in read_credit_facts())}
    assert {name: {"L": -1, "H": 1, "-": 0}[shown[name].worse] for name in signs} == signs


@pytest.mark.law
@pytest.mark.parametrize(
    ("key", "value", "zh", "en"),
    [
        ("revenue_log_wan", 3.443, "30 万元", "CNY 300,000"),
        ("headcount_log", 3.219, "24 人", "24"),
        ("inv_sales_growth_share", 0.0598, "+12.7%", "+12.7%"),
        ("inv_sales_growth_share", 1.0, "上年为零", "none in the year before"),
        ("inv_sales_growth_share", -1.0, "已停止", "stopped"),
        ("inv_sales_growth_share", 0.95, "超过 +1,000.0%", "over +1,000.0%"),
        ("cash_flow_ratio", 3.0, "超过 300.0%", "over 300.0%"),
        ("cash_flow_ratio", -3.0, "低于 -300.0%", "below -300.0%"),
        ("debt_to_revenue_ratio", 20.0, "超过 2,000.0%", "over 2,000.0%"),
        ("tax_credit_grade", 2.0, "M 级", "M"),
        ("qualification_level", 4.0, "专精特新“小巨人”企业", "national little-giant enterprise"),
        ("stage_ordinal", 2.0, "稳定期", "stable"),
        ("age_years", 5.13, "5.1 年", "5.1"),
        ("inv_sales_trend_year", math.log(1.2), "+20.0%", "+20.0%"),
        ("inv_sales_invoices_month_log", math.log(1 + 7.25), "7.2 份", "7.2"),
        ("inv_sales_recency_days", 35.0, "35 天", "35 days"),
        ("inv_buyer_hhi_share", 0.355, "0.35", "0.35"),
        ("overdue_days_max_24m", 45.0, "45 天", "45 days"),
    ],
)
def test_a_value_is_shown_in_the_unit_that_a_person_knows(key, value, zh, en):
    """Logarithms are taken back, a share of both years becomes growth on the year before, a level has its name."""
    assert read_quantities()[key].text(value) == (zh, en)


@pytest.mark.law
def test_growth_is_that_of_the_two_years_behind_the_share():
    """Sales of 112.7 after 100: the model reads (a - b) / (a + b), a person reads a / b - 1."""
    shown = read_quantities()["inv_purchases_growth_share"]
    for now, before in ((112.7, 100.0), (50.0, 100.0), (300.0, 100.0)):
        assert shown.figure((now - before) / (now + before)) == pytest.approx(now / before - 1.0)
