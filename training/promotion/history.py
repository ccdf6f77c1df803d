"""Every look, promotion and refusal in a file that is only appended to, each entry with the digest of all before it.

A changed, removed or inserted line breaks the chain. The last lines cannot be cut off either where the end of the chain
is kept elsewhere as well, as ``training.promotion.registry`` does in the registry itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from data.beijing import BEIJING

HISTORY = Path("promotions.jsonl")  # beside the registry
START = "0" * 64  # before the first entry
PROMOTED, REFUSED = "promoted", "refused"
CHAMPION, CONSTANT = "champion", "constant"  # what a challenger is compared with


class HistoryError(ValueError):
    """The history is not what was written; the message names the first entry that is not."""


@dataclass(frozen=True)
class Entry:
    """One try of a challenger.

    at       : moment, ISO 8601 with its offset
    result   : promoted or refused
    first    : the registry had no champion, so it was compared with a constant prediction
    run      : the challenger's run; digest : of its files
    previous : the digest of the champion before it, "" without one
    compared_with : what it had to be better than, CHAMPION or CONSTANT; "" in an entry older than this member, whose
        digest does not hold it
    period   : first and last day of the outcomes that were looked at; () where none was
    look, level : the how manieth look at the outcomes of that period, and the level that it spent
    checks   : every check as a plain mapping
    commit   : of the code that checked; limits : section ``promotion`` of params.yaml as it was
    """

    seq: int
    at: str
    capability: str
    result: str
    first: bool
    run: str
    digest: str
    previous: str
    by: str
    reason: str
    period: tuple[str, ...]
    look: int
    level: float
    checks: tuple[Mapping[str, Any], ...]
    commit: str
    limits: Mapping[str, Any]
    compared_with: str = ""

    @property
    def days(self) -> tuple[date, date] | None:
        """The period as days; None where no outcome was looked at."""
        return None if not self.period else (date.fromisoformat(self.period[0]), date.fromisoformat(self.period[1]))


def read_history(path: Path) -> tuple[list[Entry], list[str]]:
    """All entries and the digest of each with all before it; raises HistoryError where one is not what was written."""
    entries: list[Entry] = []
    chains: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines):
        try:
            written = json.loads(line)
            own = written.pop("chain")
            entry = Entry(**{**written, "period": tuple(written["period"]), "checks": tuple(written["checks"])})
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise HistoryError(f"{path.name}, entry {number}: no entry of a history ({fault})") from fault
        chain = _chain(chains[-1] if chains else START, entry)
        if own != chain or entry.seq != number:
            raise HistoryError(f"{path.name}, entry {number}: it or one before it was changed, removed or put in")
        entries.append(entry)
        chains.append(chain)
    return entries, chains


def append(path: Path, entry: Entry) -> str:
    """Write one entry behind all others; returns its digest. Raises HistoryError where its number is another one."""
    entries, chains = read_history(path)
    if entry.seq != len(entries):
        raise HistoryError(f"{path.name} has {len(entries)} entries, so the next one is not number {entry.seq}")
    chain = _chain(chains[-1] if chains else START, entry)
    line = json.dumps({**_plain(entry), "chain": chain}, ensure_ascii=False, sort_keys=True, allow_nan=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return chain


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else promotes meanwhile: a lock beside the history."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def champion_on(entries: list[Entry], capability: str, day: date) -> Entry | None:
    """The promotion in force at the end of ``day`` in Beijing, by which the service counts; None before the first."""
    promoted = [one for one in entries if one.capability == capability and one.result == PROMOTED]
    return next(
        (one for one in reversed(promoted) if datetime.fromisoformat(one.at).astimezone(BEIJING).date() <= day), None
    )


def _plain(entry: Entry) -> dict[str, Any]:
    found = asdict(entry)
    if not entry.compared_with:
        del found["compared_with"]
    return found


def _chain(previous: str, entry: Entry) -> str:
    text = json.dumps(_plain(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
