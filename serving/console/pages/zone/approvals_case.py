"""One case: where it is, its three clocks as a picture, suspended time, when it is expected to end, what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from data.beijing import BEIJING
from models.approvals.texts import VALUES, days_text, event_name, is_han, office_name, reason_name, say, value_text
from serving.console.page import Console, Page, View
from serving.console.pages.zone.approvals import ONE, PATH
from serving.console.pages.zone.approvals_words import LAMPS, handling_name, lamp_words, site
from serving.console.pages.zone.record_parts import BOTH, facts, head, listed, of_zone
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.grid import Column, Kind, grid
from serving.console.parts.instants import NOTHING, day, moment, read, recorded
from serving.console.parts.links import downloads
from serving.console.parts.states import badge, empty, section
from serving.console.parts.words import capital, named
from serving.console.texts import Lang

CLOCKS = ("statutory", "promised")
HUES = {"statutory": COLOURS[6], "promised": COLOURS[0], "actual": COLOURS[2], "expected": COLOURS[1]}


def layout(view: View) -> Component:
    """The case that the query names, and where several systems have its number, of which system."""
    number, source = view.query.get("number", "").strip(), view.query.get("source") or None
    if not number:
        words = view.text("approvals.no_number")
        return dmc.Stack([site(view, PATH), empty(words, view.text("approvals.back"), view.href(PATH))])
    route = f"/v1/approvals/cases/{quote(number, safe='')}"
    case = view.api.get(route, source=source)
    printed = view.api_href(f"{route}/page.html", source=source, lang=view.lang)
    return dmc.Stack([
        site(view, PATH),
        head(view, simulated=case["simulated"], as_of=case["now"]),
        section(view.text("approvals.case", number=number), _facts(view, case),
                downloads([(view.text("approvals.printed"), printed)])),
        section(say(view.lang, "section.clocks"), *_clocks(view, case)),
        section(say(view.lang, "section.forecast"), *_expected(view, case)),
        section(say(view.lang, "section.suspensions"), *_suspensions(view, case)),
        *_flags(view, case),
        section(say(view.lang, "section.history"), _history(view, case)),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the page of a case."""
    console.add(Page(ONE, BOTH, "approvals", "approvals.one", layout))


def _facts(view: View, case: Mapping[str, Any]) -> Component:
    lang = view.lang
    colour = LAMPS[case["lamp"]][0]
    pairs: list[tuple[str, Any]] = [
        (say(lang, "fact.status"), named(view, case, "status")),
        (say(lang, "fact.lamp"), badge(lamp_words(view, case), colour)),
        (say(lang, "fact.item"), named(view, case["item"]) or say(lang, "no_item")),
        (say(lang, "fact.handling"), handling_name(view, case["handling"])),
        (say(lang, "fact.office"), office_name(case["office"], lang) or NOTHING),
        (say(lang, "fact.department"), office_name(case["department"], lang) or NOTHING),
    ]
    names = ("applied_at", "accepted_at", "decided_at", "delivered_at")
    pairs += [(say(lang, f"fact.{name}"), recorded(view, case[name])) for name in names]
    if case["outcome"]:
        outcome = value_text("outcome", case["outcome"], lang, verbatim=of_zone(view))
        pairs.append((say(lang, "fact.outcome"), outcome))
    if case["delivery_due_on"]:
        pairs.append((say(lang, "fact.delivery_due_on"), day(view, case["delivery_due_on"])))
    return facts(pairs)


def _clocks(view: View, case: Mapping[str, Any]) -> list[Component]:
    """The picture of the clocks with their figures beside it; words where no clock has begun."""
    clocks, lang = case["clocks"], view.lang
    if clocks["started_on"] is None:
        return [dmc.Text(say(lang, "clock.not_begun"))]
    notes = []
    if clocks["acceptance_basis"] == "deemed":
        notes.append(say(lang, "clock.deemed", day=clocks["started_on"]))
    if clocks["extension"] == "counted":
        notes.append(say(lang, "clock.extended"))
    if case["provisional"]:
        notes.append(say(lang, "clock.provisional"))
    columns = [
        (name, say(lang, f"column.{name}")) for name in ("clock", "allowed", "used", "suspended", "left", "due_on")
    ]
    picture = chart(
        view,
        clock_figure(view, case),
        view.text("approvals.clocks_picture"),
        columns,
        clock_rows(view, case),
        height=290,
    )
    legend = dmc.Text(view.text("approvals.clocks_legend"), size="sm", className="quiet")
    return [picture, legend, *([listed(notes)] if notes else [])]


