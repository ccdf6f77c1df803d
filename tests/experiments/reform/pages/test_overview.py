"""The first view: four totals, what they show, and the levers by their names."""

from __future__ import annotations

import pytest

from experiments.reform.pages.overview import (
    banks,
    changes,
    every_reform,
    finding,
    heading,
    lever_name,
    main_bank,
    summary,
)
from experiments.reform.pages.writing import Writer, strip
from tests.experiments.reform.example import example, few
from tests.experiments.reform.reading import as_json

pytestmark = pytest.mark.behaviour
RESULT = as_json(example())
EN, ZH = Writer(RESULT, "en"), Writer(RESULT, "zh")


@pytest.mark.parametrize(
    ("low", "high", "key"),
    [(0, 0, "none"), (1, 2, "higher"), (-2, -1, "lower"), (-1, 1, "open"), (0, 1, "open"), (-1, 0, "open")],
)
def test_an_interval_shows_a_direction_only_without_zero(low, high, key):
    """An end on zero decides nothing; [0, 0] is no change at all."""
    assert finding({"low": low, "high": high}) == f"finding.{key}"


@pytest.mark.parametrize(
    ("value", "moved", "key"), [(0.0, 0, "none"), (None, 0, "few"), (5.0, 3, "few"), (None, 3, "few")]
)
def test_where_nobody_moves_nothing_changes_and_where_few_do_the_direction_is_open(value, moved, key):
    """A quick run whose sample holds nobody that moves has no figure: of the others, some may."""
    assert finding(few(value, moved)) == f"finding.{key}"


def test_the_first_view_is_of_all_banks_or_of_the_only_one():
    """Four cards, each of that bank's total."""
    assert (main_bank({"banks": ["a"]}), main_bank({"banks": ["a", "b"]})) == ("a", "all")
    text = summary(EN, 0)
    assert text.count('<div class="card">') == 4
    of_all = [row for row, one in enumerate(RESULT["reforms"][0]["totals"]) if one["bank_id"] == "all"]
    assert all(f"/reforms/0/totals/{row}/difference/value" in text for row in of_all)
    assert "/reforms/0/totals/0/" not in text
    assert "Volume of credit" in text
    assert "测算额度总额" in summary(ZH, 0)


ONE = as_json(example(("standard",)))


@pytest.mark.parametrize(
    ("result", "language", "words"),
    [
        (RESULT, "en", ("All 2 banks together: Standard example bank, ", "Amounts are sums over all 2 banks",
                        "all 2 banks together", "by at least one of 2 banks")),
        (RESULT, "zh", ("2 家银行合计：标准示例银行、", "以下金额为全部 2 家银行之和",
                        "2 家银行合计", "2 家银行中至少一家通过")),
        (ONE, "en", ("Bank: Standard example bank.", "The figures are those of Standard example bank.",
                     "Standard example bank", "Standard example bank")),
        (ONE, "zh", ("银行：标准示例银行。", "以下为标准示例银行的数据。", "标准示例银行", "标准示例银行")),
    ],
)  # fmt: skip
def test_whose_the_totals_are_is_in_heading_lead_and_cards(result, language, words):
    """The bank's name; of several, the amounts' sum and whoever approves. So on the page of all reforms."""
    page = Writer(result, language)
    top, text = heading(page, "name", "other"), summary(page, 0)
    every = every_reform(page, {"caps": "a.html", "weights": "b.html"})
    in_heading, in_lead, of_amounts, of_share = words
    assert in_heading in strip(top)
    assert in_lead in strip(text.split('<p class="lead">')[1].split("</p>")[0])
    assert in_lead in strip(every)
    whose = [strip(card.split('<p class="quiet">')[1].split("</p>")[0]) for card in text.split('class="card"')[1:]]
    assert whose == [of_amounts, of_amounts, of_amounts, of_share]
    titles = [strip(part.split(" <span")[0].split("</h3>")[0]) for part in every.split("<h3>")[1:]]
    assert len(titles) == 4
    assert f"· {of_share}" in strip(every.split("<h3>")[4])


def test_levers_are_named_and_those_of_other_banks_left_out():
    """A bank whose decisions were not calculated moves nothing."""
    result = as_json(example())
    result["reforms"][0]["changes"] = []
    result["reforms"][0]["scenario"]["levers"] = {
        "policies": {"rural": {"lgd": 0.5}, "standard": {"lgd": 0.45, "exclusion_list": ["914403001922038216"]}},
        "weights": {"growth": {"rd_intensity": 12.0}},
    }
    text = strip(changes(Writer(result, "en"), 0))
    assert "rural" not in text
    assert "Standard example bank · LGD policies.standard.lgd" in text
    assert "weight · growth · R&amp;D expense to revenue" in text
    assert "45%" in text
    assert "914403001922038216" in text
    assert lever_name(ZH, ["policies", "growth", "stage_cap_wan", "growth"]).startswith("成长")
    assert "prices.unheard" in lever_name(EN, ["prices", "unheard"])


