"""One node of a chain: its figures and their course, flags with what would end them, neighbours and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.chain.tree import Chain, Node
from models.chain.node_view import FLAGS, NodeView, say
from models.chain.pages import lists
from models.chain.pages.findings import code, flip, ordered, sample_unit, state, written
from serving.console.chain_tables import chain_name, views_of
from serving.console.page import Console, Page, View
from serving.console.pages.zone.chain_acts import campaign_form, correction_form
from serving.console.pages.zone.chain_map import BADGES, PATH, READ, ROLES
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, Kind, grid
from serving.console.parts.instants import day
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.parts.words import capital

GRID_KINDS: Mapping[str, tuple[Kind, int]] = {  # of a list's column: how the grid shows it, with how many decimals
    "whole": ("number", 0), "share": ("share", 1), "probability": ("share", 1), "tenths": ("number", 1),
    "hundredths": ("number", 2), "date": ("date", 0),
}  # fmt: skip
WIDTHS_PX = {
    "firm_id": 190, "name": 170, "publication_number": 150, "applicant_ids": 190, "investor": 170,
    **dict.fromkeys(("evidence", "title", "reason", "firms", "words"), 260),
}  # fmt: skip
COURSE = ("supply", "gap", "local_share")  # scores whose course over the days is drawn
IN_WORDS = ("band",)  # of the columns of lists
MOST_CERTAIN = 0.999  # what a machine is shown to be at most; a person's decision may be 1


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page(f"{PATH}/{{chain_id}}/nodes/{{node_id}}", ROLES, READ, "chains.node", page))


def page(view: View) -> Component:
    """Everything about the node that the person may see."""
    chain_id, node_id = view.params["chain_id"], view.params["node_id"]
    answer = view.api.get(f"/v1/chains/{chain_id}/nodes/{node_id}")
    packed, chain, node = view.state.chain.chain_node(chain_id, node_id)
    found = views_of(packed, chain_id, view.lang)
    parts = [
        _head(view, chain, node, found),
        section(say(view.lang, "scores.title"), _scores(view, found[node_id]),
                _course(view, packed.tables["scores"], chain_id, node_id)),
        section(say(view.lang, "flags.title"), *_flags(view, found[node_id])),
        section(view.text("chains.lists"), _lists(view, chain_id, node_id, answer["lists"])),
    ]  # fmt: skip
    if view.caller.of_zone:
        parts.append(section(view.text("corrections.title"), correction_form(view, chain_id, node_id, answer["lists"])))
        if targets := answer["lists"].get("targets"):
            parts.append(section(view.text("campaigns.title"), campaign_form(view, chain_id, node_id, targets)))
    back = dmc.Anchor(
        view.text("chains.back_to", name=chain_name(chain, view.lang)), href=view.href(f"{PATH}/{chain_id}")
    )
    return dmc.Stack([*parts, back])


def _head(view: View, chain: Chain, node: Node, found: Mapping[str, NodeView]) -> Component:
    """Where the node is, its raised flags, its codes and its neighbours."""
    own = found[node.id]
    above = [chain_name(chain, view.lang), *(found[one.id].name for one in reversed(chain.ancestors(node.id)))]
    flags = [badge(say(view.lang, f"flag.{key}"), BADGES[key]) for key in own.raised]
    codes = [
        say(view.lang, f"node.{kind}") + "、".join(values)
        for kind in ("gb4754", "ipc", "keywords", "products") if (values := getattr(node, kind))
    ]  # fmt: skip
    near = {
        "parent": [node.parent] if node.parent else [],
        "children": [one.id for one in chain.children(node.id)],
        "feeds": list(node.feeds),
        "fed_by": [one.id for one in chain.nodes if node.id in one.feeds],
    }
    lines = [
        html.Div(
            [html.Dt(say(view.lang, f"neighbours.{key}"), className="quiet"),
             html.Dd(dmc.Group([_node_link(view, chain.id, found[other]) for other in others], gap="xs"))],
            className="fact",
        )
        for key, others in near.items() if others
    ]  # fmt: skip
    return section(
        own.name, dmc.Text(" › ".join(above), size="sm", className="quiet"), dmc.Group(flags, gap="xs"),
        *(dmc.Text(words, size="sm") for words in codes), html.Dl(lines, className="facts"),
    )  # fmt: skip


def _node_link(view: View, chain_id: str, other: NodeView) -> Component:
    return dmc.Anchor(other.name, href=view.href(f"{PATH}/{chain_id}/nodes/{other.node.id}"), size="sm")


def _scores(view: View, own: NodeView) -> Component:
    """Each score as a card: value, interval, sample."""
    if not own.scores:
        return empty(say(view.lang, "no_data"))
    cards = []
    for score in ordered(own.scores):
        value = say(view.lang, "no_data") if score.value is None else written(score.key, score.value, view.lang)
        low, high = (written(score.key, end, view.lang) for end in (score.low, score.high))
        note = view.text("chains.interval", low=low, high=high, n=score.n or 0, unit=sample_unit(score, view.lang))
        cards.append((code(score.key, view.lang), value, None if score.value is None else note))
    return fact_cards(cards)


def _course(view: View, scores: pd.DataFrame, chain_id: str, node_id: str) -> Component:
    """Local supply and the gap on each day that scores were made for, with their intervals."""
    own = scores[(scores["chain_id"] == chain_id) & (scores["node_id"] == node_id) & (scores["status"] == "ok")]
    own = own[own["score"].isin(COURSE[:2])].sort_values("as_of")
    if own.empty:
        return dmc.Text(view.text("chains.no_course"), size="sm", className="quiet")
    figure, rows = go.Figure(), []
    for key in COURSE[:2]:
        part = own[own["score"] == key]
        days = [day(view, pd.Timestamp(one).date()) for one in part["as_of"]]
        spread = {"type": "data", "symmetric": False, "array": part["high"] - part["value"],
                  "arrayminus": part["value"] - part["low"]}  # fmt: skip
        figure.add_scatter(
            x=days, y=part["value"], error_y=spread, mode="lines+markers", name=capital(code(key, view.lang))
        )
        rows += [
            {
                "score": capital(code(key, view.lang)),
                "day": when,
                "value": f"{value:.1f}",
                "low": f"{low:.1f}",
                "high": f"{high:.1f}",
            }
            for when, value, low, high in zip(days, part["value"], part["low"], part["high"], strict=True)
        ]
    names = (
        ("score", "scores.score"),
        ("day", "layers.day"),
        ("value", "scores.value"),
        ("low", "column.low"),
        ("high", "column.high"),
    )
    columns = [(key, say(view.lang, heading)) for key, heading in names]
    return chart(view, figure, view.text("chains.course"), columns, rows, height=260)


def _flags(view: View, own: NodeView) -> list[Component]:
    """Each flag with its state, the score that decides against its threshold, and the least change that flips it."""
    shown = []
    for key in FLAGS:
        flag = own.flags.get(key)
        if flag is None:
            continue
        flag_name = capital(say(view.lang, f"flag.{key}"))
        title = view.text("chains.flag_state", flag=flag_name, state=code(state(flag), view.lang))
        lines = []
        if flag.value is not None:
            value, least = (written(flag.score, one, view.lang) for one in (flag.value, flag.threshold))
            name = capital(code(flag.score, view.lang))
            lines.append(view.text("chains.against", score=name, value=value, threshold=least))
        if words := flip(flag, view.lang):
            lines.append(view.text("chains.flips", change=words))
        shown.append(
            dmc.Alert(
                [dmc.Text(line, size="sm") for line in lines], title=title, color=BADGES[key] if flag.raised else "gray"
            )
        )
    return shown or [empty(say(view.lang, "no_data"))]


def _lists(view: View, chain_id: str, node_id: str, found: Mapping[str, list[dict[str, Any]] | None]) -> Component:
    """A tab a list with its files; a list that was not brought says so."""
    names = [name for name in lists.LISTS if name in found]
    tabs = [
        dmc.TabsTab(
            view.text("chains.tab", name=lists.title(name, view.lang), count=len(found[name] or ())), value=name
        )
        for name in names
    ]
    panels = [
        dmc.TabsPanel(list_panel(view, chain_id, node_id, name, found[name]), value=name, pt="md") for name in names
    ]
    return dmc.Tabs([dmc.TabsList(tabs), *panels], value=names[0], keepMounted=False)


def list_panel(
    view: View, chain_id: str, node_id: str, name: str, rows: Sequence[Mapping[str, Any]] | None
) -> Component:
    """One list as a grid with its files."""
    if rows is None:
        return empty(view.text("chains.not_brought"))
    if not rows:
        return empty(say(view.lang, "list.empty"))
    files = [
        html.A(view.text(f"demands.file.{form}"), download="",
               href=view.api_href(f"/v1/chains/{chain_id}/nodes/{node_id}/{name}.{form}", lang=view.lang))
        for form in ("csv", "xlsx")
    ]  # fmt: skip
    listed = grid(view, f"list-{name}", list_columns(view, name), list_rows(view, name, rows), height=440,
                  label=lists.title(name, view.lang))  # fmt: skip
    return dmc.Stack([dmc.Group(files), listed])


def list_columns(view: View, name: str) -> list[Column]:
    """Columns of a list as ``models.chain.pages.lists`` defines them."""
    columns = []
    for one in lists.LISTS[name]:
        kind, decimals = GRID_KINDS.get(one.kind, ("text", 0))
        link = "href" if one.key in ("firm_id", "name") and view.account.role == "zone_officer" else ""
        columns.append(
            Column(one.key, say(view.lang, f"column.{one.key}"), kind, link=link, decimals=decimals,
                   least_px=WIDTHS_PX.get(one.key, 140))
        )  # fmt: skip
    return columns


def list_rows(view: View, name: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a list in the language of the session; a local firm is linked to its page."""
    columns = [one.key for one in lists.LISTS[name]]
    made = []
    for number, cells in enumerate(lists.rows(name, pd.DataFrame(rows), view.lang)):
        row: dict[str, Any] = dict(zip(columns, cells, strict=True))
        probability = row.get("probability")
        if isinstance(probability, float) and not rows[number].get("corrected"):
            row["probability"] = min(probability, MOST_CERTAIN)
        row = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
        row |= {key: capital(str(row[key])) for key in IN_WORDS if row.get(key)}
        local = name == "local_library"
        made.append(row | {"id": str(number), "href": view.href(f"/firms/{row['firm_id']}") if local else ""})
    return made
