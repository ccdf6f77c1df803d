"""The list of firms: filters that an address keeps, rows that come block by block, and the same rows as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.development.base_component import Component

from models.spreadsheet import MEDIA
from serving.console.firm_files import csv_file, xlsx_file
from serving.console.firm_filter import ALARMED, FRESH, MOST_POINTS, STALE, FirmFilter, of_query
from serving.console.firm_words import DIMENSIONS, FirmWords
from serving.console.firms import USUAL_ORDER, FirmTable, firm_table
from serving.console.page import Console, Page, View
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day

ROLES, PERMISSION = ("zone_officer", "policy_analyst"), "firms"
PATH = "/firms"
MULTIPLE = ("stage", "district", "industry", "size", "chain", "grade", "outcome")
MEMBERS = (*MULTIPLE, "points_from", "points_to", "fresh", "alarm", "text")  # one control each, in their order
MOST_ROWS = 200  # of one block


def register(console: Console) -> None:
    """Add the page, its callbacks and its files."""
    console.add(Page(PATH, ROLES, PERMISSION, "firms.title", list_page, menu="menu.enterprises", icon="firms"))
    console.callback(
        Output("firms-query", "data"), Output("firms-found", "children"), Output("firms-files", "children"),
        Output("url", "search", allow_duplicate=True),
        *(Input(f"firms-{name}", "checked" if name == "alarm" else "value") for name in MEMBERS),
        roles=ROLES, permission=PERMISSION,
    )(filtered)  # fmt: skip
    console.callback(
        Output("firms-grid", "getRowsResponse"), Input("firms-grid", "getRowsRequest"), State("firms-query", "data"),
        roles=ROLES, permission=PERMISSION,
    )(block)  # fmt: skip
    console.callback(
        *(Output(f"firms-{name}", "checked" if name == "alarm" else "value") for name in MEMBERS),
        Input("firms-clear", "n_clicks"), roles=ROLES, permission=PERMISSION,
    )(cleared)  # fmt: skip
    console.dash_app.clientside_callback(
        ClientsideFunction("firms", "refresh"), Output("firms-grid", "id"), Input("firms-query", "data"),
        prevent_initial_call=True,
    )  # fmt: skip
    console.download("firms.<form>", ROLES, PERMISSION, firm_file)


def list_page(view: View) -> Component:
    """Filters, what they let through, files of it, and the list."""
    table, words = firm_table(view.state), FirmWords.of_view(view)
    wanted, left = of_query(view.query, table)
    inside: list[Any] = [
        dmc.Text(view.text("firms.intro", day=day(view, table.as_of), count=len(table)), className="quiet")
    ]
    if left:
        names = [view.text(f"firms.column.{name}") for name in left]
        inside.append(dmc.Alert(view.text("firms.left_out", list=names), color="yellow"))
    inside += [
        _controls(view, table, words, wanted),
        dmc.Group(
            [
                html.Div(_found(view, table, words, wanted), id="firms-found", role="status"),
                html.Div(_files(view, wanted), id="firms-files"),
            ],
            justify="space-between",
        ),
        dcc.Store(id="firms-query", data=wanted.query()),
        grid(view, "firms-grid", _columns(view), label=view.text("firms.title"), infinite=True, height=620),
        dmc.Text(view.text("firms.note"), size="sm", className="quiet"),
    ]
    return dmc.Stack(inside, gap="md")


def filtered(view: View, *values: Any) -> tuple[dict[str, str], Component, Component, str]:
    """The filter of the controls: as a query, in words, as links to files, and in the address."""
    table = firm_table(view.state)
    wanted, _ = of_query(_query_of(values), table)
    href = view.href(PATH, **wanted.query())
    search = f"?{href.partition('?')[2]}" if wanted.query() else ""
    return wanted.query(), _found(view, table, FirmWords.of_view(view), wanted), _files(view, wanted), search


def block(view: View, request: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> dict[str, Any]:
    """The rows that the grid asks for, and how many there are."""
    given = request or {}
    table = firm_table(view.state)
    wanted, _ = of_query(query or {}, table)
    sort = sort_of(given.get("sortModel") or (), table)
    start = max(0, int(given.get("startRow") or 0))
    end = min(max(start, int(given.get("endRow") or 0)), start + MOST_ROWS)
    part, count = table.page(wanted.mask(table), sort, start, end)
    rows = FirmWords.of_view(view).rows(part)
    for row in rows:
        row |= {"id": row["uscc"], "href": view.href(f"{PATH}/{row['uscc']}")}
    return {"rowData": rows, "rowCount": count}


def sort_of(model: Sequence[Mapping[str, Any]], table: FirmTable) -> list[tuple[str, bool]]:
    """The grid's order of columns; a column that the table lacks is left out, and points fall where none is given."""
    known = [(str(one.get("colId")), one.get("sort") == "desc") for one in model]
    return [one for one in known if one[0] in table.frame] or list(USUAL_ORDER)


def cleared(_: View, __: int | None) -> tuple[Any, ...]:
    """Every control without a value."""
    empty: dict[str, Any] = {"alarm": False, "points_from": "", "points_to": "", "text": ""}
    return tuple(empty.get(name, [] if name in MULTIPLE else None) for name in MEMBERS)


def firm_file(view: View, form: str) -> flask.Response:
    """The rows that the address's filter lets through, in the order of their points, as CSV or XLSX."""
    if form not in MEDIA:
        flask.abort(404)
    table, words = firm_table(view.state), FirmWords.of_view(view)
    wanted, _ = of_query(view.query, table)
    content = (csv_file if form == "csv" else xlsx_file)(table, wanted, words)
    view.record("firms_exported", f"firms.{form}", {"filter": wanted.query(), "release": table.release})
    named = f"attachment; filename=firms-{table.as_of.isoformat()}.{form}"
    return flask.Response(content, mimetype=MEDIA[form], headers={"content-disposition": named})


