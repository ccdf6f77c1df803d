"""One example of each request, as the OpenAPI document shows it; the tests check that each is valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.beijing import BEIJING_ZONE
from data.requests import GIVEN_BY_DEFAULT
from data.uscc import fictitious_uscc
from models.quota.policy import read_policy
from serving.consents.giving import new_consent
from serving.contract.instants import today_in
from serving.decide.decisions import audit_id_of

BANK = "standard"
EXAMPLE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))  # known to everybody, registered nowhere


RECEIPT = (
    "<DEC_DATA><DEC_RESULT><CUS_CIQ_NO>E20260000000000001</CUS_CIQ_NO><ENTRY_ID>290120260000000001</ENTRY_ID>"
    "<NOTICE_DATE>2026-03-02T09:11:02</NOTICE_DATE><CHANNEL>P</CHANNEL><NOTE>放行</NOTE>"
    "<CUSTOM_MASTER>2901</CUSTOM_MASTER></DEC_RESULT></DEC_DATA>"
)
DECLARATION = (
    '<DecMessage version="4.8" xmlns="http://www.chinaport.gov.cn/dec"><DecHead><IEFlag>E</IEFlag>'
    "<CustomMaster>2901</CustomMaster><GrossWet>12</GrossWet><NetWt>10</NetWt></DecHead><DecLists><DecList><GNo>1</GNo>"
    "<CodeTS>8504401400</CodeTS><GQty>2</GQty><DeclPrice>5</DeclPrice><DeclTotal>10</DeclTotal></DecList></DecLists>"
    "<DecSign><ClientSeqNo>T000000000000001</ClientSeqNo></DecSign></DecMessage>"
)
CASE_LOG = (
    "case_id,activity,timestamp,resource\n"
    "2026-000002,intake,2026-03-02T09:00:00+08:00,\n"
    "2026-000002,check of completeness,2026-03-03T10:30:00+08:00,\n"
)


@cache
def examples() -> Mapping[str, Any]:
    """By path of the route."""
    uscc = fictitious_uscc(19)
    consent = new_consent(
        "con-0001", uscc, BANK, GIVEN_BY_DEFAULT, ("innovation_points",), "the firm's treasurer",
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), EXAMPLE_KEY, "example-portal",
    ).model_dump(mode="json")  # fmt: skip
    quota = {
        "request_id": "2026-000001",
        "bank_id": BANK,
        "product": "innovation_points",
        "uscc": uscc,
        "requested_amount_cny": 3_000_000,
        "tenor_months": 12,
        "purpose": "working_capital",
        "consent": consent,
        "bank_facts": {"existing_debt_wan": 120.0, "overdue_days": 0, "guarantees_wan": 0.0},
    }
    return {
        "/v1/quota": quota,
        "/v1/quota/batch": [quota, quota | {"request_id": "2026-000002", "requested_amount_cny": 5_000_000}],
        "/v1/points": {"uscc": uscc, "consent": consent},
        "/v1/points/advice": {"uscc": uscc, "consent": consent, "target_points": 80.0},
        "/v1/decisions/{audit_id}/overrides": {
            "outcome": "declined",
            "amount_cny": 0,
            "reason": "The plant stood still when we visited.",
            "expires_at": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT00:00:00Z}",
        },
        "/v1/portfolio": {
            "budget_wan": 300.0,
            "decisions": [audit_id_of(BANK, "2026-000001"), audit_id_of(BANK, "2026-000002")],
            "limits": {"groups": [{"column": "product", "value": "innovation_points", "most_wan": 200.0}]},
        },
        "/v1/indications": {"request_id": "ask-1", "requested_amount_cny": 3_000_000, "tenor_months": 12},
        "/v1/applications": {
            "request_id": "apply-1",
            "banks": [BANK],
            "requested_amount_cny": 3_000_000,
            "tenor_months": 12,
            "purpose": "working_capital",
            "share": ["points", "quota", "query", "reporting"],
        },
        "/v1/consents": {
            "request_id": "consent-1",
            "bank_id": BANK,
            "scope": ["points", "quota", "query", "reporting"],
            "products": ["innovation_points"],
            "valid_days": 30,
        },
        "/v1/consents/zone": {"request_id": "zone-1", "valid_days": 90},
        "/v1/consents/{consent_id}/revoke": {"reason": "The firm borrows from another bank."},
        "/v1/bank-applications/{bank_application_id}/due-diligence": {
            "visited_on": today_in(BEIJING_ZONE).isoformat(),
            "findings": "Two production lines running, orders for nine months.",
            "recommended": True,
        },
        "/v1/bank-applications/{bank_application_id}/grant": {
            "amount_cny": 2_000_000,
            "annual_rate": 0.0435,
            "tenor_months": 12,
            "reason": "Orders in hand cover the debt service twice.",
        },
        "/v1/bank-applications/{bank_application_id}/decline": {
            "reason": "The orders shown could not be confirmed by the buyers."
        },
        "/v1/bank-applications/{bank_application_id}/withdraw": {"reason": "Another bank has granted the loan."},
        "/v1/releases": {
            "what": "policy",
            "owner": BANK,
            "version": "standard-2026.1",
            "body": read_policy().model_dump(mode="json") | {"version": "standard-2026.1", "pd_cutoff": 0.06},
            "reason": "Losses of the second quarter.",
        },
        "/v1/releases/activate": {
            "release": f"policy:{BANK}:standard-2026.1",
            "effective_from": "2036-01-01",
            "reason": "Reviewed on 2026-01-20.",
        },
        "/v1/match/suppliers": {
            "demand": {
                "title": "轴承提前失效",
                "problem": "风机的机头转着转着突然坏了，全线停工，希望提前知道。",
                "requirement": "提前两周报警，误报低于 5%。",
                "budget_wan": 80.0,
            },
            "count": 10,
        },
        "/v1/match/demands": {"uscc": uscc, "count": 10},
        "/v1/match/search": {"text": "轴承振动监测 GB/T 6075", "count": 10},
        "/v1/match/events/{event_id}/invitations": {"demands": ["D00001", "D00002"], "seats": 40, "rounds": 6},
        "/v1/demands": {
            "demand_id": "bearing-0001",
            "title": "轴承提前失效",
            "problem": "风机的机头转着转着突然坏了，全线停工，希望提前知道。",
            "budget_wan": 80.0,
            "visible_to": "zone",
        },
        "/v1/demands/{demand_id}/close": {"reason": "The problem is solved."},
        "/v1/match/events": {
            "event_id": "E-2026-01",
            "theme": "智能制造技术供需对接会",
            "date": "2026-12-15",
            "seats": 40,
            "rounds": 6,
            "per_firm_limit": 3,
        },
        "/v1/match/outcomes": {
            "outcome_id": "meeting-0001",
            "query_id": "0f3c5b8a9d2e4c6f8a1b2c3d",
            "uscc": uscc,
            "at": "2026-01-31T08:00:00Z",
            "met": True,
            "kept": True,
            "reason_not": "price",
        },
        "/v1/placements": {"text": "高清网络摄像机与云台的研发、生产和销售"},
        "/v1/placements/corrections": {
            "correction_id": "visit-0001",
            "kind": "firm",
            "item_id": uscc,
            "chain_id": "digital-security",
            "node_id": "network-camera",
            "right": True,
            "at": "2026-01-31T08:00:00Z",
            "reason": "Seen on the visit: cameras are what it makes.",
        },
        "/v1/chains/{chain_id}/nodes/{node_id}/campaigns": {
            "record_id": "campaign-0001",
            "firm_id": "W000001",
            "status": "contacted",
            "at": "2026-01-31T08:00:00Z",
            "role": "investment_office",
            "reason": "Met at the fair of the industry.",
        },
        "/v1/recommend/investors": {"publication_number": "CN114081026A", "count": 50},
        "/v1/clearance/messages": RECEIPT,
        "/v1/clearance/checks": DECLARATION,
        "/v1/clearance/cutoffs": {
            "cutoff_id": "booking-0001",
            "number": "E20260000000000001",
            "kind": "ship",
            "milestone": "released",
            "cutoff_at": "2036-01-31T08:00:00Z",
            "empty_space_fee_cny": 12_000.0,
        },
        "/v1/clearance/webhooks": {
            "url": "https://erp.example.com/clearance",
            "events": ["clearance.status_changed"],
            "owner": uscc,
        },
        "/v1/clearance/webhooks/{webhook_id}/disable": {"reason": "The firm has a new system."},
        "/v1/approvals/events": [
            {
                "case_number": "2026-000001",
                "kind": "applied",
                "at": "2026-03-02T09:00:00+08:00",
                "item": "construction-permit",
                "office": "bureau_east",
                "values": {"applicant": uscc},
            },
            {
                "case_number": "2026-000001",
                "kind": "suspended",
                "at": "2026-03-06T10:00:00+08:00",
                "item": "construction-permit",
                "office": "bureau_east",
                "values": {"reason": "appraisal", "basis": "《行政许可法》第四十五条", "days": "3"},
            },
        ],
        "/v1/approvals/logs": CASE_LOG,
        "/v1/incubators/reports": {
            "reports": [
                {
                    "incubator_id": "H001",
                    "period_from": "2024-01-01",
                    "period_to": "2024-03-31",
                    "filed_on": "2024-04-12",
                    "figures": {"7d00": 14, "7d10": 9, "7e00": 5000, "7e02": 3600, "tenants": 2, "mentors": 6},
                }
            ]
        },
        "/v1/incubators/corrections": {
            "record": "incubator",
            "key": "H001",
            "changes": {"name": "测试孵化器（一期）"},
            "why": "The name was taken from an earlier certificate.",
            "by": "registry clerk",
        },
        "/v1/incubators/vouchers": {
            "vouchers": [
                {
                    "entry_id": "V-1003",
                    "voucher_id": "V-1",
                    "step": "redeemed",
                    "amount_cny": 1500.5,
                    "day": "2024-04-01",
                    "tenant_id": "T001",
                }
            ]
        },
        "/v1/match/withdrawal": {"reason": "The firm has no capacity for new partners."},
    }
