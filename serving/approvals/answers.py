"""Cases, items and statistics as they are answered. No answer names an officer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data.approvals.catalogue import Item, department_name
from data.approvals.kinds import statuses
from data.beijing import BEIJING_ZONE
from data.codebook import reference_path
from data.ingest.case_logs.read import CaseLog
from data.ingest.case_logs.texts import refusal_text
from data.texts.sentences import read_sentences
from models.approvals.expected_late import expected_late
from models.approvals.state import HistoryRow
from models.approvals.texts import is_free_text, length_text
from serving.approvals.board import Cases
from serving.approvals.queries import LAMPS, CaseQuery
from serving.approvals.schemas import VALUES, ReadEvents
from serving.approvals.service import INVALID, SIMULATED, ApprovalsService, SeenCase
from serving.approvals.store import Received, RefusedRow

# Values of events that are shown: an imported log may hold more, and a person among them.
SHOWN = frozenset({"activity", "deadline", *(name for members in VALUES.values() for name in members)})
LISTED = (
    "source", "item", "item_zh", "item_en", "office", "handling", "status", "lamp", "applied_at", "accepted_at",
    "closed_at", "statutory_due_on", "promised_due_on", "promised_left_days", "late", "provisional",
)  # fmt: skip
OF_ROW = (
    "office", "department", "handling", "status", "outcome", "applied_at", "accepted_at", "decided_at", "delivered_at",
    "closed_at", "lamp", "late", "provisional", "delivery_due_on", "delivery_late",
)  # fmt: skip
CLOCKS = ("statutory", "promised", "actual")


def events_answer(read: ReadEvents, received: Received) -> dict[str, Any]:
    """What became of posted events."""
    return {
        "count": len(read.good) + len(read.refused),
        "new": received.new,
        "known": received.known,
        "refused": len(read.refused),
        "zone_assumed": read.zone_assumed,
        "quarantine": [
            {"position": one.position, "faults": [fault.as_dict() for fault in one.faults]} for one in read.refused
        ],
    }


def log_answer(log: CaseLog, received: Received) -> dict[str, Any]:
    """What became of a log."""
    return {
        "rows": log.n_rows,
        "new": received.new,
        "known": received.known,
        "duplicates": log.n_duplicates,
        "without_instant": log.without_instant,
        "quarantined": len(log.quarantine),
        "reasons": [
            {"reason": reason, "count": n} | dict(zip(("zh", "en"), refusal_text(reason), strict=True))
            for reason, n in log.reasons.items()
        ],
        "columns": dict(log.columns),
        "zone": log.zone,
    }


def listing(cases: Cases, query: CaseQuery, after: int, count: int, as_of: dt.datetime) -> dict[str, Any]:
    """Lines of the list, the latest accepted first."""
    rows = query.rows(cases.frame)
    ordered = rows.sort_values(["accepted_at", "case_number"], ascending=[False, True], na_position="last")
    return {
        "count": len(rows),
        "as_of": as_of.astimezone(dt.UTC),
        "rows": [
            {"number": row["case_number"], "simulated": row["source"] == SIMULATED or bool(row["synthetic"])}
            | {name: plain(name, row[name]) for name in LISTED}
            for row in ordered.iloc[after : after + count].to_dict("records")
        ],
    }


def lamps_answer(cases: Cases, query: CaseQuery, by: str, as_of: dt.datetime) -> dict[str, Any]:
    """How many cases have which lamp, of all that fit and by group, those with most red and then yellow lamps first."""
    rows = query.rows(cases.frame)
    counts = pd.crosstab(rows[by].fillna(""), rows["lamp"]).reindex(columns=list(LAMPS), fill_value=0)
    counts = counts.sort_values(["red", "yellow"], ascending=False, kind="stable")
    names = dict(zip(rows["item"], zip(rows["item_zh"], rows["item_en"], strict=True), strict=True))
    groups = []
    for key, row in counts.iterrows():
        zh, en = names[key] if by == "item" else department_name(str(key))
        groups.append({"key": key, "zh": zh, "en": en} | {lamp: int(row[lamp]) for lamp in LAMPS})
    return {
        "by": by,
        "as_of": as_of.astimezone(dt.UTC),
        "count": len(rows),
        "lamps": {lamp: int((rows["lamp"] == lamp).sum()) for lamp in LAMPS},
        "groups": groups,
        "simulated": bool(((rows["source"] == SIMULATED) | rows["synthetic"].astype(bool)).any()),
    }


def case_answer(service: ApprovalsService, seen: SeenCase) -> dict[str, Any]:
    """The state with its clocks, history and forecast."""
    case, row = seen.case, seen.row
    state, clock = case.table.state(case.index), case.table.clock(case.index)
    forecast, forecast_state = service.outlook(seen)
    status, received = statuses()[state.status], case.received
    return {
        "number": case.number,
        "source": case.source,
        "item": {"key": state.item, "zh": row["item_zh"], "en": row["item_en"]},
        "status_zh": status.zh,
        "status_en": status.en,
        "status_at": state.status_at,
        **{name: row[name] for name in OF_ROW},
        "outcome": _free("outcome", row["outcome"], verbatim=seen.verbatim),
        "clocks": {name: clock[name] for name in ("started_on", "acceptance_basis", *CLOCKS, "extension")},
        "suspensions": clock["suspensions"],
        "extensions": [_without_digest(one) for one in state.extensions],
        "history": [_history(one, received, verbatim=seen.verbatim) for one in state.history],
        "flags": _flags(seen, forecast),
        "forecast": forecast,
        "forecast_state": forecast_state,
        "late_rule": service.late_rule(),
        "count_of_events": state.n_events,
        "count_of_duplicates": state.n_duplicates,
        "now": seen.now.astimezone(dt.UTC),
        "known_at": (seen.known_at or seen.now).astimezone(dt.UTC),
        "until": seen.until,
        "simulated": simulated(seen),
    }


def simulated(seen: SeenCase) -> bool:
    """Whether a case is made up, or its item is."""
    return seen.case.source == SIMULATED or bool(seen.row["synthetic"])


def items_answer(service: ApprovalsService, day: dt.date) -> dict[str, Any]:
    """The catalogue of a day."""
    items = service.catalogue.get().on(day)
    return {
        "day": day,
        "count": len(items),
        "departments": len({item.department_before for item in items.values()}),
        "synthetic": any(item.synthetic for item in items.values()),
        "items": [_item(item, day) for _, item in sorted(items.items())],
    }


def reductions_answer(service: ApprovalsService, viewer: str | None, day: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Every reading of how much shorter times are than others, over the items of a day.

    Actual times are those of the cases as they were at the end of the day.
    """
    items = service.catalogue.get().on(day).values()
    at = dt.datetime.combine(day, dt.time.max, ZoneInfo(BEIJING_ZONE))
    made = service.statistics(viewer, now, {"by": "item"}, at)
    return {
        "day": day,
        "synthetic": any(item.synthetic for item in items),
        "count_of_items": made.n_items,
        "count_of_cases": int(made.table["n"].iloc[0]),
        "readings": [{"pair": pair} | asdict(one) for pair, one in made.reductions.items()],
    }


