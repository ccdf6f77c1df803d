"""One example of each request, as the OpenAPI document shows it; the tests check that each is valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from data.requests import make_consent
from data.uscc import fictitious_uscc

USCC, BANK = fictitious_uscc(19), "standard"
CONSENT = make_consent(
    "app-0001", USCC, BANK, ("points", "quota"), datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
).model_dump(mode="json")
QUOTA = {
    "request_id": "2026-000001",
    "bank_id": BANK,
    "product": "innovation_points",
    "uscc": USCC,
    "requested_amount_cny": 3_000_000,
    "tenor_months": 12,
    "purpose": "working capital",
    "consent": CONSENT,
    "bank_facts": {"existing_debt_wan": 120.0, "overdue_days": 0, "guarantees_wan": 0.0},
}
EXAMPLES: Mapping[str, Any] = {
    "/v1/quota": QUOTA,
    "/v1/quota/batch": [QUOTA, QUOTA | {"request_id": "2026-000002", "requested_amount_cny": 5_000_000}],
    "/v1/points": {"uscc": USCC, "consent": CONSENT},
    "/v1/decisions/{audit_id}/overrides": {
        "decision": "decline",
        "amount_cny": 0,
        "reason": "The plant stood still when we visited.",
        "expires_at": "2036-01-01T00:00:00Z",
    },
    "/v1/applications": {
        "request_id": "apply-1",
        "banks": [BANK],
        "requested_amount_cny": 3_000_000,
        "tenor_months": 12,
        "purpose": "working capital",
        "share": ["points", "quota"],
    },
    "/v1/orders/{order_id}/due-diligence": {
        "visited_on": "2026-01-15",
        "findings": "Two production lines running, orders for nine months.",
        "recommended": True,
    },
    "/v1/orders/{order_id}/grant": {
        "amount_cny": 2_000_000,
        "annual_rate": 0.0435,
        "tenor_months": 12,
        "reason": "Orders in hand cover the debt service twice.",
    },
    "/v1/orders/{order_id}/decline": {"reason": "The orders shown could not be confirmed by the buyers."},
    "/v1/orders/{order_id}/withdraw": {"reason": "Another bank has granted the loan."},
    "/v1/releases": {
        "what": "policy",
        "owner": BANK,
        "version": "standard-2026.1",
        "body": {
            "version": "standard-2026.1", "bank_id": BANK, "name_zh": "标准示例银行", "name_en": "Standard example bank",
            "min_points": 25, "pd_cutoff": 0.06, "max_pd_interval_width": 0.12, "min_coverage": 0.6,
            "el_budget_wan": 4.0, "lgd": 0.4, "base_quota_wan": 50, "min_quota_wan": 10,
            "stage_cap_wan": {"startup": 300, "growth": 500, "mature": 1000}, "working_capital_turns": 4.0,
            "rd_need_share": 0.6, "annual_rate": 0.0435, "validity_days": 90,
        },
        "reason": "Losses of the second quarter.",
    },
    "/v1/releases/activate": {
        "release": f"policy:{BANK}:standard-2026.1",
        "effective_from": "2036-01-01",
        "reason": "Reviewed on 2026-01-20.",
    },
}  # fmt: skip
