"""What is around every page: header, menu, language and colours, messages; and the start page of every role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
from dash import dcc, html
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.page import MESSAGE, PREFIX, Console, Page, View, Waiting, waiting_for
from serving.console.parts.icons import icon
from serving.console.parts.instants import day
from serving.console.parts.states import empty, section
from serving.console.texts import LANGS, Lang, text
from serving.contract.refusals import Refusal

FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', sans-serif"


def outline() -> Component:
    """What the browser gets first; the page at the address comes into it by a callback."""
    account = flask.g.get("account") if flask.has_app_context() else None
    lang: Lang = "zh" if account is None else account.lang
    words, unreachable = text("shell.loading", lang), {"data-unreachable": text("shell.unreachable", lang)}
    opening = html.P(words, className="opening", role="status")
    return dmc.MantineProvider(
        [dcc.Location(id="url", refresh=False), html.Div(opening, id="shell-page", **unreachable)],
        theme={"fontFamily": FONT, "primaryColor": "blue", "primaryShade": {"light": 8, "dark": 8}},
        defaultColorScheme="auto",
    )


def framed(view: View, page: Page | None, content: Component, title: str) -> Component:
    """A page within header and menu."""
    heading = html.H1(title, id="shell-title", className="page-title", tabIndex=-1)
    pinned = view.state.worker.service.clock.pinned if view.state.worker is not None else None
    body: list[Any] = (
        []
        if pinned is None
        else [dmc.Alert(view.text("shell.clock_set", day=day(view, pinned)), color="yellow", p="xs")]
    )
    body += [heading, html.Div(id=MESSAGE, role="status", **{"aria-live": "polite"}), content]
    return dmc.DatesProvider(
        dmc.AppShell(
            [
                html.A(view.text("shell.skip"), href="#main", className="skip-link"),
                dmc.AppShellHeader(_header(view)),
                dmc.AppShellNavbar(_menu(view, page), **{"aria-label": view.text("shell.menu")}),
                dmc.AppShellMain(dmc.Stack(body, gap="md"), id="main"),
            ],
            id="shell", header={"height": 56}, padding={"base": "sm", "sm": "md"},
            navbar={"width": 232, "breakpoint": "sm", "collapsed": {"mobile": True}},
        ),
        settings={"locale": "zh-cn" if view.lang == "zh" else "en", "firstDayOfWeek": 1},
    )  # fmt: skip


def _header(view: View) -> Component:
    other = next(lang for lang in LANGS if lang != view.lang)
    switch = html.A(
        view.text("shell.other_language"), href=view.href(view.path, **(view.query | {"lang": other})),
        lang="zh-CN" if other == "zh" else "en", className="header-link",
    )  # fmt: skip
    colours = dmc.ColorSchemeToggle(
        lightIcon=html.Span("☀", **{"aria-hidden": "true"}),
        darkIcon=html.Span("☾", **{"aria-hidden": "true"}),
        variant="subtle", **{"aria-label": view.text("shell.colours")},
    )  # fmt: skip
    person = f"{view.account.holder} · {view.text(f'role.{view.account.role}')}"
    who = html.A(
        [icon("account"), html.Span(person, className="wide-only")], href=f"{PREFIX}/account",
        className="header-link who", **{"aria-label": person},
    )  # fmt: skip
    burger = dmc.Burger(
        id="shell-burger", opened=False, hiddenFrom="sm", size="sm", **{"aria-label": view.text("shell.menu")}
    )  # fmt: skip
    name = html.A(view.text("shell.name"), href=f"{PREFIX}/", className="product-name")
    left = dmc.Group([burger, name], gap="xs", wrap="nowrap", miw=0)
    right = dmc.Group([switch, colours, who], gap="xs", wrap="nowrap", flex="none")
    return dmc.Group([left, right], justify="space-between", h="100%", px="md", wrap="nowrap")


def _menu(view: View, here: Page | None) -> Component:
    start = _link(f"{PREFIX}/", view.text("shell.start"), "home", active=here is not None and here.path == "/")
    lines = [html.Li(start)]
    for group, pages in _groups(view).items():
        lines.append(html.Li(view.text(group), className="menu-group quiet"))
        lines += [
            html.Li(_link(view.href(page.path), view.text(page.title), page.icon, active=page is here))
            for page in pages
        ]
    return dmc.ScrollArea(html.Nav(html.Ul(lines, className="menu")), p="sm", type="auto")


def _groups(view: View) -> dict[str, list[Page]]:
    """The pages of the menu that the person may see, by group, both in the order of registration."""
    groups: dict[str, list[Page]] = {}
    for page in view.console.pages:
        if page.menu and page.is_for(view.account):
            groups.setdefault(page.menu, []).append(page)
    return groups


def _link(href: str, words: str, picture: str, *, active: bool) -> Component:
    current: dict[str, Any] = {"aria-current": "page"} if active else {}
    inside = [*([icon(picture)] if picture else []), html.Span(words)]
    return html.A(inside, href=href, className="menu-link active" if active else "menu-link", **current)


def start_page(view: View) -> Component:
    """What waits for the person, each with the address where it is done, and every page of the menu."""
    found: list[Waiting] = []
    unread = 0
    for source in waiting_for(view.console, view.account.role):
        try:
            found += [one for one in source(view) if one.count]
        except (Refused, Refusal):
            unread += 1
    inside: list[Any] = [_waiting_list(found) if found else empty(view.text("start.nothing"))]
    if unread:
        inside.append(dmc.Alert(view.text("start.incomplete", count=unread), color="yellow"))
    cards = [
        html.A([*([icon(page.icon)] if page.icon else []), html.Span(view.text(page.title))],
               href=view.href(page.path), className="start-card")
        for pages in _groups(view).values() for page in pages
    ]  # fmt: skip
    pages = section(view.text("start.pages"), html.Div(cards, className="start-cards"))
    return dmc.Stack([section(view.text("start.waiting"), *inside), pages])


def _waiting_list(found: Sequence[Waiting]) -> Component:
    """A line is a heading beside its count, so it begins with a capital and does not agree in number with it."""
    lines = []
    for one in found:
        count = dmc.Badge(f"{one.count:,}", variant="filled", color="blue", autoContrast=True)
        lines.append(
            html.Li(
                html.A([count, html.Span(one.text[:1].upper() + one.text[1:])], href=one.href, className="waiting-link")
            )
        )
    return html.Ul(lines, className="waiting")


def register(console: Console, roles: Sequence[str]) -> None:
    """Add the start page."""
    console.add(Page("/", tuple(roles), "", "start.title", start_page))
