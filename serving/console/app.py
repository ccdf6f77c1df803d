"""The console as one ASGI application, mounted at ``/console`` of the bank API's application."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import dash
import dash_mantine_components as dmc
import flask
import structlog
from dash import ClientsideFunction, Input, Output, State
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send
from werkzeug.exceptions import HTTPException

from models.spreadsheet import MEDIA
from serving.auth.access import ROLES
from serving.console.api import Refused, is_plain
from serving.console.mount import ConsoleMount
from serving.console.page import MESSAGE, PREFIX, Console, Page, View, as_refused
from serving.console.pages import register as register_pages
from serving.console.parts.states import empty, refusal_message
from serving.console.protection import protect
from serving.console.shell import framed, outline, register
from serving.console.texts import Lang, text
from serving.contract.refusals import Refusal

TABLES = {kind.partition(";")[0] for kind in MEDIA.values()}  # of a list as a file
ASSETS = Path(__file__).with_name("assets")
STREAMS = ("/v1/clearance/stream",)  # never end, so they are no file to be read
log = structlog.get_logger("serving.console.app")


class LangDash(dash.Dash):
    """Dash whose page names its language."""

    def interpolate_index(self, **parts: str) -> str:
        """The page's HTML with the language of the session, also while it loads."""
        account = flask.g.get("account")
        lang: Lang = "zh" if account is None else account.lang
        parts["app_entry"] = parts["app_entry"].replace("Loading...", text("shell.loading", lang))
        page = str(super().interpolate_index(**parts))
        return page.replace("<html>", f'<html lang="{"zh-CN" if lang == "zh" else "en"}">', 1)


class MountedConsole:
    """The console as ASGI; it learns the API's loop from the first request."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.mount = ConsoleMount(console.dash_app.server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.console.running_loop = asyncio.get_running_loop()
        await self.mount(scope, receive, send)


def mount_console(api_app: Starlette) -> Console:
    """Add the console to the bank API's application; returns its registry."""
    console = make_console(api_app)
    api_app.router.routes.append(Route(PREFIX, lambda _: RedirectResponse(f"{PREFIX}/")))
    api_app.router.routes.append(Mount(PREFIX, MountedConsole(console)))
    return console


def make_console(api_app: Starlette) -> Console:
    """The Dash application with all its pages; nothing answers before it is mounted in a running service."""
    server = flask.Flask("serving.console", static_folder=None, template_folder=str(ASSETS.parent / "templates"))
    app = LangDash(
        "serving.console", server=server, title="创新积分工作台 · Innovation points", update_title="",
        routes_pathname_prefix="/", requests_pathname_prefix=f"{PREFIX}/", assets_folder=str(ASSETS),
        serve_locally=True, on_error=_show_fault, suppress_callback_exceptions=True,
        add_log_handler=False, use_async=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )  # fmt: skip
    app.layout = outline
    console = Console(api_app, api_app.state, app)
    protect(app, api_app.state, console.polling)
    register(console, ROLES)
    register_pages(console)
    _show_pages(console)
    _pass_on_reads(console)
    # Dash learns its callbacks and its libraries' files in the first request; of two at one moment the second fails.
    server.test_client().get("/_favicon.ico")
    return console


def _show_pages(console: Console) -> None:
    """The one callback that puts the page at the address into the outline."""
    app = console.dash_app

    @app.callback(Output("shell-page", "children"), Input("url", "pathname"), State("url", "search"))
    def show_page(pathname: str, search: str) -> Any:
        path = "/" + pathname.removeprefix(PREFIX).strip("/")
        query = dict(parse_qsl((search or "").removeprefix("?")))
        query.pop("lang", None)
        view = console.view(path, None, query)
        found = console.page_at(path, view.account)
        if found is None:
            words = view.text("shell.not_found")
            return framed(view, None, empty(words, view.text("shell.not_found_action"), f"{PREFIX}/"), words)
        page, view.params = found
        return framed(view, page, content_of(view, page), view.text(page.title))

    app.clientside_callback(
        ClientsideFunction("shell", "arrived"), Output("shell-page", "className"), Input("shell-page", "children")
    )
    app.clientside_callback(
        ClientsideFunction("shell", "menu"), Output("shell", "navbar"), Input("shell-burger", "opened"),
        State("shell", "navbar"), prevent_initial_call=True,
    )  # fmt: skip


def content_of(view: View, page: Page) -> Any:
    """The page's own content; a refusal becomes words in its stead."""
    try:
        return page.layout(view)
    except (Refused, Refusal) as refusal:
        again = (
            [dmc.Anchor(view.text("shell.without_query"), href=view.href(view.path), refresh=True)]
            if view.query
            else []
        )
        return dmc.Stack([refusal_message(view, as_refused(refusal)), *again])
    except HTTPException:
        raise
    except Exception as fault:  # noqa: BLE001  # the person keeps the menu, and reads what happened
        return _fault_message(view.lang, fault)


def _show_fault(fault: Exception) -> None:
    """Dash's handler of what a callback raises: a fault of ours becomes words on the page."""
    if isinstance(fault, HTTPException):
        raise fault
    dash.set_props(MESSAGE, {"children": _fault_message(flask.g.account.lang, fault)})


def _fault_message(lang: Lang, fault: Exception) -> Any:
    """A fault of ours in words; logged by its type and line, never with values."""
    line = traceback.extract_tb(fault.__traceback__)[-1]
    log.error("console_fault", fault=type(fault).__name__, at=f"{Path(line.filename).name}:{line.lineno}")
    return dmc.Alert(title=text("shell.fault", lang), color="red")


def _pass_on_reads(console: Console) -> None:
    """GET of an API route as the session's person: downloads, pictures, and pages in a frame of the console."""

    def read(rest: str) -> flask.Response:
        path = f"/{rest}"
        if not path.startswith("/v1/") or path in STREAMS or not is_plain(path):
            flask.abort(404)
        view = console.view()
        query = flask.request.args.to_dict(flat=False)  # what is given twice is given twice to the API
        answer = view.api.raw("GET", path, query=query)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.is_success and flask.request.method == "GET" and kind in TABLES:
            view.record("list_exported", path, {"filter": flask.request.args.to_dict()})
        kept = {
            name: value for name, value in answer.headers.items() if name in ("content-type", "content-disposition")
        }
        policy = answer.headers.get("content-security-policy", "default-src 'none'")
        kept["content-security-policy"] = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        kept["x-frame-options"] = "SAMEORIGIN"
        return flask.Response(answer.content, answer.status_code, kept)

    console.dash_app.server.add_url_rule("/api/<path:rest>", "api", read)
