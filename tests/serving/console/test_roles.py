"""Every page, callback and file of the console by every kind of session: who may, and who is refused.

What is expected is written here by hand, so that a wrong declaration is found. The functions behind pages, callbacks
and files are put aside: an answer is the check's alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import flask
import pytest
from dash import html
from dash.exceptions import PreventUpdate

from data.uscc import fictitious_uscc
from serving.auth.access import ROLE_PERMISSIONS, ROLES
from serving.console import request_checks
from serving.console.accounts import Accounts
from serving.console.app import make_console
from serving.console.page import Console, Registered
from serving.console.request_checks import SESSION_COOKIE
from serving.console.sessions import Sessions
from serving.http.app import create_app
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from tests.serving.console.signed_in import QUICK, Browser, bound_account

ZONE, ANALYST, FIRM, BANK, OPERATOR = "zone_officer", "policy_analyst", "enterprise", "bank", "operator"
ALL = (ZONE, ANALYST, FIRM, BANK, OPERATOR)
ZONE_SIDE, READERS, EVERY_READER = (ZONE, ANALYST), (ZONE, FIRM), (ZONE, ANALYST, FIRM)
# Who may see a page, by hand.
PAGES: dict[str, tuple[str, ...]] = {
    "/": ALL, "/certificates": ALL, "/binding": (ZONE, OPERATOR),
    "/overview": ZONE_SIDE, "/firms": ZONE_SIDE, "/firms/{uscc}": ZONE_SIDE, "/firms/{uscc}/certificate": (ZONE,),
    "/quarantine": (ZONE,), "/zone/objections": (ZONE,), "/zone/objections/{objection_id}": (ZONE,),
    "/points": (FIRM,), "/portrait": (FIRM,), "/values": (FIRM,), "/ladder": (FIRM,),
    "/objections": (FIRM,), "/objections/new": (FIRM,), "/objections/{objection_id}": (FIRM,),
    "/consents": (FIRM,), "/consents/{consent_id}": (FIRM,), "/indications": (FIRM,),
    "/applications": (FIRM, BANK), "/applications/new": (FIRM,), "/applications/{bank_application_id}": (FIRM, BANK),
    "/decisions/{audit_id}": (FIRM, BANK), "/investors": READERS,
    "/decisions": (BANK,), "/decision-prints/{audit_id}": (BANK,), "/book": (BANK,), "/portfolio": (BANK,),
    "/bank-policy": (BANK,),
    "/demands": READERS, "/demands/new": READERS, "/demands/{demand_id}": READERS, "/suppliers": (ZONE,),
    "/events": READERS, "/events/new": (ZONE,), "/events/{event_id}": (ZONE,),
    "/chains": EVERY_READER, "/chains/gaps": ZONE_SIDE, "/chains/targets": (ZONE,), "/chains/placements": (ZONE,),
    "/chains/{chain_id}": EVERY_READER, "/chains/{chain_id}/nodes/{node_id}": EVERY_READER,
    "/clearance": READERS, "/clearance/declaration": READERS, "/clearance/messages": READERS,
    "/clearance/report": READERS,
    "/approvals": READERS, "/approvals/case": READERS, "/approvals/statistics": EVERY_READER,
    "/approvals/items": EVERY_READER, "/approvals/intake": (ZONE,),
    "/incubators": EVERY_READER, "/incubators/incubator": READERS, "/incubators/statistics": ZONE_SIDE,
    "/incubators/vouchers": READERS, "/incubators/records": (ZONE,), "/incubators/quarantine": (ZONE,),
    "/reform": (ANALYST,), "/reform/jobs": (ANALYST,), "/reform/jobs/{job}": (ANALYST,), "/runs": (ANALYST,),
    "/operator/accounts": (OPERATOR,), "/operator/accounts/{account_id}": (OPERATOR,),
    "/operator/releases": (OPERATOR,), "/operator/keys": (OPERATOR,), "/operator/ledger": (OPERATOR,),
    "/operator/health": (OPERATOR,), "/operator/monitoring": (OPERATOR,),
}  # fmt: skip
# Who may call the callbacks of a module or of a function: the longest name that fits. Those of a part are named by
# what the ids of its component begin with.
CALLBACKS: dict[str, tuple[str, ...]] = {
    "pages.zone": (ZONE,),
    "pages.zone.firm_list": ZONE_SIDE, "pages.zone.chain_lists.flagged_nodes": ZONE_SIDE,
    "pages.zone.certificate.checked": ALL,
    "pages.zone.clearance": READERS, "pages.zone.declaration": READERS, "pages.zone.clearance_messages": READERS,
    "pages.zone.approvals": READERS,
    "pages.analyst": (ANALYST,),
    "pages.enterprise": (FIRM,), "pages.enterprise.investors": READERS,
    "pages.bank": (BANK,),
    "pages.operator": (OPERATOR,), "pages.operator.bind_accounts": (ZONE, OPERATOR),
    "parts.objections:objections": READERS, "parts.demands:closing": (ZONE,), "parts.demands:owndemand": (FIRM,),
    "parts.demand_form:zonedemand": (ZONE,), "parts.demand_form:owndemand": (FIRM,),
    "parts.outcome_form:demand": (ZONE,), "parts.outcome_form:event": (ZONE,), "parts.outcome_form:owndemand": (FIRM,),
}  # fmt: skip
FILES: dict[str, tuple[str, ...]] = {
    "firms.<form>": ZONE_SIDE,
    "certificates/<number>/<lang>.<form>": READERS,
    "demands.<form>": (ZONE,), "events.<form>": (ZONE,), "events/<event_id>/outcomes.<form>": (ZONE,),
    "incubator-reports.csv": (ZONE,),
    "chains/<chain_id>/fishbone-<width>.svg": EVERY_READER, "chains/gaps.<form>": ZONE_SIDE,
    "chains/targets.<form>": (ZONE,),
    "jobs/<job>/<name>": (ANALYST,),
    "bank/decisions/<audit_id>.json": (BANK,), "bank/decisions.<kind>": (BANK,),
}  # fmt: skip
FRAMEWORK = ("/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_dash-config", "/_favicon.ico")


@dataclass
class Table:
    """The console with its functions put aside, a session of each role, and what was registered."""

    console: Console
    people: dict[str, Browser]
    nobody: Browser
    outputs: dict[str, list[str]]  # of Dash, by the name of the registered callback
    declared: dict[str, set[str]]  # roles, by the same name


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    outputs: dict[str, list[str]] = {}
    declared: dict[str, set[str]] = {}
    register, download, add = Console.callback, Console.download, Console.add

    def callback(self: Console, *spec: Any, **given: Any) -> Any:
        before = set(self.dash_app.callback_map)

        def registered(function: Any) -> Any:
            def aside(*_: Any) -> Any:
                raise PreventUpdate

            aside.__module__, aside.__qualname__ = function.__module__, function.__qualname__
            register(self, *spec, **given)(aside)
            new = sorted(set(self.dash_app.callback_map) - before)
            name = self.callbacks[-1].name
            if name.startswith("parts."):
                name = f"{'.'.join(name.split('.')[:2])}:{new[0].lstrip('.').split('-')[0]}"
            outputs.setdefault(name, []).extend(new)
            declared.setdefault(name, set()).update(able(given["roles"], given.get("permission", "")))
            return function

        return registered

    def file(self: Console, rule: str, roles: Any, permission: str, endpoint: Any) -> None:
        download(self, rule, roles, permission, lambda view, **_: flask.Response("file"))

    def pages(self: Console, *new: Any) -> None:
        add(self, *(replace(page, layout=lambda _, path=page.path: html.Div(f"page {path}")) for page in new))

    url = f"sqlite:///{tmp_path_factory.mktemp('roles') / 'ledger.sqlite'}"
    migrate(url)
    ledger, loop = Ledger(url), asyncio.new_event_loop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Console, "callback", callback)
        patch.setattr(Console, "download", file)
        patch.setattr(Console, "add", pages)
        patch.setattr(request_checks, "CALLS_AT_ONCE", 100_000.0)
        api_app = create_app()
        api_app.state.worker = SimpleNamespace(
            ledger=ledger, service=SimpleNamespace(clock=SimpleNamespace(pinned=None))
        )
        console = make_console(api_app)
    console.running_loop = loop
    small = SimpleNamespace(server=console.dash_app.server)
    people, accounts = {}, Accounts(ledger, QUICK)
    for role in ALL:
        caller_name = {FIRM: fictitious_uscc(1), BANK: "standard"}.get(role, "zone")
        people[role] = Browser(small)
        account = bound_account(accounts, f"{role}.1", role, caller_name)
        people[role].put_cookie(SESSION_COOKIE, Sessions(ledger).begin(account.account_id, "a browser"))
        assert people[role].get("/").status_code == 200
    yield Table(console, people, Browser(small), outputs, declared)
    loop.close()
    ledger.close()


def call_of(output: str, callback: dict[str, Any]) -> dict[str, Any]:
    """The body of a callback as the renderer sends it, with no value for any input."""

    def each(parts: Any) -> list[dict[str, Any]]:
        return [{**one, "id": part_id(one["id"]), "value": None} for one in parts]

    outputs = [
        {"id": part_id(part.rpartition(".")[0]), "property": part.rpartition(".")[2].split("@")[0]}
        for part in output.strip(".").split("...")
    ]
    first = callback["inputs"][0]
    return {
        "output": output, "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": each(callback["inputs"]), "state": each(callback["state"]),
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }  # fmt: skip


def part_id(name: str) -> Any:
    return json.loads(name) if name.startswith("{") else name


def called(browser: Browser, body: dict[str, Any], **headers: Any) -> Any:
    return browser.post("/_dash-update-component", json=body, headers=headers)


def able(roles: Iterable[str], permission: str) -> set[str]:
    """The roles that have the permission too."""
    return {role for role in roles if not permission or permission in ROLE_PERMISSIONS[role]}


def roles_by(registered: list[Registered]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in registered:
        found.setdefault(one.name, set()).update(able(one.roles, one.permission))
    return found


def page_roles(console: Console) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for page in console.pages:
        found.setdefault(page.path, set()).update(able(page.roles, page.permission))
    return found


def shown(table: Table, session: Browser, address: str) -> str:
    """What the outline is filled with at an address."""
    body = call_of("shell-page.children", table.console.dash_app.callback_map["shell-page.children"])
    body["inputs"][0]["value"], body["state"][0]["value"] = f"/console{address}", ""
    return json.dumps(called(session, body).get_json())


def test_every_page_callback_and_file_has_its_row_here_and_declares_what_it_says(table):
    """A new page, callback or file is not open to anybody before its roles are written here as well."""
    for found, row in (
        (page_roles(table.console), lambda path: PAGES.get(path, ())),
        (table.declared, roles_of),
        (roles_by(table.console.downloads), lambda rule: FILES.get(rule, ())),
    ):
        assert {name: roles for name, roles in found.items() if roles != set(row(name))} == {}
    in_python = {output for output, one in table.console.dash_app.callback_map.items() if "callback" in one}
    assert in_python - {output for outputs in table.outputs.values() for output in outputs} == {"shell-page.children"}


def roles_of(name: str) -> tuple[str, ...]:
    """The roles of a callback by its row here."""
    fitting = [row for row in CALLBACKS if f"{name}.".startswith(f"{row}.")]
    return CALLBACKS[max(fitting, key=len)] if fitting else ()


@pytest.mark.parametrize("role", ALL)
def test_a_page_is_shown_to_its_roles_and_not_found_for_the_others(table, role):
    """Every page by this role; what is another's looks like what does not exist."""
    wrong = {}
    for path in page_roles(table.console):
        roles = PAGES.get(path, ())
        address = path.replace("{", "").replace("}", "-1")
        found = f"page {path}" in shown(table, table.people[role], address)
        if found != (role in roles):
            wrong[path] = found
    assert not wrong


