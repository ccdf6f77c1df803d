"""Ways to search: firms for a text of any kind, firms for a demand in words, and open demands for one firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.parts.demands import field_name
from serving.console.parts.firm_names import firm_words
from serving.console.parts.forms import typed_number
from serving.console.parts.instants import day
from serving.console.parts.states import empty, section
from serving.console.parts.suppliers import marked, probability_word, supplier_list

ROLES, PERMISSION, PATH = ("zone_officer",), "match", "/suppliers"
COUNTS = ("10", "20", "50")


def register(console: Console) -> None:
    """Add the page and a callback for each way."""
    console.add(Page(PATH, ROLES, PERMISSION, "suppliers.title", page, menu="menu.matching", icon="replay"))

    @console.callback(
        Output("suppliers-found", "children"), Input("suppliers-search", "n_clicks"), State("suppliers-text", "value"),
        State("suppliers-count", "value"), roles=ROLES, permission=PERMISSION,
        running=[(Output("suppliers-search", "loading"), True, False)],
    )  # fmt: skip
    def search(view: View, _: int, text: str | None, count: str) -> Component:
        answer = view.api.post("/v1/match/search", {"text": text or "", "count": int(count)})
        return supplier_list(view, answer)

    @console.callback(
        Output("suppliers-demands", "children"), Input("suppliers-firm-search", "n_clicks"),
        State("suppliers-firm", "value"), State("suppliers-budget", "value"), roles=ROLES, permission=PERMISSION,
        running=[(Output("suppliers-firm-search", "loading"), True, False)],
    )  # fmt: skip
    def of_firm(view: View, _: int, uscc: str | None, budget: float | str | None) -> Component:
        body: dict[str, Any] = {"uscc": (uscc or "").strip(), "count": 20}
        if budget not in (None, ""):
            body["least_budget_wan"] = typed_number(budget)
        return demand_cards(view, view.api.post("/v1/match/demands", body)["demands"])


def page(view: View) -> Component:
    """Both forms, each with its results beneath."""
    text = dmc.Textarea(
        id="suppliers-text", label=view.text("suppliers.text"), placeholder=view.text("suppliers.text_example"),
        autosize=True, minRows=2, value=view.query.get("text", ""),
    )  # fmt: skip
    count = dmc.SegmentedControl(id="suppliers-count", value=COUNTS[0], data=list(COUNTS),
                                 **{"aria-label": view.text("suppliers.count")})  # fmt: skip
    button = dmc.Button(view.text("suppliers.search"), id="suppliers-search")
    firm = dmc.TextInput(
        id="suppliers-firm", label=view.text("demands.column.uscc"), placeholder=view.text("demands.example.firm"),
        value=view.query.get("uscc", ""),
    )  # fmt: skip
    budget = dmc.NumberInput(id="suppliers-budget", label=view.text("suppliers.least_budget"), min=0, hideControls=True)
    of_firm = dmc.Button(view.text("suppliers.find_demands"), id="suppliers-firm-search")
    advice = dmc.Text(view.text("suppliers.search_intro"), size="sm", className="quiet")
    return dmc.Stack(
        [
            section(view.text("suppliers.by_text"), advice, text, dmc.Group([count, button]),
                    html.Div(id="suppliers-found", role="status")),
            section(view.text("suppliers.by_firm"), dmc.SimpleGrid([firm, budget], cols={"base": 1, "sm": 2}),
                    html.Div(of_firm), html.Div(id="suppliers-demands", role="status")),
        ]
    )  # fmt: skip


def demand_cards(view: View, demands: Sequence[Mapping[str, Any]]) -> Component:
    """Demands that a firm could serve, each with the probability, its facts and the firm's passage that matched."""
    if not demands:
        return empty(view.text("suppliers.no_demands"))
    return html.Ol([html.Li(_demand(view, one)) for one in demands], className="supplier-list")


def _demand(view: View, one: Mapping[str, Any]) -> Component:
    title = dmc.Anchor(one["title"] or one["demand_id"], href=view.href(f"/demands/{one['demand_id']}"), fw=600)
    words = view.text(
        "suppliers.probability", share=one["probability"], word=probability_word(view, one["probability"])
    )
    budget, asker = one["budget_wan"], one["uscc"]
    facts = [
        field_name(view, one["field"]),
        view.text("demands.not_given") if budget is None else view.text("demands.budget", wan=budget),
        day(view, one["deadline"]) if one["deadline"] else view.text("demands.no_deadline"),
        firm_words(view, asker) if asker else view.text("demands.firm_hidden"),
    ]
    seen = [
        dmc.Text(marked(part["passage"], part["marks"]), size="sm")
        for part in one["evidence"][:1]
        if not part["withheld"]
    ]
    bar = dmc.Progress(value=100 * one["probability"], size="sm", **{"aria-label": words})
    return dmc.Paper(
        dmc.Stack(
            [
                dmc.Group([title, dmc.Text(words, fw=600)], justify="space-between"), bar,
                dmc.Text(" · ".join(facts), size="sm", className="quiet"), dmc.Text(one["problem"], size="sm"), *seen,
            ],
            gap="xs",
        ),
        withBorder=True, p="sm", radius="md",
    )  # fmt: skip
