"""Before and after every request of the console: who asks, whether the request is its own, what a browser may do.

Nothing is open but the forms of signing in and the files of libraries and styles. A page without a session leads to
the form; a call without one is 401. Whatever is sent (POST) must come from a page of this host, by its Origin or
Sec-Fetch-Site, and carry the token against forgery of its session. Roles and permissions are checked behind it, by
``serving.console.page`` and by the API itself.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import quote, urlsplit

import dash
import flask
import structlog
from flask_wtf.csrf import generate_csrf
from starlette.datastructures import State
from werkzeug.wrappers import Response

from serving.auth.rate_limit import RateLimit
from serving.console.accounts import Accounts
from serving.console.sessions import FoundSession, Sessions
from serving.console.texts import LANGS, Lang, text

PREFIX = "/console"
SESSION_COOKIE, LANG_COOKIE, TOKEN_COOKIE = "ip_console", "ip_console_lang", "_csrf_token"  # the last as Dash reads it
BODY_BYTES, FORM_BYTES = 4 * 2**20, 16 * 2**10
OPEN_FILES = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
SIGNED_OUT = ("/sign-in",)
ALWAYS = ("/sign-in", "/sign-out", "/account", "/password", "/not-bound")  # with a session of whatever kind
CALLBACKS = "/_dash-update-component"
CALLS_PER_S, CALLS_AT_ONCE = 30.0, 300.0
FORM_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
log = structlog.get_logger("serving.console.protection")


class RequestChecks:
    """The checks of one console, whose store is known once its worker is open."""

    def __init__(self, app: dash.Dash, state: State, polling: Collection[str] = ()) -> None:
        self.app = app
        self.state = state
        self.polling = polling
        self.calls = RateLimit(CALLS_PER_S, CALLS_AT_ONCE)
        self._policy = ""

    def sessions(self) -> Sessions:
        """The sessions of the worker's store."""
        return Sessions(self.state.worker.ledger)

    def accounts(self) -> Accounts:
        """The accounts of the worker's store."""
        return Accounts(self.state.worker.ledger)

    def before(self) -> Any:
        """None where the request may go on; else its refusal. Who asks is then in ``flask.g``."""
        request = flask.request
        path, reads = request.path, request.method in ("GET", "HEAD")
        flask.g.lang = _chosen() or request.cookies.get(LANG_COOKIE, "zh")
        if flask.g.lang not in LANGS:
            flask.g.lang = "zh"
        if reads and path.startswith(OPEN_FILES) and ".." not in path:
            return None
        if not reads and request.method != "POST":
            return refusal(405, "method")
        if self.state.worker is None:
            return refusal(503, "starting")
        request.max_content_length = FORM_BYTES if path in ALWAYS else BODY_BYTES
        if (request.content_length or 0) > request.max_content_length:
            return refusal(413, "large")
        if not reads and not _is_own(request):
            return refusal(403, "origin")
        found = self._session()
        if found is None:
            return None if path in SIGNED_OUT else self._without_session(reads)
        return self._with_session(found, path, reads)

    def _session(self) -> FoundSession | None:
        token = flask.request.cookies.get(SESSION_COOKIE, "")
        return self.sessions().find(token, seen=not self._polls()) if token else None

    def _polls(self) -> bool:
        """Whether the page calls by itself, and no person did anything."""
        if flask.request.method != "POST" or flask.request.path != CALLBACKS:
            return False
        sent = flask.request.get_json(silent=True)
        return isinstance(sent, dict) and str(sent.get("output")) in self.polling

    @staticmethod
    def _without_session(reads: bool) -> Any:
        if reads and _is_page():
            wanted = quote(f"{PREFIX}{flask.request.full_path.rstrip('?')}")
            return flask.redirect(f"{PREFIX}/sign-in?next={wanted}", 303)
        return refusal(401, "session")

    def _with_session(self, found: FoundSession, path: str, reads: bool) -> Any:
        account, lang = found.account, _chosen()
        if reads and lang is not None and lang != account.lang:
            self.accounts().keep_language(account.account_id, lang)
            account = self.accounts().find(account.account_id)
        flask.g.found, flask.g.account, flask.g.lang = found, account.account(), account.lang
        self.calls.take(account.account_id)
        if not reads and flask.session.get("of") != found.session.session_id:
            return refusal(403, "forged")  # the token against forgery belongs to another session
        if not reads and path == CALLBACKS and not is_call(flask.request.get_json(silent=True), self.app.callback_map):
            return refusal(400, "malformed")
        if path in ALWAYS or path.startswith("/account/"):
            return None
        for wrong, address in ((not account.own_password, "/password"), (not account.bound, "/not-bound")):
            if wrong:
                return flask.redirect(f"{PREFIX}{address}", 303) if reads and _is_page() else refusal(403, "no_access")
        return None

    def after(self, response: flask.Response) -> flask.Response:
        """The answer with the security headers that it has not set itself, and a page's token against forgery."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if flask.request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers.setdefault("Content-Security-Policy", self._page_policy())
        found, chosen = flask.g.get("found"), _chosen()
        if found is not None and flask.request.method == "GET" and response.mimetype == "text/html":
            flask.session["of"] = found.session.session_id
            set_cookie(response, TOKEN_COOKIE, generate_csrf(), httponly=False, samesite="Strict")
        if chosen is not None:
            set_cookie(response, LANG_COOKIE, chosen, max_age=365 * 86_400)
        return response

    def _page_policy(self) -> str:
        if not self._policy:  # the scripts are known once every callback is
            self._policy = PAGE_POLICY.format(hashes=" ".join(self.app.csp_hashes()))
        return self._policy


def refusal(status: int, why: str, **headers: str) -> flask.Response:
    """A refusal in words, as a page or as a text for a call; it says nothing about what lies behind."""
    lang: Lang = flask.g.get("lang", "zh")
    title, action = text(f"refused.{why}", lang), text(f"refused.{why}.action", lang)
    log.info("console_refused", why=why, status=status, method=flask.request.method)
    if flask.request.method == "GET" and _is_page():
        page = flask.render_template("refused.html", title=title, action=action, lang=lang)
        response = flask.make_response(page, status)
        response.headers["Content-Security-Policy"] = FORM_POLICY
    else:
        response = flask.make_response(f"{title}\n{action}\n", status)
        response.mimetype = "text/plain"
    response.headers.update(headers)
    return response


def set_cookie(
    response: Response, name: str, value: str, *, max_age: int | None = None, httponly: bool = True,
    samesite: str = "Lax",
) -> None:  # fmt: skip
    """A cookie for the console alone; over https it is never sent in the clear."""
    secure = flask.request.is_secure
    response.set_cookie(name, value, max_age, path=PREFIX, secure=secure, httponly=httponly, samesite=samesite)


def is_call(sent: Any, known: Collection[str]) -> bool:
    """Whether a body has the shape in which a page of the console calls a callback, and names one."""
    if not isinstance(sent, dict) or not isinstance(sent.get("output"), str) or sent["output"] not in known:
        return False
    lists = [sent.get("inputs"), sent.get("state", []), sent.get("changedPropIds", [])]
    parts = all(isinstance(part, dict | list) for given in lists[:2] for part in given or ())
    return all(isinstance(given, list) for given in lists) and isinstance(sent.get("outputs"), dict | list) and parts


def _is_own(request: flask.Request) -> bool:
    """Whether a browser says that the request comes from a page of this host; one that says nothing is refused."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return urlsplit(origin).netloc == request.host
    return site == "same-origin"


def _is_page() -> bool:
    """Whether the request is for a page that a person looks at, not for a call of a script or a file."""
    mode = flask.request.headers.get("Sec-Fetch-Mode")
    return mode in (None, "navigate") and not flask.request.path.startswith(("/_dash-", "/_reload-hash", "/api/"))


def _chosen() -> Lang | None:
    wanted = flask.request.args.get("lang", "")
    return next((lang for lang in LANGS if lang == wanted), None) if flask.request.method == "GET" else None
