"""An enterprise sees every value that it is assessed by, with source and date, and may object to each."""

from __future__ import annotations

import pytest

from data.codebook import read_codebook, read_credit_facts
from serving.console.pages.enterprise.held import case_of, layout, objection_link, table
from serving.contract.refusals import Refusal
from tests.serving.console.pages.enterprise.conftest import words


def test_every_value_has_its_source_and_a_way_to_object(view_of):
    shown = words(layout(view_of(1)))
    items = [*read_codebook(), *read_credit_facts()]
    for item in items:
        assert item.zh in shown
    assert shown.count("提出异议") >= len(items)
    assert "税务部门" in shown
    assert "个人信息，不显示" in shown


def test_a_firm_that_the_release_does_not_hold_is_refused_in_words(view_of, monkeypatch):
    view = view_of(1)
    monkeypatch.setattr(type(view), "caller", property(lambda _: type("C", (), {"name": "91000000000000000X"})()))
    with pytest.raises(Refusal) as caught:
        case_of(view)
    assert caught.value.key == "unknown-enterprise"


def test_a_link_names_what_it_objects_to(view_of):
    link = objection_link(view_of(lang="en"), "R&D expense", None, kind="indicator", key="rd_expense")
    assert link.href == "/console/objections/new?kind=indicator&key=rd_expense"
    assert getattr(link, "aria-label") == "Object: R&D expense"
    assert objection_link(view_of(), "x", "obj-1", kind="indicator", key="k").href == "/console/objections/obj-1"


def test_two_columns_have_room_on_a_telephone_and_more_scroll():
    """The second column holds what to do, which nobody would look for beyond the edge."""
    assert table(["Reason", "objection"], []).minWidth == 0
    assert table(["About", "Value", "State"], []).minWidth > 400
