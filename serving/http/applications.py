"""Applications over HTTP: a firm applies once, each chosen bank acts on its own copy, the firm sees every action."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from data.requests import (
    Application,
    BankFacts,
    DueDiligence,
    Grant,
    IndicationsRequest,
    PointsRequest,
    QuotaRequest,
    Reasoned,
)
from data.texts.sentences import label, sentence
from models.quota.policy import CreditPolicy
from serving.applications.bank_applications import (
    FINAL,
    ORDERS,
    STATES,
    Action,
    BankApplication,
    action_draft,
    application_drafts,
    application_id_of,
    check_action,
    expire_overdue,
    first_key,
    read_application,
    read_bank_application,
)
from serving.applications.certificate_count import certificate_note, certificate_warnings
from serving.applications.firm_grants import covered_cny, firm_grants, running
from serving.applications.listing import Wanted, page_of
from serving.consents.check import REVOKED, Checked, Rights, check_recorded, revoked_refusal
from serving.consents.giving import consent_draft, consent_id_of, end_of, new_consent
from serving.contract.instants import day_in
from serving.contract.parameters import AFTER, COUNT, INSTANT, OneOf, Parameter
from serving.contract.refusals import Fault, Refusal
from serving.decide.bank_quotas import reported_facts
from serving.decide.bounds import check_application, check_grant, check_visit
from serving.decide.decision_service import DecisionService
from serving.decide.personal_points import without_personal
from serving.http.context import JsonResponse, body_of, caller_of, worker_of
from serving.http.operation import PAGING
from serving.http.reading import query_instant, query_number
from serving.ledger.ledger import Draft, Ledger, Record

LIST: Mapping[str, Parameter] = {
    "state": OneOf(STATES),
    "due_before": INSTANT,
    "order": OneOf(ORDERS, usual=ORDERS[0]),
    **PAGING,
}


async def banks(request: Request) -> Response:
    """The banks that an enterprise may choose, with the caps of their policies in force today."""
    worker = worker_of(request)
    worker.ready()
    listed = [
        {
            "bank_id": bank_id,
            "name_zh": policy.name_zh,
            "name_en": policy.name_en,
            "policy": policy.version,
            "stage_cap_wan": dict(policy.stage_cap_wan),
            "annual_rate": policy.lowest_annual_rate,
            "products": {name: product.model_dump(mode="json") for name, product in policy.products.items()},
        }
        for bank_id, policy in worker.policies.banks.items()
    ]
    return JsonResponse({"banks": listed})


async def indications(request: Request) -> Response:
    """What every bank's policy would allow the enterprise today, with the safeguard checks of a quota."""
    given: IndicationsRequest = body_of(request)
    worker, uscc = worker_of(request), caller_of(request).name
    service = worker.ready()
    of_firm = QuotaRequest(uscc=uscc, **given.model_dump())
    case = service.snapshot.case_of(of_firm)
    indications = []
    for bank_id, policy in worker.policies.banks.items():
        of_bank = of_firm.model_copy(update={"bank_id": bank_id})
        answer = service.decide(case, of_bank, policy, worker.facts(bank_id))
        quota = answer["quota"]
        indications.append(
            {
                "bank_id": bank_id,
                "name_zh": policy.name_zh,
                "name_en": policy.name_en,
                "policy": policy.version,
                "outcome": answer["outcome"],
                "amount_wan": quota["amount_wan"],
                "annual_rate": quota["annual_rate"],
                "limited_by": quota["limited_by"],
            }
        )
    indications.sort(key=lambda item: (-item["amount_wan"], item["annual_rate"] or 0.0, item["bank_id"]))
    body = {
        "uscc": uscc,
        "as_of": case.row["as_of"].date(),
        "indicative": True,
        "requested_cny": given.requested_amount_cny,
        "indications": indications,
    }
    return JsonResponse(await worker.record_indications(uscc, given, body))


