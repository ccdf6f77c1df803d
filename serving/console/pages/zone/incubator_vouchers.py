"""Innovation vouchers: what of each was issued, redeemed, expired and is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_words import PAGES, site
from serving.console.pages.zone.record_parts import MOST, head, shown_of
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day
from serving.console.parts.states import empty, fact_cards, section

PATH = "/incubators/vouchers"
PARTS = ("redeemed_cny", "expired_cny", "left_cny")  # of what was issued


def layout(view: View) -> Component:
    """The vouchers that the person may see, today."""
    found = view.api.get("/v1/incubators/vouchers", count=MOST)
    parts: list[Any] = [site(view, PATH), head(view, simulated=found["simulated"])]
    if not found["rows"]:
        return dmc.Stack([*parts, empty(view.text("incubators.no_vouchers"))])
    return dmc.Stack([
        *parts,
        _cards(view, found),
        section(view.text("incubators.vouchers_picture"), _picture(view, found["totals"])),
        shown_of(view, len(found["rows"]), found["count"]),
        section(view.text("incubators.vouchers"), _grid(view, found["rows"])),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the page of the vouchers."""
    console.add(Page(PATH, PAGES[PATH], "incubators", "incubators.vouchers_title", layout))


def _cards(view: View, found: Mapping[str, Any]) -> Component:
    on = view.text("records.as_of_day", day=day(view, found["on"]))
    wan = {key: view.text("incubators.wan", wan=found["totals"][key] / CNY_PER_WAN) for key in ("issued_cny", *PARTS)}
    return fact_cards([(view.text(f"incubators.voucher.{key}"), words, on) for key, words in wan.items()])


def _picture(view: View, totals: Mapping[str, float]) -> Component:
    """The parts add up to what was issued."""
    figure = go.Figure(
        [
            go.Bar(x=[totals[key] / CNY_PER_WAN], y=[""], orientation="h", name=view.text(f"incubators.voucher.{key}"),
                   marker={"color": COLOURS[at]})
            for at, key in enumerate(PARTS)
        ]
    )  # fmt: skip
    figure.update_layout(barmode="stack", legend_traceorder="normal").update_xaxes(
        tickformat=",", title=view.text("incubators.wan_axis")
    )
    columns = [("part", view.text("incubators.part")), ("wan", view.text("incubators.wan_axis"))]
    table = [
        {"part": view.text(f"incubators.voucher.{key}"), "wan": totals[key] / CNY_PER_WAN}
        for key in ("issued_cny", *PARTS)
    ]
    made = chart(view, figure, view.text("incubators.vouchers_title"), columns, table, height=220)
    figure.update_layout(legend={"y": 1.0, "yanchor": "bottom", "x": 0.0}, margin={"t": 36})  # clear of the axis
    return made


def _grid(view: View, rows: list[dict[str, Any]]) -> Component:
    lines = [{**one, "id": one["voucher_id"]} for one in rows]
    columns = [
        Column("voucher_id", view.text("incubators.voucher.voucher_id"), least_px=110),
        Column("tenant_id", view.text("incubators.voucher.tenant_id"), least_px=110),
        Column("issued_on", view.text("incubators.voucher.issued_on"), "date", least_px=140),
        *(
            Column(key, view.text("incubators.in_cny", name=view.text(f"incubators.voucher.{key}")), "number",
                   decimals=2, least_px=130)
            for key in ("issued_cny", *PARTS)
        ),
    ]  # fmt: skip
    return grid(view, "incubator-vouchers", columns, lines, label=view.text("incubators.vouchers"), height=520)
