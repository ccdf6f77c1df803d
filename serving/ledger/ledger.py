"""The append-only, hash-chained book of everything the counter decided or was told.

One table: decisions, order steps, releases and overrides are all records. A record's digest covers every one of
its columns and the digest before it, so one changed byte breaks the chain from there on. Appending takes a batch
and commits once. Where it lies is told by ``serving.ledger.store``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from serving.ledger.chain import (
    GENESIS,
    Draft,
    Record,
    Verdict,
    canonical_json,
    digest_of,
    record_digest,
    verify_chain,
)
from serving.ledger.store import CHAIN_LOCK, LedgerError, open_engine

__all__ = [
    "GENESIS", "Draft", "Ledger", "Record", "Verdict", "canonical_json", "deadlines_table", "digest_of",
    "instant_text", "metadata", "now_text", "record_digest", "records_table",
]  # fmt: skip
_PAGE = 2_000
_ROWS = 200  # in one INSERT, far below what a statement may hold

metadata = sa.MetaData()
records_table = sa.Table(
    "records",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(80), nullable=False),
    sa.Column("subject", sa.String(240), nullable=False),
    sa.Column("unique_key", sa.String(240), nullable=True, unique=True),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Index("records_by_subject", "subject", "seq"),
    sa.Index("records_by_kind", "kind", "owner", "seq"),
)
# What is due when: kept with the records of the same commit, so that nobody reads every order to find the late ones.
deadlines_table = sa.Table(
    "deadlines",
    metadata,
    sa.Column("subject", sa.String(240), primary_key=True),
    sa.Column("due_at", sa.String(32), nullable=False),
    sa.Index("deadlines_by_instant", "due_at", "subject"),
)


_COLUMNS = Record._fields
_NAMES = ", ".join(_COLUMNS)
_SELECT = f"SELECT {_NAMES} FROM records"  # noqa: S608  # column names, no values


def now_text() -> str:
    """The time of recording: UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def instant_text(when: datetime) -> str:
    """An instant as deadlines are kept and compared: UTC with seconds."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


class Ledger:
    """The book at one URL. Safe for many processes: the chain's tip is read under the store's own lock.

    reading : nothing is written, and the store must be there
    """

    def __init__(self, url: str, *, reading: bool = False) -> None:
        self.url = url
        self.engine = open_engine(url, reading=reading)
        # Appending is the hot path: it speaks to the driver itself, over one connection that it keeps.
        sqlite = self.engine.dialect.name == "sqlite"
        self._driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._mark = "?" if sqlite else "%s"
        self._begin = "BEGIN IMMEDIATE" if sqlite else f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})"
        as_text = "CAST(? AS TEXT)" if sqlite else "convert_from(%s, 'UTF8')"  # a body is bytes here, text in the store
        marks = [as_text if name == "body" else self._mark for name in _COLUMNS]
        self._lock = threading.Lock()
        self._kept: sa.PoolProxiedConnection | None = None
        row = f"({', '.join(marks)})"
        self._insert, self._more = f"INSERT INTO records ({_NAMES}) VALUES {row}", f", {row}"  # noqa: S608

    def append(self, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        """Write all drafts in one durable transaction, in order.

        Returns the record of each draft and whether it is new; a draft whose ``unique_key`` is taken gets the
        record that took it. Raises LedgerError when the commit is not certain.
        """
        with self._lock:
            try:
                connection, cursor = self._open()
                results = self._append(cursor, drafts)
                connection.commit()
            except BaseException as fault:
                self._drop()  # takes back what was not committed
                if isinstance(fault, (sa.exc.SQLAlchemyError, self._driver_error)):
                    raise LedgerError((str(fault).splitlines() or [type(fault).__name__])[0]) from fault
                raise
        return results

    def _open(self) -> tuple[sa.PoolProxiedConnection, Any]:
        """The kept connection in a new transaction; one that broke since the last time is replaced."""
        if self._kept is not None:
            try:
                cursor = self._kept.cursor()
                cursor.execute(self._begin)
            except self._driver_error:
                self._drop()
            else:
                return self._kept, cursor
        self._kept = self.engine.raw_connection()
        cursor = self._kept.cursor()
        cursor.execute(self._begin)
        return self._kept, cursor

    def _drop(self) -> None:
        connection, self._kept = self._kept, None
        if connection is not None:
            with suppress(self._driver_error):  # closing alone leaves the lock with whoever still holds a cursor
                connection.rollback()
            connection.invalidate()

    def _append(self, cursor: Any, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        named = dict.fromkeys(key for draft in drafts for key in (draft.unique_key, draft.not_after))
        keys = [key for key in named if key is not None]
        taken: dict[str | None, Record] = {}
        if keys:
            cursor.execute(f"{_SELECT} WHERE unique_key IN ({', '.join([self._mark] * len(keys))})", keys)
            taken = {record.unique_key: record for record in map(_as_record, cursor.fetchall())}
        cursor.execute("SELECT seq, digest FROM records ORDER BY seq DESC LIMIT 1")
        seq, previous = cursor.fetchone() or (0, GENESIS)
        recorded_at, fresh, results, timed = now_text(), [], [], []
        lost = set(taken)  # keys that were taken before this batch
        for draft in drafts:
            earlier = taken.get(draft.unique_key) if draft.unique_key is not None else None
            if earlier is None and draft.only_with in lost:
                earlier = taken[draft.only_with]
            if draft.not_after in taken and draft.not_after is not None:
                earlier = taken[draft.not_after]
            if earlier is not None:
                results.append((earlier, False))
                continue
            seq += 1
            digest = record_digest(seq, draft, recorded_at, previous)
            record = Record(
                seq, draft.kind, draft.owner, draft.subject, draft.unique_key, draft.fingerprint, recorded_at,
                draft.body, previous, digest,
            )  # fmt: skip
            if draft.unique_key is not None:
                taken[draft.unique_key] = record
            previous = digest
            fresh.append(record)
            results.append((record, True))
            if draft.due_at is not None or draft.closes:
                timed.append(draft)
        for start in range(0, len(fresh), _ROWS):
            part = fresh[start : start + _ROWS]
            cursor.execute(self._insert + self._more * (len(part) - 1), [value for record in part for value in record])
        for draft in timed:
            cursor.execute(f"DELETE FROM deadlines WHERE subject = {self._mark}", [draft.subject])  # noqa: S608
            if draft.due_at is not None:
                values = [draft.subject, draft.due_at]
                cursor.execute(f"INSERT INTO deadlines VALUES ({self._mark}, {self._mark})", values)  # noqa: S608
        return results

    def find(
        self,
        *,
        kind: str | None = None,
        owner: str | None = None,
        subject: str | None = None,
        after: int = 0,
        holding: str | None = None,
    ) -> list[Record]:
        """Records by any of kind, owner, subject and a text that the body holds, oldest first."""
        column = records_table.c
        if any("\0" in value for value in (kind, owner, subject, holding) if value):
            return []  # no text of a store holds it, and some refuse to look for it
        wanted = [column.seq > after]
        wanted += [field == value for field, value in ((column.kind, kind), (column.owner, owner)) if value is not None]
        if subject is not None:
            wanted.append(column.subject == subject)
        if holding is not None:
            wanted.append(column.body.contains(holding, autoescape=True))
        return self._read(sa.and_(*wanted))

    def by_key(self, unique_key: str) -> Record | None:
        """The record that took this key, if any."""
        if "\0" in unique_key:
            return None
        return next(iter(self._read(records_table.c.unique_key == unique_key)), None)

    def due(self, now: datetime, limit: int) -> list[Record]:
        """Every record of the subjects whose deadline has come, at most ``limit`` subjects, the longest due first.

        Only these records are read: the subjects come from the index of deadlines, their records from that by subject.
        """
        deadline = deadlines_table.c
        late = sa.select(deadline.subject).where(deadline.due_at <= instant_text(now))
        late = late.order_by(deadline.due_at, deadline.subject).limit(limit)
        return self._read(records_table.c.subject.in_(late))

    def tip(self) -> int:
        """The number of the newest record; 0 in an empty book."""
        return self.end()[0]

    def end(self) -> tuple[int, str]:
        """The number and the digest of the newest record; 0 and the genesis digest in an empty book."""
        column = records_table.c
        query = sa.select(column.seq, column.digest).order_by(column.seq.desc()).limit(1)
        try:
            with self.engine.connect() as connection:
                found = connection.execute(query).one_or_none()
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault
        return (0, GENESIS) if found is None else (int(found.seq), str(found.digest))

    def digest_at(self, seq: int) -> str | None:
        """The digest of record ``seq``; the genesis digest for 0, None when there is no such record."""
        if seq == 0:
            return GENESIS
        found = self._read(records_table.c.seq == seq)
        return found[0].digest if found else None

    def counts(self, kind: str) -> dict[str, int]:
        """How many records of a kind each owner has."""
        column = records_table.c
        query = sa.select(column.owner, sa.func.count()).where(column.kind == kind).group_by(column.owner)
        try:
            with self.engine.connect() as connection:
                return {owner: int(count) for owner, count in connection.execute(query.order_by(column.owner))}
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    def ping(self) -> None:
        """Raise LedgerError unless the store answers."""
        self._read(records_table.c.seq == 0)

    def verify(self, expected_tip: str | None = None, known: Mapping[int, str] | None = None) -> Verdict:
        """Recompute the whole chain: see ``serving.ledger.chain.verify_chain``."""
        return verify_chain(self.walk(), expected_tip, known)

    def walk(self, kind: str | None = None, after: int = 0) -> Iterator[Record]:
        """Every record, or every one of a kind, in order, page by page."""
        column = records_table.c
        while page := self._read(sa.and_(column.seq > after, *([column.kind == kind] if kind else [])), _PAGE):
            yield from page
            after = page[-1].seq

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            self._drop()
        self.engine.dispose()

    def _read(self, wanted: sa.ColumnElement[bool], limit: int | None = None) -> list[Record]:
        try:
            with self.engine.connect() as connection:
                return self._select(connection, wanted, limit)
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    @staticmethod
    def _select(connection: sa.Connection, wanted: sa.ColumnElement[bool], limit: int | None = None) -> list[Record]:
        query = sa.select(records_table).where(wanted).order_by(records_table.c.seq).limit(limit)
        return [_as_record(row) for row in connection.execute(query)]


def _as_record(row: Sequence[Any]) -> Record:
    record = Record(*row)
    return record._replace(body=record.body.encode())  # type: ignore[attr-defined]  # the store gives text
