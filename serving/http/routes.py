"""The contract's one table: every operation, who may call it, what it takes and gives, and what it refuses.

The application serves it, the OpenAPI document and ``python -m serving routes`` are made from it, and the tests go
through it. What belongs to another bank or enterprise is not found (404), so that nobody learns that it exists; naming
another bank or enterprise in a request of one's own is refused (403).
"""

from __future__ import annotations

from functools import cache

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data import chain_requests, match_requests, requests
from data.clearance_requests import Cutoff, WebhookRegistration
from data.consents import Consent, ZoneConsent
from models.spreadsheet import MEDIA
from serving.auth.access import ZONE_SIDE
from serving.contract import answers, chain_answers, clearance_answers, ladder_answers, match_answers, points_answers
from serving.contract.parameters import DAY, INSTANT, TEXT, OneOf
from serving.http import (
    applications,
    chain,
    clearance,
    consents,
    decisions,
    ladder,
    matching,
    monitoring,
    portfolio,
    quota,
    releases,
)
from serving.http.approvals_routes import APPROVALS
from serving.http.context import JsonResponse
from serving.http.demands import DEMANDS
from serving.http.incubators_routes import INCUBATORS
from serving.http.openapi import document
from serving.http.operation import LANG, OWN, PAGING, READERS, UNREADY, Operation
from serving.ladder.service import regions, tiers
from serving.releases.releases import WHAT


async def openapi_json(_: Request) -> Response:
    """This contract as an OpenAPI document."""
    return JsonResponse(_document())


@cache
def _document() -> bytes:
    return orjson.dumps(document(OPERATIONS))


