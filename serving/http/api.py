"""Quota, points and decisions: parse, check the consent, one call, answer. ``models.quota`` decides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from data.consents import Share
from data.requests import BankFacts, Override, PointsRequest, QuotaRequest, QuotaRequests
from data.texts.sentences import sentence
from serving.auth.access import Principal
from serving.consents.check import check_consent, rights_of
from serving.contract.json_members import repeated_members
from serving.contract.problems import Fault, ProblemError, invalid_request
from serving.decide.bounds import check_override
from serving.decide.decisions import DECISION, override_draft, overrides_of
from serving.http.gate import Ask, Reply
from serving.ledger.ledger import Record
from serving.runtime.desk import SLICE, Question

T = TypeVar("T")
_MARKS = {"UTF-8, EF BB BF": b"\xef\xbb\xbf", "UTF-16, FF FE": b"\xff\xfe", "UTF-16, FE FF": b"\xfe\xff"}


async def quota(ask: Ask) -> Reply:
    """An indicative quota, the constraint that bound it, and its reasons; recorded before it is answered."""
    request = own_bank(parse(QuotaRequest, ask.body), ask.principal)
    return Reply((await _decided(ask, [request]))[0])


async def quota_batch(ask: Ask) -> Reply:
    """Up to 500 requests at once; each answer is the one that the request alone would get, or none is given."""
    requests = [own_bank(request, ask.principal) for request in parse(QuotaRequests, ask.body)]
    places: dict[str, int] = {}
    for place, request in enumerate(requests):
        earlier = places.setdefault(request.request_id, place)
        if earlier != place:
            fault = Fault(f"{place}.request_id", request.request_id, f"another than that of request {earlier}")
            raise ProblemError("invalid-request", "1 fault(s)", [fault])
    ask.desk.limit.take(ask.principal.name, len(requests) - 1)
    return Reply(b"[" + b",".join(await _decided(ask, requests, batch=True)) + b"]")


async def _decided(ask: Ask, requests: Sequence[QuotaRequest], *, batch: bool = False) -> list[bytes]:
    """One answer per request. What was answered before its consent ended is answered again from its record."""
    desk, who = ask.desk, ask.principal
    answers: list[bytes] = []
    questions: dict[int, Question] = {}
    for number, request in enumerate(requests):
        if number and number % SLICE == 0:
            await asyncio.sleep(0)
        where = f"{number}." if batch else ""
        needs: list[Share] = ["quota", "query"]
        if request.enterprise is not None or request.bank_facts != BankFacts():
            needs.append("reporting")
        business = (request.product, request.purpose)
        checked = check_consent(request.consent, needs, request.uscc, who, desk.consents, business)
        recorded = await desk.recorded(request) if checked.only_ended else None
        if checked.faults and recorded is None:
            raise checked.refusal().at(where)
        answers.append(recorded or b"")
        if recorded is None:
            questions[number] = Question(request, rights_of(request.consent, who), where)
    for number, answer in zip(questions, await desk.decide(list(questions.values())), strict=True):
        answers[number] = answer
    return answers


async def points(ask: Ask) -> Reply:
    """Innovation points with what every indicator earned; that a bank read them is recorded, once for each day."""
    request, who, desk = parse(PointsRequest, ask.body), ask.principal, ask.desk
    needs: list[Share] = ["points", "query", *(["reporting"] if request.enterprise else [])]  # type: ignore[list-item]
    checked = check_consent(request.consent, needs, request.uscc, who, desk.consents)
    if checked.faults:
        raise checked.refusal()
    counter, rights = desk.ready(), rights_of(request.consent, who)
    body = orjson.dumps(await asyncio.to_thread(counter.points, request, rights))
    if request.consent is not None and who.role == "bank":
        await desk.note_points_seen(request.consent, who.name, personal=rights.personal)
    return Reply(body)


async def decision(ask: Ask) -> Reply:
    """A recorded decision, its place in the ledger, and the overrides beside it."""
    records = await ask.desk.read(lambda: ask.desk.ledger.find(subject=ask.path["audit_id"]))
    return Reply(orjson.dumps(_told(_own_decision(records, ask), records)))


async def override(ask: Ask) -> Reply:
    """Record a person's decision beside the counter's, with its reason and its end."""
    given = parse(Override, ask.body)
    records = await ask.desk.read(lambda: ask.desk.ledger.find(subject=ask.path["audit_id"]))
    decided = _own_decision(records, ask)
    now, content = datetime.now(UTC), decided.content
    warnings = check_override(given, content["request"], content["answer"], now, ask.desk.params.override_valid_days)
    draft = override_draft(decided, given, ask.principal.holder, warnings)
    ((record, _),) = await ask.desk.write([draft])
    return Reply(orjson.dumps(overrides_of([record], datetime.now(UTC))[0]), 201)


def parse(kind: Any, body: bytes) -> Any:
    """The body as ``kind``, or the problem that lists everything wrong with it; a repeated member is wrong."""
    if mark := next((name for name, start in _MARKS.items() if body.startswith(start)), None):
        detail = sentence("problem.malformed-json.mark", mark=mark)
        raise ProblemError("malformed-json", detail)
    try:
        given = _adapter(kind).validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise ProblemError("malformed-json", first["msg"]) from fault
        raise invalid_request(fault, repeated_members(body)) from fault
    if faults := repeated_members(body):
        raise ProblemError("invalid-request", f"{len(faults)} fault(s)", faults)
    return given


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def own_bank(request: QuotaRequest, principal: Principal) -> QuotaRequest:
    """The request in the name of the key's own bank; one that names another bank is refused."""
    if request.bank_id == principal.name:
        return request
    if "bank_id" in request.model_fields_set:
        raise ProblemError("not-yours", faults=[Fault("bank_id", request.bank_id, principal.name)])
    object.__setattr__(request, "bank_id", principal.name)  # frozen, but just read: a copy costs more than the consent
    return request


def _own_decision(records: list[Record], ask: Ask) -> Record:
    """The decision among ``records``, if the caller may see it; what is not theirs is not found."""
    found = next((record for record in records if record.kind == DECISION), None)
    who = ask.principal
    mine = found is not None and (
        who.role == "operator"
        or (who.role == "bank" and found.owner == who.name)
        or (who.role == "enterprise" and found.content["request"]["uscc"] == who.name)
    )
    if found is None or not mine:
        raise ProblemError("not-found", faults=[Fault("audit_id", ask.path["audit_id"][:60], "a decision of yours")])
    return found


def _told(record: Record, records: list[Record]) -> Mapping[str, Any]:
    return {
        "audit_id": record.subject,
        "record": record.seq,
        "recorded_at": record.recorded_at,
        "digest": record.digest,
        "answer": record.content["answer"],
        "overrides": overrides_of(records, datetime.now(UTC)),
    }
