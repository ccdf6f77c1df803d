"""Whom to invite to an event: the calibrated probabilities of the release, and the plan of ``models.matching``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from data.match_requests import InvitationsRequest
from data.matching import MatchEvent
from data.store_url import UnavailableError
from data.texts.sentences import label, sentence
from models.matching.event_outlook import event_outlook
from models.matching.invitations import (
    Candidates,
    EventRules,
    Exposure,
    ExposureError,
    InvitationPlan,
    even_limit,
    plan_invitations,
)
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.matching.event_store import store_refusal
from serving.matching.packed import Packed
from serving.matching.service import MatchingService, versions_of

TIME_LIMIT_S = 20.0


def plan_event(service: MatchingService, event_id: str, request: InvitationsRequest, caller: Caller) -> dict[str, Any]:
    """Whom to invite and who meets whom; raises a Refusal ``not-found`` for an event or demand that is not on file."""
    packed, _ = service.current()
    event = service.events(packed).get(event_id)
    if event is None:
        raise Refusal("not-found", faults=[Fault("event_id", event_id[:60], label("match.allowed.event"))])
    demands = [service.demand(name, caller) for name in dict.fromkeys(request.demands)]
    firms = list(packed.matcher.firms())
    try:
        probability = packed.matcher.probabilities(demands, firms).astype(float)
    except UnavailableError as fault:
        raise store_refusal(fault) from fault
    place = {firm: number for number, firm in enumerate(firms)}
    row = {demand.demand_id: number for number, demand in enumerate(demands)}
    for demand in demands:  # nobody meets itself
        if demand.enterprise_id in place:
            probability[row[demand.demand_id], place[demand.enterprise_id]] = 0.0
    for pair in request.declined:
        if pair.demand_id in row and pair.uscc in place:
            probability[row[pair.demand_id], place[pair.uscc]] = 0.0
    plan, rules = _planned(packed, event, request, firms, Candidates.from_matrix(probability))
    chance = probability[plan.demand, plan.firm]
    outlook = event_outlook(plan.demand, plan.firm, chance, np.ones(len(firms)))
    met = set(plan.demand.tolist())
    return {
        "event_id": event_id,
        "invited": [firms[number] for number in plan.invited.tolist()],
        "meetings": [
            {
                "demand_id": demands[demand].demand_id,
                "uscc": firms[firm],
                "round": turn + 1,
                "probability": float(value),
            }
            for demand, firm, turn, value in zip(
                plan.demand.tolist(), plan.firm.tolist(), plan.round.tolist(), chance, strict=True
            )
        ],
        "seats": rules.seats,
        "rounds": rules.rounds,
        "per_firm_limit": rules.per_firm_limit,
        "per_demand_limit": rules.per_demand_limit,
        "exposure": [
            {"group": name, "least_seats": least, "seats": had} for name, (least, _, had) in plan.exposure.items()
        ],
        "price_of_fairness": float(plan.price_of_fairness),
        "expected_solved": outlook.solved.expected,
        "solved_low": outlook.solved.low,
        "solved_high": outlook.solved.high,
        "bound": float(plan.bound),
        "demands_without_supplier": [one.demand_id for number, one in enumerate(demands) if number not in met],
        "versions": versions_of(packed),
    }


def _planned(
    packed: Packed, event: MatchEvent, request: InvitationsRequest, firms: Sequence[str], candidates: Candidates
) -> tuple[InvitationPlan, EventRules]:
    """The plan and its rules; raises a Refusal where a group cannot have its seats."""
    exposure = [
        Exposure(one.group, packed.matcher.group(one.group, firms), one.least_share) for one in request.exposure
    ]
    rules = EventRules(
        request.seats or event.seats, request.rounds or event.rounds, request.per_firm_limit or event.per_firm_limit,
        request.per_demand_limit, exposure,
    )  # fmt: skip
    if rules.per_demand_limit is None:
        rules = replace(rules, per_demand_limit=even_limit(candidates, rules))
    try:
        return plan_invitations(candidates, rules, time_limit_s=TIME_LIMIT_S), rules
    except ExposureError as fault:
        shares: dict[str, str] = {one.group: f"{one.least_share:g}" for one in request.exposure}
        short = [
            Fault(f"exposure.{name}", shares[name], sentence("match.allowed.exposure", most=most))
            for name, most in fault.most.items()
        ]
        raise Refusal.invalid(*short) from fault
