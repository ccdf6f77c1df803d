"""Ways to search: firms for a text, demands for a firm; a text that cannot be matched is refused in words."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.zone import supplier_search
from tests.serving.console.planted_views import ASKER, CELL, FAN, Views, by_id, links, registered, words

pytestmark = pytest.mark.behaviour


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    made = Views(tmp_path_factory.mktemp("search"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def calls():
    return registered(supplier_search.register).callbacks


def test_firms_for_a_text(views, calls):
    """The one with the words is listed; a text without letters is refused with what is needed."""
    assert FAN in words(calls["search"](views.of(), 1, "风机机头的轴承振动监测，提前报警", "10"))
    with pytest.raises(Refused) as refused:
        calls["search"](views.of(), 1, "？", "10")
    assert "文字: 至少 2 个文字" in refused.value.text("zh")


def test_demands_for_a_firm(views, calls):
    """Each leads to its page; an unknown firm is not found."""
    shown = calls["of_firm"](views.of(), 1, f" {CELL} ", None)
    assert "/console/demands/D00002" in links(shown)
    assert "50 万元" in words(shown)
    with pytest.raises(Refused) as refused:
        calls["of_firm"](views.of(), 1, ASKER, 5)
    assert refused.value.status == 404


def test_no_demand_says_what_may_help(views):
    """Both languages; an address fills the fields in."""
    assert "放宽预算" in words(supplier_search.demand_cards(views.of(), []))
    assert "budget" in words(supplier_search.demand_cards(views.of(lang="en"), []))
    shown = supplier_search.page(views.of(text="轴承", uscc=CELL))
    assert (by_id(shown, "suppliers-text").value, by_id(shown, "suppliers-firm").value) == ("轴承", CELL)
