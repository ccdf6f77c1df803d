"""The pages of signing in and of one's own account: plain forms, without a script."""

from __future__ import annotations

from typing import Any, cast

import flask
from itsdangerous import BadSignature, URLSafeTimedSerializer

from serving.auth.rate_limit import RateLimit
from serving.console.accounts import sign_in_form
from serving.console.parts.instants import moment
from serving.console.request_checks import (
    FORM_POLICY,
    LANG_COOKIE,
    PREFIX,
    SESSION_COOKIE,
    TOKEN_COOKIE,
    RequestChecks,
    set_cookie,
)
from serving.console.sessions import FoundSession
from serving.console.sign_in import SignInRefusedError, sign_in
from serving.console.sign_in_limits import SignInLimits
from serving.console.texts import LANGS, Lang, text
from serving.contract.refusals import Refusal

KNOWN_COOKIE = "ip_console_known"
KNOWN_S = 180 * 86_400
CHANGES_PER_S, CHANGES_AT_ONCE = 0.02, 5.0  # of passwords, of one account


class SignInPages:
    """The forms of one console."""

    def __init__(self, checks: RequestChecks) -> None:
        self.checks = checks
        self.limits = SignInLimits()
        self.changes = RateLimit(CHANGES_PER_S, CHANGES_AT_ONCE)

    def sign_in(self) -> Any:
        """The form; sent, it begins a session with a token of its own and leads to the page that was wanted."""
        wanted, lang = own_address(flask.request.args.get("next", "")), _chosen_here()
        if flask.request.method == "GET":
            return page("sign_in.html", wanted=wanted, chosen=lang)
        name, password = flask.request.form.get("name", ""), flask.request.form.get("password", "")
        known, address = _is_known(name), flask.request.remote_addr
        self.limits.take(address, known=known)
        try:
            found = sign_in(self.checks.accounts(), name, password, known=known)
        except SignInRefusedError as fault:
            self.limits.refused(address, known=known)
            words = text(fault.key, flask.g.lang, minutes=-(-fault.wait_s // 60))
            return page("sign_in.html", 403, wanted=wanted, name=name[:64], error=words, chosen=lang)
        before = flask.g.get("found")
        if before is not None:
            self.checks.sessions().end(before.session.session_id, before.account)
        response = flask.redirect(wanted or f"{PREFIX}/", 303)
        self._begin(response, found.account_id)
        set_cookie(response, KNOWN_COOKIE, _signer().dumps(found.sign_in_name), max_age=KNOWN_S, samesite="Strict")
        if lang and lang != found.lang:
            self.checks.accounts().keep_language(found.account_id, lang)
        set_cookie(response, LANG_COOKIE, lang or found.lang, max_age=365 * 86_400)
        return response

    def sign_out(self) -> Any:
        """End this session."""
        found = _found()
        self.checks.sessions().end(found.session.session_id, found.account)
        return _signed_out()

    def password(self) -> Any:
        """The form of an own password, which a first sign-in leads to; a new password begins a new session."""
        found = _found()
        if flask.request.method == "GET":
            return page("password.html", account=found.account)
        self.changes.take(found.account.account_id)
        form, faults = flask.request.form, []
        if form.get("new", "") != form.get("again", ""):
            faults = [text("accounts.password.again", flask.g.lang)]
        else:
            try:
                accounts = self.checks.accounts()
                accounts.change_password(found.account.account_id, form.get("present", ""), form.get("new", ""))
            except Refusal as fault:
                faults = [one.texts[0 if flask.g.lang == "zh" else 1] for one in fault.faults]
        if faults:
            return page("password.html", 422, account=found.account, faults=faults)
        response = flask.redirect(f"{PREFIX}/", 303)
        self._begin(response, found.account.account_id)
        return response

    def account(self) -> Any:
        """Who one is here, and one's own sessions."""
        found = _found()
        sessions = self.checks.sessions().of(found.account.account_id)
        return page("account.html", account=found.account, sessions=sessions, here=found.session.session_id)

    def end_session(self, session_id: str) -> Any:
        """End one of one's own sessions; another's is not found."""
        found = _found()
        if not self.checks.sessions().end(session_id, found.account, "session_ended"):
            flask.abort(404)
        if session_id == found.session.session_id:
            return _signed_out()
        return flask.redirect(f"{PREFIX}/account", 303)

    @staticmethod
    def not_bound() -> Any:
        """What an account that nobody bound yet sees."""
        found = _found()
        return flask.redirect(f"{PREFIX}/", 303) if found.account.bound else page("not_bound.html")

    def _begin(self, response: Any, account_id: str) -> None:
        """A new session with nothing of what the browser held before."""
        token = self.checks.sessions().begin(account_id, flask.request.headers.get("User-Agent", ""))
        flask.session.clear()
        set_cookie(response, SESSION_COOKIE, token)


def add_pages(server: flask.Flask, checks: RequestChecks) -> None:
    """Register the pages; their addresses are more exact than Dash's own, which takes every other."""
    pages = SignInPages(checks)
    server.jinja_env.filters["moment"] = lambda instant: moment(cast(Any, flask.g), instant)
    server.jinja_env.globals["t"] = lambda key, **figures: text(key, flask.g.lang, **figures)
    for rule, endpoint, methods in (
        ("/sign-in", pages.sign_in, ["GET", "POST"]),
        ("/sign-out", pages.sign_out, ["POST"]),
        ("/password", pages.password, ["GET", "POST"]),
        ("/account", pages.account, ["GET"]),
        ("/account/sessions/<session_id>/end", pages.end_session, ["POST"]),
        ("/not-bound", pages.not_bound, ["GET"]),
    ):
        server.add_url_rule(rule, f"people-{rule.strip('/')}", endpoint, methods=methods)


def page(template: str, status: int = 200, **values: Any) -> flask.Response:
    """A page of forms, without scripts."""
    lang: Lang = flask.g.lang
    response = flask.make_response(flask.render_template(template, lang=lang, **values), status)
    response.headers["Content-Security-Policy"] = FORM_POLICY
    return response


def own_address(wanted: str) -> str:
    """An address of the console to go on to, empty for any other; never one of another host."""
    inside = wanted.startswith(f"{PREFIX}/") and not any(letter in wanted for letter in "\\\r\n\t")
    return wanted if inside and not wanted.startswith(f"{PREFIX}/sign-") else ""


def _found() -> FoundSession:
    return cast(FoundSession, flask.g.found)


def _signed_out() -> flask.Response:
    response = cast(flask.Response, flask.redirect(f"{PREFIX}/sign-in", 303))
    flask.session.clear()
    flask.g.pop("found", None)
    for name in (SESSION_COOKIE, TOKEN_COOKIE):
        response.delete_cookie(name, path=PREFIX)
    return response


def _chosen_here() -> Lang | None:
    """The language that was chosen on the form itself, which lasts beyond it; None where nobody chose."""
    wanted = flask.request.values.get("lang", "")
    return next((lang for lang in LANGS if lang == wanted), None)


def _is_known(sign_in_name: str) -> bool:
    """Whether this account signed in from this browser before."""
    try:
        return bool(_signer().loads(flask.request.cookies.get(KNOWN_COOKIE, ""), KNOWN_S) == sign_in_form(sign_in_name))
    except BadSignature:
        return False


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cast(bytes, flask.current_app.secret_key), salt="known browser")
