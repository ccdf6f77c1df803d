"""The operations of approvals: their part of the contract's table."""

from __future__ import annotations

from collections.abc import Mapping

from models.approvals.statistics import GROUPS
from models.spreadsheet import MEDIA
from serving.approvals.queries import FILTERS, MONTH_OR_NONE
from serving.approvals.schemas import GivenEvents
from serving.approvals.service import SOURCE, mappings
from serving.auth.access import ZONE_SIDE
from serving.contract import approvals_answers as answers
from serving.contract.parameters import DAY, INSTANT, TEXT, OneOf, Parameter
from serving.http import approvals
from serving.http.operation import LANG, OWN, PAGING, READERS, Operation

_APPROVALS = ("approvals-unavailable",)
_CASE = "/v1/approvals/cases/{number}"
_SOURCE: Mapping[str, Parameter] = {"source": TEXT}
_GIVEN: Mapping[str, Parameter] = {"source": SOURCE}
_BY: Mapping[str, Parameter] = {"by": OneOf(GROUPS, usual="item"), "first": MONTH_OR_NONE, "last": MONTH_OR_NONE}

APPROVALS: tuple[Operation, ...] = (
    Operation(
        "POST", "/v1/approvals/events", approvals.approvals_events, ZONE_SIDE, "approvals_write", GivenEvents,
        answers.EventsAnswer, 201, _APPROVALS, query=_GIVEN,
    ),
    Operation(
        "POST", "/v1/approvals/logs", approvals.approvals_log, ZONE_SIDE, "approvals_write", bytes,
        answers.LogAnswer, 201, ("unreadable-log", *_APPROVALS), takes=approvals.LOG_MEDIA,
        query={**_GIVEN, "zone": TEXT, "mapping": OneOf(lambda: list(mappings()))}, most_bytes=approvals.LOG_BYTES,
    ),
    Operation(
        "GET", "/v1/approvals/cases", approvals.approvals_cases, OWN, "approvals",
        answer=answers.CasesAnswer, refusals=_APPROVALS,
        query={**FILTERS, **PAGING},
    ),
    Operation(
        "GET", "/v1/approvals/lamps", approvals.approvals_lamps, OWN, "approvals",
        answer=answers.LampsAnswer, refusals=_APPROVALS,
        query={**FILTERS, "by": approvals.LAMPS_BY},
    ),
    Operation(
        "GET", _CASE, approvals.approvals_case, OWN, "approvals", answer=answers.CaseAnswer,
        refusals=("not-found", *_APPROVALS),
        query={**_SOURCE, "known_at": INSTANT, "until": INSTANT},
    ),
    Operation(
        "GET", f"{_CASE}/page.html", approvals.approvals_case_page, OWN, "approvals",
        refusals=("not-found", *_APPROVALS), query={**_SOURCE, **LANG}, media="text/html",
    ),
    Operation(
        "GET", "/v1/approvals/items", approvals.approvals_items, READERS, "approvals",
        answer=answers.ItemsAnswer, refusals=("approvals-not-packed", *_APPROVALS), query={"day": DAY},
    ),
    Operation(
        "GET", "/v1/approvals/reductions", approvals.approvals_reductions, READERS, "approvals",
        answer=answers.ReductionsAnswer, refusals=("approvals-not-packed", *_APPROVALS), query={"day": DAY},
    ),
    Operation(
        "GET", "/v1/approvals/statistics", approvals.approvals_statistics, READERS, "approvals",
        answer=answers.StatisticsAnswer, refusals=_APPROVALS, query=_BY,
    ),
    Operation(
        "GET", "/v1/approvals/statistics/page.html", approvals.approvals_statistics_page, READERS, "approvals",
        refusals=_APPROVALS, query={**LANG, **_BY}, media="text/html",
    ),
    Operation(
        "GET", "/v1/approvals/statistics/table.csv", approvals.approvals_statistics_csv, READERS, "approvals",
        refusals=_APPROVALS, query={**LANG, **_BY}, media="text/csv",
    ),
    Operation(
        "GET", "/v1/approvals/statistics/table.xlsx", approvals.approvals_statistics_xlsx, READERS, "approvals",
        refusals=_APPROVALS, query={**LANG, **_BY}, media=MEDIA["xlsx"],
    ),
    Operation(
        "GET", "/v1/approvals/alerts", approvals.approvals_alerts, ZONE_SIDE, "approvals",
        answer=answers.ApprovalAlertsAnswer, refusals=("approvals-not-packed", *_APPROVALS),
    ),
    Operation(
        "GET", "/v1/approvals/quarantine", approvals.approvals_quarantine, ZONE_SIDE, "approvals",
        answer=answers.QuarantineAnswer, refusals=_APPROVALS, query=PAGING,
    ),
)  # fmt: skip
