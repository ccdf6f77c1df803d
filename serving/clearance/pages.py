"""Pages and files of one declaration: its state with the timeline, and its sheet."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from data.clearance.records import ENTRY_ID, SEQ_NO
from data.texts.sentences import label, sentence
from models.chain.node_view import Language
from models.clearance.reports.gather import gather
from models.clearance.reports.groups import OWN_ROWS, PUBLIC
from models.clearance.reports.lists import TABLES, Table, csv_of, xlsx_of
from models.clearance.reports.page import ReportLinks, page_of
from models.clearance.reports.query import ReportError, ReportQuery
from models.clearance.sheet.html import sheet_html
from models.clearance.sheet.pdf import sheet_pdf
from models.clearance.timeline import beijing, timeline_html
from serving.clearance.service import ClearanceService, Seen, allowed_text
from serving.contract.refusals import Fault, Refusal

# Elements of a declaration that are empty until customs has given the number.
GIVEN_BY_CUSTOMS = {"SeqNo": SEQ_NO, "EntryId": ENTRY_ID}
STYLE = """
body{font:16px/1.5 "Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1b2733}
body{margin:1rem auto;max-width:60rem;padding:0 1rem} h1{font-size:1.3rem}
table{border-collapse:collapse;width:100%} td,th{border-bottom:1px solid #ccd5de;padding:.35rem .5rem;text-align:left}
.simulated,.unconfirmed{background:#fff3cd;padding:.4rem .6rem;border-left:4px solid #b8860b}
.wide{overflow-x:auto} svg{max-width:100%;height:auto}
"""


def declaration_page(
    seen: Seen, forecast: Sequence[dict[str, Any]], lang: Language, known_at: dt.datetime | None = None
) -> str:
    """The page of a declaration; no script, nothing loaded.

    known_at : until when ``seen`` holds what arrived, where it is not everything
    """
    words = {name: _say(f"clearance.page.{name}", lang) for name in ("title", "simulated", "unconfirmed", "expected")}
    parts = [f"<h1>{words['title']} {html.escape(seen.number)}</h1>"]
    if known_at is not None:
        zh, en = sentence("clearance.page.known", at=beijing(known_at.replace(microsecond=0)))
        parts.append(f'<p class="unconfirmed">{html.escape(zh if lang == "zh" else en)}</p>')
    if seen.simulated:
        parts.append(f'<p class="simulated">{words["simulated"]}</p>')
    if not seen.confirmed:
        parts.append(f'<p class="unconfirmed">{words["unconfirmed"]}</p>')
    if seen.state is None:
        parts.append(f"<p>{_say('clearance.page.sent', lang)}</p>")
    else:
        parts.append(f'<div class="wide">{timeline_html(seen.state, lang, received=seen.received())}</div>')
    if forecast:
        lines = "".join(f"<li>{html.escape(str(one['text'][lang]))}</li>" for one in forecast)
        parts.append(f"<h2>{words['expected']}</h2><ul>{lines}</ul>")
        if any(one["learned_from"] == "simulated" for one in forecast):
            parts.append(f'<p class="simulated">{_say("clearance.page.learned", lang)}</p>')
    if seen.declaration is not None:
        links = ((f"sheet.{form}?lang={lang}", _say(f"clearance.page.sheet_{form}", lang)) for form in ("html", "pdf"))
        parts.append("<p>" + " · ".join(f'<a href="{where}">{text}</a>' for where, text in links) + "</p>")
    title = f"{words['title']} {html.escape(seen.number)}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    body = "".join(parts)
    return f'<!doctype html><html lang="{lang}"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>'


def sheet_file(service: ClearanceService, seen: Seen, form: str, lang: Language) -> str | bytes:
    """The sheet as HTML or PDF; raises a Refusal ``not-found`` where no message holds the declaration itself."""
    declaration = seen.declaration
    if declaration is None or declaration.dialect != "single_window":
        allowed = label("clearance.allowed.sheet")
        raise Refusal("not-found", faults=[Fault("number", seen.number[:40], allowed)])
    given = {element: _first(seen, kind) for element, kind in GIVEN_BY_CUSTOMS.items()}
    head = {**declaration.head, **{name: number for name, number in given.items() if number}}
    declaration = replace(declaration, head=head)
    make = sheet_html if form == "html" else sheet_pdf
    findings, day = service.findings(seen), service.day_of(seen)
    return make(declaration, service.codes, findings, lang, today=day, simulated=seen.simulated)


def _first(seen: Seen, kind: str) -> str:
    """The number of a kind, where the declaration has exactly one."""
    numbers = [number for name, number in seen.keys if name == kind]
    return numbers[0] if len(numbers) == 1 else ""


def report_file(
    service: ClearanceService, viewer: str | None, query: Mapping[str, str], form: str, lang: Language
) -> str | bytes:
    """The report over the declarations that the viewer may see; raises a Refusal where the query cannot be read."""
    table = service.declarations(viewer).declarations
    disclosure = PUBLIC if viewer is None else OWN_ROWS
    try:
        read = ReportQuery.read({name: value for name, value in query.items() if name != "table"})
        made = gather(table, read, lang, disclosure=disclosure)
        if form == "table.csv":
            return csv_of(made, _table(query))
        if form == "table.xlsx":
            return xlsx_of(made)
        other: Language = "en" if lang == "zh" else "zh"
        links = ReportLinks(lambda name, kind: _link(query, lang, name, kind), _link(query, other, "", "html"))
        return page_of(made, links)
    except ReportError as fault:
        raise Refusal.invalid(
            Fault(fault.key, fault.found, allowed_text("report", fault.key, fault.allowed))
        ) from fault


def _table(query: Mapping[str, str]) -> Table:
    name = query.get("table", TABLES[0])
    if name not in TABLES:
        raise ReportError("table", name, ", ".join(TABLES))
    return name


def _link(query: Mapping[str, str], lang: Language, table: str, kind: str) -> str | None:
    if kind not in ("html", "csv", "xlsx"):
        return None
    members = {name: value for name, value in query.items() if name != "table"} | {"lang": lang}
    if kind == "csv":
        members["table"] = table
    return f"{'page' if kind == 'html' else 'table'}.{kind}?{urlencode(members)}"


def _say(key: str, lang: Language) -> str:
    zh, en = label(key)
    return html.escape(zh if lang == "zh" else en)
