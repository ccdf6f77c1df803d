"""Header, menu and start page: what a person sees around every page."""

from __future__ import annotations

from types import SimpleNamespace

import flask
import pytest
from dash import html
from starlette.datastructures import State

from serving.console.account import Account
from serving.console.page import Console, Page, Waiting
from serving.console.shell import framed, register
from serving.contract.refusals import Refusal
from tests.serving.console.components import all_of, texts_of

OFFICER = Account("a1", "officer", "zone_officer", "zone", "officer-1", frozenset({"firms"}))


@pytest.fixture
def console():
    """Two pages of which the officer may see one."""
    made = Console(api_app=None, state=State({"worker": None}), dash_app=SimpleNamespace())
    made.running_loop = object()
    register(made, ("zone_officer", "bank"))
    made.add(
        Page("/firms", ("zone_officer",), "firms", "role.zone_officer", lambda _: html.Div(), "menu.enterprises"),
        Page("/inbox", ("bank",), "", "role.bank", lambda _: html.Div(), "menu.credit"),
    )
    with flask.Flask("shell").test_request_context("/"):
        flask.g.account = OFFICER
        yield made


def links_of(component) -> dict[str, str]:
    """Address by text of every link."""
    found = {}
    for child in all_of(component):
        if getattr(child, "href", None):
            found["".join(texts_of(child))] = child.href
    return found


def test_the_menu_holds_what_the_role_may_see_and_marks_where_one_is(console):
    """The current page is marked for screen readers; another role's page is not there."""
    view = console.view("/firms")
    page = console.pages[1]
    shown = framed(view, page, html.Div("正文"), "企业")
    assert "园区工作人员" in links_of(shown)
    assert "银行工作人员" not in links_of(shown)
    marked = [one for one in all_of(shown) if getattr(one, "aria-current", None)]
    assert [one.href for one in marked] == ["/console/firms"]


def test_the_other_language_is_a_link_to_the_same_page_with_its_filters(console):
    """A shared address keeps its filters when the language changes."""
    shown = framed(console.view("/firms", query={"stage": "growth"}), console.pages[1], html.Div(), "企业")
    assert links_of(shown)["English"] == "/console/firms?stage=growth&lang=en"


def test_the_start_page_lists_what_waits_and_says_what_could_not_be_read(console):
    """What counts nothing is left out, each line begins with a capital; a source that is away takes none with it."""

    def away(_):
        raise Refusal("ledger-unavailable")

    listed = [Waiting("异议", 3, "/console/objections"), Waiting("cases", 1, "/y"), Waiting("无", 0, "/x")]
    console.waiting("zone_officer", lambda _: listed)
    console.waiting("zone_officer", away)
    console.waiting("bank", lambda _: [Waiting("申请", 9, "/console/inbox")])
    shown = console.pages[0].layout(console.view("/"))
    assert links_of(shown)["3异议"] == "/console/objections"
    assert links_of(shown)["1Cases"] == "/y"
    assert not {"0无", "9申请"} & set(links_of(shown))
    assert "1 处来源暂时读不到，列表可能不全。" in "".join(texts_of(shown))


def test_nothing_waiting_is_said(console):
    """An empty list is a sentence."""
    assert "目前没有等您处理的事。" in texts_of(console.pages[0].layout(console.view("/")))
