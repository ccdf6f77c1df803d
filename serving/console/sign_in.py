"""Signing in: a name and a password, counted, recorded, and refused alike whether or not somebody has the name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from serving.console.account_tables import StoredAccount, accounts_table, stored, written
from serving.console.accounts import LONGEST_NAME, Accounts, sign_in_form
from serving.console.acts import NOBODY, act_draft
from serving.console.lockout import counted_as, forget, note_failure, wait_s
from serving.ledger.ledger import Draft
from serving.ledger.store import LedgerError

_COLUMN = accounts_table.c


class SignInRefusedError(Exception):
    """Nobody was signed in.

    key : of the sentence to show; the same for an unknown name and a wrong password
    wait_s : seconds before the next attempt is looked at; 0 for none
    """

    def __init__(self, key: str, wait_s: int = 0) -> None:
        super().__init__(key)
        self.key = key
        self.wait_s = wait_s


def sign_in(accounts: Accounts, sign_in_name: str, password: str, *, known: bool = False) -> StoredAccount:
    """The account of a name and its password; raises SignInRefusedError, in the same way for an unknown name.

    known : the browser has proved that this account signed in from it before
    """
    name = sign_in_form(sign_in_name)[: LONGEST_NAME + 1]
    who, now = counted_as(name, known=known), datetime.now(UTC)
    try:
        with accounts.ledger.engine.connect() as connection:
            left_s = wait_s(connection, who, now)
            row = connection.execute(sa.select(accounts_table).where(_COLUMN.sign_in_name == name)).one_or_none()
    except sa.exc.SQLAlchemyError as fault:
        raise LedgerError(str(fault).splitlines()[0]) from fault
    if left_s:
        raise SignInRefusedError("accounts.sign_in.wait", left_s)
    fits = accounts.passwords.fits(None if row is None else row.password_hash, password)
    if row is None or not fits:
        wait = _refuse(accounts, who, row, now)
        raise SignInRefusedError("accounts.sign_in.wait" if wait else "accounts.sign_in.wrong", wait)
    if row.disabled:
        accounts.ledger.append([act_draft("sign_in_refused", row.account_id, NOBODY, {"why": "disabled"})])
        raise SignInRefusedError("accounts.sign_in.disabled")
    found = stored(row)

    def enter(connection: sa.Connection) -> Sequence[Draft]:
        forget(connection, who)
        values = {"signed_in_at": written(now)}
        if accounts.passwords.is_old(row.password_hash):
            values["password_hash"] = accounts.passwords.digest(password)
        as_read = sa.and_(_COLUMN.account_id == row.account_id, _COLUMN.password_hash == row.password_hash)
        if not connection.execute(accounts_table.update().where(as_read).values(**values)).rowcount:
            raise SignInRefusedError("accounts.sign_in.wrong")  # it was changed or reset since it was read
        return [act_draft("signed_in", found.account_id, found.account().caller(), {"known_browser": known})]

    accounts.ledger.change(enter)
    return found


def _refuse(accounts: Accounts, who: str, row: sa.Row[Any] | None, now: datetime) -> int:
    """Count and record a wrong name or password; returns the seconds of the wait that it begins, 0 for none."""
    waits: list[int] = []

    def count(connection: sa.Connection) -> Sequence[Draft]:
        waits.append(int(note_failure(connection, who, now).total_seconds()))
        subject, why = ("unknown name",) * 2 if row is None else (row.account_id, "wrong password")
        refused = act_draft("sign_in_refused", subject, NOBODY, {"why": why})
        return [refused, act_draft("locked_out", subject, NOBODY, {"wait_s": waits[0]})] if waits[0] else [refused]

    accounts.ledger.change(count)
    return waits[0]
