"""The operations of incubators and makerspaces: their part of the contract's table."""

from __future__ import annotations

from collections.abc import Mapping

from data.incubators.fields import RECORDS
from models.incubators.lists import TABLES
from models.incubators.recognition import recognition_regions, recognition_tiers
from models.incubators.statistics import GROUPS
from models.spreadsheet import MEDIA
from serving.auth.access import ZONE_SIDE
from serving.contract import incubators_answers as answers
from serving.contract.parameters import DAY, INSTANT, TEXT, OneOf, Parameter
from serving.http import incubators
from serving.http.operation import LANG, OWN, PAGING, READERS, Operation
from serving.incubators.answers import BY
from serving.incubators.schemas import GivenCorrection, GivenReports, GivenVouchers

Query = Mapping[str, Parameter]
_OFF = ("incubators-unavailable",)
_ZONE = (*ZONE_SIDE, "policy_analyst")  # of the statistics
_ONE, _STATISTICS = "/v1/incubators/{incubator_id}", "/v1/incubators/statistics"
_KNOWN: Query = {"known_at": INSTANT, "on": DAY}
_REPORT: Query = {**LANG, "on": DAY, "since": DAY}

INCUBATORS: tuple[Operation, ...] = (
    Operation(
        "GET", "/v1/incubators", incubators.incubators, READERS, "incubators", answer=answers.IncubatorsAnswer,
        refusals=_OFF, query={**dict.fromkeys(GROUPS, TEXT), **PAGING},
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
        answer=answers.VouchersAnswer, refusals=_OFF, query={"on": DAY, **PAGING},
    ),
    Operation(
        "GET", _STATISTICS, incubators.incubator_statistics, _ZONE, "incubators",
        answer=answers.IncubatorStatisticsAnswer, refusals=_OFF,
        query={"by": BY, "since": DAY, **_KNOWN},
    ),
    Operation(
        "GET", f"{_STATISTICS}/page.html", incubators.incubator_statistics_page, _ZONE, "incubators", refusals=_OFF,
        query=_REPORT, media="text/html",
    ),
    Operation(
        "GET", f"{_STATISTICS}/table.csv", incubators.incubator_statistics_csv, _ZONE, "incubators", refusals=_OFF,
        query={**_REPORT, "table": OneOf(TABLES, usual="statistics")}, media="text/csv",
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
        query={"record": OneOf(RECORDS), **PAGING},
    ),
    Operation(
        "GET", _ONE, incubators.incubator, OWN, "incubators", answer=answers.IncubatorAnswer,
        refusals=("not-found", *_OFF), query=_KNOWN,
    ),
    Operation(
        "GET", f"{_ONE}/page.html", incubators.incubator_page, OWN, "incubators", refusals=("not-found", *_OFF),
        query={**LANG, **_KNOWN}, media="text/html",
    ),
    Operation(
        "GET", f"{_ONE}/recognition", incubators.incubator_recognition, ZONE_SIDE, "incubators",
        answer=answers.RecognitionAnswer, refusals=("not-found", *_OFF),
        query={"tier": OneOf(recognition_tiers), "region": OneOf(recognition_regions), **_KNOWN},
    ),
)  # fmt: skip
