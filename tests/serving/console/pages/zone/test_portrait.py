"""The portrait as a page: every section of one firm, in both languages."""

from __future__ import annotations

import pytest

from serving.console.firms import firm_table
from serving.console.pages.zone.portrait import certificates, demands_of, portrait_page
from serving.console.points_certificate import certificate_draft
from serving.contract.refusals import Refusal
from tests.serving.console.components import all_of
from tests.serving.console.planted_firms import SCRIPT, hrefs, shown_words

HEADINGS = {
    "zh": (
        "创新积分",
        "四个维度",
        "历史",
        "已出具的积分证明",
        "梯度培育",
        "各银行测算额度",
        "产业链环节",
        "可承接的技术需求",
        "通关报关单",
        "异议",
    ),
    "en": (
        "Four dimensions",
        "History",
        "Points certificates issued",
        "Cultivation ladder",
        "Quotas by bank",
        "Chain nodes",
        "Customs declarations",
    ),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_every_section_and_no_raw_value(office, lang):
    uscc = office.shop.codes[0]
    shown = shown_words(portrait_page(office.view(lang=lang, params={"uscc": uscc})))
    for heading in HEADINGS[lang]:
        assert heading in shown
    assert uscc in shown
    assert "nan" not in shown.lower()
    assert "None" not in shown


def test_a_script_in_the_name_is_a_text(office):
    page = portrait_page(office.view(params={"uscc": office.shop.codes[0]}))
    holders = [one for one in all_of(page) if getattr(one, "children", None) == SCRIPT]
    assert [type(one).__name__ for one in holders] == ["Title"]  # a child of a component, which React writes as a text


def test_the_officer_may_issue_a_certificate_and_the_analyst_may_not(office):
    uscc = office.shop.codes[0]
    link = f"/console/firms/{uscc}/certificate"
    assert link in hrefs(portrait_page(office.view(params={"uscc": uscc})))
    shown = portrait_page(office.view("policy_analyst", params={"uscc": uscc}))
    assert link not in hrefs(shown)
    assert "异议" not in shown_words(shown)


def test_certificates_are_listed_with_the_points_of_their_day(office):
    view, table, worker = office.view(), firm_table(office.console.state), office.shop.worker
    row = int((table.frame["points"] > 0).to_numpy().nonzero()[0][-1])  # other tests issue for the first ones
    uscc = table.cell(row, "uscc")
    assert "还没有为该企业开具过积分证明" in shown_words(certificates(view, uscc))
    draft = certificate_draft(table, row, worker.ready(), "zone", "officer 1")
    worker.ledger.append([draft])
    shown = shown_words(certificates(view, uscc))
    assert draft.unique_key.partition(":")[2] in shown
    assert f"{table.cell(row, 'points'):.1f} 分" in shown


def test_demands_are_looked_for_on_request(office):
    uscc = office.shop.codes[0]
    before = len(office.shop.worker.ledger.find(kind="match_list"))
    portrait_page(office.view(params={"uscc": uscc}))
    assert len(office.shop.worker.ledger.find(kind="match_list")) == before  # opening the page records no list
    demands_of(office.view(), 1, uscc)
    assert len(office.shop.worker.ledger.find(kind="match_list")) == before + 1


def test_an_unknown_firm_is_not_found(office):
    with pytest.raises(Refusal) as caught:
        portrait_page(office.view(params={"uscc": "91330108MA2AAAA01X"}))
    assert caught.value.key == "unknown-enterprise"