async def apply(request: Request) -> Response:
    """Apply to several banks at once: each bank application holds points, key indicators and a signed consent.

    What a chosen bank's policy does not offer is a warning in its bank application; the bank decides.
    """
    given: Application = body_of(request)
    worker, caller = worker_of(request), caller_of(request)
    uscc, known = caller.name, worker.policies.banks
    alien = [bank for bank in given.banks if bank not in known]
    twice = len(set(given.banks)) != len(given.banks)
    if alien or twice:
        allowed = label("fault.bank_once") if twice else sentence("fault.banks_among", list=sorted(known))
        raise Refusal.invalid(Fault("banks", str(alien or list(given.banks)), allowed))
    now, expires_at = end_of(worker.params.bank_application_valid_days)
    service, key = worker.ready(), worker.signing_key()
    personal = "personal" in given.share and "personal" in caller.permissions
    seen = await asyncio.to_thread(service.points, PointsRequest(uscc=uscc), Rights(personal=personal))
    share = tuple(item for item in given.share if item != "personal" or personal)
    if not share:
        caller.need("personal")
    application_id = application_id_of(uscc, given.request_id)
    consents = {
        bank: new_consent(
            consent_id_of(application_id, bank), uscc, bank, share, (given.product,), caller.holder, now,
            expires_at, key, purposes=(given.purpose,),
        )
        for bank in given.banks
    }  # fmt: skip
    body = {**given.model_dump(mode="json"), "banks": list(given.banks)}
    warnings = {bank: check_application(given, known[bank]) for bank in given.banks}
    application, *bank_applications = application_drafts(
        uscc, given.request_id, body, consents, seen, expires_at, warnings
    )
    signed = [consent_draft(item, application.fingerprint, application.unique_key) for item in consents.values()]
    receipt = await worker.write([application, *signed, *bank_applications])
    first, fresh = receipt[0]
    if not fresh and first.fingerprint != application.fingerprint:
        fault = Fault("request_id", "used before with another body", label("match.allowed.new_identifier"))
        raise Refusal("idempotency-conflict", f"recorded as {first.subject}", [fault])
    made = await worker.read(lambda: read_application(worker.ledger, first))
    return await _all(request, made, len(made))


async def my_bank_applications(request: Request) -> Response:
    """The bank applications of the caller, a bank's own or an enterprise's; all of them, or a page of ``count``."""
    worker, caller, query = worker_of(request), caller_of(request), request.query_params
    state, order = query.get("state"), query.get("order", ORDERS[0])
    wanted = Wanted(
        caller.name if caller.role == "bank" else None, None if caller.role == "bank" else caller.name, state or "",
        query_instant(request, "due_before", worker.params.zone), order == "newest",
        query_number(request, "after", AFTER),
        query_number(request, "count", COUNT) if "count" in query or "after" in query else None,
    )  # fmt: skip
    found, whole = await worker.read(lambda: page_of(worker.ledger, wanted))
    return await _all(request, found, whole)


async def bank_application(request: Request) -> Response:
    """One bank application with its actions and those that may follow; no points for its bank once consent ended."""
    return await _shown(request, await _own(request))


async def record_due_diligence(request: Request) -> Response:
    """Record what the bank's people found on site, from the day of the application on; more than once if need be."""
    given: DueDiligence = body_of(request)
    params, before = worker_of(request).params, await _under_consent(request, "record_due_diligence")
    check_visit(given, day_in(before.actions[0]["at"], params.zone), params.today())
    return await _act(request, before, "record_due_diligence", given.model_dump(mode="json"))


async def grant(request: Request) -> Response:
    """Grant the loan after due diligence: amount, rate, tenor, reason; against the finding only by another person.

    What it is bound by is read and calculated while no other grant is recorded: the bank's running grants to the firm,
    and the count of its certificate, beyond which the expert caps decide.
    """
    given: Grant = body_of(request)
    worker, before = worker_of(request), await _under_consent(request, "grant")
    policy, holder, service = worker.policies.policy_of(before.bank_id), caller_of(request).holder, worker.ready()
    facts = await worker.read(lambda: _reported(worker.ledger, before))
    drafts: list[Draft] = []

    def drafted() -> Sequence[Draft]:
        worker.refresh_covered_grants()  # what other workers recorded counts as well
        counts = worker.covered_grants.counts(before.bank_id)
        calculated = _calculated(service, before, given, policy, facts, counts)
        grants = firm_grants(worker.ledger, before.bank_id, before.uscc, worker.params.zone)
        now_running = running(grants, worker.service.clock.today())
        warnings = check_grant(given, before, holder, policy, worker.params, calculated, now_running)
        covered, firm_cny = worker.covered_grants.amounts_cny(before.bank_id), covered_cny(grants)
        note = certificate_note(given, calculated, covered, firm_cny)
        warnings += certificate_warnings(given, note, calculated, covered, firm_cny)
        members = given.model_dump(mode="json") | note | {"warnings": warnings}
        drafts[:] = [action_draft(before, "grant", holder, members, datetime.now(UTC))]
        return drafts

    ((record, fresh),) = await worker.settle(drafted)
    _check_written(before, drafts[0], record, fresh=fresh)
    await worker.read(worker.refresh_covered_grants)  # this one counts from the next answer on
    return await _shown(request, await _own(request))


async def decline(request: Request) -> Response:
    """Decline the bank application, with the reason that the enterprise will read."""
    given: Reasoned = body_of(request)
    return await _act(request, await _own(request), "decline", given.model_dump(mode="json"))


