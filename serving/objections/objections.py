"""Objections: an enterprise objects to a value, a reason or a placement; every step is a record of the ledger.

The state of an objection is never stored, it follows from its records. An action takes the unique key
``objection:<id>:<number>``, so of two actions raced from the same state one wins and the other is refused. Upholding
changes no value: the agency that delivered it corrects it, and the next snapshot has what the agency delivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences
from serving.auth.access import Caller, holder_name
from serving.contract.refusals import Fault, Refusal
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of

OBJECTION = "objection"
FILED = "filed"
FINAL = ("upheld", "rejected", "withdrawn")
LONGEST_TEXT = 500
PERMISSION: Mapping[str, str] = {"enterprise": "apply", "zone_officer": "objections"}  # by role
Action = Literal["begin_review", "want_information", "give_information", "uphold", "reject", "withdraw"]


@dataclass(frozen=True, slots=True)
class Rule:
    """From which states an action leads where, and whose it is."""

    allowed_from: tuple[str, ...]
    leads_to: str
    role: str


RULES: Mapping[Action, Rule] = {
    "begin_review": Rule((FILED,), "under_review", "zone_officer"),
    "want_information": Rule(("under_review",), "information_wanted", "zone_officer"),
    "give_information": Rule(("information_wanted",), "under_review", "enterprise"),
    "uphold": Rule(("under_review",), "upheld", "zone_officer"),
    "reject": Rule(("under_review",), "rejected", "zone_officer"),
    "withdraw": Rule((FILED, "under_review", "information_wanted"), "withdrawn", "enterprise"),
}


@dataclass(frozen=True)
class Objection:
    """One objection, folded from its records.

    about : what is objected to, as ``serving.objections.subjects`` writes it: as it was on the day of filing
    steps : each state with ``at``, ``by``, ``role`` and ``text``, the filing first
    """

    objection_id: str
    uscc: str
    about: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]

    @property
    def state(self) -> str:
        """Where it is now."""
        return str(self.steps[-1]["state"])

    @property
    def is_open(self) -> bool:
        """Whether something may still follow."""
        return self.state not in FINAL

    def next_actions(self, role: str) -> list[Action]:
        """What somebody of this role may do now."""
        return [action for action, rule in RULES.items() if self.state in rule.allowed_from and rule.role == role]


def read_objections(ledger: Ledger, uscc: str | None = None) -> list[Objection]:
    """Every objection, or those of one enterprise, the earliest filed first."""
    by_id: dict[str, list[Record]] = {}
    for record in ledger.find(kind=OBJECTION, owner=uscc):
        by_id.setdefault(record.subject, []).append(record)
    return [_fold(records) for records in by_id.values()]


def own_objections(ledger: Ledger, caller: Caller) -> list[Objection]:
    """Those that the caller may see: an enterprise's own, or all for the zone's officers."""
    _need(caller)
    return read_objections(ledger, caller.name if caller.role == "enterprise" else None)


def read_objection(ledger: Ledger, objection_id: str, caller: Caller) -> Objection:
    """One objection that the caller may see; any other is not found."""
    _need(caller)
    records = ledger.find(kind=OBJECTION, subject=objection_id)
    if not records or (caller.role == "enterprise" and records[0].owner != caller.name):
        raise Refusal("not-found", faults=[Fault("objection_id", objection_id[:60], text_of("objections.fault.own"))])
    return _fold(records)


def filing_draft(ledger: Ledger, caller: Caller, about: Mapping[str, Any], text: str) -> Draft:
    """The record of a new objection; a Refusal while an earlier one to the same subject is open.

    Its identity follows from the enterprise, the subject and how often it was objected to before, so that the same
    filing sent twice is one objection.
    """
    caller.need(PERMISSION["enterprise"], "enterprise")
    written = _checked(text)
    earlier = [one for one in read_objections(ledger, caller.name) if _subject(one.about) == _subject(about)]
    if earlier and earlier[-1].is_open:
        found = earlier[-1]
        raise Refusal("illegal-action", faults=[Fault("state", found.state, text_of("objections.fault.open"))])
    named = "\n".join([caller.name, *_subject(about), str(len(earlier))])
    objection_id = "obj-" + digest_of(named)[:20]
    content = {"objection_id": objection_id, "uscc": caller.name, "about": dict(about)}
    return _draft(content, caller, FILED, written, 0)


def action_draft(before: Objection, action: Action, caller: Caller, text: str) -> Draft:
    """The record of one action with its reason.

    Raises a Refusal when the action is not the caller's or not possible now, and when an officer would handle what
    the same person filed or answered for the enterprise.
    """
    rule = RULES[action]
    caller.need(PERMISSION[rule.role], rule.role)
    if rule.role == "enterprise" and caller.name != before.uscc:
        fault = Fault("objection_id", before.objection_id, text_of("objections.fault.own"))
        raise Refusal("not-found", faults=[fault])
    written = _checked(text)
    if before.state not in rule.allowed_from:
        raise Refusal("illegal-action", faults=[Fault("state", before.state, text_of("objections.fault.state"))])
    filers = {holder_name(step["by"]) for step in before.steps if step["role"] == "enterprise"}
    if rule.role == "zone_officer" and holder_name(caller.holder) in filers:
        raise Refusal("four-eyes", faults=[Fault("by", caller.holder, text_of("objections.fault.filer"))])
    content = {"objection_id": before.objection_id, "uscc": before.uscc, "action": action}
    return _draft(content, caller, rule.leads_to, written, len(before.steps))


def check_written(draft: Draft, record: Record, *, new: bool) -> None:
    """A Refusal where another record took the draft's key: somebody else acted first."""
    if not new and record.fingerprint != draft.fingerprint:
        state = record.content["state"]
        raise Refusal("illegal-action", faults=[Fault("state", state, text_of("objections.fault.state"))])


def text_of(key: str) -> Text:
    """A sentence of objections without figures, in Chinese and English."""
    return read_sentences(reference_path("console/sentences_objections.csv"))[key].fill({})


def _need(caller: Caller) -> None:
    caller.need(PERMISSION.get(caller.role, "objections"), *PERMISSION)


def _subject(about: Mapping[str, Any]) -> tuple[str, str]:
    return str(about["kind"]), str(about["key"])


def _checked(text: str) -> str:
    written = text.strip()
    if not written or len(written) > LONGEST_TEXT or "\0" in written:
        found = f"{len(written)} characters"
        raise Refusal.invalid(Fault("text", found, text_of("objections.fault.text")))
    return written


def _draft(content: Mapping[str, Any], caller: Caller, state: str, text: str, number: int) -> Draft:
    body = canonical_json({**content, "state": state, "by": caller.holder, "role": caller.role, "text": text})
    subject = content["objection_id"]
    return Draft(OBJECTION, content["uscc"], subject, body, f"objection:{subject}:{number}", digest_of(body))


def _fold(records: Sequence[Record]) -> Objection:
    first = records[0].content
    steps = [
        {"at": record.recorded_at, **{key: record.content[key] for key in ("state", "by", "role", "text")}}
        for record in records
    ]
    return Objection(first["objection_id"], first["uscc"], first["about"], tuple(steps))
