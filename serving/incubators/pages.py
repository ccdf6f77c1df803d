"""The report of the registry as a page and as files; ``models.incubators`` draws them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

from data.incubators.tables import QUARANTINE
from data.texts.sentences import sentence
from models.chain.node_view import Language
from models.incubators.gathered import Gathered, gather
from models.incubators.incubator_page import incubator_page
from models.incubators.lists import TABLES, csv_of, xlsx_of
from models.incubators.page import ReportLinks, page_of
from serving.contract.refusals import Fault, Refusal
from serving.incubators.answers import incubator_answer
from serving.incubators.service import IncubatorsService, SeenIncubator, by_rules, check_since


def statistics_file(
    service: IncubatorsService, form: str, table: str, lang: Language, on: dt.date | None, since: dt.date | None
) -> str | bytes:
    """The report: page.html, table.csv of one table, or table.xlsx with all.

    Made once for the registry and the quarantine as they are.

    raises : Refusal ``invalid-request`` for an unknown table
    """
    state = service.state()
    day, refused = service.day(state, on), service.newest_refused()
    if table not in TABLES:
        raise Refusal.invalid(Fault("table", table[:40], sentence("fault.one_of", list=list(TABLES))))

    def gathered() -> Gathered:
        rows = service.quarantine(state)[list(QUARANTINE)]
        return gather(state.registry, day, "zh", since=since, quarantine=rows)

    def made() -> str | bytes:
        report = replace(state.computed.once(("gathered", refused, day, since), gathered), lang=lang)
        if form == "page.html":
            return page_of(report, _links(lang, on, since))
        return xlsx_of(report) if form == "table.xlsx" else csv_of(report, table)

    check_since(since, day)
    with by_rules(day):
        return state.computed.once((form, table, refused, day, since, lang, on), made)


def page_of_incubator(service: IncubatorsService, seen: SeenIncubator, lang: Language) -> str:
    """An incubator's page; an enterprise gets what it may see of it, without recognition and history."""
    recognition = None
    if seen.viewer is None and founded(seen):
        with suppress(Refusal):  # no rule was in force
            recognition = service.recognition(seen, None, None)
    query = {"lang": "en" if lang == "zh" else "zh", "on": seen.on.isoformat()}
    query |= {} if seen.known_at is None else {"known_at": seen.known_at.isoformat()}
    return incubator_page(incubator_answer(service, seen), recognition, lang, f"page.html?{urlencode(query)}")


def founded(seen: SeenIncubator) -> bool:
    """Whether the incubator was founded by the day of the page."""
    rows = seen.state.registry.incubators
    return bool((rows.loc[rows["incubator_id"] == seen.incubator_id, "founded_on"].dt.date <= seen.on).any())


def _links(lang: Language, on: dt.date | None, since: dt.date | None) -> ReportLinks:
    days = {name: day.isoformat() for name, day in (("on", on), ("since", since)) if day is not None}

    def export(table: str, kind: str) -> str:
        more = {"table": table} if kind == "csv" else {}
        return f"table.{kind}?{urlencode({'lang': lang} | days | more)}"

    other = "en" if lang == "zh" else "zh"
    return ReportLinks(export, f"page.html?{urlencode({'lang': other} | days)}")
