"""The list of demands: a picture of those that wait for a supplier, filters that the address keeps, and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
import plotly.graph_objects as go
from dash import Input, Output, html
from dash.development.base_component import Component

from models.spreadsheet import Cell
from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.chart import chart
from serving.console.parts.demands import PROPOSED, STATES, demand_columns, demand_rows, field_name
from serving.console.parts.grid import grid
from serving.console.parts.states import empty, fact_cards
from serving.console.parts.table_files import table_file

ROLES, PERMISSION, PATH = ("zone_officer",), "match", "/demands"
SEVERAL = ("field", "district", "state", "proposed")  # members of the filter that hold several values
MEMBERS = (*SEVERAL, "until", "text")
PROPOSALS = tuple(PROPOSED.values())
Query = Mapping[str, str]
Demand = Mapping[str, Any]


def register(console: Console) -> None:
    """Add the page, its filter, its files and what waits."""
    console.add(Page(PATH, ROLES, PERMISSION, "demands.title", page, menu="menu.matching", icon="match"))
    console.callback(
        Output("demands-grid", "rowData"), Output("demands-found", "children"),
        Output("url", "search", allow_duplicate=True), *(Input(f"demands-{name}", "value") for name in MEMBERS),
        roles=ROLES, permission=PERMISSION,
    )(filtered)  # fmt: skip
    console.download("demands.<form>", ROLES, PERMISSION, demand_file)
    console.waiting("zone_officer", waiting)


def page(view: View) -> Component:
    """Figures, the picture, the filter and the list."""
    every = demands_of(view)
    links = dmc.Group(
        [
            dmc.Anchor(dmc.Button(view.text("demands.new")), href=view.href("/demands/new")),
            dmc.Anchor(view.text("suppliers.title"), href=view.href("/suppliers")),
        ]
    )
    if not every:
        return empty(view.text("demands.nothing"), view.text("demands.new"), view.href("/demands/new"))
    query = view.query if view.query else {"state": "open"}
    shown = kept(every, query)
    return dmc.Stack(
        [
            links,
            _facts(view, every),
            _picture(view, every),
            _controls(view, every, query),
            html.Div(_found(view, shown, every, query), id="demands-found", role="status"),
            grid(
                view, "demands-grid", demand_columns(view), demand_rows(view, shown), label=view.text("demands.title")
            ),
        ]
    )


def demands_of(view: View) -> list[dict[str, Any]]:
    """Every demand that the person may see, the newest first."""
    found: list[dict[str, Any]] = view.api.get("/v1/demands")["demands"]
    return found


def kept(demands: Iterable[Demand], query: Query) -> list[Demand]:
    """Demands that every member of the query lets through.

    field, district, state, proposed : values joined by a comma; until : the latest deadline, which a demand without
    one has not; text : in title, problem, requirement, number or firm, whatever its case
    """
    wanted = {name: set(query[name].split(",")) for name in SEVERAL if query.get(name)}
    text, until = query.get("text", "").strip().lower(), query.get("until", "")

    def passes(one: Demand) -> bool:
        values = {**one, "proposed": PROPOSED[one["proposed"]]}
        if any(values[name] not in allowed for name, allowed in wanted.items()):
            return False
        if until and not (one["deadline"] and one["deadline"] <= until):
            return False
        words = " ".join(str(one[name] or "") for name in ("title", "problem", "requirement", "demand_id", "uscc"))
        return text in words.lower()

    return [one for one in demands if passes(one)]


def filtered(view: View, *values: Any) -> tuple[list[dict[str, Any]], Component, str]:
    """Rows of the filter's values, how many, and the address that keeps it."""
    query = {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in zip(MEMBERS, values, strict=True) if value
    }  # fmt: skip
    every = demands_of(view)
    shown = kept(every, query)
    search = view.href(PATH, **query).partition("?")[2]
    return demand_rows(view, shown), _found(view, shown, every, query), f"?{search}" if search else ""


def demand_file(view: View, form: str) -> flask.Response:
    """The demands that the address's filter lets through, as CSV or XLSX."""
    columns = [column.key for column in demand_columns(view)]
    heads = [view.text("demands.column.number"), *(view.text(f"demands.column.{name}") for name in columns),
             view.text("demands.column.problem")]  # fmt: skip
    shown = kept(demands_of(view), view.query)
    problems = {one["demand_id"]: one["problem"] for one in shown}
    rows: list[list[Cell]] = [
        [row["id"], *(row[name] for name in columns), problems[row["id"]]] for row in demand_rows(view, shown)
    ]
    answer = table_file("demands", form, view.text("demands.title"), heads, rows)
    view.record("demands_exported", f"demands.{form}", {"filter": dict(view.query), "rows": len(rows)})
    return answer


