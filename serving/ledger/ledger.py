"""The append-only, hash-chained ledger of all that was decided and all that callers sent.

One table: decisions, actions on bank applications, releases and overrides are all records. A record's digest covers
every one of its columns and the digest before it, so one changed byte breaks the chain from there on. Appending takes
a batch and commits once. ``serving.ledger.store`` opens the store.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
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
from serving.ledger.earlier_contract import KINDS
from serving.ledger.store import CHAIN_LOCK, LedgerError, open_engine

__all__ = [
    "GENESIS", "Draft", "Ledger", "Record", "Verdict", "canonical_json", "deadlines_table", "digest_of",
    "instant_text", "metadata", "now_text", "record_digest", "records_table",
]  # fmt: skip
_PAGE = 2_000

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
# What is due when, kept with the records of the same commit: finding what is late reads no other bank application.
deadlines_table = sa.Table(
    "deadlines",
    metadata,
    sa.Column("subject", sa.String(240), primary_key=True),
    sa.Column("due_at", sa.String(32), nullable=False),
    sa.Index("deadlines_by_instant", "due_at", "subject"),
)
# One row that a trial rewrites, as large as a long record: whether there is room is known only after it was taken.
trials_table = sa.Table(
    "write_trials",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tried_at", sa.String(32), nullable=False),
    sa.Column("filling", sa.Text, nullable=False),
)
_TRIAL_BYTES = 32_768


_NAMES = ", ".join(Record._fields)


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
        self._settling = Lock()

    def append(self, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        """Write all drafts in one durable transaction, in order; without drafts, a row beside the chain, as a trial.

        Returns the record of each draft and whether it is new; a draft whose ``unique_key`` is taken gets the
        record that took it. Raises LedgerError when the commit is not certain.
        """

        def drafts_or_trial(connection: sa.Connection) -> Sequence[Draft]:
            if not drafts:
                self._try(connection)
            return drafts

        return self.change(drafts_or_trial)

    def change(self, work: Callable[[sa.Connection], Sequence[Draft]]) -> list[tuple[Record, bool]]:
        """Change other tables of the store and write the drafts that ``work`` returns, in one durable transaction.

        What ``work`` raises undoes all. Returns and raises as ``append``.
        """
        try:
            with self.engine.execution_options(writes=True).begin() as connection:
                if connection.dialect.name == "postgresql":  # SQLite has the whole store locked by now
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")
                return self._append(connection, work(connection))
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

    def settle(self, work: Callable[[], Sequence[Draft]]) -> list[tuple[Record, bool]]:
        """Write the drafts that ``work`` makes of what it reads here, while nobody else writes.

        What ``work`` raises undoes all. One at a time, as each takes two connections. Returns and raises as ``append``.
        """
        with self._settling:
            return self.change(lambda _: work())

    @staticmethod
    def _try(connection: sa.Connection) -> None:
        """Rewrite the trial's row, with another filling than before."""
        filling = secrets.token_hex(_TRIAL_BYTES // 2)
        changed = connection.execute(trials_table.update().values(tried_at=now_text(), filling=filling))
        if not changed.rowcount:
            connection.execute(trials_table.insert().values(id=1, tried_at=now_text(), filling=filling))

    def _append(self, connection: sa.Connection, drafts: Sequence[Draft]) -> list[tuple[Record, bool]]:
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        keys = {key for draft in drafts for key in (draft.unique_key, draft.not_after) if key is not None}
        taken: dict[str | None, Record] = {}
        if keys:  # statements as text: composing them takes longer than the store does
            query = f"SELECT {_NAMES} FROM records WHERE unique_key IN ({', '.join([mark] * len(keys))})"  # noqa: S608
            taken = {row.unique_key: _as_record(row) for row in connection.exec_driver_sql(query, tuple(keys))}
        newest = connection.exec_driver_sql("SELECT seq, digest FROM records ORDER BY seq DESC LIMIT 1").one_or_none()
        seq, previous = (0, GENESIS) if newest is None else newest
        recorded_at, fresh, results = now_text(), [], []
        before = set(taken)  # keys that were taken before this batch
        for draft in drafts:
            earlier = None if draft.unique_key is None else taken.get(draft.unique_key)
            if earlier is None and draft.only_with in before:
                earlier = taken[draft.only_with]
            if draft.not_after is not None and draft.not_after in taken:
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
            fresh.append(tuple(record._replace(body=draft.body.decode())))  # type: ignore[arg-type]  # text in the store
            results.append((record, True))
        if fresh:
            insert = f"INSERT INTO records ({_NAMES}) VALUES ({', '.join([mark] * len(Record._fields))})"  # noqa: S608
            connection.exec_driver_sql(insert, fresh)
        ends = {
            draft.subject: draft.due_at
            for draft, (_, new) in zip(drafts, results, strict=True)
            if new and (draft.due_at is not None or draft.closes)
        }
        if ends:  # of several records of a subject the last counts
            gone = deadlines_table.delete().where(deadlines_table.c.subject == sa.bindparam("ended"))
            connection.execute(gone, [{"ended": subject} for subject in ends])
        if due := [{"subject": subject, "due_at": due_at} for subject, due_at in ends.items() if due_at is not None]:
            connection.execute(deadlines_table.insert(), due)
        return results

    def find(
        self,
        *,
        kind: str | None = None,
        owner: str | Collection[str] | None = None,
        subject: str | None = None,
        after: int = 0,
        holding: tuple[str, ...] = (),
    ) -> list[Record]:
        """Records by any of kind, owner or owners, subject and texts that the body holds, oldest first."""
        column = records_table.c
        owners = [owner] if isinstance(owner, str) else list(owner or ())
        if any("\0" in value for value in (kind, *owners, subject, *holding) if value):
            return []  # no text of a store holds it, and some refuse to look for it
        wanted = [column.seq > after]
        wanted += [_of_kind(kind)] if kind is not None else []
        wanted += [column.owner.in_(owners)] if owner is not None else []
        if subject is not None:
            wanted.append(column.subject == subject)
        wanted += [column.body.contains(text, autoescape=True) for text in holding]
        return self._read(sa.and_(*wanted))

    def by_key(self, unique_key: str) -> Record | None:
        """The record that took this key, if any."""
        if "\0" in unique_key:
            return None
        return next(iter(self._read(records_table.c.unique_key == unique_key)), None)

    def due(self, kind: str, now: datetime, limit: int | None = None, owner: str | None = None) -> list[Record]:
        """Records of a kind of the subjects whose deadline has come, at most ``limit`` subjects, the longest due first.

        Only these records are read: the subjects come from the index of deadlines, their records from that by subject.
        Records of another kind may have the same text as their subject: some of these an enterprise chooses.
        owner : of the records; None for everybody's
        """
        deadline, column = deadlines_table.c, records_table.c
        late = sa.select(deadline.subject).where(deadline.due_at <= instant_text(now))
        if owner is not None:
            late = late.where(sa.exists().where(column.subject == deadline.subject, column.owner == owner))
        late = late.order_by(deadline.due_at, deadline.subject).limit(limit)
        return self._read(sa.and_(records_table.c.subject.in_(late), _of_kind(kind)))

    def subjects(
        self, kind: str, owner: str, ending: str, *, newest: bool = False, after: int = 0, limit: int = _PAGE
    ) -> list[str]:
        """Subjects of an owner's records of a kind whose unique key ends so, in order, by the index of kinds.

        after : how many are passed over; newest : the newest record's first
        """
        column = records_table.c
        order = column.seq.desc() if newest else column.seq
        query = sa.select(column.subject).where(_keyed(kind, owner, ending)).order_by(order)
        return [str(row.subject) for row in self._rows(query.offset(after).limit(limit))]

    def count(self, kind: str, owner: str, ending: str) -> int:
        """How many records of a kind an owner has whose unique key ends so."""
        query = sa.select(sa.func.count().label("n")).select_from(records_table).where(_keyed(kind, owner, ending))
        return int(self._rows(query)[0].n)

    def of_subjects(self, kind: str, subjects: Sequence[str]) -> list[Record]:
        """Every record of a kind of these subjects, oldest first."""
        return self._read(sa.and_(records_table.c.subject.in_(subjects), _of_kind(kind))) if subjects else []

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
        """How many subjects have records of a kind, for each owner: a decision overridden twice counts once."""
        column = records_table.c
        subjects = sa.func.count(column.subject.distinct())
        query = sa.select(column.owner, subjects).where(_of_kind(kind)).group_by(column.owner)
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
        return verify_chain(self.scan(), expected_tip, known)

    def scan(self, kind: str | None = None, after: int = 0) -> Iterator[Record]:
        """Every record, or every one of a kind, in order, page by page."""
        column = records_table.c
        while page := self._read(sa.and_(column.seq > after, *([_of_kind(kind)] if kind else [])), _PAGE):
            yield from page
            after = page[-1].seq

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _rows(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        try:
            with self.engine.connect() as connection:
                return connection.execute(query).all()
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault

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


def _of_kind(kind: str) -> sa.ColumnElement[bool]:
    """Records of a kind, by its name today or before."""
    return records_table.c.kind.in_((kind, *KINDS.get(kind, ())))


def _keyed(kind: str, owner: str, ending: str) -> sa.ColumnElement[bool]:
    column = records_table.c
    key = column.unique_key.endswith(ending, autoescape=True)
    return sa.and_(_of_kind(kind), column.owner == owner, key)


def _as_record(row: Sequence[Any]) -> Record:
    record = Record(*row)
    return record._replace(body=record.body.encode())  # type: ignore[attr-defined]  # the store gives text