def clock_rows(view: View, case: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures of the three clocks in words."""
    clocks, lang = case["clocks"], view.lang
    lines = []
    for name in CLOCKS:
        one = clocks[name]
        shown = {key: days_text(one[f"{key}_days"], one["unit"], lang) for key in ("used", "suspended", "left")}
        open_due = say(lang, "due.suspended") if one["days"] is not None else NOTHING
        due = day(view, one["due_on"]) if one["due_on"] else open_due
        allowed = days_text(one["days"], one["unit"], lang)
        lines.append({"clock": clock_name(lang, name), "allowed": allowed, **shown, "due_on": due})
    actual = clocks["actual"]
    both = {
        key: say(
            lang, "days.both",
            working=days_text(actual[f"{prefix}_working_days"], "working", lang),
            calendar=days_text(actual[f"{prefix}_calendar_days"], "calendar", lang),
        )
        for key, prefix in (("used", "actual"), ("suspended", "suspended"))
    }  # fmt: skip
    end = last_day(case)
    when = say(lang, "clock.ended" if case["closed_at"] else "clock.running", day=day(view, end))
    return [*lines, {"clock": clock_name(lang, "actual"), "allowed": NOTHING, **both, "left": NOTHING, "due_on": when}]


def clock_figure(view: View, case: Mapping[str, Any]) -> go.Figure:
    """A bar a clock on one axis of days, suspended days hatched, and the interval of the expected end."""
    clocks, lang = case["clocks"], view.lang
    first, end = dt.date.fromisoformat(clocks["started_on"]), last_day(case)
    figure = go.Figure()
    for name in CLOCKS:
        if clocks[name]["days"] is not None:
            due = clocks[name]["due_on"]
            last = dt.date.fromisoformat(due) if due else max(end, first)
            _bar(figure, clock_name(lang, name), first, last, HUES[name], faint=due is None)
    _bar(figure, clock_name(lang, "actual"), first, max(end, first), HUES["actual"])
    for one in case["suspensions"]:
        if one["left_out"] and one["first_day"]:
            until = dt.date.fromisoformat(one["last_day"] or one["first_day"])
            first_day = dt.date.fromisoformat(one["first_day"])
            _bar(figure, clock_name(lang, "actual"), first_day, until, "white", hatched=True)
    if (expected := case["forecast"]) is not None:
        low, median, high = (read(expected[f"{name}_at"]) for name in ("low", "median", "high"))
        name = say(lang, "section.forecast")
        figure.add_scatter(x=[low, high], y=[name, name], mode="lines", line={"width": 8, "color": HUES["expected"]},
                           opacity=0.45)  # fmt: skip
        figure.add_scatter(x=[median], y=[name], mode="markers",
                           marker={"size": 13, "symbol": "diamond", "color": HUES["expected"]})  # fmt: skip
    order = [*(clock_name(lang, name) for name in (*CLOCKS, "actual")), say(lang, "section.forecast")]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order[::-1])
    return figure.update_xaxes(type="date").update_layout(barmode="overlay", showlegend=False)


def clock_name(lang: Lang, name: str) -> str:
    """A clock as it is called beside its bar and in the table."""
    return capital(say(lang, f"clock.{name}"))


def last_day(case: Mapping[str, Any]) -> dt.date:
    """The day of the end in Beijing, or on which a running case is looked at."""
    at = read(case["closed_at"] or case["now"])
    assert at is not None
    return at.date()


def _bar(
    figure: go.Figure, name: str, first: dt.date, last: dt.date, hue: str, *, hatched: bool = False, faint: bool = False
) -> None:
    """Whole days from the first to the last, both included; faint where the last day is not known yet."""
    start = dt.datetime.combine(first, dt.time(), BEIJING)
    length_ms = ((last - first).days + 1) * 86_400_000
    pattern = {"shape": "/", "fgcolor": "#444", "bgcolor": "#fff", "size": 6} if hatched else {}
    marker = {"color": hue, "pattern": pattern, "line": {"color": "#444", "width": 1 if hatched else 0}}
    figure.add_bar(
        x=[length_ms], base=[start.isoformat()], y=[name], orientation="h", marker=marker, width=0.5,
        opacity=0.4 if faint else 1.0,
    )  # fmt: skip


def _expected(view: View, case: Mapping[str, Any]) -> list[Component]:
    forecast, lines = case["forecast"], []
    if forecast is not None:
        lines.append(named(view, forecast["text"]))
        if forecast.get("late_chance") is not None:
            lines.append(view.text("approvals.late_chance", chance=forecast["late_chance"]))
    if case["forecast_state"] != "current":
        lines.append(view.text(f"approvals.forecast.{case['forecast_state']}"))
    if case["closed_at"] is None and case["late"] is not None:
        lines.append(named(view, case["late_rule"]))
    return [listed(lines)]


def _suspensions(view: View, case: Mapping[str, Any]) -> list[Component]:
    lang = view.lang
    if not case["suspensions"]:
        return [dmc.Text(say(lang, "suspension.none"))]
    lines = [
        {
            "id": str(at),
            "reason": reason_name(one["reason"], lang) or say(lang, "suspension.not_stated"),
            "basis": one["basis"] or say(lang, "suspension.not_stated"),
            "announced": one["announced_days"],
            "from": recorded(view, one["from_at"]),
            "to": recorded(view, one["to_at"]) if one["to_at"] else say(lang, "suspension.lasts"),
            "days": one["days"],
            "counted": say(lang, "suspension.yes") if one["left_out"] else say(lang, f"flag.{one['why_not']}"),
        }
        for at, one in enumerate(case["suspensions"])
    ]
    kinds: dict[str, Kind] = {"announced": "number", "days": "number"}
    columns = [
        Column(name, say(lang, f"column.{name}"), kinds.get(name, "text"), least_px=140)
        for name in ("reason", "basis", "from", "to", "announced", "days", "counted")
    ]
    label = say(lang, "section.suspensions")
    return [grid(view, "approvals-suspensions", columns, lines, label=label, height=140 + 42 * len(lines))]


def _flags(view: View, case: Mapping[str, Any]) -> list[Component]:
    if not case["flags"]:
        return []
    return [section(say(view.lang, "section.flags"), listed([named(view, one) for one in case["flags"]]))]


def _history(view: View, case: Mapping[str, Any]) -> Component:
    lang, verbatim = view.lang, of_zone(view)
    lines = [
        {
            "id": str(at),
            "at": _when(view, one),
            "what": (what := capital(event_name(one["kind"], one["activity"], lang))),
            "what_lang": "zh-CN" if lang == "en" and is_han(what) else "",
            "office": office_name(one["office"], lang),
            "details": _details(view, one["values"], verbatim=verbatim),
            "received": moment(view, one["received_at"]),
        }
        for at, one in enumerate(case["history"])
    ]
    columns = [
        Column("at", say(lang, "column.at"), least_px=185),
        Column("what", say(lang, "column.what"), least_px=150, lang_of="what_lang"),
        Column("office", say(lang, "column.office"), least_px=190),
        Column("details", say(lang, "column.details"), least_px=320),
        Column("received", view.text("approvals.column.received"), least_px=185),
    ]
    label = say(lang, "section.history")
    table = grid(view, "approvals-history", columns, lines, label=label, height=min(520, 140 + 42 * len(lines)))
    if lang == "zh" or not any(is_han(f"{one['what']}{one['details']}") for one in lines):
        return table
    return dmc.Stack([table, dmc.Text(say(lang, "history.own_words"), size="sm", className="quiet")])


def _when(view: View, one: Mapping[str, Any]) -> str:
    if one["at"] is None:
        text = str(one["at_text"])
        key = "history.no_time" if text else "history.no_time_at_all"
        return say(view.lang, key, text=text)
    return day(view, read(one["at"])) if one["whole_day"] else recorded(view, one["at"])


def _details(view: View, values: Mapping[str, str], *, verbatim: bool) -> str:
    named: Sequence[str] = [name for name in VALUES if values.get(name)]
    texts = [
        say(view.lang, f"value.{name}", value=value_text(name, values[name], view.lang, verbatim=verbatim))
        for name in named
    ]
    return ("；" if view.lang == "zh" else "; ").join(texts)
