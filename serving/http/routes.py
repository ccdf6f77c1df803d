"""The contract's one table: every route, who may call it, what it takes and gives, and what it refuses.

The gate serves it, the OpenAPI document and ``python -m serving routes`` are made from it, and the tests walk it.
What belongs to another bank or enterprise is not found (404), so that nobody learns that it exists; naming another
bank or enterprise in a request of one's own is refused (403).
"""

from __future__ import annotations

from functools import cache

import orjson

from data import requests
from data.consents import Consent
from serving.applications import api as api_orders
from serving.consents import api as api_consents
from serving.contract import answers
from serving.contract.openapi import document
from serving.http import api
from serving.http import operations as api_operations
from serving.http.gate import Ask, Reply, Route
from serving.releases import api as api_releases


async def openapi_json(_: Ask) -> Reply:
    """This contract as an OpenAPI document."""
    return Reply(_document())


DAY = {"type": "string", "format": "date"}
_KEYED = ("key-missing", "key-unknown", "scope-missing", "too-many-requests", "ledger-unavailable")
_BODY = ("malformed-json", "invalid-request", "body-too-large", "unsupported-media")
_ASKED = ("invalid-uscc", "consent-refused", "not-yours", "unknown-enterprise", "values-differ", "not-ready")
_STEP = ("not-found", "illegal-step")

ROUTES: tuple[Route, ...] = (
    Route(
        "POST", "/v1/quota", api.quota, ("bank",), "quota", requests.QuotaRequest, answers.QuotaAnswer,
        refuses=(*_ASKED, "idempotency-conflict"),
    ),
    Route(
        "POST", "/v1/quota/batch", api.quota_batch, ("bank",), "batch", requests.QuotaRequests,
        list[answers.QuotaAnswer], refuses=(*_ASKED, "idempotency-conflict"),
    ),
    Route(
        "POST", "/v1/points", api.points, ("bank", "enterprise"), "points", requests.PointsRequest,
        answers.PointsAnswer, refuses=_ASKED,
    ),
    Route(
        "GET", "/v1/decisions/{audit_id}", api.decision, ("bank", "enterprise", "operator"), "decisions",
        gives=answers.DecisionAnswer, refuses=("not-found",),
    ),
    Route(
        "POST", "/v1/decisions/{audit_id}/overrides", api.override, ("bank",), "override", requests.Override,
        answers.OverrideAnswer, 201, ("not-found",),
    ),
    Route(
        "POST", "/v1/consents", api_consents.give_consent, ("enterprise",), "apply", requests.ConsentGrant, Consent,
        201, ("idempotency-conflict", "not-ready"),
    ),
    Route(
        "GET", "/v1/consents", api_consents.my_consents, ("enterprise",), "apply", gives=answers.ConsentsAnswer
    ),
    Route(
        "POST", "/v1/consents/{consent_id}/revoke", api_consents.revoke_consent, ("enterprise",), "apply",
        requests.ConsentRevocation, answers.RevokedAnswer, refuses=("not-found",),
    ),
    Route(
        "GET", "/v1/consent-issuers", api_consents.consent_issuers, ("bank", "enterprise", "operator"), "points",
        gives=answers.IssuersAnswer,
    ),
    Route(
        "GET", "/v1/banks", api_orders.banks, ("bank", "enterprise", "operator"), "points", gives=answers.BanksAnswer,
        refuses=("not-ready",),
    ),
    Route(
        "POST", "/v1/offers", api_orders.offers, ("enterprise",), "apply", requests.OffersRequest,
        answers.OffersAnswer, refuses=("unknown-enterprise", "idempotency-conflict", "not-ready"),
    ),
    Route(
        "POST", "/v1/applications", api_orders.apply, ("enterprise",), "apply", requests.Application,
        answers.OrdersAnswer, 201, ("unknown-enterprise", "idempotency-conflict", "not-ready"),
    ),
    Route(
        "GET", "/v1/orders", api_orders.my_orders, ("bank", "enterprise"), "orders", gives=answers.OrdersAnswer
    ),
    Route(
        "GET", "/v1/orders/{order_id}", api_orders.order, ("bank", "enterprise"), "orders",
        gives=answers.OrderAnswer, refuses=("not-found",),
    ),
    Route(
        "POST", "/v1/orders/{order_id}/due-diligence", api_orders.record_due_diligence, ("bank",), "orders",
        requests.DueDiligence, answers.OrderAnswer, refuses=_STEP,
    ),
    Route(
        "POST", "/v1/orders/{order_id}/grant", api_orders.grant, ("bank",), "orders", requests.Grant,
        answers.OrderAnswer, refuses=_STEP,
    ),
    Route(
        "POST", "/v1/orders/{order_id}/decline", api_orders.decline, ("bank",), "orders", requests.Reasoned,
        answers.OrderAnswer, refuses=_STEP,
    ),
    Route(
        "POST", "/v1/orders/{order_id}/withdraw", api_orders.withdraw, ("enterprise",), "apply", requests.Reasoned,
        answers.OrderAnswer, refuses=_STEP,
    ),
    Route(
        "POST", "/v1/orders/expire", api_orders.expire, ("operator",), "release", gives=answers.ExpiredAnswer
    ),
    Route(
        "POST", "/v1/releases", api_releases.propose, ("operator",), "release", requests.ReleaseProposal,
        answers.ReleaseAnswer, 201, ("four-eyes", "illegal-step"),
    ),
    Route(
        "POST", "/v1/releases/activate", api_releases.activate, ("operator",), "release",
        requests.ReleaseActivation, answers.ReleaseAnswer, 201, ("four-eyes", "illegal-step", "not-found"),
    ),
    Route("GET", "/v1/releases", api_releases.every_release, ("operator",), "audit", gives=answers.ReleasesAnswer),
    Route(
        "GET", "/v1/releases/in-force", api_releases.which_in_force, ("bank", "operator"), "decisions",
        gives=answers.InForceAnswer, refuses=("not-found", "not-yours", "invalid-request"),
        query={
            "what": {"type": "string", "enum": ["policy", "model"]}, "owner": {"type": "string"}, "on": DAY,
        },
    ),
    Route(
        "GET", "/v1/monitoring", api_operations.monitoring, ("operator",), "audit", gives=answers.MonitoringAnswer
    ),
    Route("GET", "/openapi.json", openapi_json),
    Route("GET", "/healthz", api_operations.healthz, gives=answers.HealthAnswer),
    Route("GET", "/readyz", api_operations.readyz, gives=answers.HealthAnswer, refuses=("ledger-unavailable",)),
    Route("GET", "/metrics", api_operations.metrics, ("operator",), "audit", costs=False),
    Route("GET", "/problems/{key}", api_operations.problem, gives=answers.ProblemAnswer, refuses=("not-found",)),
)  # fmt: skip


def refusals(route: Route) -> tuple[str, ...]:
    """Every problem that a route may answer with, those of its kind first."""
    keys = [*(_KEYED if route.roles else ()), *(_BODY if route.takes is not None else ()), *route.refuses]
    if route.method == "GET" or route.takes is None:
        keys.append("invalid-request")  # a query that the route does not know
    return tuple(dict.fromkeys((*keys, "method-not-allowed", "not-ready", "internal")))


@cache
def _document() -> bytes:
    return orjson.dumps(document(ROUTES, refusals))
