"""Reports of incubators entered or sent as a file, and corrections of records that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
import flask
from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component

from data.incubators.fields import Record, record_fields
from data.ingest.source import IngestError
from models import spreadsheet
from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_sheet import MOST_ROWS, sheet_reports
from serving.console.pages.zone.incubator_words import field_name, field_value, key_words, site
from serving.console.pages.zone.record_parts import MOST, ZONE, listed
from serving.console.parts.filters import query_form
from serving.console.parts.forms import confirm_button
from serving.console.parts.links import downloads
from serving.console.parts.states import section, success_message
from serving.console.parts.uploads import refused_file, upload, uploaded
from serving.console.parts.words import capital

PATH = "/incubators/records"
ROLES = (ZONE,)
FILE, WHY = "incubator-report-file", "incubator-report-why"
DAYS = ("period_from", "period_to", "filed_on")
# Figures that the form asks for by hand; a file may hold every figure of the form.
ENTERED = ("staff", "area_m2", "tenants", "mentors", "seats", "tenant_staff", "jobs_inside", "income_thousand_cny",
           "tenant_income_thousand_cny")  # fmt: skip
TEMPLATE = "incubator-reports.csv"


def layout(view: View) -> Component:
    """A report by hand, reports as a file, and the records of one incubator to correct."""
    rows = view.api.get("/v1/incubators", count=MOST)["rows"]
    chosen = view.query.get("id", "")
    return dmc.Stack([
        site(view, PATH),
        section(view.text("incubators.enter"), *_entry(view, rows)),
        section(
            view.text("incubators.send_file"),
            dmc.Text(view.text("incubators.send_file_why", most=MOST_ROWS), size="sm"),
            downloads([(view.text("incubators.template"), view.href(f"/files/{TEMPLATE}"))]),
            upload(view, FILE, view.text("incubators.choose_file"), ".csv,.xlsx"),
            html.Div(id="incubator-file-result", role="status"),
        ),
        section(view.text("incubators.correct"), *_correction(view, rows, chosen)),
    ])  # fmt: skip


def enter(view: View, _: Any, incubator: str | None, *values: Any) -> Component:
    """Take one report; why it was refused where it was, so that the form can be mended.

    values : of DAYS, of ENTERED, and why figures look odd
    """
    dated = dict(zip(DAYS, values, strict=False))
    figures = dict(zip(ENTERED, values[len(DAYS) :], strict=False))
    report = {
        "incubator_id": incubator or "",
        **{name: str(day or "")[:10] for name, day in dated.items()},
        "figures": {key: value for key, value in figures.items() if value not in (None, "")},
    }
    return _posted(view, [report | ({"why": values[-1]} if values[-1] else {})])


def take(view: View, contents: str | None, filename: str | None) -> tuple[Any, Any]:
    """Take the reports of a file, each whole or not at all."""
    if not contents:
        return no_update, no_update
    try:
        reports = sheet_reports(uploaded(contents), filename or "")
    except IngestError as fault:
        return dmc.Alert(str(fault), title=view.text("incubators.unreadable"), color="red"), None
    return _posted(view, reports), None


def correct(view: View, _: Any, record: str, member: str, value: str, why: str, withdraw: bool) -> Any:
    """Make a further version of a record; the earlier ones stay."""
    kind, _, rest = (record or "").partition("|")
    key, _, version = rest.partition("|")
    of, _, name = (member or "").partition("|")
    if not withdraw and of != kind:
        return dmc.Alert(title=view.text("incubators.other_member"), color="red")
    given: dict[str, Any] = {
        "record": kind,
        "key": key,
        "version": version,
        "why": why or "",
        "by": view.account.holder,
    }
    given |= {"withdraw": True} if withdraw else {"changes": {name: value_of(kind, name, value)}}  # type: ignore[arg-type]
    try:
        made = view.api.post("/v1/incubators/corrections", given)
    except Refused as refused:
        return refused_file(view, refused)
    words = "incubators.corrected" if made["new"] else "incubators.correction_known"
    return success_message(view, view.text(words, record=key_words(view, kind, key)))


def value_of(record: Record, name: str, text: str | None) -> Any:
    """What was typed as the member's own type; as it is where it is none, so that the registry says what is allowed."""
    dtype = record_fields(record)[name].field.dtype
    shown = (text or "").strip()
    if not shown:
        return None
    if dtype == "flag":
        return {"是": True, "yes": True, "否": False, "no": False}.get(shown.lower(), shown)
    if dtype == "number":
        try:
            return float(shown.replace(",", ""))
        except ValueError:
            return shown
    return shown


def register(console: Console) -> None:
    """Add the page, its forms, and the empty file of reports."""
    console.add(Page(PATH, ROLES, "incubators_write", "incubators.records_title", layout))
    console.callback(
        Output("incubator-entry-result", "children"), Input("incubator-entry-send", "n_clicks"),
        State("incubator-entry-id", "value"),
        *(State(f"incubator-entry-{name}", "value") for name in (*DAYS, *ENTERED)), State(WHY, "value"),
        roles=ROLES, permission="incubators_write",
        running=[(Output("incubator-entry-send", "loading"), True, False)],
    )(enter)  # fmt: skip
    console.callback(
        Output("incubator-file-result", "children"), Output(FILE, "contents"), Input(FILE, "contents"),
        State(FILE, "filename"), roles=ROLES, permission="incubators_write",
    )(take)  # fmt: skip
    console.callback(
        Output("incubator-correction-result", "children"), Input("incubator-correction-send", "submit_n_clicks"),
        State("incubator-correction-record", "value"), State("incubator-correction-member", "value"),
        State("incubator-correction-value", "value"), State("incubator-correction-why", "value"),
        State("incubator-correction-withdraw", "checked"), roles=ROLES, permission="incubators_write",
    )(correct)  # fmt: skip
    console.download(TEMPLATE, ROLES, "incubators_write", _template)