async def withdraw(request: Request) -> Response:
    """The enterprise takes one bank application back."""
    given: Reasoned = body_of(request)
    return await _act(request, await _own(request), "withdraw", given.model_dump(mode="json"))


async def expire(request: Request) -> Response:
    """Close every open bank application past its date now, as the worker also does each minute."""
    worker = worker_of(request)
    closed = await worker.read(lambda: expire_overdue(worker.ledger, datetime.now(UTC)))
    return JsonResponse({"expired": closed})


def _reported(ledger: Ledger, found: BankApplication) -> BankFacts:
    """What the bank itself reported of the enterprise since it applied."""
    sent = ledger.by_key(first_key(found.bank_application_id))
    return reported_facts(ledger, found.bank_id, found.uscc, 0 if sent is None else sent.seq)


def _calculated(
    service: DecisionService,
    found: BankApplication,
    given: Grant,
    policy: CreditPolicy,
    facts: BankFacts,
    counts: Mapping[str, int],
) -> dict[str, Any] | None:
    """What the bank application's request gets today for the granted tenor; None when nothing else is known.

    counts : the bank's covered grants by certificate
    """
    fields = {key: found.request[key] for key in ("product", "requested_amount_cny", "purpose")}
    request = QuotaRequest(
        request_id=found.bank_application_id,
        bank_id=found.bank_id,
        uscc=found.uscc,
        bank_facts=facts,
        tenor_months=given.tenor_months,
        **fields,
    )
    try:
        return service.quota(request, policy, counts)
    except Refusal:
        return None


async def _act(request: Request, before: BankApplication, action: Action, note: Mapping[str, Any]) -> Response:
    """Record an action on the bank application as it was checked; refused where another came meanwhile."""
    draft = action_draft(before, action, caller_of(request).holder, note, datetime.now(UTC))
    ((record, fresh),) = await worker_of(request).write([draft])
    _check_written(before, draft, record, fresh=fresh)
    return await _shown(request, await _own(request))


def _check_written(before: BankApplication, draft: Draft, record: Record, *, fresh: bool) -> None:
    """Refuse an action that was not written because of ``record``."""
    if record.kind == REVOKED:  # while the action was on its way
        raise revoked_refusal(before.consent["id"], record.recorded_at)
    if not fresh and record.fingerprint != draft.fingerprint:  # somebody else's action came first
        fault = Fault("state", record.content["state"], label("fault.application_again"))
        raise Refusal("illegal-action", faults=[fault])


async def _own(request: Request) -> BankApplication:
    """The bank application, if it is the caller's; what is not theirs is not found."""
    worker, caller, wanted = worker_of(request), caller_of(request), request.path_params["bank_application_id"]
    found = await worker.read(lambda: read_bank_application(worker.ledger, wanted))
    if caller.name != (found.bank_id if caller.role == "bank" else found.uscc):
        raise Refusal("not-found", faults=[Fault("bank_application_id", wanted[:60], label("fault.own_application"))])
    return found


async def _under_consent(request: Request, action: Action) -> BankApplication:
    """The bank application, if it is the caller's, its consent still holds, and the action is possible now."""
    found = await _own(request)
    consent = _consent_of(request, found)
    if consent.faults and found.state not in FINAL:
        raise consent.refusal()
    check_action(found, action, datetime.now(UTC))
    return found


def _consent_of(request: Request, found: BankApplication) -> Checked:
    """What is now against the consent of a bank application; nothing where an enterprise reads its own."""
    return check_recorded(found.consent, found.uscc, caller_of(request), worker_of(request).consents)


def _as_read(request: Request, found: BankApplication) -> dict[str, Any]:
    """As the caller may read it: points under a consent that holds, what is personal only with the permission."""
    outcome = found.as_dict(consent_holds=not _consent_of(request, found).faults)
    if outcome["points"] is not None and "personal" not in caller_of(request).permissions:
        outcome["points"] = without_personal(outcome["points"], worker_of(request).service.models.engine.codebook)
    return outcome


async def _shown(request: Request, found: BankApplication) -> Response:
    await _with_revocations(request)
    return JsonResponse(_as_read(request, found))


async def _with_revocations(request: Request) -> None:
    """Read revocations now, so that a bank is shown no points after one was answered, by whichever worker."""
    worker = worker_of(request)
    if caller_of(request).role == "bank":
        await worker.read(lambda: worker.consents.refresh(worker.ledger))


async def _all(request: Request, bank_applications: list[BankApplication], whole: int | None = None) -> Response:
    await _with_revocations(request)
    shown = [_as_read(request, one) for one in bank_applications]
    return JsonResponse({"bank_applications": shown, "count": whole})
