"""The order flow over HTTP: a firm applies once, each chosen bank works on its own order, the firm sees every step."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from data.requests import (
    Application,
    DueDiligence,
    Grant,
    OffersRequest,
    PointsRequest,
    QuotaRequest,
    Reasoned,
)
from models.quota.policy import BankPolicy
from serving.applications.certificate_count import certificate_note
from serving.applications.orders import (
    Order,
    Step,
    application_drafts,
    application_id_of,
    expire_overdue,
    read_application,
    read_order,
    read_orders,
    step_draft,
)
from serving.consents.giving import consent_draft, consent_id_of, end_of, new_consent
from serving.contract.instants import day_in
from serving.contract.refusals import Fault, Refusal
from serving.decide.bounds import check_grant, check_visit
from serving.decide.counter import Counter
from serving.decide.own_values import Rights
from serving.http.api import parse
from serving.http.gate import Ask, Reply


async def banks(ask: Ask) -> Reply:
    """The banks that an enterprise may choose, with the caps of their policies in force today."""
    ask.desk.ready()
    told = [
        {
            "bank_id": bank_id,
            "name_zh": policy.name_zh,
            "name_en": policy.name_en,
            "policy": policy.version,
            "stage_cap_wan": dict(policy.stage_cap_wan),
            "annual_rate": policy.lowest_annual_rate,
            "products": {name: one.model_dump(mode="json") for name, one in policy.products.items()},
        }
        for bank_id, policy in ask.desk.policies.banks.items()
    ]
    return Reply(orjson.dumps({"banks": told}))


async def offers(ask: Ask) -> Reply:
    """What every bank's policy would allow the enterprise today, guarded like a quota; asked before it chooses."""
    given, uscc = parse(OffersRequest, ask.body), ask.principal.name
    counter = ask.desk.ready()
    asked = QuotaRequest(uscc=uscc, **given.model_dump())
    case = counter.snapshot.case_of(asked)
    told = []
    for bank_id, policy in ask.desk.policies.banks.items():
        request = asked.model_copy(update={"bank_id": bank_id})
        answer = counter.models.decide(case, request, policy, counter.facts(bank_id))
        quota = answer["quota"]
        told.append(
            {
                "bank_id": bank_id,
                "name_zh": policy.name_zh,
                "name_en": policy.name_en,
                "policy": policy.version,
                "decision": answer["decision"],
                "amount_wan": quota["amount_wan"],
                "annual_rate": quota["annual_rate"],
                "limited_by": quota["limited_by"],
            }
        )
    told.sort(key=lambda one: (-one["amount_wan"], one["annual_rate"] or 0.0, one["bank_id"]))
    body = {
        "uscc": uscc,
        "as_of": case.row["as_of"].date(),
        "binding": False,
        "requested_cny": given.requested_amount_cny,
        "offers": told,
    }
    return Reply(await ask.desk.tell_once("offers", uscc, given, orjson.dumps(body)))


async def apply(ask: Ask) -> Reply:
    """Apply to several banks at once: each receives an order with points, key indicators and a signed consent."""
    given, uscc = parse(Application, ask.body), ask.principal.name
    known = ask.desk.policies.banks
    alien = [bank for bank in given.banks if bank not in known]
    twice = len(set(given.banks)) != len(given.banks)
    if alien or twice:
        allowed = "each bank once" if twice else f"banks among {sorted(known)}"
        raise Refusal("invalid-request", "1 fault(s)", [Fault("banks", str(alien or list(given.banks)), allowed)])
    now, expires_at = end_of(ask.desk.params.order_valid_days)
    counter, key = ask.desk.ready(), ask.desk.signing_key()
    personal = "personal" in given.share and "personal" in ask.principal.scopes
    seen = await asyncio.to_thread(counter.points, PointsRequest(uscc=uscc), Rights(personal=personal))
    share = tuple(one for one in given.share if one != "personal" or personal)
    if not share:
        ask.principal.need("personal")
    application_id = application_id_of(uscc, given.request_id)
    consents = {
        bank: new_consent(
            consent_id_of(application_id, bank), uscc, bank, share, (given.product,), ask.principal.holder, now,
            expires_at, key, purposes=(given.purpose,),
        )
        for bank in given.banks
    }  # fmt: skip
    request = {**given.model_dump(mode="json"), "banks": list(given.banks)}
    application, *orders = application_drafts(uscc, given.request_id, request, consents, seen, expires_at)
    signed = [consent_draft(one, application.fingerprint, application.unique_key) for one in consents.values()]
    receipt = await ask.desk.write([application, *signed, *orders])
    first, fresh = receipt[0]
    if not fresh and first.fingerprint != application.fingerprint:
        fault = Fault("request_id", "used before with another body", "a new request_id, or the body it was used with")
        raise Refusal("idempotency-conflict", f"recorded as {first.subject}", [fault])
    made = await ask.desk.read(lambda: read_application(ask.desk.ledger, first))
    return Reply(_orders(made), 201)


