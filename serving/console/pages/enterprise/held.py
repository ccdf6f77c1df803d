"""What the service holds of an enterprise: every value with its source and date, and the way to object to it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from data.codebook import read_codebook
from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.parts.instants import WHOLE, day
from serving.console.parts.objections import all_of
from serving.console.parts.states import badge, empty, section
from serving.console.parts.words import capital, own
from serving.decide.snapshot import Observation
from serving.ladder.service import unknown_firm
from serving.objections.subjects import HeldValue, held_values

ROLES, MIN_PX = ("enterprise",), 560


def case_of(view: View) -> Observation:
    """What the release holds of the person's own enterprise; raises a Refusal where it holds nothing."""
    found = view.state.worker.ready().snapshot.cases.get(view.caller.name)
    if found is None:
        raise unknown_firm(view.caller.name)
    return found


def layout(view: View) -> Component:
    """The values by dimension, then the credit facts, then placements on chains."""
    personal = "personal" in view.caller.permissions
    book = read_codebook()
    held = held_values(case_of(view), book, personal=personal)
    opened = {(one.about["kind"], one.about["key"]): one.objection_id for one in all_of(view) if one.is_open}
    groups = [
        (f"points.dimension.{name}", [one for one in held if getattr(one.item, "dimension", "") == name])
        for name in book.dimensions
    ]
    groups.append(("held.credit_facts", [one for one in held if not hasattr(one.item, "dimension")]))
    parts: list[Any] = [dmc.Text(view.text("held.intro"), className="quiet")]
    parts += [section(view.text(key), _table(view, rows, opened)) for key, rows in groups]
    parts.append(section(view.text("held.placements"), _placements(view, opened)))
    return dmc.Stack(parts)


def _table(view: View, rows: list[HeldValue], opened: dict[tuple[str, str], str]) -> Component:
    head = [view.text(f"held.col.{key}") for key in ("name", "value", "objection", "date", "agency")]
    body = []
    for one in rows:
        kind = "indicator" if hasattr(one.item, "dimension") else "credit_fact"
        name, value = capital(own(view, (one.item.zh, one.item.en))), own(view, one.texts)
        link = objection_link(view, name, opened.get((kind, one.item.key)), kind=kind, key=one.item.key)
        agency = capital(view.text(f"agency.{one.item.agency}"))
        cells = [value, link, html.Span(day(view, one.data_date), style=WHOLE), agency]
        body.append(html.Tr([html.Th(name, scope="row"), *(html.Td(cell) for cell in cells)]))
    return table(head, body)


def table(head: list[str], body: list[Component]) -> Component:
    """A table that scrolls by itself where the page is narrow; two columns have room on a telephone."""
    columns = html.Thead(html.Tr([html.Th(capital(words), scope="col") for words in head]))
    return dmc.TableScrollContainer(
        html.Table([columns, html.Tbody(body)], className="data-table"), minWidth=MIN_PX if len(head) > 2 else 0
    )


def objection_link(view: View, name: str, opened: str | None, **subject: Any) -> Component:
    """To object to something, or to the objection that is open."""
    key, href = "held.object", view.href("/objections/new", **subject)
    if opened is not None:
        key, href = "held.opened", view.href(f"/objections/{opened}")
    words = view.text(key)
    return html.A(words, href=href, **{"aria-label": view.text("held.object.of", action=words, name=name)})


def _placements(view: View, opened: dict[tuple[str, str], str]) -> Component:
    """Where the enterprise is put on the industry chains; words where the release places nobody."""
    try:
        answer = placements_of(view)
    except Refused:
        return empty(view.text("held.placements.none"))
    rows = [row for row in answer["placements"] if row["band"] != "not_placed"]
    if not rows:
        return empty(view.text("held.placements.none"))
    chains = {one["chain_id"]: own(view, (one["name_zh"], one["name_en"])) for one in _chains(view)}
    body = []
    for row in rows:
        node = own(view, (row["name_zh"], row["name_en"]))
        key = f"{row['chain_id']}:{row['node_id']}"
        link = objection_link(
            view, node, opened.get(("placement", key)), kind="placement", chain=row["chain_id"], node=row["node_id"]
        )
        state = badge(view.text("held.corrected" if row["corrected"] else f"held.band.{row['band']}"), "blue")
        cells = [chains.get(row["chain_id"], row["chain_id"]), state, row["evidence"] or "–", link]
        body.append(html.Tr([html.Th(node, scope="row"), *(html.Td(cell) for cell in cells)]))
    return table([view.text(f"held.col.{key}") for key in ("node", "chain", "band", "evidence", "objection")], body)


def placements_of(view: View) -> dict[str, Any]:
    """The enterprise's own placements, as the API answers them; raises Refused where there are none."""
    found: dict[str, Any] = view.api.post("/v1/placements", {"uscc": view.caller.name})
    return found


def _chains(view: View) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = view.api.get("/v1/chains")["chains"]
    return found


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page("/values", ROLES, "points", "held.title", layout, "menu.mine", "ledger"))
