"""Demands on file: which there are, one of them, a new one, and one that is wanted no more.

The zone sees all of them. A firm sees its own, whatever became of them, and of others' those that are open and that it
may see; any other is not found.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from data.events import EventStoreError
from data.match_requests import GivenDemand
from data.matching import Demand
from data.texts.sentences import label, sentence
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of
from serving.matching.event_store import append, store_refusal, withdrawn_refusal
from serving.matching.feedback import names_firm
from serving.matching.packed import Packed
from serving.matching.posted import (
    BY_FIRM,
    BY_ZONE,
    PostedDemand,
    closing_event,
    posted_demand,
    posted_demands,
    posting_event,
)
from serving.matching.service import MatchingService, written_demand
from serving.matching.visibility import is_open, may_see, may_see_asker

State = Literal["open", "past_deadline", "closed", "not_yet"]
DEMAND_POSTED, DEMAND_CLOSED = "match_demand", "match_demand_closed"


def list_demands(service: MatchingService, caller: Caller) -> list[dict[str, Any]]:
    """Every demand that the caller may see, the newest first.

    proposed : whether the last list for it proposed a firm, None where nobody searched suppliers for it yet or the
    demand is another firm's
    """
    packed, gone = service.current()
    invited = service.invited(packed, caller)
    try:
        posted = posted_demands(service.store)
        proposed = service.searches.proposed(service.store)
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    known = [PostedDemand(one) for one in packed.demands.values()]
    seen = [
        _row(one, packed, caller, service.today(), proposed)
        for one in [*known, *posted]
        if one.demand.enterprise_id not in gone and _may_see(one, caller, invited, service.today())
    ]
    return sorted(seen, key=lambda row: (row["as_of"], row["demand_id"]), reverse=True)


def one_demand(service: MatchingService, demand_id: str, caller: Caller) -> dict[str, Any]:
    """One demand; raises a Refusal ``not-found`` for one that the caller may not see."""
    packed, _ = service.current()
    found = _found(service, packed, demand_id, caller)
    try:
        proposed = service.searches.proposed(service.store)
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    return _row(found, packed, caller, service.today(), proposed)


def post_demand(service: MatchingService, given: GivenDemand, caller: Caller) -> tuple[dict[str, Any], bool]:
    """Keep a demand, which counts from now on; the demand, and whether it is new.

    raises : Refusal ``invalid-request`` for a text that cannot be matched, a deadline that is past, an identifier that
        holds a firm's code, or the zone without the firm; ``not-yours`` for another firm's; ``idempotency-conflict``
        where the identifier was used before; ``firm-withdrawn``; ``matching-unavailable``
    """
    packed, gone = service.current()
    firm = caller.name if caller.role == "enterprise" else given.uscc
    if firm is None:
        raise Refusal.invalid(Fault("uscc", "nothing", label("fault.type.missing")))
    if given.uscc not in {None, firm}:
        raise Refusal("not-yours", faults=[Fault("uscc", str(given.uscc), sentence("fault.your_own", name=firm))])
    if firm in gone:
        raise withdrawn_refusal("uscc", firm)
    if names_firm(given.demand_id):
        raise Refusal.invalid(Fault("demand_id", given.demand_id, label("match.allowed.no_code")))
    if given.deadline is not None and given.deadline < service.today():
        allowed = sentence("fault.not_before", day=service.today())
        raise Refusal.invalid(Fault("deadline", given.deadline.isoformat(), allowed))
    _, written = written_demand(given, caller, service.today())
    demand = replace(
        written, demand_id=given.demand_id, enterprise_id=firm, visible_to=given.visible_to,
        source=BY_FIRM if caller.role == "enterprise" else BY_ZONE,
    )  # fmt: skip
    new = _keep(service, packed, demand)
    return one_demand(service, demand.demand_id, caller), new


def close_demand(service: MatchingService, demand_id: str, reason: str, caller: Caller) -> dict[str, Any]:
    """End a posted demand before its deadline; one that was closed before stays as it was closed.

    raises : Refusal ``not-found`` for a demand of another firm, ``illegal-action`` for one of the release
    """
    packed, _ = service.current()
    found = _found(service, packed, demand_id, caller)
    if not (caller.of_zone or found.demand.enterprise_id == caller.name):
        raise _not_found(demand_id)
    if demand_id in packed.demands:
        raise Refusal("illegal-action", faults=[Fault("demand_id", demand_id, label("match.allowed.posted"))])
    if found.closed_on is None:
        by = BY_ZONE if caller.of_zone else BY_FIRM
        append(service.store, closing_event(found.demand, service.today(), reason, by), "demand_id", "uscc")
    return one_demand(service, demand_id, caller)


def demand_draft(row: dict[str, Any], kind: str, caller: Caller) -> Draft:
    """The ledger's record that a demand was posted or closed: its number and who may see it, and not which firm's."""
    content = {"demand_id": row["demand_id"], "visible_to": row["visible_to"], "state": row["state"]}
    owner, text = caller.name if caller.role != "enterprise" else "enterprise", canonical_json(content)
    return Draft(kind, owner, row["demand_id"], text, f"{kind}:{row['demand_id']}", digest_of(text))


def _keep(service: MatchingService, packed: Packed, demand: Demand) -> bool:
    """Store it; the same demand again is not new, whatever day it is sent on."""
    try:
        before = posted_demand(service.store, demand.demand_id)
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    if before is not None and replace(demand, as_of=before.demand.as_of) == before.demand:
        return False
    if before is not None or demand.demand_id in packed.demands:
        used = Fault("demand_id", "used before with another body", label("match.allowed.new_identifier"))
        raise Refusal("idempotency-conflict", faults=[used])
    return append(service.store, posting_event(demand, datetime.now(UTC)), "demand_id", "uscc")


def _found(service: MatchingService, packed: Packed, demand_id: str, caller: Caller) -> PostedDemand:
    try:
        known = packed.demands.get(demand_id)
        found = PostedDemand(known) if known is not None else posted_demand(service.store, demand_id)
    except EventStoreError as fault:
        raise store_refusal(fault) from fault
    if (
        found is None
        or found.demand.enterprise_id in service.withdrawn()
        or not _may_see(found, caller, service.invited(packed, caller), service.today())
    ):
        raise _not_found(demand_id)
    return found


def _may_see(one: PostedDemand, caller: Caller, invited: dict[str, frozenset[str]], day: date) -> bool:
    own = caller.of_zone or caller.name == one.demand.enterprise_id
    return own or (is_open(one.in_force, day) and may_see(one.demand, caller, invited))


def _row(
    one: PostedDemand, packed: Packed, caller: Caller, day: date, proposed: dict[str, bool]
) -> dict[str, Any]:  # fmt: skip
    demand = one.demand
    own = caller.of_zone or caller.name == demand.enterprise_id
    return {
        "demand_id": demand.demand_id,
        "uscc": demand.enterprise_id if may_see_asker(demand, caller) else None,
        "title": demand.title,
        "problem": demand.problem,
        "requirement": demand.requirement,
        "field": demand.field or None,
        "budget_wan": demand.budget_wan,
        "deadline": None if demand.deadline is None else demand.deadline.isoformat(),
        "district": demand.district,
        "visible_to": demand.visible_to,
        "as_of": demand.as_of.isoformat(),
        "source": demand.source,
        "posted": demand.demand_id not in packed.demands,
        "mine": caller.name == demand.enterprise_id,
        "state": state_of(one, day),
        "closed_on": None if one.closed_on is None else one.closed_on.isoformat(),
        "closed_reason": one.closed_reason if own else "",
        "proposed": proposed.get(demand.demand_id) if own else None,
    }


def state_of(one: PostedDemand, day: date) -> State:
    """Where a demand stands on a day."""
    if one.closed_on is not None:
        return "closed"
    if one.demand.as_of > day:
        return "not_yet"
    return "open" if is_open(one.demand, day) else "past_deadline"


def _not_found(demand_id: str) -> Refusal:
    return Refusal("not-found", faults=[Fault("demand_id", demand_id[:64], label("match.allowed.demand"))])
