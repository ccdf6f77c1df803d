"""The console's protection: the checks before every route of a Dash application, and the pages of signing in."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

import dash
import flask
import structlog
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from starlette.datastructures import State
from werkzeug.exceptions import HTTPException

from serving.console.console_key import open_key
from serving.console.request_checks import BODY_BYTES, PREFIX, RequestChecks, refusal
from serving.console.sessions import LONGEST
from serving.console.sign_in_pages import add_pages
from serving.contract.refusals import Refusal
from serving.ledger.store import LedgerError

log = structlog.get_logger("serving.console.protection")


class KeyedSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds the token against forgery; its key comes from the worker's store."""

    def __init__(self, state: State) -> None:
        self.state = state

    def get_signing_serializer(self, app: flask.Flask) -> Any:
        """None until the worker is open."""
        if not app.secret_key and self.state.worker is not None:
            app.secret_key = open_key(self.state.worker.ledger.url)
        return super().get_signing_serializer(app)

    def get_cookie_secure(self, app: flask.Flask) -> bool:  # noqa: ARG002  # Flask passes it
        """Over https the cookie is never sent in the clear."""
        return bool(flask.request.is_secure)


def protect(app: dash.Dash, state: State, polling: Collection[str] = ()) -> RequestChecks:
    """Put the checks before every route of the console, and the pages of signing in beside them.

    polling : outputs of callbacks that a page calls by itself, which keep no session from its end
    """
    server, checks = app.server, RequestChecks(app, state, polling)
    server.session_interface = KeyedSessions(state)
    server.config.update(
        SESSION_COOKIE_NAME="ip_console_form", SESSION_COOKIE_PATH=PREFIX, SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True, MAX_CONTENT_LENGTH=BODY_BYTES, MAX_FORM_MEMORY_SIZE=BODY_BYTES,
        WTF_CSRF_TIME_LIMIT=int(LONGEST.total_seconds()),
        WTF_CSRF_SSL_STRICT=False,  # the checks compare the Origin, which a proxy does not change
    )  # fmt: skip
    server.before_request(checks.before)
    CSRFProtect(server)
    server.after_request(checks.after)
    server.register_error_handler(CSRFError, lambda _: refusal(403, "forged"))
    server.register_error_handler(LedgerError, lambda _: refusal(503, "store"))
    server.register_error_handler(Refusal, _too_many)
    server.register_error_handler(413, lambda _: refusal(413, "large"))
    for status, why in ((401, "session"), (403, "no_access"), (404, "not_found")):
        server.register_error_handler(status, lambda _, status=status, why=why: refusal(status, why))
    server.register_error_handler(Exception, _ours)
    add_pages(server, checks)
    return checks


def _too_many(fault: Refusal) -> flask.Response:
    if fault.key != "too-many-requests":
        return _ours(fault)
    return refusal(429, "too_many", **{"Retry-After": str(fault.retry_after_s)})


def _ours(fault: Exception) -> Any:
    """A fault of ours in words; logged by its type and line, never with values."""
    if isinstance(fault, HTTPException):
        return fault
    line = traceback.extract_tb(fault.__traceback__)[-1]
    log.error("console_fault", fault=type(fault).__name__, at=f"{Path(line.filename).name}:{line.lineno}")
    return refusal(500, "fault")
