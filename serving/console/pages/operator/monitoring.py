"""Drift of each bank's applicants, decisions that people overrode, and what challengers came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.bank_names import bank_name
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import badge, empty, fact_cards, section

ROLE, PERMISSION = ("operator",), "audit"
PATH = "/operator/monitoring"


def register(console: Console) -> None:
    """Add the page and what waits."""
    console.add(Page(PATH, ROLE, PERMISSION, "operator.monitoring", layout, "menu.system", "health"))
    console.waiting("operator", waiting)


def layout(view: View) -> Component:
    """The alarm, drift by bank, overrides by bank, and finished challenger runs."""
    found = view.api.get("/v1/monitoring")
    alarm = found["drift"]["alarm"]
    decided, overridden = sum(found["decisions"].values()), sum(found["overrides"].values())
    cards = [
        (view.text("operator.monitoring.decisions"), f"{decided:,}", None),
        (view.text("operator.monitoring.overrides"), f"{overridden:,}", None),
        (view.text("operator.in_force.model"), found["release"], None),
    ]
    state = view.text("operator.monitoring.alarm" if alarm else "operator.monitoring.calm")
    return dmc.Stack(
        [
            dmc.Group([badge(state, "red" if alarm else "green")]),
            fact_cards(cards),
            section(view.text("operator.monitoring.drift"), *drift_part(view, found["drift"]["banks"])),
            section(view.text("operator.monitoring.by_bank"), by_bank(view, found)),
            section(view.text("operator.monitoring.challengers"), *challengers(view, found["shadow"])),
        ]
    )


def drift_part(view: View, banks: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """The mean rank of each bank's applicants beside the usual one; the alarm compares the two."""
    seen = {bank: one for bank, one in banks.items() if one["enterprises"]}
    note = dmc.Text(view.text("operator.monitoring.drift.note"), className="quiet")
    if not seen:
        return [note, empty(view.text("operator.monitoring.no_drift"))]
    names = [bank_name(view, bank) for bank in seen]
    figure = go.Figure()
    for member, key in (("mean_rank", "operator.monitoring.mean_rank"), ("usual_rank", "operator.monitoring.usual")):
        shares = [round(one[member], 3) for one in seen.values()]
        figure.add_bar(name=view.text(key), x=names, y=shares, text=[f"{x:.0%}" for x in shares], textposition="auto")
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    headings = [
        ("bank", view.text("operator.monitoring.bank")), ("firms", view.text("operator.monitoring.firms")),
        ("mean", view.text("operator.monitoring.mean_rank")), ("usual", view.text("operator.monitoring.usual")),
        ("psi", view.text("operator.monitoring.psi")), ("state", view.text("operator.state")),
    ]  # fmt: skip
    rows = [
        {
            "bank": bank_name(view, bank), "firms": one["enterprises"], "mean": f"{one['mean_rank']:.1%}",
            "usual": f"{one['usual_rank']:.1%}", "psi": "–" if one["psi"] is None else f"{one['psi']:.2f}",
            "state": view.text("operator.monitoring.alarm" if one["alarm"] else "operator.monitoring.calm"),
        }
        for bank, one in seen.items()
    ]  # fmt: skip
    return [note, chart(view, figure, view.text("operator.monitoring.drift"), headings, rows)]


def by_bank(view: View, found: Mapping[str, Any]) -> Component:
    """Decisions and overridden decisions by bank."""
    if not found["decisions"]:
        return empty(view.text("operator.monitoring.no_decisions"))
    rows = [
        {
            "id": bank, "bank": bank_name(view, bank), "decisions": count,
            "overrides": found["overrides"].get(bank, 0), "rate": found["override_rate"].get(bank, 0.0),
        }
        for bank, count in found["decisions"].items()
    ]  # fmt: skip
    columns = [
        Column("bank", view.text("operator.monitoring.bank"), least_px=180),
        Column("decisions", view.text("operator.monitoring.decisions"), "number"),
        Column("overrides", view.text("operator.monitoring.overrides"), "number"),
        Column("rate", view.text("operator.monitoring.rate"), "share"),
    ]
    return grid(view, "monitoring-banks", columns, rows, label=view.text("operator.monitoring.by_bank"), height=320)


def challengers(view: View, shadow: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Finished challenger runs with their verdicts."""
    note = dmc.Text(view.text("operator.monitoring.challengers.note"), className="quiet")
    if not shadow:
        return [note, empty(view.text("operator.monitoring.no_challengers"))]
    rows = [
        {
            "id": one["run_id"], "challenger": str(one["challenger"]),
            "verdict": view.text(f"operator.verdict.{one['verdict']}"), "pairs": one["n_pairs"],
            "outcomes": one["n_outcomes"], "changed": one["changed"],
        }
        for one in shadow
    ]  # fmt: skip
    columns = [
        Column("challenger", view.text("operator.monitoring.challenger"), least_px=180),
        Column("verdict", view.text("operator.monitoring.verdict"), least_px=180),
        Column("pairs", view.text("operator.monitoring.pairs"), "number"),
        Column("outcomes", view.text("operator.monitoring.outcomes"), "number"),
        Column("changed", view.text("operator.monitoring.changed"), "share"),
    ]
    label = view.text("operator.monitoring.challengers")
    return [note, grid(view, "monitoring-challengers", columns, rows, label=label, height=300)]


def waiting(view: View) -> list[Waiting]:
    """Banks whose applicants have drifted."""
    drifted = [one for one in view.api.get("/v1/monitoring")["drift"]["banks"].values() if one["alarm"]]
    return [Waiting(view.text("operator.waiting.drift"), len(drifted), view.href(PATH))]
