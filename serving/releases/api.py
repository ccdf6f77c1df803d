"""Releases over HTTP: propose, let somebody else activate, and ask what was in force on any day."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

from data.requests import ReleaseActivation, ReleaseProposal
from data.texts.sentences import label, sentence
from models.quota.warnings import warning
from serving.contract.refusals import Fault, Refusal, shown
from serving.http.api import parse
from serving.http.gate import Ask, Reply
from serving.ledger.ledger import Record
from serving.releases.policies import check_body
from serving.releases.releases import (
    ACTIVATED,
    EVERYBODY,
    PROPOSED,
    WHAT,
    activation,
    in_force,
    is_bootstrap,
    proposal,
)
from serving.runtime.desk import LOADED_WITHIN_S


async def propose(ask: Ask) -> Reply:
    """Propose a policy or a model release with its whole body; nothing changes until somebody else activates it."""
    given = parse(ReleaseProposal, ask.body)
    check_body(given.what, given.body, given.version)
    draft = proposal(given.what, given.owner, given.version, given.body, ask.principal, given.reason)
    ((record, fresh),) = await ask.desk.write([draft])
    if not fresh and (record.fingerprint != draft.fingerprint or record.content["by"] != ask.principal.holder):
        fault = Fault("version", given.version, "a version that was not proposed before")
        raise Refusal("illegal-step", "a version is never changed, make a new one", [fault])
    return Reply(orjson.dumps(_told(record)), 201)


async def activate(ask: Ask) -> Reply:
    """Activate a proposed release from a day on, today or later; the proposer cannot.

    Days are those of the zone's real calendar, also while the operator has set the date of decisions: two people act
    on a real day, and the record of it says nothing else. ``notices`` says when running workers have loaded it.
    When it is the one in force on that day already, nothing is recorded and ``changed`` is false.
    """
    given = parse(ReleaseActivation, ask.body)
    today = ask.desk.params.today()
    if given.effective_from < today:
        fault = Fault("effective_from", str(given.effective_from), f"{today} or later")
        raise Refusal("invalid-request", label("release.effective_from_past"), [fault])
    ledger, day = ask.desk.ledger, given.effective_from
    draft = await ask.desk.read(lambda: activation(ledger, given.release, ask.principal, day, given.reason))
    if isinstance(draft, Record):
        return Reply(orjson.dumps(_told(draft) | {"changed": False, "notices": _notices(ask, draft)}), 201)
    ((record, fresh),) = await ask.desk.write([draft])
    if not fresh and record.fingerprint != draft.fingerprint:
        fault = Fault("release", given.release, "read the releases again: another activation came first")
        raise Refusal("illegal-step", faults=[fault])
    return Reply(orjson.dumps(_told(record) | {"changed": True, "notices": _notices(ask, record)}), 201)


async def every_release(ask: Ask) -> Reply:
    """Every proposal and activation, oldest first."""
    ledger = ask.desk.ledger
    records = await ask.desk.read(lambda: [*ledger.find(kind=PROPOSED), *ledger.find(kind=ACTIVATED)])
    told = [_told(record) for record in sorted(records, key=lambda record: record.seq)]
    return Reply(orjson.dumps({"releases": told}))


async def which_in_force(ask: Ask) -> Reply:
    """Which policy or model was in force on a day, and who activated it; a bank asks about its own."""
    who = ask.principal
    what = ask.query.get("what", "policy")
    owner = who.name if who.role == "bank" else ask.query.get("owner", EVERYBODY)
    try:
        day = date.fromisoformat(ask.query["on"]) if "on" in ask.query else ask.desk.params.today()
    except ValueError as fault:
        raise Refusal(
            "invalid-request", "1 fault(s)", [Fault("on", shown(ask.query["on"]), "a day as 2026-01-31")]
        ) from fault
    if what not in WHAT:
        raise Refusal("invalid-request", "1 fault(s)", [Fault("what", shown(what), f"one of {list(WHAT)}")])
    if who.role == "bank" and ask.query.get("owner", who.name) != who.name:
        raise Refusal("not-yours", faults=[Fault("owner", shown(ask.query["owner"]), who.name)])
    ledger = ask.desk.ledger
    found = await ask.desk.read(lambda: in_force(ledger, what, owner, day))
    if found is None:
        raise Refusal("not-found", faults=[Fault("on", str(day), f"a day on which a {what} was in force")])
    return Reply(found.model_dump_json().encode())


def _notices(ask: Ask, record: Record) -> list[dict[str, str]]:
    """When an activation takes effect, and that a clock that was set does not move that day."""
    clock, content = ask.desk.counter.clock, record.content
    day = date.fromisoformat(content["effective_from"])
    kind = f"release.effect.{content['what']}"
    found = [warning("release_effect", sentence(kind, date=day, zone=clock.zone, seconds=LOADED_WITHIN_S))]
    if clock.pinned is not None:
        figures = {"zone": clock.zone, "today": clock.real_day(), "clock": clock.pinned}
        found.append(warning("clock_not_for_releases", sentence("warning.clock_not_for_releases", **figures)))
    return found


def _told(record: Record) -> dict[str, Any]:
    content = record.content
    return {
        "release": record.subject,
        "what": content["what"],
        "owner": content["owner"],
        "version": content["version"],
        "by": content["by"],
        "reason": content["reason"],
        "proposed_by": content.get("proposed_by"),
        "effective_from": content.get("effective_from"),
        "record": record.seq,
        "recorded_at": record.recorded_at,
        "bootstrap": is_bootstrap(content),
    }