_FIRM = ("invalid-uscc", "consent-invalid", "not-yours", "unknown-enterprise", "values-differ", "not-ready")
_ONE = "/v1/bank-applications/{bank_application_id}"
_ACTION = ("not-found", "illegal-action")
_OFF = ("matching-not-packed", "matching-unavailable")
_MATCH = ("invalid-uscc", "consent-invalid", "not-found", "demand-closed", "firm-withdrawn", *_OFF)
_CHAIN_OFF = ("chain-not-packed", "chain-unavailable", "matching-unavailable")
_CHAIN = ("not-found", *_CHAIN_OFF)
_ANY = ("bank", "enterprise", *ZONE_SIDE)
_ALL = ("bank", *READERS)
_CHAIN_ID, _NODE = "/v1/chains/{chain_id}", "/v1/chains/{chain_id}/nodes/{node_id}"
_CLEARANCE = ("clearance-not-packed", "clearance-unavailable")
_DECLARATION = "/v1/clearance/declarations/{number}"
_REPORT = {**LANG, **clearance.REPORT}
_UNDER_CONSENT = (*_ACTION, "consent-invalid")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST", "/v1/quota", quota.quota, ("bank",), "quota", requests.QuotaRequest, answers.QuotaAnswer,
        refusals=(*_FIRM, "idempotency-conflict"),
    ),
    Operation(
        "POST", "/v1/quota/batch", quota.quota_batch, ("bank",), "batch", requests.QuotaRequests,
        list[answers.QuotaAnswer], refusals=(*_FIRM, "idempotency-conflict"),
    ),
    Operation(
        "POST", "/v1/points", quota.points, ("bank", "enterprise"), "points", requests.PointsRequest,
        points_answers.PointsAnswer, refusals=_FIRM,
    ),
    Operation(
        "POST", "/v1/points/advice", quota.points_advice, ("bank", "enterprise"), "points",
        requests.PointsAdviceRequest, points_answers.PointsAdviceAnswer, refusals=_FIRM,
    ),
    Operation(
        "GET", "/v1/points/{uscc}/history", quota.points_history, ("enterprise", "zone_officer"), "points",
        answer=points_answers.PointsHistoryAnswer, refusals=("unknown-enterprise",),
    ),
    Operation(
        "GET", "/v1/decisions/{audit_id}", decisions.decision, ("bank", "enterprise", "operator"), "decisions",
        answer=answers.DecisionAnswer, refusals=("not-found",),
    ),
    Operation(
        "POST", "/v1/decisions/{audit_id}/overrides", decisions.override, ("bank",), "override", requests.Override,
        answers.OverrideAnswer, 201, ("not-found",),
    ),
    Operation(
        "POST", "/v1/portfolio", portfolio.portfolio, ("bank",), "decisions", requests.PortfolioRequest,
        answers.PortfolioAnswer, refusals=("not-found",),
    ),
    Operation(
        "POST", "/v1/consents", consents.give_consent, ("enterprise",), "apply", requests.ConsentGrant, Consent,
        201, ("idempotency-conflict", "not-ready"),
    ),
    Operation(
        "POST", "/v1/consents/zone", consents.give_zone_consent, ("enterprise",), "apply", requests.ZoneConsentGrant,
        ZoneConsent, 201, ("idempotency-conflict", "not-ready"),
    ),
    Operation("GET", "/v1/consents", consents.my_consents, ("enterprise",), "apply", answer=answers.ConsentsAnswer),
    Operation(
        "POST", "/v1/consents/{consent_id}/revoke", consents.revoke_consent, ("enterprise",), "apply",
        requests.ConsentRevocation, answers.RevokedAnswer, refusals=("not-found",),
    ),
    Operation(
        "GET", "/v1/consent-issuers", consents.consent_issuers, _ANY, "points",
        answer=answers.IssuersAnswer,
    ),
    Operation(
        "GET", "/v1/banks", applications.banks, _ANY, "points",
        answer=answers.BanksAnswer, refusals=("not-ready",),
    ),
    Operation(
        "POST", "/v1/indications", applications.indications, ("enterprise",), "apply", requests.IndicationsRequest,
        answers.IndicationsAnswer, refusals=("unknown-enterprise", "idempotency-conflict", "not-ready"),
    ),
    Operation(
        "POST", "/v1/applications", applications.apply, ("enterprise",), "apply", requests.Application,
        answers.BankApplicationsAnswer, 201, ("unknown-enterprise", "idempotency-conflict", "not-ready"),
    ),
    Operation(
        "GET", "/v1/bank-applications", applications.my_bank_applications, ("bank", "enterprise"), "bank_applications",
        answer=answers.BankApplicationsAnswer, query=applications.LIST,
    ),
    Operation(
        "GET", _ONE, applications.bank_application, ("bank", "enterprise"), "bank_applications",
        answer=answers.BankApplicationAnswer, refusals=("not-found",),
    ),
    Operation(
        "POST", f"{_ONE}/due-diligence", applications.record_due_diligence, ("bank",), "bank_applications",
        requests.DueDiligence, answers.BankApplicationAnswer, refusals=_UNDER_CONSENT,
    ),
    Operation(
        "POST", f"{_ONE}/grant", applications.grant, ("bank",), "bank_applications", requests.Grant,
        answers.BankApplicationAnswer, refusals=(*_UNDER_CONSENT, "four-eyes"),
    ),
    Operation(
        "POST", f"{_ONE}/decline", applications.decline, ("bank",), "bank_applications", requests.Reasoned,
        answers.BankApplicationAnswer, refusals=_ACTION,
    ),
    Operation(
        "POST", f"{_ONE}/withdraw", applications.withdraw, ("enterprise",), "apply", requests.Reasoned,
        answers.BankApplicationAnswer, refusals=_ACTION,
    ),
    Operation(
        "POST", "/v1/bank-applications/expire", applications.expire, ("operator",), "release",
        answer=answers.ExpiredAnswer,
    ),
    Operation(
        "POST", "/v1/releases", releases.propose, ("operator",), "release", requests.ReleaseProposal,
        answers.ReleaseAnswer, 201, ("four-eyes", "illegal-action"),
    ),
    Operation(
        "POST", "/v1/releases/activate", releases.activate, ("operator",), "release",
        requests.ReleaseActivation, answers.ReleaseAnswer, 201, ("four-eyes", "illegal-action", "not-found"),
    ),
    Operation("GET", "/v1/releases", releases.every_release, ("operator",), "audit", answer=answers.ReleasesAnswer),
    Operation(
        "GET", "/v1/releases/in-force", releases.which_in_force, ("bank", "operator"), "decisions",
        answer=answers.InForceAnswer, refusals=("not-found", "not-yours", "invalid-request"),
        query={"what": OneOf(WHAT, usual=WHAT[0]), "owner": TEXT, "on": DAY},
    ),
    Operation(
        "POST", "/v1/match/suppliers", matching.match_suppliers, _ANY, "match",
        match_requests.SuppliersRequest, match_answers.SuppliersAnswer, refusals=_MATCH,
    ),
    Operation(
        "POST", "/v1/match/demands", matching.match_demands, _ANY, "match",
        match_requests.DemandsRequest, match_answers.MatchedDemandsAnswer, refusals=(*_MATCH, "not-yours"),
    ),
    Operation(
        "POST", "/v1/match/search", matching.match_search, _ANY, "match",
        match_requests.SearchRequest, match_answers.SuppliersAnswer,
        refusals=("firm-withdrawn", *_OFF),
    ),
    Operation(
        "POST", "/v1/match/events/{event_id}/invitations", matching.match_invitations, ZONE_SIDE, "match_write",
        match_requests.InvitationsRequest, match_answers.InvitationsAnswer,
        refusals=("not-found", "demand-closed", *_OFF),
    ),
    Operation(
        "POST", "/v1/match/outcomes", matching.match_outcomes, _ANY, "match_write",
        match_requests.MatchFeedback, match_answers.FeedbackAnswer, 201,
        ("not-found", "idempotency-conflict", "firm-withdrawn", *_OFF),
    ),
    Operation(
        "POST", "/v1/match/withdrawal", matching.match_withdrawal, ("enterprise",), "match_write",
        requests.Reasoned, match_answers.WithdrawnAnswer, refusals=_OFF,
    ),
    Operation(
        "GET", "/v1/chains", chain.chains, _ALL, "chain", answer=chain_answers.ChainsAnswer, refusals=_CHAIN_OFF,
    ),
    Operation(
        "GET", f"{_CHAIN_ID}/fishbone.svg", chain.chain_fishbone, _ALL, "chain", refusals=_CHAIN,
        query={**LANG, "width": chain.WIDTH}, media=chain.SVG,
    ),
    Operation(
        "GET", f"{_CHAIN_ID}/page.html", chain.chain_page, _ALL, "chain", refusals=_CHAIN, query=LANG,
        media="text/html",
    ),
    Operation("GET", _NODE, chain.chain_node, _ALL, "chain", answer=chain_answers.NodeAnswer, refusals=_CHAIN),
    Operation(
        "GET", f"{_NODE}/page.html", chain.chain_node_page, _ALL, "chain", refusals=_CHAIN, query=LANG,
        media="text/html",
    ),
    Operation(
        "GET", f"{_NODE}/{{list_name}}.csv", chain.chain_list_csv, _ALL, "chain", refusals=_CHAIN, query=LANG,
        media="text/csv",
    ),
    Operation(
        "GET", f"{_NODE}/{{list_name}}.xlsx", chain.chain_list_xlsx, _ALL, "chain", refusals=_CHAIN, query=LANG,
        media=MEDIA["xlsx"],
    ),
    Operation(
        "POST", f"{_NODE}/campaigns", chain.chain_campaign, ZONE_SIDE, "chain_write", chain_requests.CampaignStep,
        chain_answers.CampaignAnswer, 201, ("idempotency-conflict", "firm-withdrawn", *_CHAIN),
    ),
    Operation(
        "GET", f"{_CHAIN_ID}/removals/{{firm_id}}", chain.chain_removal, ZONE_SIDE, "chain",
        answer=chain_answers.RemovalAnswer, refusals=_CHAIN,
    ),
    Operation(
        "POST", "/v1/placements", chain.placements, _ANY, "chain", chain_requests.PlacementRequest,
        chain_answers.PlacementsAnswer, refusals=("invalid-uscc", *_CHAIN),
    ),
    Operation(
        "POST", "/v1/placements/corrections", chain.correct_placement, ZONE_SIDE, "chain_write",
        chain_requests.PlacementCorrection, chain_answers.CorrectionAnswer, 201,
        ("idempotency-conflict", "firm-withdrawn", *_CHAIN),
    ),
    Operation(
        "GET", "/v1/firms/{uscc}/ladder", ladder.firm_ladder, READERS, "chain",
        answer=ladder_answers.LadderAnswer, refusals=("unknown-enterprise", "not-found", "invalid-request"),
        query={"on": DAY, "region": OneOf(regions), "tier": OneOf(tiers), "version": TEXT},
    ),
    Operation(
        "POST", "/v1/recommend/investors", chain.recommend_investors, _ANY, "chain", chain_requests.InvestorsRequest,
        chain_answers.InvestorsAnswer, refusals=_CHAIN,
    ),
    Operation(
        "POST", "/v1/clearance/messages", clearance.clearance_message, OWN, "clearance_write", bytes,
        clearance_answers.MessageAnswer, 201, (*_CLEARANCE, "unreadable-message"), takes=clearance.MESSAGE_MEDIA,
    ),
    Operation(
        "POST", "/v1/clearance/checks", clearance.clearance_checks, OWN, "clearance", bytes,
        clearance_answers.ChecksAnswer, refusals=("unreadable-message", *_CLEARANCE), takes=clearance.MESSAGE_MEDIA,
        query={"day": DAY},
    ),
    Operation(
        "GET", "/v1/clearance/declarations", clearance.clearance_declarations, OWN, "clearance",
        answer=clearance_answers.DeclarationsAnswer, refusals=_CLEARANCE,
        query={"status": clearance.STATUS, **PAGING},
    ),
    Operation(
        "GET", _DECLARATION, clearance.clearance_declaration, OWN, "clearance",
        answer=clearance_answers.ClearanceAnswer, refusals=("not-found", *_CLEARANCE),
        query={"known_at": INSTANT, "until": INSTANT},
    ),
    Operation(
        "GET", f"{_DECLARATION}/forecast", clearance.clearance_forecast, OWN, "clearance",
        answer=clearance_answers.ForecastAnswer, refusals=("not-found", *_CLEARANCE),
    ),
    Operation(
        "GET", f"{_DECLARATION}/page.html", clearance.clearance_page, OWN, "clearance",
        refusals=("not-found", *_CLEARANCE), query={**LANG, "known_at": INSTANT}, media="text/html",
    ),
    Operation(
        "GET", f"{_DECLARATION}/sheet.html", clearance.clearance_sheet, OWN, "clearance",
        refusals=("not-found", *_CLEARANCE), query=LANG, media="text/html",
    ),
    Operation(
        "GET", f"{_DECLARATION}/sheet.pdf", clearance.clearance_sheet_pdf, OWN, "clearance",
        refusals=("not-found", *_CLEARANCE), query=LANG, media=clearance.PDF,
    ),
    Operation(
        "POST", "/v1/clearance/cutoffs", clearance.clearance_cutoff, OWN, "clearance_write", Cutoff,
        clearance_answers.CutoffAnswer, 201, ("not-found", "idempotency-conflict", *_CLEARANCE),
    ),
    Operation(
        "GET", "/v1/clearance/alerts", clearance.clearance_alerts, OWN, "clearance",
        answer=clearance_answers.AlertsAnswer, refusals=_CLEARANCE,
    ),
    Operation(
        "GET", "/v1/clearance/stream", clearance.clearance_stream, OWN, "clearance",
        refusals=("too-many-requests", *_CLEARANCE), query={"numbers": TEXT}, media="text/event-stream",
    ),
    Operation(
        "GET", "/v1/clearance/refused", clearance.clearance_refused, ZONE_SIDE, "clearance",
        answer=clearance_answers.RefusedMessagesAnswer, refusals=_CLEARANCE,
    ),
    Operation(
        "GET", "/v1/clearance/reports/page.html", clearance.clearance_report, OWN, "clearance",
        refusals=_CLEARANCE, query=_REPORT, media="text/html",
    ),
    Operation(
        "GET", "/v1/clearance/reports/table.csv", clearance.clearance_report_csv, OWN, "clearance",
        refusals=_CLEARANCE, query=_REPORT, media="text/csv",
    ),
    Operation(
        "GET", "/v1/clearance/reports/table.xlsx", clearance.clearance_report_xlsx, OWN, "clearance",
        refusals=_CLEARANCE, query=_REPORT, media=MEDIA["xlsx"],
    ),
    Operation(
        "POST", "/v1/clearance/webhooks", clearance.clearance_webhook, ("operator",), "clearance_write",
        WebhookRegistration, clearance_answers.WebhookMadeAnswer, 201, _CLEARANCE,
    ),
    Operation(
        "GET", "/v1/clearance/webhooks", clearance.clearance_webhooks, ("operator",), "clearance",
        answer=clearance_answers.WebhooksAnswer, refusals=_CLEARANCE,
    ),
    Operation(
        "POST", "/v1/clearance/webhooks/{webhook_id}/disable", clearance.clearance_webhook_disable, ("operator",),
        "clearance_write", requests.Reasoned, clearance_answers.WebhookAnswer, refusals=("not-found", *_CLEARANCE),
    ),
    Operation(
        "GET", "/v1/clearance/deliveries", clearance.clearance_deliveries, ("operator",), "clearance",
        answer=clearance_answers.DeliveriesAnswer, refusals=_CLEARANCE,
        query={"webhook_id": TEXT, "after": clearance.DELIVERY},
    ),
    *DEMANDS,
    *APPROVALS,
    *INCUBATORS,
    Operation(
        "GET", "/v1/monitoring", monitoring.monitoring, ("operator",), "audit", answer=answers.MonitoringAnswer
    ),
    Operation("GET", "/openapi.json", openapi_json),
    Operation("GET", "/healthz", monitoring.healthz, answer=answers.HealthAnswer),
    Operation("GET", "/readyz", monitoring.readyz, answer=answers.HealthAnswer, refusals=UNREADY),
    Operation("GET", "/metrics", monitoring.metrics, ("operator",), "audit", rated=False, media="text/plain"),
    Operation("GET", "/problems/{key}", monitoring.problem, answer=answers.ProblemAnswer, refusals=("not-found",)),
)  # fmt: skip
