"""Wrong passwords in a row: who has to wait, and how long.

The fifth begins a wait of a minute, each further one doubles it, up to an hour. A wait ends by itself, an
attempt during it is not looked at and makes it no longer, and a day without a wrong password starts anew. A name that
nobody has is counted like any other, so that a wait says nothing about who has an account. A browser in which somebody
has signed in before is counted apart (``known``), so that strangers who try a name do not keep its owner out.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from math import ceil

import sqlalchemy as sa

from serving.console.account_tables import lockouts_table, written

BEGINS_AT = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
FORGOTTEN = timedelta(days=1)
_COLUMN = lockouts_table.c


def counted_as(sign_in_name: str, *, known: bool) -> str:
    """Under what attempts for a name are counted; the typed name, which may be a password by mistake, is not kept."""
    return f"{'known' if known else 'any'}:{hashlib.sha256(sign_in_name.encode()).hexdigest()}"


def wait_s(connection: sa.Connection, who: str, now: datetime | None = None) -> int:
    """Seconds that this one has to wait, 0 for none."""
    until = connection.execute(sa.select(_COLUMN.locked_until).where(_COLUMN.who == who)).scalar_one_or_none()
    if until is None:
        return 0
    return max(0, ceil((datetime.fromisoformat(until) - (now or datetime.now(UTC))).total_seconds()))


def note_failure(connection: sa.Connection, who: str, now: datetime | None = None) -> timedelta:
    """Count a wrong password; returns the wait that it begins, zero for none."""
    at = now or datetime.now(UTC)
    connection.execute(lockouts_table.delete().where(_COLUMN.failed_at < written(at - FORGOTTEN)))
    row = connection.execute(sa.select(_COLUMN.failures).where(_COLUMN.who == who).with_for_update()).one_or_none()
    failures = 1 if row is None else row.failures + 1
    doublings = min(failures - BEGINS_AT, 10)
    wait = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT) if doublings >= 0 else timedelta(0)
    values = {"failures": failures, "failed_at": written(at), "locked_until": written(at + wait) if wait else None}
    if row is None:
        connection.execute(lockouts_table.insert().values(who=who, **values))
    else:
        connection.execute(lockouts_table.update().where(_COLUMN.who == who).values(**values))
    return wait


def forget(connection: sa.Connection, *who: str) -> None:
    """Start anew, after a right password or by an operator."""
    connection.execute(lockouts_table.delete().where(_COLUMN.who.in_(who)))