def _query_of(values: Sequence[Any]) -> dict[str, str]:
    """The controls' values as members of a query."""
    found: dict[str, str] = {}
    for name, value in zip(MEMBERS, values, strict=True):
        if name == "alarm":
            found[name] = ALARMED if value else ""
        elif isinstance(value, list):
            found[name] = ",".join(map(str, value))
        elif value is not None:
            found[name] = str(value)
    return found


def _found(view: View, table: FirmTable, words: FirmWords, wanted: FirmFilter) -> Component:
    """How many firms the filter lets through, and what it is."""
    mask = wanted.mask(table)
    count = len(table) if mask is None else int(mask.sum())
    phrases = words.filter(wanted)
    if not count:
        return dmc.Alert(view.text("firms.none_found"), color="yellow")
    said = view.text("firms.found", count=count, all=len(table))
    filter_words = ("；" if view.lang == "zh" else "; ").join(phrases) or view.text("firms.no_filter")
    return dmc.Stack([dmc.Text(said, fw=600), dmc.Text(filter_words, size="sm", className="quiet")], gap=0)


def _files(view: View, wanted: FirmFilter) -> Component:
    links = [
        html.A(view.text(f"firms.file.{form}"), href=view.href(f"/files/firms.{form}", **wanted.query()), download="")
        for form in MEDIA
    ]
    return dmc.Group(links, gap="md")


def _controls(view: View, table: FirmTable, words: FirmWords, wanted: FirmFilter) -> Component:
    """One labelled control a member of the filter."""

    def several(name: str) -> Component:
        keys = table.placed if name == "chain" else table.frame[name].cat.categories
        data = [{"value": str(key), "label": words.name(name, key)} for key in keys]
        return dmc.MultiSelect(
            id=f"firms-{name}", label=view.text(f"firms.column.{name}"), data=data, value=list(getattr(wanted, name)),
            clearable=True, searchable=True, placeholder=view.text("firms.any"), hidePickedOptions=True,
            comboboxProps={"shadow": "md"}, clearButtonProps={"aria-label": view.text("firms.clear_one")},
            nothingFoundMessage=view.text("firms.nothing_fits"), debounce=200,
        )  # fmt: skip

    def points(name: str, value: float | None) -> Component:
        return dmc.NumberInput(
            id=f"firms-{name}", label=view.text(f"firms.column.{name}"), value="" if value is None else value,
            min=0, max=MOST_POINTS, step=5, debounce=400, hideControls=True, suffix=view.text("firms.points_unit"),
        )  # fmt: skip

    fresh = dmc.Select(
        id="firms-fresh", label=view.text("firms.column.fresh"), value=wanted.fresh or None, clearable=True,
        placeholder=view.text("firms.any"), clearButtonProps={"aria-label": view.text("firms.clear_one")},
        data=[{"value": FRESH, "label": view.text("firms.fresh.yes")},
              {"value": STALE, "label": view.text("firms.fresh.no")}],
    )  # fmt: skip
    search = dmc.TextInput(
        id="firms-text", label=view.text("firms.column.text"), value=wanted.text, debounce=200,
        placeholder=view.text("firms.text_example"),
    )  # fmt: skip
    alarm = dmc.Switch(id="firms-alarm", label=view.text("firms.alarm_only"), checked=bool(wanted.alarm), mt="lg")
    clear = dmc.Button(view.text("firms.clear"), id="firms-clear", variant="default", mt="lg")
    first = [search, several("stage"), several("district"), several("chain")]
    more = [
        *(several(name) for name in MULTIPLE if name not in ("stage", "district", "chain")),
        points("points_from", wanted.points_from),
        points("points_to", wanted.points_to),
        fresh,
        alarm,
        clear,
    ]
    shown = set(wanted.query()) - {"text", "stage", "district", "chain"}
    rest = html.Details(
        [html.Summary(view.text("firms.more_filters")), _in_columns(more)], open=bool(shown), id="firms-more"
    )
    return dmc.Paper(dmc.Stack([_in_columns(first), rest]), p="md", withBorder=True, radius="md")


def _in_columns(controls: list[Any]) -> Component:
    return dmc.SimpleGrid(controls, cols={"base": 1, "xs": 2, "md": 3, "xl": 4}, spacing="sm", mt="xs")


def _columns(view: View) -> list[Column]:
    def say(name: str) -> str:
        return view.text(f"firms.column.{name}")

    return [
        Column("name", say("name"), link="href", least_px=170, pinned=False),
        Column("uscc", say("uscc"), link="href", least_px=190),
        *(Column(name, say(name), least_px=100) for name in ("stage", "district", "industry", "size")),
        Column("points", say("points"), "number", decimals=1, least_px=90),
        *(Column(f"dim_{name}", say(f"dim_{name}"), "number", decimals=1, least_px=110) for name in DIMENSIONS),
        Column("grade", say("grade"), least_px=100),
        Column("quota_wan", say("quota_wan"), "money_wan", least_px=130),
        Column("outcome", say("outcome"), least_px=120),
        Column("oldest_days", say("oldest_days"), "number", least_px=130),
        Column("fresh", say("fresh"), least_px=120),
        Column("chains", say("chains"), least_px=150),
        Column("alarms", say("alarms"), least_px=150),
    ]
