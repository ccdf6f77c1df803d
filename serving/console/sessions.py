"""Sessions of the console: a random token in the browser, its SHA-256 in the store.

A session ends when nobody did anything for half an hour (a page that looks by itself for what is new does not count),
twelve hours after it began, at sign-out, and with every change of its account's password, role or state. A token is
made at sign-in alone; what a browser presents is never taken over.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from serving.console.account_tables import StoredAccount, accounts_table, sessions_table, stored, written
from serving.console.acts import act_draft
from serving.ledger.ledger import Draft, Ledger
from serving.ledger.store import LedgerError

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # the instant of the last request is kept no finer
LONGEST_BROWSER = 120  # characters
_COLUMN = sessions_table.c


@dataclass(frozen=True, slots=True)
class Session:
    """One session as its owner sees it; instants are UTC.

    session_id : names it in lists; it opens nothing
    browser : as the browser describes itself
    """

    session_id: str
    browser: str
    begun_at: str
    seen_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that lasts, and whose it is."""

    account: StoredAccount
    session: Session


class Sessions:
    """The sessions of one store."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.ledger = ledger
        self.now = now

    def begin(self, account_id: str, browser: str) -> str:
        """Begin a session and return its token; sessions that are over are deleted."""
        token, now = secrets.token_urlsafe(32), self.now()
        row = {
            "token_digest": _digest(token), "session_id": secrets.token_hex(8), "account_id": account_id,
            "browser": "".join(letter for letter in browser if letter.isprintable())[:LONGEST_BROWSER],
            "begun_at": written(now), "seen_at": written(now), "ends_at": written(now + LONGEST),
        }  # fmt: skip

        def insert(connection: sa.Connection) -> None:
            over = sa.or_(_COLUMN.ends_at <= written(now), _COLUMN.seen_at <= written(now - IDLE))
            connection.execute(sessions_table.delete().where(over))
            connection.execute(sessions_table.insert().values(**row))

        self._write(insert)
        return token

    def find(self, token: str, *, seen: bool = True) -> FoundSession | None:
        """The session of a token; None where it is unknown, over or its account disabled.

        seen : a person did something, which puts the session's end off
        """
        now = self.now()
        query = sa.select(accounts_table, sessions_table).join(
            accounts_table, accounts_table.c.account_id == _COLUMN.account_id
        )
        try:
            with self.ledger.engine.connect() as connection:
                row = connection.execute(query.where(_COLUMN.token_digest == _digest(token))).one_or_none()
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault
        if row is None or row.disabled or row.ends_at <= written(now) or row.seen_at <= written(now - IDLE):
            return None
        if seen and row.seen_at <= written(now - SEEN_EVERY):
            of_session = sessions_table.update().where(_COLUMN.session_id == row.session_id)
            self._write(lambda connection: connection.execute(of_session.values(seen_at=written(now))))
        session = Session(row.session_id, row.browser, row.begun_at, row.seen_at, row.ends_at)
        return FoundSession(stored(row), session)

    def of(self, account_id: str) -> list[Session]:
        """The sessions of an account that last, the newest first."""
        now = self.now()
        query = sa.select(sessions_table).where(
            _COLUMN.account_id == account_id, _COLUMN.ends_at > written(now), _COLUMN.seen_at > written(now - IDLE)
        )
        with self.ledger.engine.connect() as connection:
            rows = connection.execute(query.order_by(_COLUMN.begun_at.desc()))
            return [Session(row.session_id, row.browser, row.begun_at, row.seen_at, row.ends_at) for row in rows]

    def end(self, session_id: str, of: StoredAccount, act: str = "signed_out") -> bool:
        """End one session of the account and record it; False where the account has no such session."""

        def delete(connection: sa.Connection) -> Sequence[Draft]:
            mine = sa.and_(_COLUMN.session_id == session_id, _COLUMN.account_id == of.account_id)
            if not connection.execute(sessions_table.delete().where(mine)).rowcount:
                return []
            return [act_draft(act, of.account_id, of.account().caller(), {"session": session_id})]

        return bool(self.ledger.change(delete))

    def _write(self, work: Callable[[sa.Connection], object]) -> None:
        try:
            with self.ledger.engine.execution_options(writes=True).begin() as connection:
                work(connection)
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