def waiting(view: View) -> Sequence[Waiting]:
    """Open demands for which nobody was proposed or searched, and posted ones that are past and not closed."""
    every = demands_of(view)
    opened = Counter(PROPOSED[one["proposed"]] for one in every if one["state"] == "open")
    past = sum(one["posted"] and one["state"] == "past_deadline" for one in every)
    lines = [(name, opened[name], {"state": "open", "proposed": name}) for name in ("none_likely", "not_searched")]
    lines.append(("past", past, {"state": "past_deadline"}))
    return [
        Waiting(view.text(f"demands.waiting.{name}"), count, view.href(PATH, **query)) for name, count, query in lines
    ]


def _facts(view: View, every: Sequence[Demand]) -> Component:
    opened = [one for one in every if one["state"] == "open"]
    found = Counter(PROPOSED[one["proposed"]] for one in opened)
    facts = [("open", len(opened)), *((name, found[name]) for name in PROPOSALS)]
    return fact_cards([(view.text(f"demands.fact.{name}"), f"{count:,}", None) for name, count in facts])


def _picture(view: View, every: Sequence[Demand]) -> Component:
    """Open demands by field, in three colours by what the last list of suppliers gave."""
    counts = Counter((one["field"], PROPOSED[one["proposed"]]) for one in every if one["state"] == "open")
    fields = sorted({field for field, _ in counts}, key=lambda key: -sum(counts[key, name] for name in PROPOSALS))
    names = [field_name(view, key) for key in fields]
    figure = go.Figure(
        [
            go.Bar(name=view.text(f"demands.proposed.{name}"), y=names, x=[counts[key, name] for key in fields],
                   orientation="h")
            for name in PROPOSALS
        ]
    )  # fmt: skip
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_yaxes(autorange="reversed")
    rows = [
        {"field": field_name(view, key), **{name: counts[key, name] for name in PROPOSALS}} for key in fields
    ]  # fmt: skip
    columns = [("field", view.text("demands.column.field"))]
    columns += [(name, view.text(f"demands.proposed.{name}")) for name in PROPOSALS]
    return chart(view, figure, view.text("demands.picture"), columns, rows, height=120 + 30 * max(len(fields), 1))


def _controls(view: View, every: Sequence[Demand], query: Query) -> Component:
    labels = {
        "field": {key: field_name(view, key) for key in sorted({one["field"] for one in every if one["field"]})},
        "district": {key: key for key in sorted({one["district"] for one in every if one["district"]})},
        "state": {key: view.text(f"demands.state.{key}") for key in STATES},
        "proposed": {key: view.text(f"demands.proposed.{key}") for key in PROPOSALS},
    }
    clear = {"aria-label": view.text("demands.clear_one")}
    several = [
        dmc.MultiSelect(
            id=f"demands-{name}", label=view.text(f"demands.column.{name}"), placeholder=view.text("demands.any"),
            data=[{"value": key, "label": words} for key, words in found.items()], clearable=True,
            clearButtonProps=clear, value=[key for key in query.get(name, "").split(",") if key in found],
            hidePickedOptions=True,
        )
        for name, found in labels.items()
    ]  # fmt: skip
    until = dmc.DateInput(
        id="demands-until", label=view.text("demands.until"), value=query.get("until") or None, clearable=True,
        valueFormat="YYYY-MM-DD", clearButtonProps=clear,
    )  # fmt: skip
    text = dmc.TextInput(
        id="demands-text", label=view.text("demands.text"), value=query.get("text", ""), debounce=300,
        placeholder=view.text("demands.text_example"),
    )  # fmt: skip
    inside = dmc.SimpleGrid([text, *several, until], cols={"base": 1, "sm": 2, "lg": 3}, spacing="sm")
    return dmc.Paper(inside, p="md", withBorder=True, radius="md")


def _found(view: View, shown: Sequence[Demand], every: Sequence[Demand], query: Query) -> Component:
    files = [
        html.A(view.text(f"demands.file.{form}"), href=view.href(f"/files/demands.{form}", **query), download="")
        for form in ("csv", "xlsx")
    ]
    words = view.text("demands.found", count=len(shown), all=len(every)) if shown else view.text("demands.none_found")
    return dmc.Group([dmc.Text(words, fw=600), dmc.Group(files, gap="md")], justify="space-between")
