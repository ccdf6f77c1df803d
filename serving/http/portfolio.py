"""A bank's budget over its own recorded decisions, over HTTP. ``models.quota.budget`` finds the amounts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from starlette.requests import Request
from starlette.responses import Response

from data.money import CNY_PER_WAN
from data.requests import PortfolioRequest
from data.texts.sentences import label, sentence
from models.quota.budget import COLUMNS, BudgetError, share_budget
from serving.contract.refusals import Fault, Refusal, shown
from serving.decide.decisions import overrides_of
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Record


async def portfolio(request: Request) -> Response:
    """Share a budget among the bank's approved decisions for the largest expected profit; nothing is recorded."""
    given: PortfolioRequest = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    worker.limit.take(caller.name, len(given.decisions) - 1)
    policy, today = worker.policies.policy_of(caller.name, None), worker.ready().clock.today()
    found = await worker.read(lambda: [worker.ledger.find(subject=audit_id) for audit_id in given.decisions])
    decided = _own_decisions(given.decisions, found, caller.name)
    cost_cny = policy.operating_cost_wan * CNY_PER_WAN
    rows = [_loan(content, records, today, cost_cny) for content, records in zip(decided, found, strict=True)]
    loans = pd.DataFrame(rows, columns=list(COLUMNS))
    try:
        shared = await asyncio.to_thread(share_budget, loans, given.budget_wan, given.limits, policy)
    except BudgetError as fault:
        raise Refusal("invalid-request", str(fault)) from fault
    return JsonResponse(
        {
            "budget_wan": given.budget_wan,
            "amount_wan": int(shared.amount_wan.sum()),
            "expected_profit_cny": shared.profit_cny,
            "text_zh": shared.text[0],
            "text_en": shared.text[1],
            "loans": [
                {"audit_id": audit_id, "uscc": uscc, "quota_wan": quota, "amount_wan": amount}
                for audit_id, uscc, quota, amount in zip(
                    given.decisions, loans["uscc"], loans["quota_wan"].tolist(), shared.amount_wan.tolist(), strict=True
                )
            ],
            "limits": [
                {
                    "limit": one.limit, "most_wan": one.most_wan, "used_wan": one.used_wan,
                    "marginal_profit_cny": one.marginal_profit_cny,
                    "text_zh": one.text[0], "text_en": one.text[1],
                }
                for one in shared.prices
            ],
            "policy": policy.version,
        }
    )  # fmt: skip


def _own_decisions(wanted: Sequence[str], found: Sequence[Sequence[Record]], bank: str) -> list[dict[str, Any]]:
    """The decisions' contents; raises a Refusal naming every one that is not the bank's, or is there twice."""
    decided = [next((one for one in records if one.kind == DECISION and one.owner == bank), None) for records in found]
    absent = [(number, audit_id) for number, audit_id in enumerate(wanted) if decided[number] is None]
    if absent:
        faults = [
            Fault(f"decisions.{number}", shown(audit_id), label("fault.own_decision")) for number, audit_id in absent
        ]
        raise Refusal("not-found", faults=faults)
    contents = [record.content for record in decided if record is not None]
    firms = [content["request"]["uscc"] for content in contents]
    twice = [
        Fault(f"decisions.{number}", shown(wanted[number]), sentence("fault.firm_once", other=wanted[first]))
        for number, firm in enumerate(firms)
        if (first := firms.index(firm)) != number
    ]
    if twice:
        raise Refusal.invalid(*twice)
    return contents


def _loan(
    content: dict[str, Any], records: Sequence[Record], today: date, cost_cny: float
) -> tuple[str, int, float, float, float, str, str]:
    """One decision as a row of COLUMNS; its quota is 0 where nothing valid was approved.

    A person's active decision can only lower it; what a lower amount earns is then taken as its share of the whole.
    """
    answer, request = content["answer"], content["request"]
    quota = answer["quota"]
    valid = answer["outcome"] == "preapproved" and quota["valid_until"] >= today.isoformat()
    amount_wan = quota["amount_wan"] if valid else 0
    active = [one for one in overrides_of(list(records), datetime.now(UTC)) if one["active"]]
    if active:
        last = active[-1]
        amount_wan = min(amount_wan, last["amount_cny"] // CNY_PER_WAN if last["outcome"] == "approved" else 0)
    stage, product = answer["points"]["growth_stage"], request["product"]
    if not amount_wan:
        return request["uscc"], 0, 0.0, 0.0, 0.0, stage, product
    share = amount_wan / quota["amount_wan"]
    profit_cny = share * (quota["expected_profit_cny"] + cost_cny) - cost_cny
    loss_cny = share * answer["risk"]["expected_loss_cny"]
    return request["uscc"], amount_wan, profit_cny, quota["marginal_profit_cny"], loss_cny, stage, product