async def my_orders(ask: Ask) -> Reply:
    """The orders of the caller: a bank's own, or all that an enterprise's applications made."""
    who, ledger = ask.principal, ask.desk.ledger
    if who.role == "bank":
        return Reply(_orders(await ask.desk.read(lambda: read_orders(ledger, bank_id=who.name))))
    return Reply(_orders(await ask.desk.read(lambda: read_orders(ledger, uscc=who.name))))


async def order(ask: Ask) -> Reply:
    """One order, with every step so far and the steps that may follow."""
    return Reply(orjson.dumps((await _own(ask)).as_dict()))


async def record_due_diligence(ask: Ask) -> Reply:
    """Record what the bank's people found on site, from the day of the application on; more than once if need be."""
    given, zone = parse(DueDiligence, ask.body), ask.desk.params.zone
    applied_at = (await _own(ask)).steps[0]["at"]
    check_visit(given, day_in(applied_at, zone), ask.desk.params.today())
    return await _step(ask, "record_due_diligence", given.model_dump(mode="json"))


async def grant(ask: Ask) -> Reply:
    """Grant the loan after due diligence: amount, rate, tenor, reason; against the finding only by another person."""
    given, desk = parse(Grant, ask.body), ask.desk
    before = await _own(ask)
    policy = desk.policies.policy_of(before.bank_id)
    calculated = await asyncio.to_thread(_calculated, desk.ready(), before, policy)
    warnings = check_grant(given, before, ask.principal.holder, policy, desk.params, calculated)
    orders = await desk.read(lambda: read_orders(desk.ledger, bank_id=before.bank_id))
    counted = certificate_note(given, calculated, orders)
    return await _step(ask, "grant", given.model_dump(mode="json") | counted | {"warnings": warnings})


async def decline(ask: Ask) -> Reply:
    """Decline the order, with the reason that the enterprise will read."""
    return await _step(ask, "decline", parse(Reasoned, ask.body).model_dump(mode="json"))


async def withdraw(ask: Ask) -> Reply:
    """The enterprise takes one order back."""
    return await _step(ask, "withdraw", parse(Reasoned, ask.body).model_dump(mode="json"))


async def expire(ask: Ask) -> Reply:
    """Close every open order past its date now, as the worker also does each minute."""
    closed = await ask.desk.read(lambda: expire_overdue(ask.desk.ledger, datetime.now(UTC)))
    return Reply(orjson.dumps({"expired": closed}))


def _calculated(counter: Counter, order: Order, policy: BankPolicy) -> dict[str, Any] | None:
    """What the order's request gets today; None when nothing is known of the enterprise."""
    fields = {key: order.request[key] for key in ("product", "requested_amount_cny", "tenor_months", "purpose")}
    asked = QuotaRequest(request_id=order.order_id, bank_id=order.bank_id, uscc=order.uscc, **fields)
    try:
        return counter.quota(asked, policy)
    except Refusal:
        return None


async def _step(ask: Ask, step: Step, note: Mapping[str, Any]) -> Reply:
    before = await _own(ask)
    draft = step_draft(before, step, ask.principal.holder, note, datetime.now(UTC))
    ((record, fresh),) = await ask.desk.write([draft])
    if not fresh and record.fingerprint != draft.fingerprint:  # somebody else's step came first
        raise Refusal("illegal-step", faults=[Fault("state", record.content["state"], "read the order again")])
    return Reply(orjson.dumps((await _own(ask)).as_dict()))


async def _own(ask: Ask) -> Order:
    """The order, if it is the caller's; what is not theirs is not found."""
    who, order_id = ask.principal, ask.path["order_id"]
    found = await ask.desk.read(lambda: read_order(ask.desk.ledger, order_id))
    if who.name != (found.bank_id if who.role == "bank" else found.uscc):
        raise Refusal("not-found", faults=[Fault("order_id", order_id[:60], "an order of yours")])
    return found


def _orders(orders: list[Order]) -> bytes:
    return orjson.dumps({"orders": [one.as_dict() for one in orders]})
