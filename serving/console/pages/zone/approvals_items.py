"""The item catalogue: what may be applied for, who decides, and within which time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from models.approvals.texts import days_text, reason_name
from serving.console.page import Console, Page, View
from serving.console.pages.zone.approvals_words import PAGES, handling_name, site
from serving.console.pages.zone.record_parts import head
from serving.console.parts.filters import query_form
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day
from serving.console.parts.states import empty, fact_cards, panel
from serving.console.parts.words import capital, named

PATH = "/approvals/items"


def layout(view: View) -> Component:
    """The catalogue of a day, today where the query names none."""
    found = view.api.get("/v1/approvals/items", day=view.query.get("day") or None)
    wanted = dmc.TextInput(name="day", label=view.text("approvals.items_day"), value=found["day"], w=170,
                          placeholder="2024-06-30")  # fmt: skip
    parts: list[Any] = [
        site(view, PATH),
        head(view, simulated=found["synthetic"]),
        query_form(view.href(PATH), [wanted], view.text("records.show")),
    ]
    if not found["items"]:
        return dmc.Stack([*parts, empty(view.text("approvals.no_items", day=day(view, found["day"])))])
    on_day = view.text("approvals.on_day", day=day(view, found["day"]))
    cards = fact_cards([
        (view.text("approvals.items"), f"{found['count']:,}", on_day),
        (view.text("approvals.departments"), f"{found['departments']:,}", view.text("approvals.departments_note")),
    ])  # fmt: skip
    return dmc.Stack([*parts, cards, panel(_table(view, found["items"]))])


def register(console: Console) -> None:
    """Add the page of the catalogue."""
    console.add(Page(PATH, PAGES[PATH], "approvals", "approvals.items_title", layout))


def _table(view: View, items: list[dict[str, Any]]) -> Component:
    lang, joint = view.lang, "、" if view.lang == "zh" else ", "
    lines = [
        {
            "id": one["key"],
            "item": named(view, one),
            "department": named(view, one, "department"),
            "handling": handling_name(view, one["handling"]),
            "statutory": days_text(one["statutory_days"], one["statutory_unit"], lang),
            "promised": days_text(one["promised_days"], one["promised_unit"], lang),
            "reasons": capital(joint.join(reason_name(key, lang) for key in one["suspension_reasons"])),
            "basis": one["legal_basis"],
            "since": dt.date.fromisoformat(one["valid_from"]).isoformat(),
        }
        for one in items
    ]
    least = {
        "item": 220,
        "department": 170,
        "handling": 150,
        "statutory": 130,
        "promised": 130,
        "reasons": 170,
        "basis": 240,
    }
    columns = [Column(name, view.text(f"approvals.item.{name}"), least_px=px) for name, px in least.items()]
    columns.append(Column("since", view.text("approvals.item.since"), "date", least_px=130))
    return grid(view, "approvals-items", columns, lines, label=view.text("approvals.items_title"), height=560)