@pytest.mark.parametrize("role", ALL)
def test_a_callback_answers_its_roles_alone(table, role):
    """204 is the function put aside; 403 everybody else."""
    wrong = {}
    for name, outputs in table.outputs.items():
        expected = 204 if role in roles_of(name) else 403
        for output in outputs:
            body = call_of(output, table.console.dash_app.callback_map[output])
            status = called(table.people[role], body).status_code
            if status != expected:
                wrong[name] = status
    assert not wrong


def test_no_callback_answers_without_session_from_elsewhere_or_without_its_token(table):
    """By the session of a role that may: another Origin, none, and another session's token or none are refused."""
    other = table.people[OPERATOR].cookie("_csrf_token")
    calls = [(name, output) for name, outputs in table.outputs.items() for output in outputs]
    for name, output in [*calls, ("", "shell-page.children")]:
        body = call_of(output, table.console.dash_app.callback_map[output])
        role = next((role for role in ALL[:-1] if role in roles_of(name)), ZONE)
        session = table.people[role]
        statuses = (
            called(table.nobody, body).status_code,
            called(session, body, **{"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"}).status_code,
            called(session, body, **{"Origin": "null", "Sec-Fetch-Site": None}).status_code,
            called(session, body, **{"Origin": None, "Sec-Fetch-Site": None}).status_code,
            called(session, body, **{"X-CSRFToken": None}).status_code,
            called(session, body, **{"X-CSRFToken": other}).status_code,
            called(table.nobody, body, **{"X-CSRFToken": session.cookie("_csrf_token")}).status_code,
        )
        assert statuses == (401, 403, 403, 403, 403, 403, 401), name


