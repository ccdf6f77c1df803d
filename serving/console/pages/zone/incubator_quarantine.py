"""Records of incubators that were not taken, with where, what was found and why."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from data.incubators.fields import RECORDS
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_words import PAGES, instant, key_words, site, value_name
from serving.console.pages.zone.record_parts import MOST, shown_of
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty, fact_cards, panel
from serving.console.parts.words import capital

PATH = "/incubators/quarantine"


def layout(view: View) -> Component:
    """The records of the kind that the query names, of every kind where it names none."""
    record = view.query.get("record") or None
    found = view.api.get("/v1/incubators/quarantine", record=record, count=MOST)
    kinds = [(one, capital(value_name(view, "record", one))) for one in RECORDS]
    pick = choice("record", view.text("incubators.column.record"), kinds, record or "", view.text("records.every"))
    parts: list[Any] = [site(view, PATH), query_form(view.href(PATH), [pick], view.text("records.filter"))]
    if not found["rows"]:
        return dmc.Stack([*parts, empty(view.text("incubators.none_quarantined"))])
    cards = [
        (value_name(view, "record", key), f"{n:,}", view.text("incubators.reasons"))
        for key, n in found["by_record"].items()
    ]
    return dmc.Stack([
        *parts,
        fact_cards(cards),
        shown_of(view, len(found["rows"]), found["count"]),
        panel(_grid(view, found["rows"])),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the page of the quarantine."""
    console.add(Page(PATH, PAGES[PATH], "incubators", "incubators.quarantine_title", layout))


def _grid(view: View, rows: list[dict[str, Any]]) -> Component:
    lines = [
        {
            "id": str(at),
            "received": instant(view, one["received_at"]),
            "record": capital(key_words(view, one["record"], str(one["key"]))),
            "reason": capital(one[f"reason_{view.lang}"]),
            "source": view.text("approvals.source.simulator") if one["source"] == "simulator" else one["source"],
        }
        for at, one in enumerate(rows)
    ]
    least = {"received": 150, "record": 230, "reason": 480, "source": 130}
    columns = [Column(key, view.text(f"incubators.quarantine.{key}"), least_px=px) for key, px in least.items()]
    return grid(
        view, "incubator-quarantine", columns, lines, label=view.text("incubators.quarantine_title"), height=480
    )
