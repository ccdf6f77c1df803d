"""Pages and files of approvals: a case, and the statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlencode

from models.approvals.forecast import approvals_sentences
from models.approvals.page import case_page
from models.approvals.statistics_files import statistics_csv, statistics_xlsx
from models.approvals.statistics_page import StatisticsLinks, statistics_page
from models.chain.node_view import Language
from serving.approvals.schemas import said
from serving.approvals.service import SIMULATED, ApprovalsService, SeenCase

EXPLAINED = ("earlier", "being_made", "no_date", "not_packed")  # states of a forecast that the page explains
OTHER: Mapping[Language, Language] = {"zh": "en", "en": "zh"}


def page_of_case(service: ApprovalsService, seen: SeenCase, lang: Language) -> str:
    """The page of a case: beside its date, whether that is an earlier one, and what says that it may be late."""
    forecast, state = service.outlook(seen)
    rule = service.late_rule()
    notes = [said(f"forecast.{state}")] if state in EXPLAINED else []
    if not seen.case.closed:
        if forecast is not None and forecast.get("late_chance") is not None:
            notes.append(said("late.chance", chance=forecast["late_chance"]))
            notes.append(approvals_sentences()[f"alert.{forecast['late_basis']}"].fill({}))
        if seen.row["late"] is not None:  # without a clock or a promise nothing may be late
            notes.append((rule["zh"], rule["en"]))
    return case_page(
        seen.case.table,
        seen.case.index,
        lang,
        forecast=() if forecast is None else forecast,
        notes=notes,
        verbatim=seen.verbatim,
        simulated=seen.case.source == SIMULATED,
        other_language=_address("page.html", {"source": seen.case.source}, OTHER[lang]),
    )


def statistics_file(
    service: ApprovalsService, viewer: str | None, query: Mapping[str, str], form: str, lang: Language, now: dt.datetime
) -> str | bytes:
    """The statistics as a page, CSV or XLSX."""
    made = service.statistics(viewer, now, query, now)
    if form == "table.csv":
        return statistics_csv(made, lang)
    if form == "table.xlsx":
        return statistics_xlsx(made, lang)
    links = StatisticsLinks(
        lambda kind: _address(f"table.{kind}", query, lang),
        lambda by: _address("page.html", {**query, "by": by}, lang),
        _address("page.html", query, OTHER[lang]),
    )
    return statistics_page(made, lang, links)


def _address(name: str, query: Mapping[str, str], lang: Language) -> str:
    return f"{name}?{urlencode({**query, 'lang': lang})}"
