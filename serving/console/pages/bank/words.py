"""Values of applications and decisions as a bank's people read them: names, amounts, rates, addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from data.texts.sentences import read_sentences
from serving.console.api import Refused
from serving.console.parts.states import badge
from serving.console.parts.words import capital, loan_term
from serving.console.texts import console_sentences

if TYPE_CHECKING:
    from serving.consents.check import Checked
    from serving.console.page import View

ROLE = ("bank",)
NOTHING = "–"
STATE_COLOURS = {"sent": "blue", "due_diligence": "orange", "granted": "green", "declined": "red"}
OUTCOME_COLOURS = {"preapproved": "green", "manual_review": "orange", "declined": "red", "insufficient_data": "gray"}
SOON_DAYS = 7
READ_AT_ONCE, WORDS_REM = 3, 8  # columns that fit a telephone; width of one where there are more


def titled(view: View, key: str) -> str:
    """A name that begins a line: in English with a capital."""
    return capital(view.text(key))


def state_badge(view: View, state: str) -> Component:
    """The state of a bank application."""
    return badge(view.text(f"bank.state.{state}"), STATE_COLOURS.get(state, "gray"))


def outcome(view: View, key: str) -> str:
    """What was decided, by calculation or by a person."""
    return view.text("bank.outcome.approved") if key == "approved" else titled(view, f"outcome.{key}.name")


def outcome_badge(view: View, key: str) -> Component:
    """What was decided, on its colour."""
    return badge(outcome(view, key), OUTCOME_COLOURS.get(key, "green"))


def money(view: View, wan: float | None) -> str:
    """An amount in 10,000 yuan with its unit; a dash for None."""
    return NOTHING if wan is None else view.text("bank.money", x=wan)


def plain(wan: float) -> str:
    """A figure beside a bar whose axis has the unit: two decimals at most."""
    return f"{wan:,.2f}".rstrip("0").rstrip(".")


def money_cny(view: View, cny: float | None) -> str:
    """An amount in yuan, written in 10,000 yuan in Chinese."""
    return NOTHING if cny is None else money(view, cny / CNY_PER_WAN)


def rate(view: View, share: float | None) -> str:
    """A rate in percent with two decimals; a dash for None."""
    return NOTHING if share is None else view.text("bank.rate", x=share)


def months(view: View, count: int) -> str:
    """A tenor."""
    return view.text("bank.months", x=count)


def points(view: View, value: float | None) -> str:
    """Points with their unit; a dash for None."""
    return NOTHING if value is None else view.text("bank.points", x=value)


def product(view: View, key: str) -> str:
    """The name of a loan product."""
    return loan_term(view, "product", key)


def purpose(view: View, key: str) -> str:
    """The name of a purpose of a loan."""
    return loan_term(view, "purpose", key)


def stage(view: View, key: str) -> str:
    """The name of a stage of growth."""
    return titled(view, f"stage.{key}") if f"stage.{key}" in read_sentences() else NOTHING


def limited_by(view: View, key: str) -> str:
    """The name of the limiting constraint, or of the rule or check that decided in its stead."""
    if f"constraint.{key}.label" in read_sentences():
        return titled(view, f"constraint.{key}.label")
    own = f"bank.rule.{key}"
    return view.text(own if own in console_sentences() else "bank.rule.other")


def facts_list(rows: Sequence[tuple[str, Any]]) -> Component:
    """Names and values under each other, as a table of two columns."""
    lines = [html.Tr([html.Th(capital(name), scope="row"), html.Td(value)]) for name, value in rows]
    return _scrolled(html.Table(html.Tbody(lines), className="data-table"))


def plain_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> Component:
    """A small table that is read as a whole."""
    head = html.Thead(html.Tr([html.Th(capital(heading), scope="col") for heading in headings]))
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows])
    width = {"minWidth": f"{WORDS_REM * len(headings)}rem"} if len(headings) > READ_AT_ONCE else {}
    return _scrolled(html.Table([head, body], className="data-table", style=width))


def _scrolled(table: Component) -> Component:
    """A table that is moved sideways where the page is narrower, also by keyboard."""
    return html.Div(table, tabIndex=0, style={"overflowX": "auto"})


def against_words(view: View, against: Checked) -> str:
    """What is against a consent, in words."""
    return ("；" if view.lang == "zh" else "; ").join(dict.fromkeys(against.zh if view.lang == "zh" else against.en))


def refused(view: View, refusal: Refused) -> Component:
    """A refused act in words: what was wrong with which field of the form, and what is allowed."""
    zh = view.lang == "zh"
    lines = [str(refusal.problem.get("detail_zh" if zh else "detail") or "")]
    for fault in refusal.problem.get("faults", ()):
        where = str(fault.get("where")).rsplit(".", 1)[-1].replace(" ", "_")
        own = f"bank.field.{where}"
        name = view.text(own if own in console_sentences() else "bank.field.other")
        lines.append(view.text("bank.fault", name=name, allowed=str(fault["allowed_zh" if zh else "allowed"])))
    title = str(refusal.problem.get("title_zh" if zh else "title"))
    words = [dmc.Text(line, size="sm") for line in lines if line]
    return dmc.Alert(words, title=view.text("bank.refused", why=title), color="red")
