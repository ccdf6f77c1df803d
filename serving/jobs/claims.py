"""Jobs as workers have them: one is claimed by exactly one worker, which loses it when its heartbeat stops.

What a worker that has lost its job writes about it changes nothing: every write names the worker and the attempt.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from serving.jobs.job import ENDED, Job, State, as_job, as_row, jobs_table
from serving.jobs.store import Jobs, ended_at, later_text, store_answers
from serving.ledger.ledger import now_text

LOST = {"key": "jobs.problem.worker_lost"}
_COLUMN = jobs_table.c


class LostClaimError(RuntimeError):
    """The job is no longer this worker's: its heartbeat was stale, and another has it or it has ended."""


@dataclass(frozen=True)
class Claim:
    """A job that this worker carries out. folder : of this attempt's files, which no other attempt writes to"""

    job: Job
    folder: Path


class Claims:
    """The jobs of one store for one worker. worker : a name that no other running worker has"""

    def __init__(self, jobs: Jobs, worker: str, kinds: Sequence[str]) -> None:
        self.jobs, self.worker, self.kinds = jobs, worker, tuple(kinds)

    def claim(self) -> Claim | None:
        """The oldest job that waits, or whose worker is lost and that may be begun again; None where there is none.

        A job whose worker is lost for the last time is broken; one whose end was wanted by then is cancelled.
        """
        with self._writing() as connection:
            self._give_up(connection)
            lost = sa.and_(_COLUMN.state == "running", _COLUMN.heartbeat_at < self._stale())
            free = sa.or_(_COLUMN.state == "waiting", lost)
            query = sa.select(jobs_table).where(_COLUMN.kind.in_(self.kinds), free)
            query = query.order_by(_COLUMN.created_at, _COLUMN.job_id).limit(1)
            row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return None
            now, job = now_text(), as_job(row)
            begun = {
                "state": "running", "worker": self.worker, "attempts": job.attempts + 1, "progress": 0.0,
                "started_at": now, "heartbeat_at": now, "doing": "{}",
            }  # fmt: skip
            connection.execute(jobs_table.update().where(_COLUMN.job_id == job.job_id).values(begun))
            claimed = as_job(connection.execute(sa.select(jobs_table).where(_COLUMN.job_id == job.job_id)).one())
        return Claim(claimed, self.jobs.folder / claimed.job_id / str(claimed.attempts))

    def beat(self, claim: Claim, progress: float, doing: Mapping[str, Any]) -> bool:
        """Say that the job runs and how far it is; whether its end is wanted. Raises LostClaimError."""
        row = as_row(Job("", "", "", "", "", "running", progress=min(max(progress, 0.0), 1.0), doing=doing))
        with self._writing() as connection:
            self._change(connection, claim, progress=row["progress"], doing=row["doing"], heartbeat_at=now_text())
            wanted = sa.select(_COLUMN.cancel_wanted).where(_COLUMN.job_id == claim.job.job_id)
            return bool(connection.execute(wanted).scalar_one())

    def done(self, claim: Claim, result: Mapping[str, Any]) -> None:
        """The job is done; ``result`` gets the attempt's ``folder``. Raises LostClaimError."""
        self._end(claim, "done", progress=1.0, result={**result, "folder": claim.folder.name})

    def broken(self, claim: Claim, problem: Mapping[str, Any]) -> None:
        """The job cannot be done; problem : ``key`` of a sentence and its figures. Raises LostClaimError."""
        self._end(claim, "broken", problem=problem)

    def cancelled(self, claim: Claim) -> None:
        """The job was ended as its owner wanted. Raises LostClaimError."""
        self._end(claim, "cancelled", seen=True)

    def give_back(self, claim: Claim) -> None:
        """The job waits again, as if this worker had not begun it. Raises LostClaimError."""
        with self._writing() as connection:
            self._change(
                connection, claim, state="waiting", attempts=claim.job.attempts - 1, worker="", progress=0.0, doing="{}"
            )
        shutil.rmtree(claim.folder, ignore_errors=True)

    def delete_expired(self) -> int:
        """Delete ended jobs whose time is over, with their files, and those beyond an owner's number; how many."""
        ended = _COLUMN.state.in_(ENDED)
        number = sa.func.row_number().over(
            partition_by=_COLUMN.account_id, order_by=(_COLUMN.created_at.desc(), _COLUMN.job_id)
        )
        numbered = sa.select(_COLUMN.job_id, number.label("at")).where(ended).subquery()
        many = sa.select(numbered.c.job_id).where(numbered.c.at > self.jobs.bounds.kept_per_account)
        over = sa.and_(ended, sa.or_(_COLUMN.expires_at < now_text(), _COLUMN.job_id.in_(many)))
        with self._writing() as connection:
            gone = list(connection.execute(sa.select(_COLUMN.job_id).where(over)).scalars())
            connection.execute(jobs_table.delete().where(_COLUMN.job_id.in_(gone)))
        for job_id in gone:
            shutil.rmtree(self.jobs.folder / job_id, ignore_errors=True)
        return len(gone)

    def _end(self, claim: Claim, state: State, **values: Any) -> None:
        row = as_row(Job("", "", "", "", "", state, **values))
        with self._writing() as connection:
            changed = {name: row[name] for name in (*values, "state")}
            self._change(connection, claim, **changed, doing="{}", **ended_at(self.jobs.bounds))
        if state != "done":
            shutil.rmtree(claim.folder, ignore_errors=True)

    def _change(self, connection: sa.Connection, claim: Claim, **values: Any) -> None:
        own = (
            _COLUMN.job_id == claim.job.job_id, _COLUMN.state == "running", _COLUMN.worker == self.worker,
            _COLUMN.attempts == claim.job.attempts,
        )  # fmt: skip
        if not connection.execute(jobs_table.update().where(*own).values(values)).rowcount:
            raise LostClaimError(f"job {claim.job.job_id} is no longer carried out by {self.worker}")

    def _give_up(self, connection: sa.Connection) -> None:
        lost = (_COLUMN.state == "running", _COLUMN.heartbeat_at < self._stale())
        end = {"doing": "{}", **ended_at(self.jobs.bounds)}
        wanted = jobs_table.update().where(*lost, _COLUMN.cancel_wanted)
        connection.execute(wanted.values(state="cancelled", seen=True, **end))
        last = jobs_table.update().where(*lost, _COLUMN.attempts >= self.jobs.bounds.attempts)
        connection.execute(
            last.values(
                state="broken", **end, problem=as_row(Job("", "", "", "", "", "broken", problem=LOST))["problem"]
            )
        )

    def _stale(self) -> str:
        return later_text(-self.jobs.bounds.stale_s)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with store_answers(), self.jobs.ledger.engine.execution_options(writes=True).begin() as connection:
            yield connection