def _template(view: View) -> flask.Response:
    """A file with the heads of the form and no rows."""
    heads = [
        one.code or one.name[view.lang == "en"] for key, one in record_fields("report").items() if key != "synthetic"
    ]
    answer = flask.Response(spreadsheet.csv_bytes(heads, []), mimetype="text/csv")
    answer.headers["content-disposition"] = f"attachment; filename={TEMPLATE}"
    return answer


def _posted(view: View, reports: Sequence[Mapping[str, Any]]) -> Component:
    try:
        found = view.api.post("/v1/incubators/reports", {"reports": list(reports)})
    except Refused as refused:
        return refused_file(view, refused)
    words = view.text(
        "incubators.taken", count=found["count"], new=found["new"], known=found["known"], refused=found["refused"]
    )
    reasons = [one[f"reason_{view.lang}"] for one in found["quarantine"]]
    return dmc.Alert(listed(reasons), title=words, color="yellow" if reasons else "green")


def _entry(view: View, rows: Sequence[Mapping[str, Any]]) -> list[Component]:
    options = [{"value": one["incubator_id"], "label": f"{one['name']} {one['incubator_id']}"} for one in rows]
    form = record_fields("report")
    figures = [
        dmc.NumberInput(
            id=f"incubator-entry-{key}", label=capital(field_name(view, "report", key)), min=0,
            description=form[key].unit[view.lang == "en"], withAsterisk=form[key].field.column_needed,
        )
        for key in ENTERED
    ]  # fmt: skip
    return [
        dmc.SimpleGrid([
            dmc.Select(id="incubator-entry-id", label=view.text("incubators.one"), data=options, searchable=True,
                       required=True),
            *(dmc.DateInput(id=f"incubator-entry-{name}", label=capital(field_name(view, "report", name)),
                            required=True, valueFormat="YYYY-MM-DD") for name in DAYS),
        ], cols={"base": 1, "sm": 2, "lg": 4}),
        dmc.SimpleGrid(figures, cols={"base": 1, "sm": 2, "lg": 3}),
        dmc.TextInput(id=WHY, label=view.text("incubators.why_odd")),
        dmc.Group([dmc.Button(view.text("incubators.send_report"), id="incubator-entry-send")]),
        html.Div(id="incubator-entry-result", role="status"),
    ]  # fmt: skip


def _correction(view: View, rows: Sequence[Mapping[str, Any]], chosen: str) -> list[Component]:
    """First the incubator, then one of its records in the version that is corrected."""
    options = [{"value": one["incubator_id"], "label": f"{one['name']} {one['incubator_id']}"} for one in rows]
    pick = dmc.Select(name="id", label=view.text("incubators.one"), data=options, value=chosen or None, w=320,
                      maw="100%", searchable=True)  # fmt: skip
    first = query_form(view.href(PATH), [pick], view.text("records.show"))
    if not chosen:
        return [dmc.Text(view.text("incubators.choose_first"), size="sm"), first]
    found = view.api.get(f"/v1/incubators/{quote(chosen, safe='')}")
    newest = {(one["record"], one["key"]): one["version"] for one in found["history"]}
    records = [
        {"value": f"{record}|{key}|{version}", "label": capital(key_words(view, record, key))}
        for (record, key), version in newest.items()
    ]
    kinds: tuple[Record, ...] = ("report", "incubator")
    held: dict[Record, Mapping[str, Any]] = {"incubator": found["incubator"]}
    if found["reports"]:
        held["report"] = found["reports"][0]
    members = [
        {"value": f"{kind}|{key}", "label": capital(field_name(view, kind, key))}
        for kind in kinds if kind in held
        for key in record_fields(kind) if key != "synthetic"
    ]  # fmt: skip
    now = listed([
        f"{capital(field_name(view, kind, key))}: {field_value(view, kind, key, values.get(key))}"
        for kind, values in held.items() for key in record_fields(kind) if key in values and key != "synthetic"
    ])  # fmt: skip
    send = confirm_button(
        "incubator-correction-send", view.text("incubators.send_correction"), view.text("incubators.confirm_correction")
    )
    return [
        first,
        html.Details([html.Summary(view.text("incubators.newest_values")), now]),
        dmc.SimpleGrid([
            dmc.Select(id="incubator-correction-record", label=view.text("incubators.column.record"), data=records,
                       value=records[0]["value"] if records else None, allowDeselect=False, searchable=True),
            dmc.Select(id="incubator-correction-member", label=view.text("incubators.member"), data=members,
                       searchable=True),
            dmc.TextInput(id="incubator-correction-value", label=view.text("incubators.new_value")),
            dmc.TextInput(id="incubator-correction-why", label=view.text("incubators.version.why"), required=True),
        ], cols={"base": 1, "sm": 2}),
        dmc.Checkbox(id="incubator-correction-withdraw", label=view.text("incubators.withdraw"), checked=False),
        dmc.Group([send]),
        html.Div(id="incubator-correction-result", role="status"),
    ]  # fmt: skip
