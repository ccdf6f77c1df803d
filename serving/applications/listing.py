"""Bank applications page by page: of a bank by the ledger's index of its records, of an enterprise by its own few.

A page reads the records of its own bank applications and no other's. A state follows from records alone, so a list of
one state is read on until its page is full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from serving.applications.bank_applications import FINAL, BankApplication, fold, read_bank_applications
from serving.ledger.chain import BANK_APPLICATION_ACTION
from serving.ledger.ledger import Ledger, Record

FIRST = ":0"  # how the unique key of a bank application's first record ends
_AT_ONCE = 200


@dataclass(frozen=True)
class Wanted:
    """Which part of a list.

    bank_id or uscc : whose; state : one state alone, "" for every one; due_before : only open ones that expire by then
    newest : the newest first; after : how many are passed over; count : of the page, None for all that follow
    """

    bank_id: str | None = None
    uscc: str | None = None
    state: str = ""
    due_before: datetime | None = None
    newest: bool = False
    after: int = 0
    count: int | None = None


def page_of(ledger: Ledger, wanted: Wanted) -> tuple[list[BankApplication], int | None]:
    """The page, and how many fit in all: None for a page of one state after which others follow, whoever asks.

    A state is known only when an application's records are read, so to count them would be to read every one.
    """
    if wanted.bank_id is None or wanted.due_before is not None:
        fitting = _in_memory(ledger, wanted)
        part = _part(fitting, wanted)
        is_last = not wanted.state or len(fitting) <= wanted.after + len(part)
        return part, len(fitting) if is_last else None
    if not wanted.state:
        whole = ledger.count(BANK_APPLICATION_ACTION, wanted.bank_id, FIRST)
        return list(_read(ledger, wanted, wanted.after, wanted.count)), whole
    found: list[BankApplication] = []
    seen = 0
    for one in _read(ledger, wanted, 0, None):
        if one.state == wanted.state:
            seen += 1
            if seen > wanted.after:
                if len(found) == wanted.count:
                    return found, None
                found.append(one)
    return found, seen


def _read(ledger: Ledger, wanted: Wanted, after: int, count: int | None) -> Iterator[BankApplication]:
    """Bank applications of a bank in their order, so many at a time."""
    left = count
    while left is None or left > 0:
        limit = _AT_ONCE if left is None else min(left, _AT_ONCE)
        subjects = ledger.subjects(
            BANK_APPLICATION_ACTION, str(wanted.bank_id), FIRST, newest=wanted.newest, after=after, limit=limit
        )
        yield from _folded(ledger.of_subjects(BANK_APPLICATION_ACTION, subjects), subjects)
        after += len(subjects)
        left = None if left is None else left - len(subjects)
        if len(subjects) < limit:
            return


def _in_memory(ledger: Ledger, wanted: Wanted) -> list[BankApplication]:
    """An enterprise's own, or the open ones of a bank that expire by an instant, by the index of deadlines."""
    due = wanted.due_before
    if wanted.bank_id is None or due is None:
        found = read_bank_applications(ledger, bank_id=wanted.bank_id, uscc=wanted.uscc)
        if due is not None:
            found = [
                one for one in found if one.state not in FINAL and datetime.fromisoformat(one.expires_at) <= due
            ]  # fmt: skip
    else:
        records = ledger.due(BANK_APPLICATION_ACTION, due, owner=wanted.bank_id)
        found = list(_folded(records, list(dict.fromkeys(record.subject for record in records))))
    found = [one for one in found if wanted.state in ("", one.state)]
    return found[::-1] if wanted.newest else found


def _part(found: list[BankApplication], wanted: Wanted) -> list[BankApplication]:
    return found[wanted.after : None if wanted.count is None else wanted.after + wanted.count]


def _folded(records: list[Record], subjects: list[str]) -> Iterator[BankApplication]:
    by_subject: dict[str, list[Record]] = {subject: [] for subject in subjects}
    for record in records:
        by_subject[record.subject].append(record)
    for found in by_subject.values():
        yield fold(found)
