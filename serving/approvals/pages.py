"""Pages and files of approvals: a case, and the statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from models.approvals.page import case_page
from models.chain.node_view import Language
from serving.approvals.schemas import said
from serving.approvals.service import SIMULATED, ApprovalsService, SeenCase

EXPLAINED = ("earlier", "being_made", "no_date", "not_packed")  # states of a forecast that the page explains


def page_of_case(service: ApprovalsService, seen: SeenCase, lang: Language) -> str:
    """The page of a case: below its date, whether that is an earlier one, and what says that it may be late."""
    forecast, state = service.outlook(seen)
    shown: list[dict[str, Any]] = [] if forecast is None else [forecast]
    if state in EXPLAINED:
        shown.append({"text": dict(zip(("zh", "en"), said(f"forecast.{state}"), strict=True))})
    shown.append({"text": service.late_rule()})
    other = urlencode({"lang": "en" if lang == "zh" else "zh", "source": seen.case.source})
    return case_page(
        seen.case.table, seen.case.index, lang, forecast=shown, simulated=seen.case.source == SIMULATED,
        other_language=f"page.html?{other}",
    )  # fmt: skip


def statistics_file(
    service: ApprovalsService, viewer: str | None, query: Mapping[str, str], form: str, lang: Language, now: dt.datetime
) -> str | bytes:
    """The statistics as a page, CSV or XLSX."""
    made = service.statistics(viewer, now, query, now)
    if form == "table.csv":
        return statistics_csv(made, lang)
    if form == "table.xlsx":
        return statistics_xlsx(made, lang)
    return statistics_page(made, lang)
