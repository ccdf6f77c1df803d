"""What a release holds of matching: the model with its library, the demands and the events; loaded when first used.

A release without it serves everything else, and says so. What is missing or does not fit is named in the refusal, and
once in the log; the files are read again after RETRY_S, in case they have been put there meanwhile.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pandas as pd
import structlog

from data.events import EventStoreError
from data.matching import Demand, MatchEvent, from_table
from data.store_url import UnavailableError
from serving.contract.refusals import Refusal

if TYPE_CHECKING:  # loaded with the first list, and never by a service without matching
    from models.matching.answer import Matcher

_FOLDERS = re.compile(r"(?:/[^\s/'\"]+)+/")  # before a file's name
INDEX_URL = "IP_MATCH_INDEX_URL"  # PostgreSQL with pgvector that all workers search; without it each searches in memory
FOLDER, RECORDS = "matching", "records"
MATCHING_OFF = ("matching-not-packed", "matching-unavailable")
RETRY_S = 10.0
T = TypeVar("T")
log = structlog.get_logger("serving.matching.packed")


@dataclass
class Packed:
    """One release's matching.

    demands, events : by number; invited : firms, by demand; gone : firms that were taken out of ``matcher``
    """

    matcher: Matcher
    demands: Mapping[str, Demand]
    events: Mapping[str, MatchEvent]
    invited: Mapping[str, frozenset[str]]
    gone: set[str] = field(default_factory=set)


def load_matcher(folder: Path) -> Matcher:
    """The model with its encoder and library; imported only here, so that a service without matching loads nothing."""
    from models.matching.answer import Matcher

    return Matcher.load(folder, index_url=os.environ.get(INDEX_URL))


def load_packed(folder: Path, load: Callable[[Path], Matcher] = load_matcher) -> Packed:
    """Read ``folder``; raises NotPackedError, or a ValueError or OSError that names what is missing or does not fit."""
    if not folder.is_dir():
        raise NotPackedError
    matcher = load(folder)
    settle_memory()
    records = folder / RECORDS
    demands = _records(records / "demands.parquet", Demand)
    events = _records(records / "match_events.parquet", MatchEvent)
    invited: dict[str, set[str]] = {}
    path = records / "invited.parquet"
    if path.is_file():
        for demand_id, firm in pd.read_parquet(path)[["demand_id", "enterprise_id"]].itertuples(index=False):
            invited.setdefault(str(demand_id), set()).add(str(firm))
    return Packed(
        matcher,
        {one.demand_id: one for one in demands},
        {one.event_id: one for one in events},
        {name: frozenset(firms) for name, firms in invited.items()},
    )


def settle_memory() -> None:
    """Give back what loading used for a while, and let no collection walk what stays.

    The C library keeps freed memory for itself unless it is bidden; one that has no such call keeps it.
    """
    gc.collect()
    gc.freeze()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _records(path: Path, kind: type[Any]) -> list[Any]:
    return from_table(pd.read_parquet(path), kind) if path.is_file() else []


def firms_of(folder: Path, tables: Path) -> frozenset[str]:
    """Codes of the firms that have a document or a demand in ``folder``, or a demand in ``tables``; none without."""
    found: set[str] = set()
    if (firms := folder / "library/firms.feather").is_file():
        found |= set(pd.read_feather(firms, columns=["enterprise_id"])["enterprise_id"])
    for demands in (folder / RECORDS / "demands.parquet", tables / "demands.parquet"):
        if demands.is_file():
            found |= set(pd.read_parquet(demands, columns=["enterprise_id"])["enterprise_id"])
    return frozenset(map(str, found))


def demands_of(folder: Path, tables: Path, uscc: str) -> list[str]:
    """Numbers of the firm's demands in ``folder`` and in ``tables``, in order; none without."""
    found: set[str] = set()
    for path in (folder / RECORDS / "demands.parquet", tables / "demands.parquet"):
        if path.is_file():
            table = pd.read_parquet(path, columns=["demand_id", "enterprise_id"])
            found |= set(table.loc[table["enterprise_id"] == uscc, "demand_id"])
    return sorted(map(str, found))


class NotPackedError(LookupError):
    """The release comes without it."""


class FirstUse(Generic[T]):
    """Makes something when it is first used and keeps it; safe to use from several threads.

    make : called until it succeeds, at most every RETRY_S
    keys : of the refusals where the release comes without it, and where it cannot be made
    """

    def __init__(self, make: Callable[[], T], keys: tuple[str, str] = MATCHING_OFF) -> None:
        self._make, self._lock = make, threading.Lock()
        self._not_packed, self._unavailable = keys
        self._made: T | None = None
        self._fault, self._failed_at = "", float("-inf")

    def get(self) -> T:
        """What was made; raises a Refusal of ``keys``, the second with what is missing."""
        with self._lock:
            if self._made is None and time.monotonic() - self._failed_at > RETRY_S:
                try:
                    self._made = self._make()
                except NotPackedError as fault:
                    raise Refusal(self._not_packed) from fault
                except (OSError, ValueError, KeyError, ImportError, EventStoreError, UnavailableError) as fault:
                    text, self._failed_at = _named(fault), time.monotonic()
                    if text != self._fault:
                        log.error(self._unavailable.replace("-", "_"), fault=text)
                    self._fault = text
            if self._made is None:
                raise Refusal(self._unavailable, self._fault)
            return self._made

    @property
    def made(self) -> T | None:
        """What was made so far."""
        return self._made


def _named(fault: Exception) -> str:
    """The fault in one line, without the folders of this machine."""
    if isinstance(fault, OSError) and fault.filename:
        return f"{Path(str(fault.filename)).name} is missing or cannot be read"
    return _FOLDERS.sub("", " ".join(str(fault).split()))[:200]