@pytest.mark.parametrize("role", ALL)
def test_a_file_is_given_to_its_roles_alone(table, role):
    """Every file by this role; without a session a person is led to the form, and a script gets 401."""
    for rule in roles_by(table.console.downloads):
        roles = FILES.get(rule, ())
        address = "/files/" + rule.replace("<path:", "").replace("<", "").replace(">", "")
        assert table.people[role].get(address).status_code == (200 if role in roles else 403), rule
        assert table.nobody.get(address).status_code == 303
        assert table.nobody.get(address, **{"Sec-Fetch-Mode": "cors"}).status_code == 401


@pytest.mark.parametrize("path", FRAMEWORK)
def test_the_frameworks_own_routes_tell_nothing_without_a_session(table, path):
    """They are open by default; the favicon is a file of the library."""
    assert table.nobody.get(path).status_code == (200 if path == "/_favicon.ico" else 401)


def test_what_a_clock_begins_polls_and_nothing_else_does(table):
    """As the console is registered: pages that look by themselves for what is new keep no session from its end."""
    begun = {
        name for name, one in table.console.dash_app.callback_map.items()
        if {part["property"] for part in one["inputs"]} == {"n_intervals"}
    }  # fmt: skip
    assert table.console.polling == begun
    assert {name.rpartition(".")[2] for name in (one.name for one in table.console.callbacks if one.polls)} == {
        "refreshed", "follow", "follow_list", "check",
    }  # fmt: skip


def test_every_role_of_the_console_is_a_role_of_the_api(table):
    """No row here is for a role that nobody can have, and every role has a session."""
    assert set(ALL) == set(ROLES) == set(table.people)
