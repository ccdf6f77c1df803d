"""Investors for a patent number with reasons, or plainly that it is unknown."""

from __future__ import annotations

from serving.console.api import Api
from serving.console.pages.enterprise.investors import layout, own_patents, show
from tests.serving.console.pages.enterprise.conftest import words

ENTRY = {
    "investor": "某创投", "probability": 0.0004, "deals": 7, "last_deal": "2024-03-05",
    "funded_firms": [{"name": "甲公司"}], "reasons": [{"text_zh": "投过同类技术", "text_en": "funded such technology"}],
}  # fmt: skip
PERSON = {"investor": "自然人", "probability": 0.2, "deals": None, "last_deal": None, "funded_firms": [], "reasons": []}


def answering(monkeypatch, *entries):
    """Lets the API answer with these investors; returns the bodies that it was sent."""
    sent = []
    answer = {"text_zh": "有投资方名单。", "text_en": "A shortlist.", "investors": list(entries), "notes": []}
    monkeypatch.setattr(Api, "post", lambda _, path, body: sent.append((path, body)) or {"answer": answer})
    return sent


def test_investors_are_listed_with_chance_and_reasons(view_of, monkeypatch):
    sent = answering(monkeypatch, ENTRY, PERSON)
    shown = words(show(view_of(21), 1, " CN1A ", "CN2A"))
    assert sent == [("/v1/recommend/investors", {"publication_number": "CN1A", "count": 20})]  # what was typed
    for text in ("有投资方名单。", "某创投", "<0.1%", "甲公司", "投过同类技术", "2024年3月5日", "自然人", "20.0%"):
        assert text in shown


def test_a_number_is_needed_and_an_unknown_one_is_named_so(view_of, monkeypatch):
    sent = answering(monkeypatch)
    assert "请选择专利" in words(show(view_of(21), 1, " ", None))
    assert sent == []
    assert words(show(view_of(21), 1, None, "CN2A")) == "有投资方名单。"
    assert sent[0][1]["publication_number"] == "CN2A"


def test_only_the_enterprises_own_patents_are_offered(view_of, shop):
    for firm in (0, 21):
        patents = shop.client.app.state.chain.if_packed().tables["patents"]
        own = {row.publication_number for row in patents.itertuples() if shop.codes[firm] in str(row.applicant_ids)}
        assert {option["value"] for option in own_patents(view_of(firm))} == own
    assert "推荐投资机构" in words(layout(view_of(0)))
