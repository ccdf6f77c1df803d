"""Jobs as their owners have them: made, listed, cancelled, their files read. Another person's job is not found."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.codebook import reference_path
from data.texts.sentences import read_sentences
from serving.contract.refusals import Fault, Refusal
from serving.jobs.job import ENDED, OPEN, SENTENCES, Job, JobBounds, JobState, as_job, as_row, jobs_table
from serving.ledger.ledger import Ledger, now_text
from serving.ledger.store import LedgerError, checkpoint_folder

FOLDER = "IP_JOBS"
_FILE = re.compile(r"[\w][\w .+-]{0,199}")
_COLUMN = jobs_table.c
_STATE = (
    _COLUMN.job_id, _COLUMN.kind, _COLUMN.state, _COLUMN.progress, _COLUMN.attempts, _COLUMN.created_at,
    _COLUMN.started_at, _COLUMN.ended_at,
)  # fmt: skip


def jobs_folder(url: str) -> Path:
    """Where files of results lie: IP_JOBS, or ``jobs`` beside the store's checkpoints.

    Whoever reads a result must see the folder that the worker wrote; several machines share it by IP_JOBS.
    """
    return Path(os.environ[FOLDER]) if FOLDER in os.environ else checkpoint_folder(url).parent / "jobs"


class Jobs:
    """The jobs of one store. Safe for many processes: every change is one statement or one transaction.

    Every method raises Refusal ledger-unavailable where the store does not answer.
    """

    def __init__(self, ledger: Ledger, folder: Path | None = None, bounds: JobBounds | None = None) -> None:
        self.ledger = ledger
        self.folder = folder or jobs_folder(ledger.url)
        self.bounds = bounds or JobBounds()

    def add(self, kind: str, account_id: str, caller: str, name: str, body: Mapping[str, Any]) -> Job:
        """A new job that waits; raises Refusal too-many-requests or body-too-large beyond the bounds."""
        job = Job(
            secrets.token_hex(8), kind, account_id, caller, name[:200], "waiting", body=body, created_at=now_text()
        )
        row = as_row(job)
        if len(row["body"].encode()) > self.bounds.body_bytes:
            raise Refusal("body-too-large", _sentence("jobs.refused.size", bytes=self.bounds.body_bytes))
        with self._writing() as connection:
            own = _COLUMN.account_id == account_id
            many = sa.select(sa.func.count()).select_from(jobs_table).where(own)
            if connection.dialect.name == "postgresql":  # two at once of one owner are counted one after the other
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"jobs {account_id}"))))
            unfinished = connection.execute(many.where(_COLUMN.state.in_(OPEN))).scalar_one()
            if unfinished >= self.bounds.open_per_account:
                found = str(unfinished)
                allowed = _sentence("jobs.refused.many", jobs=self.bounds.open_per_account)
                raise Refusal("too-many-requests", allowed, [Fault("jobs", found, allowed)])
            connection.execute(jobs_table.insert().values(row))
        return job

    def of(self, account_id: str, kinds: Sequence[str] = ()) -> list[Job]:
        """An owner's jobs, the newest first, of some kinds or of all."""
        wanted = [_COLUMN.account_id == account_id, *([_COLUMN.kind.in_(kinds)] if kinds else [])]
        query = sa.select(jobs_table).where(*wanted).order_by(_COLUMN.created_at.desc(), _COLUMN.job_id)
        with self._reading() as connection:
            return [as_job(row) for row in connection.execute(query.limit(self.bounds.kept_per_account))]

    def find(self, job_id: str, account_id: str) -> Job:
        """One job; raises Refusal not-found where there is none, or it is another's."""
        with self._reading() as connection:
            row = connection.execute(sa.select(jobs_table).where(*_own(job_id, account_id))).one_or_none()
        if row is None:
            raise Refusal("not-found")
        return as_job(row)

    def cancel(self, job_id: str, account_id: str) -> Job:
        """End a job that waits, or have one that runs ended; one that has ended stays as it is."""
        waiting = [*_own(job_id, account_id), _COLUMN.state == "waiting"]
        running = [*_own(job_id, account_id), _COLUMN.state == "running"]
        with self._writing() as connection:
            connection.execute(
                jobs_table.update().where(*waiting)
                .values(state="cancelled", cancel_wanted=True, seen=True, **ended_at(self.bounds))
            )  # fmt: skip
            connection.execute(jobs_table.update().where(*running).values(cancel_wanted=True))
        return self.find(job_id, account_id)

    def mark_seen(self, job_id: str, account_id: str) -> None:
        """Note that the owner has seen how the job ended; nothing where it has not ended or is another's."""
        with self._writing() as connection:
            ended = _COLUMN.state.in_(ENDED)
            connection.execute(jobs_table.update().where(*_own(job_id, account_id), ended).values(seen=True))

    def file(self, job: Job, name: str) -> Path:
        """A file of a job's result; raises Refusal not-found for a name that is not among its files."""
        path = self.folder / job.job_id / str(job.result.get("folder", "")) / name
        if not _FILE.fullmatch(name) or name not in job.result.get("files", ()) or not path.is_file():
            raise Refusal("not-found")
        return path

    def states(self) -> list[JobState]:
        """Every job's state, the newest first, for an operator: neither what is wanted nor what came out."""
        with self._reading() as connection:
            query = sa.select(*_STATE).order_by(_COLUMN.created_at.desc(), _COLUMN.job_id).limit(1_000)
            return [JobState(*row) for row in connection.execute(query)]

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with store_answers(), self.ledger.engine.execution_options(writes=True).begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with store_answers(), self.ledger.engine.connect() as connection:
            yield connection


def ended_at(bounds: JobBounds) -> dict[str, str]:
    """The instants of a job that ends now."""
    return {"ended_at": now_text(), "expires_at": later_text(bounds.kept_days * 86_400.0)}


def later_text(seconds: float) -> str:
    """The instant so many seconds from now, as the rows have it; earlier where negative."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


@contextmanager
def store_answers() -> Iterator[None]:
    """A store that does not answer is a Refusal ledger-unavailable."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, LedgerError) as fault:
        raise Refusal("ledger-unavailable", str(fault).splitlines()[0]) from fault


def _own(job_id: str, account_id: str) -> list[sa.ColumnElement[bool]]:
    if "\0" in job_id:  # no text of a store holds it, and PostgreSQL refuses to look for it
        return [sa.false()]
    return [_COLUMN.job_id == job_id, _COLUMN.account_id == account_id]


def _sentence(key: str, **figures: Any) -> tuple[str, str]:
    return read_sentences(reference_path(SENTENCES))[key].fill(figures)
