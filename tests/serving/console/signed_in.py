"""A small console with people in it, and a browser that behaves as browsers do: cookies, Origin, token in a header."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import dash
import flask
from dash import Input, Output, dcc, html
from starlette.datastructures import State
from werkzeug.test import TestResponse

from serving.auth.access import Caller
from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts
from serving.console.passwords import Passwords
from serving.console.protection import protect
from serving.ledger.ledger import Ledger

QUICK = Passwords(passes=1, memory_kib=8)
MAKER, BINDER = (Caller("zone", "operator", name, "k", frozenset({"accounts"})) for name in ("li", "wang"))
OWN = "four unrelated words 7"
HOST = "http://localhost/console"
CALL = {
    "output": "said.children", "outputs": {"id": "said", "property": "children"}, "changedPropIds": ["press.n_clicks"],
    "inputs": [{"id": "press", "property": "n_clicks", "value": 1}],
}  # fmt: skip
POLL = {
    "output": "new.children", "outputs": {"id": "new", "property": "children"}, "changedPropIds": ["clock.n_intervals"],
    "inputs": [{"id": "clock", "property": "n_intervals", "value": 1}],
}  # fmt: skip


def bound_account(accounts: Accounts, name: str, role: str, caller_name: str) -> StoredAccount:
    """An account with the own password OWN, bound by a second person."""
    made, first = accounts.make(name, role, f"{name} of the tests", MAKER, "for a test")
    accounts.change_password(made.account_id, first, OWN)
    return accounts.bind(made.account_id, caller_name, BINDER, "for a test")


@dataclass
class Small:
    """A Dash application under the checks, over a store of its own."""

    ledger: Ledger
    server: flask.Flask = field(init=False)
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        app = dash.Dash(
            "small", routes_pathname_prefix="/", requests_pathname_prefix="/console/", add_log_handler=False,
            assets_folder="none", server=flask.Flask("serving.console", static_folder=None),
        )  # fmt: skip
        app.layout = html.Div(
            [html.Button("press", id="press"), html.P(id="said"), html.P(id="new"), dcc.Interval(id="clock")]
        )

        @app.callback(Output("said", "children"), Input("press", "n_clicks"), prevent_initial_call=True)
        def say(_: int) -> str:
            return f"to {flask.g.account.sign_in_name}"

        @app.callback(Output("new", "children"), Input("clock", "n_intervals"), prevent_initial_call=True)
        def look(_: int) -> str:
            return "nothing new"

        self.server = app.server
        self.checks = protect(app, State({"worker": SimpleNamespace(ledger=self.ledger)}), {"new.children"})
        self.accounts = Accounts(self.ledger, QUICK)

    def person(self, name: str, role: str = "operator", caller_name: str = "", **state: bool) -> StoredAccount:
        """An account with the own password OWN, bound unless ``bound`` is False."""
        made, first = self.accounts.make(name, role, f"{name} of the tests", MAKER, "for a test")
        if state.get("own", True):
            self.accounts.change_password(made.account_id, first, OWN)
        if state.get("bound", True):
            self.accounts.bind(made.account_id, caller_name, BINDER, "for a test")
        return self.accounts.find(made.account_id)


class Browser:
    """One browser on the small console."""

    def __init__(self, small: Small, address: str = "192.0.2.1") -> None:
        self.client = small.server.test_client()
        self.address = address

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=HOST, headers=headers, environ_base={"REMOTE_ADDR": self.address})

    def post(self, path: str, *, form: Any = None, json: Any = None, headers: Any = None) -> TestResponse:
        """A POST as a page of this host sends it; ``headers`` replace or, as None, take away its own."""
        given = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        if token := self.cookie("_csrf_token"):
            given["X-CSRFToken"] = token
        given = {name: value for name, value in (given | (headers or {})).items() if value is not None}
        return self.client.post(
            path, base_url=HOST, data=form, json=json, headers=given, environ_base={"REMOTE_ADDR": self.address}
        )

    def call(self, **headers: Any) -> TestResponse:
        """The callback of the small page."""
        return self.post("/_dash-update-component", json=CALL, headers=headers)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, path="/console")
        return None if found is None else found.value

    def put_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, path="/console")

    def form(self, path: str, to: str = "", **fields: str) -> TestResponse:
        """Fill in the form at an address and send it, there or ``to`` another."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert token is not None
        headers = {"X-CSRFToken": None, "Sec-Fetch-Mode": "navigate"}
        return self.post(to or path, form=fields | {"csrf_token": token[1]}, headers=headers)

    def sign_in(self, name: str, password: str = OWN) -> TestResponse:
        return self.form("/sign-in", name=name, password=password)
