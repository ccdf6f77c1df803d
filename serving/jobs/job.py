"""One job and its table: what is wanted, by whom, how far it is, what came out or why nothing did.

A job is beside the hash chain: it decides nothing, it changes while it runs, and it is deleted after a while.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences
from serving.ledger.ledger import metadata

State = Literal["waiting", "running", "done", "broken", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")
ENDED: tuple[State, ...] = ("done", "broken", "cancelled")
SENTENCES = "console/sentences_jobs.csv"

jobs_table = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("account_id", sa.String(80), nullable=False),
    sa.Column("caller", sa.String(80), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("doing", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("worker", sa.String(80), nullable=False),
    sa.Column("cancel_wanted", sa.Boolean, nullable=False),
    sa.Column("seen", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),
    sa.Column("heartbeat_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=False),
    sa.Index("jobs_by_account", "account_id", "created_at"),
    sa.Index("jobs_by_state", "state", "created_at"),
)


@dataclass(frozen=True)
class JobBounds:
    """What keeps jobs from filling the store.

    open_per_account : waiting or running at once; kept_per_account : rows in all, the oldest ended of which go first
    body_bytes : of what is wanted, as JSON; kept_days : after which an ended job and its files are deleted
    stale_s : without a heartbeat, after which a worker has lost its job; attempts : at most, the first one counted
    """

    open_per_account: int = 3
    kept_per_account: int = 100
    body_bytes: int = 262_144
    kept_days: float = 30.0
    stale_s: float = 30.0
    attempts: int = 2


@dataclass(frozen=True)
class Job:
    """One job. Instants are ISO 8601 in UTC, "" where there is none yet.

    account_id : whose it is; caller : as whom that person calls; name : what its owner calls it
    progress : 0 to 1; doing : ``key`` of a sentence and its figures, what is being done; empty where nothing is
    body : what is wanted; result : what came out; problem : ``key`` of a sentence and its figures, why nothing did
    attempts : how often a worker began it; worker : the one that has it; cancel_wanted : its owner wants it to end
    seen : its owner has seen how it ended
    """

    job_id: str
    kind: str
    account_id: str
    caller: str
    name: str
    state: State
    progress: float = 0.0
    doing: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    problem: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    worker: str = ""
    cancel_wanted: bool = False
    seen: bool = False
    created_at: str = ""
    started_at: str = ""
    heartbeat_at: str = ""
    ended_at: str = ""
    expires_at: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN


@dataclass(frozen=True)
class JobState:
    """What an operator may see of anybody's job: neither what is wanted nor what came out."""

    job_id: str
    kind: str
    state: State
    progress: float
    attempts: int
    created_at: str
    started_at: str
    ended_at: str


_JSON = ("doing", "body", "result", "problem")


def as_row(job: Job) -> dict[str, Any]:
    """The job's columns."""
    row = dict(vars(job))
    return row | {name: json.dumps(row[name], ensure_ascii=False, sort_keys=True) for name in _JSON}


def as_job(row: sa.Row[Any]) -> Job:
    """The job of a row."""
    values = dict(row._mapping)
    return Job(**{**values, **{name: json.loads(values[name]) for name in _JSON}})


def job_text(words: Mapping[str, Any]) -> Text:
    """What ``doing`` or ``problem`` says, in Chinese and English; empty where it says nothing.

    raises : KeyError where there is no such sentence or one of its figures is missing
    """
    if not words:
        return "", ""
    figures = {name: value for name, value in words.items() if name != "key"}
    return read_sentences(reference_path(SENTENCES))[str(words["key"])].fill(figures)
