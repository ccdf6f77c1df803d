"""A message of customs sent by hand, and a declaration checked before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.pages.zone.clearance import ONE
from serving.console.pages.zone.clearance_words import site
from serving.console.pages.zone.record_parts import BOTH, of_zone
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day
from serving.console.parts.states import empty, section
from serving.console.parts.uploads import refused_file, upload, uploaded
from serving.console.parts.words import named

PATH = "/clearance/messages"
MEDIA = "application/octet-stream"  # the message's own declaration says what it is
MOST_BYTES = 1_000_000  # as the API takes them
MESSAGE, CHECK = "clearance-message", "clearance-check"


def layout(view: View) -> Component:
    """Two files: one that is kept, one that is only checked."""
    say = view.text
    kept = say("clearance.upload_zone" if of_zone(view) else "clearance.upload_firm")
    parts: list[Any] = [site(view, PATH)]
    if "clearance_write" in view.account.permissions:
        parts.append(section(
            say("clearance.upload"), dmc.Text(kept, size="sm"),
            upload(view, MESSAGE, say("clearance.upload_choose"), ".xml,.txt,.edi", MOST_BYTES),
            html.Div(id="clearance-message-result", role="status"),
        ))  # fmt: skip
    parts.append(section(
        say("clearance.check"), dmc.Text(say("clearance.check_why"), size="sm"),
        upload(view, CHECK, say("clearance.check_choose"), ".xml", MOST_BYTES),
        html.Div(id="clearance-check-result", role="status"),
    ))  # fmt: skip
    return dmc.Stack(parts)


def send(view: View, contents: str, filename: str) -> tuple[Component, None]:
    """Keep the message; what became of it, or why it was refused and where."""
    raw = uploaded(contents, MOST_BYTES)
    try:
        found = view.api.send("/v1/clearance/messages", raw, MEDIA)
    except Refused as refused:
        return refused_file(view, refused), None
    return _kept(view, found, filename), None


def check(view: View, contents: str, filename: str) -> tuple[Component, None]:
    """What the rules find of a declaration; nothing is kept."""
    raw = uploaded(contents, MOST_BYTES)
    try:
        found = view.api.send("/v1/clearance/checks", raw, MEDIA)
    except Refused as refused:
        return refused_file(view, refused), None
    return _checked(view, found, filename), None


def register(console: Console) -> None:
    """Add the page and what its two files do."""
    console.add(Page(PATH, BOTH, "clearance", "clearance.messages_title", layout))
    for name, permission, function in ((MESSAGE, "clearance_write", send), (CHECK, "clearance", check)):
        console.callback(
            Output(f"{name}-result", "children"), Output(name, "contents"), Input(name, "contents"),
            State(name, "filename"), roles=BOTH, permission=permission,
        )(_chosen(function))  # fmt: skip


def _chosen(function: Callable[[View, str, str], tuple[Component, None]]) -> Callable[..., Any]:
    """The function for a file that was chosen; clearing the choice afterwards does nothing."""

    @wraps(function)
    def chosen(view: View, contents: str | None, filename: str | None) -> Any:
        return (no_update, no_update) if not contents else function(view, contents, filename or "")

    return chosen


def _kept(view: View, found: Mapping[str, Any], filename: str) -> Component:
    say = view.text
    numbers = list(dict.fromkeys(one["number"] for one in found["numbers"]))
    lines: list[Any] = [
        dmc.Text(say("clearance.kept_new" if found["new"] else "clearance.kept_known", file=filename)),
        *(dmc.Text(say("clearance.remark", place=one["path"]), size="sm") for one in found["remarks"]),
        dmc.Group([html.A(number, href=view.href(ONE, number=number)) for number in numbers]),
    ]
    return dmc.Alert(lines, title=say("clearance.kept"), color="green")


def _checked(view: View, found: Mapping[str, Any], filename: str) -> Component:
    say = view.text
    n_errors = sum(one["severity"] == "error" for one in found["findings"])
    key = "clearance.checked_passed" if found["passed"] else "clearance.checked_failed"
    words = say(key, file=filename, day=day(view, found["day"]), count=n_errors)
    alert = dmc.Alert(title=words, color="green" if found["passed"] else "red")
    if not found["findings"]:
        return dmc.Stack([alert, empty(say("clearance.no_findings"))])
    lines = [
        {
            "id": str(at),
            "severity": say(f"clearance.severity.{one['severity']}"),
            "line": one["line"] or None,
            "what": named(view, one),
            "found": one["found"],
        }
        for at, one in enumerate(found["findings"])
    ]
    columns = [
        Column("severity", say("clearance.column.severity"), least_px=90),
        Column("line", say("clearance.column.line"), "number", least_px=90),
        Column("what", say("clearance.column.finding"), least_px=380),
        Column("found", say("clearance.column.found"), least_px=140),
    ]
    return dmc.Stack(
        [alert, grid(view, "clearance-findings", columns, lines, label=say("clearance.check"), height=360)]
    )
