"""What waits for a bank's people: applications, due diligence, second persons, drift."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serving.console.page import Waiting
from serving.console.pages.bank import book, decisions, inbox
from serving.console.pages.bank.decision_book import book_of
from serving.console.pages.bank.overriding import confirmable
from serving.console.pages.bank.words import ROLE, SOON_DAYS

if TYPE_CHECKING:
    from serving.console.page import Console, View


def register(console: Console) -> None:
    """Let the start page of a bank's people list it."""
    for role in ROLE:
        console.waiting(role, of_applications)
        console.waiting(role, of_decisions)


def of_applications(view: View) -> list[Waiting]:
    """New applications, those under due diligence, and those that expire soon."""
    now, found = datetime.now(UTC), inbox.read_open(view)
    counted = {state: sum(one["state"] == state for one in found) for state in ("sent", "due_diligence")}
    waiting = [
        Waiting(view.text(f"bank.waiting.{state}"), count, view.href(inbox.PATH, state=state))
        for state, count in counted.items()
    ]
    soon = sum(inbox.is_due_soon(one, now) for one in found)
    return [*waiting, Waiting(view.text("bank.waiting.soon", days=SOON_DAYS), soon, view.href(inbox.PATH, due="soon"))]


def of_decisions(view: View) -> list[Waiting]:
    """Approvals that wait for this person as the second, each by its decision; an alarm of the drift watch."""
    view.caller.need(decisions.PERMISSION, "bank")
    overrides = book_of(view.state.worker).overrides(view.caller.name, datetime.now(UTC))
    second = list(dict.fromkeys(one["audit_id"] for one in confirmable(view, overrides)))
    waiting = [
        Waiting(view.text("bank.waiting.second", audit_id=audit_id), 1, view.href(f"{decisions.PATH}/{audit_id}"))
        for audit_id in second
    ]
    _, stream = book.drift_of(view)
    alarm = int(stream is not None and bool(stream["alarm"]))
    return [*waiting, Waiting(view.text("bank.waiting.drift"), alarm, view.href(book.PATH))]
