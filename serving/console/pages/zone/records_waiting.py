"""What of declarations, cases and incubators waits for the zone, and what of its own for an enterprise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from serving.console.api import Refused
from serving.console.page import Console, View, Waiting
from serving.console.pages.zone.clearance import is_late
from serving.console.pages.zone.record_parts import FIRM, MOST, ZONE
from serving.contract.refusals import Refusal

UNCLEAR = ("contradictory", "exception")
FIRMS_TURN = ("rejected", "tax_due", "documents_due", "inspection")  # statuses in which the declarant has to act
FILED_BY = (1, 31)  # month and day by which the report of the year before is to be there


def of_zone(view: View) -> list[Waiting]:
    """Cases past their promise or near it, alerts, what is contradictory or was refused, reports that are missing."""
    lamps = _or(lambda: view.api.get("/v1/approvals/lamps", ended="no")["lamps"], {})
    by_status = _or(lambda: view.api.get("/v1/clearance/declarations", count=1)["by_status"], {})
    return [
        _one(view, "late", lamps.get("red", 0), view.href("/approvals", lamp="red")),
        _one(view, "near", lamps.get("yellow", 0), view.href("/approvals", lamp="yellow")),
        _one(view, "case_alerts", _alerts(view, "/v1/approvals/alerts"), view.href("/approvals")),
        _one(view, "alerts", _alerts(view, "/v1/clearance/alerts"), view.href("/clearance")),
        _one(view, "unclear", sum(by_status.get(one, 0) for one in UNCLEAR),
             view.href("/clearance", status="contradictory" if by_status.get("contradictory") else "exception")),
        _one(view, "refused", _count(view, "/v1/clearance/refused"), view.href("/clearance")),
        _one(view, "quarantined", _count(view, "/v1/approvals/quarantine"), view.href("/approvals/intake")),
        _one(view, "no_report", len(without_report(view)), view.href("/incubators")),
        _one(view, "not_taken", _count(view, "/v1/incubators/quarantine"), view.href("/incubators/quarantine")),
    ]  # fmt: skip


def of_firm(view: View) -> list[Waiting]:
    """Its cases whose papers were sent back or that are late, and its declarations in which it has to act."""
    cases = _rows(view, "/v1/approvals/cases", ended="no")
    declarations = _rows(view, "/v1/clearance/declarations")
    now = view.state.worker.service.clock.now()
    acting = {one: sum(row["clearance_status"] == one for row in declarations) for one in FIRMS_TURN}
    status = next((one for one in FIRMS_TURN if acting[one]), FIRMS_TURN[0])
    in_correction = sum(one["status"] == "in_correction" for one in cases)
    return [
        _one(view, "corrections", in_correction, view.href("/approvals", status="in_correction")),
        _one(view, "own_late", sum(one["lamp"] == "red" for one in cases), view.href("/approvals", lamp="red")),
        _one(view, "acting", sum(acting.values()), view.href("/clearance", status=status)),
        _one(view, "alerts", _alerts(view, "/v1/clearance/alerts"), view.href("/clearance")),
        _one(view, "own_slow", sum(is_late(one, now) for one in declarations), view.href("/clearance")),
    ]


def without_report(view: View) -> list[str]:
    """Incubators without a report of the last year that is due: from 1 February on, that of the year before."""
    try:
        service = view.state.incubators
        registry, today = service.state().registry, service.today()
    except Refusal:
        return []
    return missing_reports(registry.incubators, registry.reports, today)


def missing_reports(incubators: pd.DataFrame, reports: pd.DataFrame, today: dt.date) -> list[str]:
    """Identifiers of incubators that were founded by the last day due and have no report that covers it, sorted.

    incubators : incubator_id, founded_on; reports : incubator_id, period_to
    """
    due = pd.Timestamp(year=today.year - (1 if (today.month, today.day) > FILED_BY else 2), month=12, day=31)
    there = set(reports.loc[reports["period_to"] >= due, "incubator_id"])
    names = incubators.loc[incubators["founded_on"] <= due, "incubator_id"]
    return sorted(str(name) for name in names if name not in there)


def register(console: Console) -> None:
    """Add both lists."""
    console.waiting(ZONE, of_zone)
    console.waiting(FIRM, of_firm)


def _one(view: View, key: str, count: int, href: str) -> Waiting:
    return Waiting(view.text(f"records.waiting.{key}"), count, href)


def _alerts(view: View, route: str) -> int:
    return _or(lambda: len(view.api.get(route)["alerts"]), 0)


def _count(view: View, route: str) -> int:
    return _or(lambda: int(view.api.get(route, **({} if "refused" in route else {"count": 0}))["count"]), 0)


def _rows(view: View, route: str, **query: str) -> Sequence[Any]:
    return _or(lambda: view.api.get(route, count=MOST, **query)["rows"], [])


def _or(make: Callable[[], Any], nothing: Any) -> Any:
    """What the API gives; nothing where the release comes without that capability or the person may not have it."""
    with suppress(Refused):
        return make()
    return nothing
