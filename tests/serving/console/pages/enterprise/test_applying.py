"""One application goes to several banks, under a consent of exactly what was ticked and shown."""

from __future__ import annotations

from data.consents import CATEGORIES
from serving.console.pages.enterprise.applying import layout, send, words
from serving.console.parts.consents import SHARES, scope_text
from tests.serving.console.components import all_of
from tests.serving.console.pages.enterprise.conftest import words as text_of

NEED = (300, 12, "innovation_points", "working_capital")


def test_nothing_is_ticked_before_the_person_ticks_it(view_of):
    page = layout(view_of(4, banks="standard,nobody"))
    boxes = {
        one.id: one.value for one in all_of(page) if getattr(one, "id", "") in ("applying-banks", "applying-share")
    }
    assert boxes == {"applying-banks": ["standard"], "applying-share": []}


def test_the_words_are_those_of_the_ticks_and_of_no_other(view_of):
    view = view_of(4)
    shown, disabled = words(view, ["standard"], ["points"], "innovation_points", "equipment", agreed=False)
    text = text_of(shown)
    assert disabled
    for share in SHARES:
        assert (scope_text(view, share) in text) is (share == "points")
    assert "标准示例银行" in text
    assert "设备购置与更新" in text
    assert words(view, ["standard"], ["points"], "innovation_points", "equipment", agreed=True)[1] is False
    assert words(view, [], ["points"], "innovation_points", "equipment", agreed=True)[1] is True


def test_each_bank_gets_a_consent_of_exactly_these_scopes(view_of):
    view = view_of(4, lang="en")
    shown = text_of(send(view, 1, ["standard", "science"], ["points", "query"], True, "t-send", *NEED))
    assert "2 banks" in shown
    made = view.api.get("/v1/bank-applications")["bank_applications"]
    assert sorted(one["bank_id"] for one in made) == ["science", "standard"]
    for one in made:
        assert one["consent"]["scope"] == ["points", "query"]
        assert one["consent"]["data_categories"] == [*CATEGORIES["points"], *CATEGORIES["query"]]
        assert one["consent"]["purposes"] == ["working_capital"]


def test_without_the_tick_nothing_is_sent(view_of):
    view = view_of(5)
    assert "勾选同意" in text_of(send(view, 1, ["standard"], ["points"], False, "t-none", *NEED))
    assert view.api.get("/v1/bank-applications")["bank_applications"] == []
