"""Industry chains: the list, and one chain as its fishbone with every node in a table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
import flask
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from models.chain.fishbone import fishbone_svg
from models.chain.node_view import FLAGS, say
from serving.console.chain_tables import chain_name, node_rows
from serving.console.page import Console, Page, View
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day
from serving.console.parts.states import badge, empty, section
from serving.console.parts.words import capital

ROLES, READ, PATH = ("zone_officer", "policy_analyst", "enterprise"), "chain", "/chains"
WIDTHS_PX = (360, 760, 1_400)  # of the fishbone: the widest that fits is shown
COLOURS = {"gap": "#D55E00", "risk": "#E69F00", "potential": "#009E73"}
BADGES = {"gap": "red", "risk": "orange", "potential": "green"}
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
Answer = Mapping[str, Any]


def owner_in(lang: str, owner: str) -> str:
    """An owner written "Chinese (English)" in one language; as it is where it is written in one alone."""
    zh, _, en = owner.partition(" (")
    return en.removesuffix(")") if en and lang == "en" else zh


def register(console: Console) -> None:
    """Add both pages and the picture."""
    console.add(
        Page(PATH, ROLES, READ, "chains.title", page, menu="menu.chains", icon="chain"),
        Page(f"{PATH}/{{chain_id}}", ROLES, READ, "chains.one", chain_page),
    )
    console.download("chains/<chain_id>/fishbone-<width>.svg", ROLES, READ, fishbone_file)


def page(view: View) -> Component:
    """How many nodes are flagged by chain, and a card a chain."""
    answer: Answer = view.api.get("/v1/chains")
    chains = answer["chains"]
    if not chains:
        return empty(view.text("chains.nothing"))
    links = [] if view.account.role == "enterprise" else [("gaps", f"{PATH}/gaps")]
    if view.account.role == "zone_officer":
        links += [("targets", f"{PATH}/targets"), ("placements", f"{PATH}/placements")]
    listed = dmc.Group([dmc.Anchor(view.text(f"chains.{name}"), href=view.href(path)) for name, path in links])
    intro = dmc.Text(view.text("chains.intro", day=day(view, answer["as_of"])), className="quiet")
    cards = dmc.SimpleGrid([_card(view, one) for one in chains], cols={"base": 1, "sm": 2, "lg": 3})
    return dmc.Stack([intro, listed, _picture(view, chains), cards])


def chain_page(view: View) -> Component:
    """The fishbone, whose nodes lead to their pages, and the same nodes as a table."""
    chain_id = view.params["chain_id"]
    packed, chain = view.state.chain.chain(chain_id)
    rows = node_rows(packed, view.lang, [chain_id])
    layers = [
        html.Li(view.text("chains.layer", layer=say(view.lang, f"layer.{key}"), owner=owner_in(view.lang, layer.owner),
                          day=day(view, layer.as_of), source=layer.source))
        for key, layer in chain.layers.items()
    ]  # fmt: skip
    whole = dmc.Anchor(view.text("chains.whole_page"), target="_blank",
                       href=view.api_href(f"/v1/chains/{chain_id}/page.html", lang=view.lang))  # fmt: skip
    return dmc.Stack(
        [
            section(chain_name(chain, view.lang), fishbone(view, chain_id), whole),
            section(say(view.lang, "nodes.title"), node_grid(view, "chain-nodes", rows)),
            section(say(view.lang, "layers.caption"), html.Ul(layers)),
            dmc.Anchor(view.text("chains.back"), href=view.href(PATH)),
        ]
    )


def fishbone(view: View, chain_id: str) -> Component:
    """The picture of a chain in a frame, in the widest form that fits; each form is hidden where it does not."""
    title = say(view.lang, "fishbone.title", name=chain_name(view.state.chain.chain(chain_id)[1], view.lang))
    return html.Div(
        [
            html.Iframe(
                src=view.href(f"/files/chains/{chain_id}/fishbone-{width}.svg"), title=title,
                className=f"fishbone-frame fishbone-{width}",
                style={"aspectRatio": f"{width} / {_height(view, chain_id, width):.0f}"},
            )
            for width in WIDTHS_PX
        ]
    )  # fmt: skip


def fishbone_file(view: View, chain_id: str, width: str) -> flask.Response:
    """The picture as SVG; its links open pages of the console in the whole window. Only WIDTHS_PX are drawn."""
    if width not in map(str, WIDTHS_PX):
        flask.abort(404)
    response = flask.Response(_svg(view, chain_id, int(width)), mimetype="image/svg+xml")
    response.headers["content-security-policy"] = SVG_POLICY
    response.headers["x-frame-options"] = "SAMEORIGIN"
    return response


def _svg(view: View, chain_id: str, width: int) -> str:
    packed, chain = view.state.chain.chain(chain_id)
    layers = {key: replace(one, owner=owner_in(view.lang, one.owner)) for key, one in chain.layers.items()}
    drawn = fishbone_svg(
        replace(chain, layers=layers), packed.tables["scores"], packed.tables["flags"], view.lang, width,
        as_of=packed.day, link=lambda node_id: view.href(f"{PATH}/{chain_id}/nodes/{node_id}"),
    )  # fmt: skip
    # It writes "<a " for its links alone, as every text in it is escaped.
    sized = drawn.replace(f'width="{width}" height=', 'width="100%" data-height=', 1)
    return sized.replace("<a ", '<a target="_top" ')


def _height(view: View, chain_id: str, width: int) -> float:
    """Of the picture, so that its frame has the same shape."""
    drawn = _svg(view, chain_id, width)
    shape = drawn.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
    return width * float(shape[1]) / float(shape[0])


def node_grid(view: View, grid_id: str, rows: Sequence[Mapping[str, Any]], *, chains: bool = False) -> Component:
    """A grid of nodes, each linked to its page; chains : with the chain of each."""
    columns = [
        Column("node", view.text("chains.column.node"), link="href", least_px=170),
        *([Column("chain", view.text("chains.column.chain"), least_px=110)] if chains else []),
        Column("parent", view.text("chains.column.parent"), least_px=130),
        Column("position", view.text("chains.column.position"), least_px=110),
        Column("local", view.text("chains.column.local"), "number", least_px=120),
        Column("world", view.text("chains.column.world"), "number", least_px=120),
        *(Column(key, say(view.lang, f"flag.{key}"), least_px=140) for key in FLAGS),
        Column("gap_flip", view.text("chains.column.gap_flip"), least_px=210),
    ]
    shown = [
        {
            **{key: row[key] for key in ("node", "chain", "parent", "local", "world", "gap_flip")},
            "id": f"{row['chain_id']}/{row['node_id']}",
            "position": say(view.lang, f"position.{row['position']}") if row["position"] else "",
            **{key: view.text(f"chains.state.{row[key]}") for key in FLAGS},
            "href": view.href(f"{PATH}/{row['chain_id']}/nodes/{row['node_id']}"),
        }
        for row in rows
    ]
    return grid(view, grid_id, columns, shown, label=view.text("chains.nodes"), height=560)


def _card(view: View, one: Answer) -> Component:
    name = one[f"name_{view.lang}"]
    flags = [
        badge(
            view.text("chains.flag_count", flag=say(view.lang, f"flag.{key}"), count=one["flagged"][key]), BADGES[key]
        )
        for key in FLAGS
    ]
    inside = [
        dmc.Title(dmc.Anchor(name, href=view.href(f"{PATH}/{one['chain_id']}"), inherit=True), order=2, size="h4"),
        dmc.Text(view.text("chains.size", ribs=one["ribs"], nodes=one["nodes"]), size="sm"),
        dmc.Group(flags, gap="xs"),
    ]
    return dmc.Paper(dmc.Stack(inside, gap="xs"), withBorder=True, p="md", radius="md")


def _picture(view: View, chains: Sequence[Answer]) -> Component:
    names = [one[f"name_{view.lang}"] for one in chains]
    figure = go.Figure(
        [
            go.Bar(name=capital(say(view.lang, f"flag.{key}")), x=names, y=[one["flagged"][key] for one in chains],
                   marker={"color": COLOURS[key]}, text=[one["flagged"][key] for one in chains],
                   textposition="outside", cliponaxis=False)
            for key in FLAGS
        ]
    )  # fmt: skip
    figure.update_layout(barmode="group")
    rows = [{"chain": name, **one["flagged"]} for name, one in zip(names, chains, strict=True)]
    columns = [("chain", view.text("chains.column.chain")), *((key, say(view.lang, f"flag.{key}")) for key in FLAGS)]
    return chart(view, figure, view.text("chains.picture"), columns, rows, height=280)