def test_both_sides_of_a_lever_are_shown_where_the_result_has_them():
    """From and to, by their paths."""
    result = as_json(example())
    result["reforms"][0]["changes"] = [
        {"lever": "policies.lgd", "bank_id": "standard", "baseline": 0.4, "reform": 0.45},
        {"lever": "policies.lgd", "bank_id": "rural", "baseline": 0.4, "reform": 0.45},
        {"lever": "policies.products.zheke.cap_share", "bank_id": "standard", "baseline": 0.8, "reform": 0.075},
        {"lever": "stages.startup_below_wan", "bank_id": "", "baseline": 500.0, "reform": 800.0},
    ]
    html = changes(Writer(result, "en"), 0)
    body = html.split("<tbody>")[1].split("</tbody>")[0]
    assert [strip(row) for row in body.split("<tr>")[1:]] == [
        "Standard example bank · LGD policies.standard.lgd40%45%",
        "Standard example bank · products · Zheke loan · share of the cap "
        "policies.standard.products.zheke.cap_share80%7.5%",
        "growth stages · start-up: revenue below (CNY 10,000) stages.startup_below_wan500800",
    ]
    assert "/reforms/0/changes/1/" not in html
    assert "credit policies of banks that were not calculated: Example rural bank. They are not" in strip(html)
    assert "方案还改动了未测算的银行的授信政策：" in strip(changes(Writer(result, "zh"), 0))
    assert "not calculated" not in changes(EN, 0)
    result["reforms"][0] |= {"changed": [], "changes": []}
    result["reforms"][0]["scenario"]["levers"] = {}
    assert "No rule differs" in changes(Writer(result, "en"), 0)


def test_prices_are_among_the_rules_that_a_reform_changes():
    """By themselves they move nobody, which is said; beside others they are named like them."""
    result = as_json(example())
    reform = result["reforms"][0]
    price = {"lever": "prices.rd_intensity.cost_yuan", "bank_id": "", "baseline": 12_000.0, "reform": 10_000.0}
    reform |= {"changed": [], "changes": [price]}
    text, zh = (strip(changes(Writer(result, language), 0)) for language in ("en", "zh"))
    assert "No rule differs" not in text
    assert "Kinds of rules changed: prices of indicators. They move no points and no credit" in text
    assert "没有与对照不同的规则" not in zh
    assert "涉及的规则：提分费用。提分费用不影响积分和额度" in zh
    reform |= {"changed": ["weight", "stage"]}
    assert "Kinds of rules changed: weights, growth stages, prices of indicators. Whatever" in strip(
        changes(Writer(result, "en"), 0)
    )


def test_every_bank_and_reform_has_a_row():
    """Of each measure; the page of all reforms leads to each."""
    text = banks(EN, 0)
    assert all(text.count(f"/reforms/0/totals/{row}/difference/low") == 2 for row in range(12))
    assert "all banks together" in text
    one = Writer(as_json(example(("standard",))), "en")
    assert "added" not in banks(one, 0)
    text = every_reform(EN, {"caps": "caps.en.html", "weights": "weights.en.html"})
    assert text.count('href="weights.en.html"') == 4


def test_the_heading_leads_to_the_other_language():
    """With the language of the link."""
    text = heading(ZH, "名", "other.html")
    assert 'href="other.html" lang="en" hreflang="en">English<' in text
    assert "现行规则" in text


def test_the_heading_of_a_quick_run_says_how_many_firms_were_calculated():
    """Of how many; a full run has its firms alone."""
    result = as_json(example())
    assert "7,310 firms as of 2024-06-30; each" in strip(heading(EN, "name", "other.html"))
    assert "uick" not in heading(EN, "name", "other.html")
    result["method"]["sampled_firms"] = 2_000
    quick = [strip(heading(Writer(result, language), "name", "other.html")) for language in ("en", "zh")]
    assert "Quick run: 2,000 of 7,310 firms as of 2024-06-30; each is assumed" in quick[0]
    assert "快速试算：7,310 家企业中只计算了 2,000 家，数据日期 2024-06-30；" in quick[1]


def test_a_lever_that_is_no_number_has_its_value_in_words():
    """No null, no quotation marks, no bracket."""
    result = as_json(example())
    result["reforms"][0]["changes"] = [
        {"lever": "certificates", "bank_id": "", "baseline": "carried", "reform": "void"},
        {"lever": "weight_bounds.largest_base_share", "bank_id": "", "baseline": None, "reform": 0.1},
        {"lever": "policies.excluded_industries", "bank_id": "standard", "baseline": [], "reform": ["software", "iot"]},
        {"lever": "models", "bank_id": "", "baseline": "packed", "reform": "later"},
    ]
    shown = {}
    for language in ("en", "zh"):
        body = changes(Writer(result, language), 0).split("<tbody>")[1].split("</tbody>")[0]
        shown[language] = [[strip(cell) for cell in row.split("<td>")[1:]] for row in body.split("<tr>")[1:]]
    assert shown["en"] == [
        ["kept as they are", "no longer apply"],
        ["none", "10%"], ["none", "software, internet of things"], ["of the release", "later"],
    ]  # fmt: skip
    assert shown["zh"][:2] == [["沿用", "不再适用"], ["无", "10%"]]
    assert shown["zh"][3] == ["当前版本", "later"]
