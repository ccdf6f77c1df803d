"""The operations of incubators and makerspaces: their part of the contract's table."""

from __future__ import annotations

from typing import Any

from data.incubators.fields import RECORDS
from models.incubators.lists import TABLES
from models.incubators.statistics import GROUPS
from models.spreadsheet import MEDIA
from serving.auth.access import ZONE_SIDE
from serving.contract import incubators_answers as answers
from serving.http import incubators
from serving.http.operation import COUNT, DAY, LANG, OWN, READERS, Operation
from serving.incubators.schemas import GivenCorrection, GivenReports, GivenVouchers

Query = dict[str, dict[str, Any]]
_OFF = ("incubators-unavailable",)
_ZONE = (*ZONE_SIDE, "policy_analyst")  # of the statistics
_ONE, _STATISTICS = "/v1/incubators/{incubator_id}", "/v1/incubators/statistics"
_PAGING: Query = {"after": COUNT, "count": COUNT}
_KNOWN: Query = {"known_at": {"type": "string"}, "on": DAY}
_REPORT = LANG | {"on": DAY, "since": DAY}

INCUBATORS: tuple[Operation, ...] = (
    Operation(
        "GET", "/v1/incubators", incubators.incubators, READERS, "incubators", answer=answers.IncubatorsAnswer,
        refusals=_OFF, query={name: {"type": "string"} for name in GROUPS} | _PAGING,
    ),
    Operation(
        "POST", "/v1/incubators/reports", incubators.incubator_reports, ZONE_SIDE, "incubators_write", GivenReports,
        answers.TakenAnswer, 201, ("idempotency-conflict", *_OFF),
    ),
    Operation(
        "POST", "/v1/incubators/corrections", incubators.incubator_corrections, ZONE_SIDE, "incubators_write",
        GivenCorrection, answers.VersionMadeAnswer, 201, ("not-found", "idempotency-conflict", *_OFF),
    ),
    Operation(
        "POST", "/v1/incubators/vouchers", incubators.incubator_vouchers_write, ZONE_SIDE, "incubators_write",
        GivenVouchers, answers.TakenAnswer, 201, ("idempotency-conflict", *_OFF),
    ),
    Operation(
        "GET", "/v1/incubators/vouchers", incubators.incubator_vouchers, OWN, "incubators",
        answer=answers.VouchersAnswer, refusals=_OFF, query={"on": DAY} | _PAGING,
    ),
    Operation(
        "GET", _STATISTICS, incubators.incubator_statistics, _ZONE, "incubators",
        answer=answers.IncubatorStatisticsAnswer, refusals=_OFF,
        query={"by": {"type": "string"}, "since": DAY} | _KNOWN,
    ),
    Operation(
        "GET", f"{_STATISTICS}/page.html", incubators.incubator_statistics_page, _ZONE, "incubators", refusals=_OFF,
        query=_REPORT, media="text/html",
    ),
    Operation(
        "GET", f"{_STATISTICS}/table.csv", incubators.incubator_statistics_csv, _ZONE, "incubators", refusals=_OFF,
        query=_REPORT | {"table": {"type": "string", "enum": list(TABLES)}}, media="text/csv",
    ),
    Operation(
        "GET", f"{_STATISTICS}/table.xlsx", incubators.incubator_statistics_xlsx, _ZONE, "incubators", refusals=_OFF,
        query=_REPORT, media=MEDIA["xlsx"],
    ),
    Operation(
        "GET", "/v1/incubators/reconciliation", incubators.incubator_reconciliation, ZONE_SIDE, "incubators",
        answer=answers.ReconciliationAnswer, refusals=_OFF, query={"on": DAY},
    ),
    Operation(
        "GET", "/v1/incubators/quarantine", incubators.incubator_quarantine, ZONE_SIDE, "incubators",
        answer=answers.RefusedRecordsAnswer, refusals=_OFF,
        query={"record": {"type": "string", "enum": list(RECORDS)}} | _PAGING,
    ),
    Operation(
        "GET", _ONE, incubators.incubator, OWN, "incubators", answer=answers.IncubatorAnswer,
        refusals=("not-found", *_OFF), query=_KNOWN,
    ),
    Operation(
        "GET", f"{_ONE}/page.html", incubators.incubator_page, OWN, "incubators", refusals=("not-found", *_OFF),
        query=LANG | _KNOWN, media="text/html",
    ),
    Operation(
        "GET", f"{_ONE}/recognition", incubators.incubator_recognition, ZONE_SIDE, "incubators",
        answer=answers.RecognitionAnswer, refusals=("not-found", *_OFF),
        query={"tier": {"type": "string"}, "region": {"type": "string"}} | _KNOWN,
    ),
)  # fmt: skip
