"""Pages and callbacks of the console, each with the roles and the permission that it needs.

Nothing is registered with Dash but through ``Console``, so that no page and no callback goes without its check.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import dash
import flask
import structlog
from dash.development.base_component import Component
from starlette.datastructures import State
from starlette.types import ASGIApp

from data.texts.sentences import label
from serving.auth.access import Caller
from serving.console.account import Account
from serving.console.acts import act_draft
from serving.console.api import Api, Refused
from serving.console.parts.states import refusal_message
from serving.console.texts import Lang, text
from serving.contract.refusals import Fault, Refusal
from serving.http.problems import STATUS, problem_members

PREFIX = "/console"
CLOCK = "n_intervals"  # what a ``dcc.Interval`` counts
MESSAGE = "shell-message"  # the component that shows what a callback refused
LONGEST_PATH = 1_000  # characters; matching a longer one against every page would take the process for long
T = TypeVar("T")
log = structlog.get_logger("serving.console.page")


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person: a sentence, how many, and the address where it is done."""

    text: str
    count: int
    href: str


class View:
    """One page view or callback of a signed-in person: who, in which language, at which address."""

    def __init__(
        self, console: Console, account: Account, path: str = "/", params: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.console = console
        self.account = account
        self.path = path
        self.params = dict(params or {})
        self.query = dict(query or {})
        self.api = Api(console.api_app, console.loop, self.caller)

    @property
    def caller(self) -> Caller:
        """As whom the API is called."""
        return self.account.caller()

    @property
    def lang(self) -> Lang:
        """The language of the session."""
        return self.account.lang

    @property
    def state(self) -> State:
        """The services of the API's application."""
        return self.console.state

    def text(self, key: str, **figures: Any) -> str:
        """A sentence in the language of the session."""
        return text(key, self.lang, **figures)

    def href(self, path: str, **query: Any) -> str:
        """The address of a page; what is None is left out of its query."""
        return _address(PREFIX + quote(path), query)

    def api_href(self, path: str, **query: Any) -> str:
        """The address of an API route of GET as this session reads it."""
        return _address(f"{PREFIX}/api{quote(path)}", query)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine of the services, on their loop."""
        return self.api.run(work)

    def record(self, act: str, subject: str, note: Mapping[str, Any]) -> None:
        """Record in the ledger what this person did; raises a Refusal when that is not certain."""
        self.run(self.state.worker.write([act_draft(act, subject, self.caller, note)]))


@dataclass(frozen=True)
class Page:
    """A page below ``/console``; ``path`` may hold ``{name}`` parts. ``menu`` empty: it is reached from other pages."""

    path: str
    roles: tuple[str, ...]
    permission: str
    title: str
    layout: Callable[[View], Component]
    menu: str = ""
    icon: str = ""

    def params_of(self, path: str) -> dict[str, str] | None:
        """The named parts of an address that is this page's, else None; the last part may hold slashes."""
        found = re.fullmatch(re.sub(r"\\?\{(\w+)\\?\}", r"(?P<\1>.+)", re.escape(self.path)), path)
        return None if found is None else found.groupdict()

    def is_for(self, account: Account) -> bool:
        """Whether role and permissions of the account allow the page."""
        return account.role in self.roles and (not self.permission or self.permission in account.permissions)


@dataclass(frozen=True)
class Registered:
    """A callback or a download, for the table of what is allowed to whom.

    polls : clocks of the page alone begin it, no person
    """

    name: str
    roles: tuple[str, ...]
    permission: str
    polls: bool = False


@dataclass
class Console:
    """The registry of pages, callbacks, downloads and of what waits for whom.

    loop : of the API; known with the first request that reaches the mounted application
    polling : outputs of the callbacks that poll, as Dash names them
    """

    api_app: ASGIApp
    state: State
    dash_app: dash.Dash
    pages: list[Page] = field(default_factory=list)
    callbacks: list[Registered] = field(default_factory=list)
    downloads: list[Registered] = field(default_factory=list)
    sources: list[tuple[str, Callable[[View], Sequence[Waiting]]]] = field(default_factory=list)
    polling: set[str] = field(default_factory=set)
    running_loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The API's loop; raises RuntimeError before the first request."""
        if self.running_loop is None:
            raise RuntimeError("the console is not mounted in a running service")
        return self.running_loop

    def add(self, *pages: Page) -> None:
        """Register pages; a plain address comes before a pattern that fits it too."""
        for page in pages:
            if any(page.path == other.path and set(page.roles) & set(other.roles) for other in self.pages):
                raise ValueError(f"page {page.path} is registered twice for one role")
            self.pages.append(page)

    def page_at(self, path: str, account: Account) -> tuple[Page, dict[str, str]] | None:
        """The page at an address that the account may see, with its named parts; none at one of undue length."""
        if len(path) > LONGEST_PATH:
            return None
        by_literal = sorted(self.pages, key=lambda page: -len(re.sub(r"\{\w+\}", "", page.path)))
        for page in by_literal:  # the pattern that says most of the address
            params = page.params_of(path)
            if params is not None and page.is_for(account):
                return page, params
        return None

    def waiting(self, role: str, source: Callable[[View], Sequence[Waiting]]) -> None:
        """Register what may wait for a role; its start page lists it."""
        self.sources.append((role, source))

    def view(self, path: str = "/", params: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None,
             account: Account | None = None) -> View:  # fmt: skip
        """The view of the person who is signed in; 401 without one."""
        account = account or flask.g.get("account")
        if account is None:
            flask.abort(401)
        return View(self, account, path, params, query)

    def callback(
        self, *spec: Any, roles: Sequence[str], permission: str = "", prevent_initial_call: bool = True, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a Dash callback that runs for these roles alone; the function gets a View first.

        A Refused or a Refusal becomes a message in words and changes nothing else.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            name = f"{function.__module__.removeprefix('serving.console.')}.{function.__qualname__}"
            begun_by = [one.component_property for one in spec if isinstance(one, dash.Input)]
            polls = set(begun_by) == {CLOCK}
            self.callbacks.append(Registered(name, tuple(roles), permission, polls))

            @wraps(function)
            def guarded(*values: Any) -> Any:
                view = self.view()
                _check(view.account, roles, permission)
                if _is_pressed():
                    dash.set_props(MESSAGE, {"children": []})  # of an earlier press; this one's comes after it
                try:
                    return function(view, *values)
                except (Refused, Refusal) as refusal:
                    show(view, refusal)
                    return dash.no_update  # an exception would take the message with it

            guarded.__annotations__ = {}
            before = set(self.dash_app.callback_map)
            self.dash_app.callback(*spec, prevent_initial_call=prevent_initial_call, **options)(guarded)
            if polls:
                self.polling |= set(self.dash_app.callback_map) - before
            return function

        return register

    def download(
        self, rule: str, roles: Sequence[str], permission: str, endpoint: Callable[..., flask.Response]
    ) -> None:
        """Register a file at ``/console/files/<rule>`` for these roles alone; ``endpoint(view, **params)``."""
        self.downloads.append(Registered(rule, tuple(roles), permission))

        def guarded(**params: str) -> flask.Response:
            view = self.view(query=flask.request.args.to_dict())
            _check(view.account, roles, permission)
            try:
                return endpoint(view, **params)
            except (Refused, Refusal) as refusal:
                refused = as_refused(refusal)
                return flask.Response(refused.text(view.lang), refused.status, mimetype="text/plain")

        self.dash_app.server.add_url_rule(f"/files/{rule}", f"file-{rule}", guarded)


def _is_pressed() -> bool:
    """Whether a press of a button began this callback, and not a look at what is new."""
    sent = flask.request.get_json(silent=True) or {}
    return any(str(one).endswith("n_clicks") for one in sent.get("changedPropIds", ()))


def show(view: View, refusal: Refused | Refusal) -> None:
    """Show a refusal on the page that called."""
    dash.set_props(MESSAGE, {"children": refusal_message(view, as_refused(refusal))})


def as_refused(refusal: Refused | Refusal) -> Refused:
    """A refusal of the services as the API would answer it."""
    return refusal if isinstance(refusal, Refused) else Refused(STATUS[refusal.key], problem_members(refusal))


def _check(account: Account, roles: Sequence[str], permission: str) -> None:
    """Abort with 403 unless role and permissions of the account allow it."""
    if account.role not in roles or (permission and permission not in account.permissions):
        log.info("console_refused", account=account.account_id, role=account.role, permission=permission)
        flask.abort(403)


def waiting_for(console: Console, role: str) -> list[Callable[[View], Sequence[Waiting]]]:
    """The sources of what waits for a role."""
    return [source for owner, source in console.sources if owner == role]


def not_found(where: str, found: str) -> Refusal:
    """The refusal of what does not exist or belongs to somebody else: the two look the same."""
    return Refusal("not-found", faults=[Fault(where, found[:80], label("fault.route"))])


def _address(path: str, query: Mapping[str, Any]) -> str:
    sent = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(sent, doseq=True)}" if sent else path
