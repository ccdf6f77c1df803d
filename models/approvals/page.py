"""The page of a case: what, where, its lamp in words, the three clocks as a picture, suspensions, flags, history.

One HTML document that needs no script and nothing else. Officers are on no page, and of the values of an event only
those that the record of its kind names; the attributes of an imported log stay out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from data.beijing import BEIJING_ZONE
from data.texts.figures import Text
from models.approvals.cases import CaseTable, SuspensionView
from models.approvals.clock_notes import allowed_days, clock_notes
from models.approvals.clock_picture import NARROW, WIDE, Bar, ClockPicture, draw
from models.approvals.expected_late import expected_late
from models.approvals.state import CaseState, HistoryRow
from models.approvals.texts import (
    VALUES,
    days_text,
    event_name,
    flag_text,
    is_han,
    lamp_text,
    length_text,
    office_name,
    reason_name,
    say,
    status_name,
    value_text,
)
from models.chain.node_view import Language
from models.chain.pages.html import (
    BANNER_STYLE,
    CAPTION_STYLE,
    DRAWN_STYLE,
    Links,
    document,
    drawn,
    section,
    table,
    text,
)

DASH = "–"
# Each lamp has a shape of its own beside its word and its colour.
SHAPES = {"green": "●", "yellow": "▲", "red": "■", "none": "○"}
COLOURS = {"green": "potential", "yellow": "near", "red": "risk"}
_STYLE = (
    f"<style>{DRAWN_STYLE}{BANNER_STYLE}{CAPTION_STYLE}:root{{--near:#8a5a00}}"
    "@media screen and (prefers-color-scheme:dark){:root{--near:#f0c36a}}.near{color:var(--near)}"
    ".lamp{font-size:1.15rem;font-weight:700}dl.facts{display:grid;gap:.5rem 1.4rem;margin:.6rem 0;"
    "grid-template-columns:repeat(auto-fill,minmax(210px,1fr))}dl.facts dt{color:var(--quiet);font-size:.9rem}"
    "dl.facts dd{margin:0;overflow-wrap:anywhere}</style>"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """A case in one language."""

    cases: CaseTable
    index: int
    row: Mapping[str, Any]
    clock: Mapping[str, Any]
    state: CaseState
    lang: Language
    verbatim: bool

    def value(self, name: str, value: str) -> str:
        return value_text(name, value, self.lang, verbatim=self.verbatim)

    def say(self, key: str, **figures: Any) -> str:
        return say(self.lang, key, **figures)

    def local(self, at: dt.datetime | str | None) -> str:
        """An instant as it is read in the zone of the calendar, its day alone at midnight; a dash for none."""
        if at is None:
            return DASH
        instant = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
        local = instant.astimezone(self.cases.calendar.zone)
        return f"{local:%Y-%m-%d}" if local.time() == dt.time() else f"{local:%Y-%m-%d %H:%M}"

    def day(self, at: dt.datetime | str | None) -> dt.date | None:
        """The local day of an instant."""
        return None if at is None else dt.date.fromisoformat(self.local(at)[:10])

    @property
    def last_day(self) -> dt.date:
        """The day of the end, or on which a running case is looked at."""
        found = self.day(self.row["closed_at"] if self.row["is_closed"] else self.cases.now)
        return found or dt.date.fromisoformat(self.local(self.cases.now)[:10])


def case_page(
    cases: CaseTable, index: int | str, lang: Language, *,
    forecast: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (), notes: Sequence[Text] = (),
    simulated: bool = False, verbatim: bool = False, other_language: str | None = None,
) -> str:  # fmt: skip
    """The page of one case.

    index : row of the table, or its case number; forecast : members low_at, median_at, high_at (ISO 8601 in UTC) and
    text by language, of one or more forecasts; notes : what else is said of when it will end, Chinese and English
    simulated : its events are; verbatim : also texts that a log has where a time or an outcome belongs, else their
    length; other_language : address of this page in it
    raises : KeyError for an unknown case number
    """
    at = cases.index(index) if isinstance(index, str) else index
    page = _Page(cases, at, cases.row(at), cases.clock(at), cases.state(at), lang, verbatim)
    given = [forecast] if isinstance(forecast, Mapping) else list(forecast)
    body = [_STYLE + _banners(page, simulated=simulated), _summary(page), _clocks(page, given)]
    body += [_expected(page, given, notes), _suspensions(page), _flags(page, given), _history(page), _method(page)]
    above = text(page.say("above", item=_item(page)))
    title = page.say("title", number=page.row["case_number"])
    return document(lang, title, above, body, Links(other_language=other_language))


def _banners(page: _Page, *, simulated: bool) -> str:
    said = {
        "simulated": simulated, "synthetic": page.row["synthetic"],
        "contradictory": page.row["status"] == "contradictory",
    }  # fmt: skip
    return "".join(f'<p class="banner risk">{text(page.say(key))}</p>' for key, shown in said.items() if shown)


def _item(page: _Page) -> str:
    return page.row[f"item_{page.lang}"] or page.say("no_item")


def _summary(page: _Page) -> str:
    row, lamp = page.row, page.row["lamp"]
    kind = "quiet" if lamp == "none" else f"lamp {COLOURS[lamp]}"
    shown = f'<span class="{kind}"><span aria-hidden="true">{SHAPES[lamp]}</span> '
    facts = [
        ("status", text(status_name(row["status"], page.lang))),
        ("lamp", f"{shown}{text(lamp_text(row, page.lang))}</span>"),
        ("item", text(_item(page))),
        ("handling", text(page.say(f"handling.{row['handling']}")) if row["handling"] else DASH),
        ("office", text(office_name(row["office"], page.lang) or DASH)),
        ("department", text(office_name(row["department"], page.lang) or DASH)),
        *((name, page.local(row[name])) for name in ("applied_at", "accepted_at", "decided_at", "delivered_at")),
    ]
    if row["outcome"]:
        facts.append(("outcome", text(page.value("outcome", row["outcome"]))))
    if row["delivery_due_on"]:
        facts.append(("delivery_due_on", row["delivery_due_on"]))
    shown = "".join(f"<div><dt>{text(page.say(f'fact.{key}'))}</dt><dd>{value}</dd></div>" for key, value in facts)
    return section("summary", text(page.say("section.summary")), f'<dl class="facts">{shown}</dl>')


def _clocks(page: _Page, forecast: Sequence[Mapping[str, Any]]) -> str:
    row, parts = page.row, list[str]()
    picture = _picture(page, forecast)
    if picture is not None:
        broad, slim = draw(picture, WIDE), draw(picture, NARROW)
        parts.append(drawn(broad, slim, text(page.say("picture.legend"))))
    notes = []
    if row["started_on"] is None:
        notes.append(page.say("clock.not_begun"))
    else:
        parts.append(_clock_table(page))
        if row["acceptance_basis"] == "deemed":
            notes.append(page.say("clock.deemed", day=row["started_on"]))
        if page.clock["extension"] == "counted":
            notes.append(page.say("clock.extended"))
        notes += clock_notes(
            row, page.clock, page.last_day, page.cases.calendar, page.lang,
            by_deadline=page.state.promised_due_on is not None,
        )  # fmt: skip
    if row["provisional"]:
        notes.append(page.say("clock.provisional"))
    parts += [f"<p>{text(note)}</p>" for note in notes]
    return section("clocks", text(page.say("section.clocks")), *parts)


def _clock_table(page: _Page) -> str:
    rows = []
    for name in ("statutory", "promised"):
        one = page.clock[name]
        days = {key: days_text(one[f"{key}_days"], one["unit"], page.lang) for key in ("used", "suspended", "left")}
        rows.append([
            text(page.say(f"clock.{name}")), text(_allowed(page, name)), days["used"],
            days["suspended"], days["left"], text(_due(page, name)),
        ])  # fmt: skip
    key = "clock.ended" if page.row["is_closed"] else "clock.running"
    rows.append([
        text(page.say("clock.actual")), DASH, text(_both(page, "actual")), text(_both(page, "suspended")), DASH,
        text(page.say(key, day=page.last_day.isoformat())),
    ])  # fmt: skip
    heads = [text(page.say(f"column.{key}")) for key in ("clock", "allowed", "used", "suspended", "left", "due_on")]
    return table(text(page.say("section.clocks")), heads, rows, ["keep"] * len(heads))


def _allowed(page: _Page, name: str) -> str:
    """The days of a clock, with those of an extension that counts."""
    allowed, added = allowed_days(page.clock, name, page.row["extension_days"])
    days = days_text(allowed, page.clock[name]["unit"], page.lang)
    return page.say("days.extended", days=days, added=added) if added else days


def _due(page: _Page, name: str) -> str:
    """The due day of a clock in words."""
    one = page.clock[name]
    if one["due_on"] is None:
        return DASH if one["days"] is None else page.say("due.suspended")
    if name == "promised" and page.state.promised_due_on is not None:
        return f"{one['due_on']} · {page.say('due.deadline')}"
    return str(one["due_on"])


def _both(page: _Page, what: str) -> str:
    """Working and calendar days of the actual clock."""
    days = {unit: days_text(page.row[f"{what}_{unit}_days"], unit, page.lang) for unit in ("working", "calendar")}
    return page.say("days.both", **days)


def _picture(page: _Page, forecast: Sequence[Mapping[str, Any]]) -> ClockPicture | None:
    """The three clocks on one axis; None where no day can be drawn."""
    row = page.row
    begun = row["started_on"] is not None
    first = dt.date.fromisoformat(row["started_on"]) if begun else page.day(row["first_at"])
    if first is None or first > page.last_day or row["status"] == "contradictory":
        return None
    bars, due = list[Bar](), list[tuple[str, dt.date]]()
    for name in ("statutory", "promised"):
        one = page.clock[name]
        day = None if one["due_on"] is None else dt.date.fromisoformat(one["due_on"])
        if day is not None and day < first:
            continue
        if day is None and (one["days"] is None or not begun):
            continue
        shown = page.say("picture.open") if day is None else day.isoformat()
        named = name == "promised" and page.state.promised_due_on is not None
        allowed = _allowed(page, name)
        words = page.say("picture.deadline", due=shown) if named else page.say(
            f"picture.{name}", allowed=allowed, due=shown
        )  # fmt: skip
        bars.append(Bar(name, words, first, day))
        if day is not None:
            due.append((name, day))
    if not begun and not due:
        return None
    when = page.say("clock.ended" if row["is_closed"] else "clock.running", day=page.last_day.isoformat())
    used = page.say("picture.actual", used=_both(page, "actual"), when=when) if begun else page.say(
        "picture.actual_plain", when=when
    )  # fmt: skip
    promised = dict(due).get("promised")
    past = None if promised is None else promised + dt.timedelta(days=1)
    bars.append(Bar("used", used, first, page.last_day, past))
    stops = [(one.first_day, one.last_day) for one in page.cases.suspensions(page.index)]
    days, words = _interval(page, forecast)
    title = page.say(
        "picture.title", number=row["case_number"], status=status_name(row["status"], page.lang),
        lamp=lamp_text(row, page.lang),
    )  # fmt: skip
    return ClockPicture(title, bars, [(a, b) for a, b in stops if a is not None and b is not None], due, days, words)


def _interval(
    page: _Page, forecast: Sequence[Mapping[str, Any]]
) -> tuple[tuple[dt.date, dt.date, dt.date] | None, str]:
    """Earliest, median and latest day of the first forecast of a running case, and its text."""
    if not forecast or page.row["is_closed"]:
        return None, ""
    days = [page.day(forecast[0].get(f"{name}_at")) for name in ("low", "median", "high")]
    low, median, high = days
    if low is None or median is None or high is None:
        return None, ""
    words = page.say("picture.forecast", median=median.isoformat(), low=low.isoformat(), high=high.isoformat())
    return (low, median, high), words


def _expected(page: _Page, forecast: Sequence[Mapping[str, Any]], notes: Sequence[Text]) -> str:
    """The sentences of the forecasts of a running case, and the notes."""
    if page.row["is_closed"]:
        return ""
    said = [*(one["text"][page.lang] for one in forecast), *(note[page.lang == "en"] for note in notes)]
    lines = "".join(f"<p>{text(line)}</p>" for line in said)
    return section("forecast", text(page.say("section.forecast")), lines) if said else ""


def _suspensions(page: _Page) -> str:
    found = page.cases.suspensions(page.index)
    title = text(page.say("section.suspensions"))
    if not found:
        return section("suspensions", title, f"<p>{text(page.say('suspension.none'))}</p>")
    keys = ("reason", "basis", "announced", "from", "to", "days", "counted")
    heads = [text(page.say(f"column.{key}")) for key in keys]
    rows = [[text(cell) for cell in _suspension(page, one)] for one in found]
    return section("suspensions", title, table(title, heads, rows, ("keep", "w", "", "keep", "keep", "n", "w")))


def _suspension(page: _Page, one: SuspensionView) -> list[str]:
    missing = page.say("suspension.not_stated")
    why = page.say("suspension.yes") if one.left_out else flag_text(one.why_not, page.lang)
    announced = missing if one.announced_days is None else str(one.announced_days)
    lasts = page.say("suspension.lasts") if one.to_at is None else page.local(one.to_at)
    return [reason_name(one.reason, page.lang) or missing, one.basis or missing, announced, page.local(one.from_at),
            lasts, str(one.days), why]  # fmt: skip


def _flags(page: _Page, forecast: Sequence[Mapping[str, Any]]) -> str:
    said = [flag_text(code, page.lang) for code in page.row["flags"].split(";") if code]
    code, late = expected_late(page.row, forecast[0] if forecast else None, page.cases.calendar.zone)
    said = [late[page.lang == "en"], *said] if code else said
    title = text(page.say("section.flags"))
    lines = "".join(f"<li>{text(line)}</li>" for line in said)
    return section("flags", title, f"<ul>{lines}</ul>" if said else f"<p>{text(page.say('flags.none'))}</p>")


def _history(page: _Page) -> str:
    heads = [text(page.say(f"column.{key}")) for key in ("at", "what", "office", "details", "marks")]
    given = [_event(page, row) for row in page.state.history]
    rows = [[text(at), _worded(page, what), *map(text, rest)] for at, what, *rest in given]
    title = text(page.say("section.history"))
    is_own = page.lang == "en" and any(is_han(cell) for row in given for cell in row)
    note = f'<p class="quiet">{text(page.say("history.own_words"))}</p>' if is_own else ""
    return section("history", title, table(title, heads, rows, ("keep", "w", "keep", "w", "w")), note)


def _worded(page: _Page, words: str) -> str:
    """A name as HTML, marked where it is not in the language of the page."""
    return f'<span lang="zh-CN">{text(words)}</span>' if page.lang == "en" and is_han(words) else text(words)


def _event(page: _Page, row: HistoryRow) -> list[str]:
    if row.at is None:
        at_text = row.at_text if page.verbatim else length_text(row.at_text, page.lang)
        at = page.say("history.no_time", text=at_text) if row.at_text else page.say("history.no_time_at_all")
    else:
        at = page.local(row.at)
    what = event_name(row.kind, row.activity, page.lang)
    given = dict(row.values)
    details = "；".join if page.lang == "zh" else "; ".join
    marks = details(flag_text(mark, page.lang) for mark in row.marks)
    shown = [page.say(f"value.{name}", value=page.value(name, given[name])) for name in VALUES if given.get(name)]
    return [at, what, office_name(row.office, page.lang), details(shown), marks]


def _method(page: _Page) -> str:
    keys, zone = ("start", "days", "suspended", "lamp", "order"), page.cases.calendar.zone
    named = zone.key if isinstance(zone, ZoneInfo) else str(zone)
    named = page.say("zone.beijing") if named == BEIJING_ZONE else named
    zoned = page.say("method.zone", zone=named, instant=page.local(page.cases.now))
    lines = "".join(f"<li>{text(line)}</li>" for line in (*(page.say(f"method.{key}") for key in keys), zoned))
    return section("method", text(page.say("section.method")), f"<ul>{lines}</ul>")
