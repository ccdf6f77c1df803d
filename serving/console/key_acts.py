"""API keys as an operator issues, rotates and ends them in the console, each with its record in the ledger.

A key of an operator is issued on the command line alone: with one made here, a single person could act as two.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from serving.auth.access import ROLE_PERMISSIONS, Caller, KeyRing, UnknownKeyError, caller_fault, holder_fault
from serving.console.accounts import reason_faults
from serving.console.acts import act_draft
from serving.console.texts import console_sentences
from serving.contract.refusals import Fault, Refusal
from serving.ledger.ledger import Ledger
from serving.ledger.store import LedgerError

ISSUED_ROLES = ("bank", "enterprise", "zone_officer", "policy_analyst")
LONGEST_DAYS = 366
GRACE_HOURS = 24.0


class KeyActs:
    """Acts on the keys of one store."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.ring = KeyRing(ledger)

    def issue(
        self, caller: str, role: str, holder: str, permissions: Sequence[str], days: float, by: Caller, reason: str
    ) -> str:
        """Issue a key with some of the role's permissions, all where none is named; it is shown this once."""
        by.need("accounts", "operator")
        faults = reason_faults(reason)
        if role not in ISSUED_ROLES:
            faults.append(_fault("role", role, "operator.keys.allowed.role"))
        elif alien := sorted(set(permissions) - set(ROLE_PERMISSIONS[role])):
            faults.append(_fault("permissions", ", ".join(alien), "operator.keys.allowed.permissions"))
        if wrong := caller_fault(caller, role):
            faults.append(_fault("caller", wrong, "operator.keys.allowed.caller"))
        if wrong := holder_fault(holder):
            faults.append(_fault("holder", wrong, "operator.keys.allowed.holder"))
        if not 1 <= days <= LONGEST_DAYS:
            faults.append(_fault("days", f"{days:g}", "operator.keys.allowed.days"))
        if faults:
            raise Refusal.invalid(*faults)
        key = self.ring.issue(caller, role, holder, permissions, days)
        key_id = key.split("_")[1]
        note = {"reason": reason, "role": role, "for": holder, "caller": caller, "days": days}
        self._record_or_end("key_issued", key_id, by, note)
        return key

    def rotate(self, key_id: str, by: Caller, reason: str) -> str:
        """A new key with the same rights and end; the old one ends after ``GRACE_HOURS``."""
        old = self._found(key_id, by, reason)
        if old.role == "operator":
            raise Refusal("illegal-action", faults=[_fault("role", old.role, "operator.keys.allowed.role")])
        try:
            key = self.ring.rotate(key_id, GRACE_HOURS)
        except UnknownKeyError as fault:
            raise Refusal("not-found", faults=[_fault("key", key_id, "operator.keys.allowed.key")]) from fault
        self._record_or_end("key_rotated", key.split("_")[1], by, {"reason": reason, "before": key_id})
        return key

    def end(self, key_id: str, by: Caller, reason: str) -> datetime:
        """Let a key end now, and record it."""
        self._found(key_id, by, reason)
        ended = self.ring.end(key_id)
        self.ledger.append([act_draft("key_ended", f"key:{key_id}", by, {"reason": reason})])
        return ended

    def _found(self, key_id: str, by: Caller, reason: str) -> Caller:
        by.need("accounts", "operator")
        if faults := reason_faults(reason):
            raise Refusal.invalid(*faults)
        found = next((caller for caller, _ in self.ring.every() if caller.key_id == key_id), None)
        if found is None:
            raise Refusal("not-found", faults=[_fault("key", key_id[:20], "operator.keys.allowed.key")])
        return found

    def _record_or_end(self, act: str, key_id: str, by: Caller, note: dict[str, object]) -> None:
        """A key of which the ledger does not know is ended at once."""
        try:
            self.ledger.append([act_draft(act, f"key:{key_id}", by, note)])
        except LedgerError:
            self.ring.end(key_id)
            raise


def _fault(where: str, found: str, key: str) -> Fault:
    return Fault(where, found, console_sentences()[key].fill({}))
