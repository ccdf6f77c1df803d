"""Pages and callbacks reach nobody but those whom they name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import dash
import flask
import pytest
from dash import Input, Output, html
from starlette.datastructures import State
from werkzeug.exceptions import Forbidden, Unauthorized

from serving.console.account import Account
from serving.console.page import Console, Page, View, Waiting, as_refused, not_found, waiting_for
from serving.contract.refusals import Refusal

OFFICER = Account("a1", "officer", "zone_officer", "zone", "Zone officer 1", frozenset({"firms"}))
BANK = Account("a2", "bank", "bank", "standard", "Bank officer 1", frozenset({"quota"}))


@pytest.fixture
def console() -> Iterator[Console]:
    """A registry whose Dash application answers nobody yet, inside a request of the zone officer."""
    server = flask.Flask("pages", static_folder=None)
    made = Console(api_app=None, state=State(), dash_app=dash.Dash("pages", server=server, use_async=False))  # type: ignore[arg-type]
    made.running_loop = object()  # type: ignore[assignment]  # nothing here reaches the API
    with server.test_request_context("/files/firms.csv?stage=growth"):
        flask.g.account = OFFICER
        yield made


def empty_page(_: View) -> Any:
    return html.Div()


def test_a_page_is_found_by_its_address_role_and_permission(console):
    """A plain address goes before a pattern; what another role or permission needs is not found."""
    plain = Page("/firms/compare", ("zone_officer",), "firms", "start.title", empty_page)
    one = Page("/firms/{uscc}", ("zone_officer",), "firms", "start.title", empty_page)
    other = Page("/inbox", ("bank",), "", "start.title", empty_page)
    accounts = Page("/accounts", ("zone_officer",), "accounts", "start.title", empty_page)
    console.add(one, plain, other, accounts)
    assert console.page_at("/firms/compare", OFFICER) == (plain, {})
    assert console.page_at("/firms/91330108", OFFICER) == (one, {"uscc": "91330108"})
    assert console.page_at("/inbox", OFFICER) is None
    assert console.page_at("/inbox", BANK) == (other, {})
    assert console.page_at("/accounts", OFFICER) is None
    assert console.page_at("/firms/91330108", BANK) is None


def test_an_address_of_undue_length_is_no_page_and_takes_no_time(console):
    """Two named parts and what never fits: 110 kB of it took 20 seconds, in which nobody else was answered."""
    console.add(Page("/chains/{chain}/nodes/{node}", ("zone_officer",), "", "start.title", lambda _: None))
    began = time.thread_time()
    assert console.page_at("/chains/" + "/nodes/" * 4_000 + "\n", OFFICER) is None
    assert time.thread_time() - began < 0.5


def test_one_address_is_one_page_for_a_role(console):
    """Two pages for the same people at one address would hide each other."""
    console.add(Page("/x", ("bank",), "", "start.title", empty_page))
    console.add(Page("/x", ("enterprise",), "", "start.title", empty_page))
    with pytest.raises(ValueError, match="/x"):
        console.add(Page("/x", ("bank", "operator"), "", "start.title", empty_page))


def callback_of(console: Console, output: str, roles: tuple[str, ...], permission: str = "", fault: Any = None) -> Any:
    """Registers a callback and gives what Dash would run."""
    kept: list[Any] = []
    console.dash_app.callback = lambda *_, **__: kept.append  # type: ignore[method-assign]

    @console.callback(Output(output, "children"), Input("a", "value"), roles=roles, permission=permission)
    def answer(view: View, value: str) -> str:
        if fault is not None:
            raise fault
        return f"{view.account.role} {value}"

    return kept[0]


def test_a_callback_runs_for_its_roles_and_permission_alone(console):
    """The check comes before the function, whoever built the page that calls."""
    assert callback_of(console, "one", ("zone_officer",), "firms")("v") == "zone_officer v"
    with pytest.raises(Forbidden):
        callback_of(console, "two", ("bank", "operator"))("v")
    with pytest.raises(Forbidden):
        callback_of(console, "three", ("zone_officer",), "accounts")("v")
    flask.g.account = None
    with pytest.raises(Unauthorized):
        callback_of(console, "four", ("zone_officer",))("v")
    assert [one.roles for one in console.callbacks][:2] == [("zone_officer",), ("bank", "operator")]


def test_a_refusal_in_a_callback_is_words_on_the_page_and_changes_nothing(console, monkeypatch):
    """Title and what is allowed are shown, in the language of the session."""
    shown: dict[str, Any] = {}
    monkeypatch.setattr(dash, "set_props", lambda where, props: shown.update({where: props["children"]}))
    answer = callback_of(console, "one", ("zone_officer",), fault=not_found("uscc", "x" * 200))
    assert answer("v") is dash.no_update
    assert shown["shell-message"].title == as_refused(Refusal("not-found")).text("zh").split("\n")[0]


@pytest.mark.parametrize(("began", "cleared"), [("save.n_clicks", True), ("clock.n_intervals", False)])
def test_a_press_takes_away_what_an_earlier_one_was_refused(console, monkeypatch, began, cleared):
    """A refusal beside a later success would confuse; a look at what is new changes nothing that a person reads."""
    shown: dict[str, Any] = {}
    monkeypatch.setattr(dash, "set_props", lambda where, props: shown.update({where: props["children"]}))
    with console.dash_app.server.test_request_context("/", method="POST", json={"changedPropIds": [began]}):
        flask.g.account = OFFICER
        assert callback_of(console, "one", ("zone_officer",))("v") == "zone_officer v"
    assert shown == ({"shell-message": []} if cleared else {})


def test_a_download_is_for_its_roles_and_answers_a_refusal_in_words(console):
    """Its function gets the query of the address; a refusal keeps the API's status."""

    def csv(view: View, number: str) -> flask.Response:
        if number == "9":
            raise Refusal("not-found")
        return flask.Response(f"{number} {view.query['stage']}")

    console.download("<number>.csv", ("zone_officer",), "firms", csv)
    view_function = console.dash_app.server.view_functions["file-<number>.csv"]
    assert view_function(number="3").get_data(as_text=True) == "3 growth"
    assert view_function(number="9").status_code == 404
    flask.g.account = BANK
    with pytest.raises(Forbidden):
        view_function(number="3")


def test_addresses_escape_what_data_hold_and_leave_out_what_is_none(console):
    """A name with a slash, a space or markup is one value of the query."""
    view = console.view()
    assert view.href("/firms", name="<b> &", stage=None, district="") == "/console/firms?name=%3Cb%3E+%26"
    assert view.api_href("/v1/chains") == "/console/api/v1/chains"


def test_what_waits_is_listed_by_role(console):
    """The start page of a role reads the sources of that role."""

    def two(_: View) -> list[Waiting]:
        return [Waiting("x", 2, "/console/x")]

    console.waiting("bank", two)
    assert waiting_for(console, "bank") == [two]
    assert waiting_for(console, "operator") == []


def test_a_callback_that_only_a_clock_begins_is_marked_as_polling(console):
    """One that a press begins too is a person's; what is marked is named as Dash names it."""
    clock, press = Input("clock", "n_intervals"), Input("press", "n_clicks")
    for name, begun in (("alone", [clock]), ("both", [clock, press]), ("pressed", [press])):
        console.callback(Output(name, "children"), *begun, roles=("zone_officer",))(lambda *_: "")
    assert [one.polls for one in console.callbacks] == [True, False, False]
    assert console.polling == {"alone.children"}