def statistics_answer(
    service: ApprovalsService, viewer: str | None, query: Mapping[str, str], now: dt.datetime
) -> dict[str, Any]:
    """Counts and times by group, with every reading of how much shorter they are."""
    return service.statistics(viewer, now, query, now).as_dict() | {"simulated": service.has_simulated(viewer, now)}


def alerts_answer(service: ApprovalsService, now: dt.datetime) -> dict[str, Any]:
    """The alerts of the day."""
    packed, made, found = service.alerts(now)
    return {
        "as_of": now.astimezone(dt.UTC),
        "daily_budget": packed.alerts.daily_budget,
        "learned_from": packed.model.learned_from,
        "forecast_state": service.forecast_state(made, now),
        "alerts": [
            one.as_dict() | dict(zip(("source", "case_number"), one.case_number.split("|", 1), strict=True))
            for one in found
        ],
    }


def quarantine_answer(service: ApprovalsService, after: int, count: int) -> dict[str, Any]:
    """What was not kept, the newest first, without its content."""
    rows = list(service.stores.get().quarantined())[::-1]
    return {"count": len(rows), "rows": [_quarantined(one) for one in rows[after : after + count]]}


def plain(name: str, value: Any) -> Any:
    """A cell of a table as JSON may hold it: missing values are null; a column that ends with _on holds days."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if name.endswith("_on") else value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def in_words(part: str, key: str) -> dict[str, str]:
    """A text of a file of sentences of approvals in both languages."""
    zh, en = read_sentences(reference_path(f"approvals/sentences_{part}.csv"))[key].fill({})
    return {"zh": zh, "en": en}


def _item(item: Item, day: dt.date) -> dict[str, Any]:
    office = item.department_on(day)
    zh, en = department_name(office)
    held = asdict(item) | {"department": office, "department_zh": zh, "department_en": en}
    held["valid_to"] = None if item.valid_to == dt.date.max else item.valid_to
    return held | {"suspension_reasons": list(item.suspension_reasons)}


def _flags(seen: SeenCase, forecast: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What a person should look at, an expected date after the promised day first."""
    code, (zh, en) = expected_late(seen.row, forecast, seen.case.table.calendar.zone)
    first = [{"code": code, "zh": zh, "en": en}] if code else []
    codes = [one for one in seen.row["flags"].split(";") if one]
    return first + [{"code": one} | in_words("cases", f"flag.{one}") for one in codes]


def _history(row: HistoryRow, received: Mapping[str, dt.datetime], *, verbatim: bool) -> dict[str, Any]:
    names = ("at", "whole_day", "kind", "zh", "en", "activity", "office")
    # An imported log may name in ``by`` the person who extended a period; only that it was the head is shown.
    values = {
        name: _free(name, value, verbatim=verbatim)
        for name, value in row.values
        if name in SHOWN and (name != "by" or value == "head")
    }
    is_plain = verbatim or row.at is not None or not row.at_text
    more = {
        "at_text": row.at_text if is_plain else length_text(row.at_text, "en"),
        "values": values,
        "received_at": received.get(row.digest),
        "marks": list(row.marks),
    }
    return {name: getattr(row, name) for name in names} | more


def _free(name: str, value: str, *, verbatim: bool) -> str:
    """A text as it came; where it is in words of its log's own, and an enterprise looks, its length."""
    return value if verbatim or not value or not is_free_text(name, value) else length_text(value, "en")


def _without_digest(part: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(part).items() if name != "digest"}


def _quarantined(one: RefusedRow) -> dict[str, Any]:
    """Why and where a row was refused; what it held may name a person, and is not shown."""
    row = one.row
    zh, en = refusal_text(row.reason)
    return {
        "received_at": one.received_at,
        "source": one.source,
        "row": row.row,
        "line": row.line,
        "reason": row.reason,
        "zh": zh,
        "en": en,
        "faults": json.loads(row.values["faults"]) if row.reason == INVALID else [],
    }
