"""What is known of a declaration at an instant: where it is, how long, and how long its office lately needs.

An event counts from when its receipt was received, not from the instant that the receipt names: a receipt may come
hours late, and then nothing before its arrival may know of it. One declaration that runs now and every row that is
learned from go through the same functions. Hours and weekdays are those of Beijing (+08:00), where customs works.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.beijing import AHEAD_OF_UTC

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MILESTONES = ("declared", "accepted", "examined", "released", "completed")
STAGES = MILESTONES[1:]  # each named for the milestone that ends it
RETURNED, ENDED = ("rejected",), ("withdrawn",)  # the first begins again with a new declaration, the other does not
DETOURS: Mapping[str, tuple[str, ...]] = {
    "inspected": ("inspection", "detained"),
    "suspended": ("exception",),
    "tax_due": ("tax_due",),
    "documents_due": ("documents_due",),
}
OPENS_H, CLOSES_H = 9.0, 17.0  # working hours of an office
RECENT = 40  # stages that a recent median is of, at most
MOST_MORNINGS = 45  # of one declaration; one that is still open then has few like it
CATEGORIES = ("office", "direction", "transport", "supervision_mode", "hs_chapter")
NUMBERS = ("stage_elapsed_days", "inspected", "suspended", "tax_due", "documents_due", "returned", "start_hour",
           "start_weekday", "hours_to_closing", "n_goods", "log_gross_kg",
           *(f"recent_{stage}_days" for stage in STAGES))  # fmt: skip
_PER_DAY = 86_400_000_000  # microseconds
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class KnownEvents:
    """Events in order of declaration and arrival, and after each of them what is known; arrays of shape (n events,).

    key : of the declaration, from 0 in sorted order of ``ids``; received : in microseconds since 1970 UTC
    milestones : instants of each one of the declaration that is in force, _NEVER where it is not known; (5, n)
    detours : since when each holds; returned, ended : when last
    started : when it was declared last, else the first arrival; latest : row of the event with the latest instant
    """

    ids: pd.Index
    key: Ints
    received: Ints
    position: Ints
    milestones: Ints
    detours: dict[str, Flags]
    returned: Ints
    ended: Flags
    latest: Ints
    started: Ints
    status: npt.NDArray[np.object_]


@dataclass(frozen=True)
class InOrder:
    """Rows sorted by key and instant, in which the last one before an instant is looked up.

    key : of each row, rising; times : every instant of the rows, rising; places : of each row by both, rising
    """

    key: Ints
    times: Ints
    places: Ints

    @classmethod
    def of(cls, key: Ints, instants: Ints) -> InOrder:
        """Rows that are sorted by key and, of equal keys, by instant."""
        times = np.unique(instants)
        return cls(key, times, key * (len(times) + 1) + np.searchsorted(times, instants))

    def last(self, key: Ints, at: Ints, strictly: bool = False) -> Ints:
        """Row of each key whose instant is the last not after ``at`` (before it, where strictly), -1 for none.

        key : -1 for a key that there is none of
        """
        passed = np.searchsorted(self.times, at, side="left" if strictly else "right")
        found = np.searchsorted(self.places, key * (len(self.times) + 1) + passed) - 1
        right = (found >= 0) & (key >= 0)
        right[right] = self.key[found[right]] == key[right]
        result: Ints = np.where(right, found, -1)
        return result


@dataclass(frozen=True)
class KnownMedians:
    """Recent medians, to be looked up as of any instant: put in order once, however many are looked up.

    numbers : of each office, direction and stage; days : of the rows in order, and NaN after the last
    """

    numbers: Mapping[tuple[str, str, str], int]
    order: InOrder
    days: Floats

    @classmethod
    def of(cls, recent: pd.DataFrame) -> KnownMedians:
        """From the table of ``recent_medians``."""
        key, names = pd.factorize(pd.MultiIndex.from_frame(recent[["office", "direction", "stage"]]))
        known_at = _microseconds(recent["known_at"])
        order = np.lexsort((known_at, key))
        days = np.r_[recent["median_days"].to_numpy(dtype=float)[order], np.nan]
        numbers = {name: number for number, name in enumerate(names)}
        return cls(numbers, InOrder.of(key.astype(np.int64)[order], known_at[order]), days)

    def before(self, offices: Iterable[str], directions: Iterable[str], stage: str, at: Ints) -> Floats:
        """Median days of a stage of each office and direction that was known before ``at``, NaN where none was."""
        named = zip(offices, directions, strict=True)
        key = np.array([self.numbers.get((office, direction, stage), -1) for office, direction in named], np.int64)
        return self.days[self.order.last(key, at, strictly=True)]  # -1 is NaN


def known_events(events: pd.DataFrame) -> KnownEvents:
    """What each event leaves known.

    events : declaration_id, status (empty where its code is unknown), at (UTC, NaT where none), received_at (UTC)

    A milestone is known by its latest instant, unless the declaration was returned after it. Order of rows is of no
    account.
    """
    rank = events["status"].map({name: at for at, name in enumerate(MILESTONES)}).fillna(-1.0)
    ordered = events.assign(_rank=rank).sort_values(
        ["declaration_id", "received_at", "at", "_rank", "status"], kind="stable", na_position="first"
    )
    ordered = ordered.drop_duplicates(["declaration_id", "status", "at"])  # what arrives again is not news
    key, ids = pd.factorize(ordered["declaration_id"], sort=True)
    key = key.astype(np.int64)
    status, at = ordered["status"].to_numpy(dtype=object), _microseconds(ordered["at"])
    timed, n = at != _NEVER, len(key)
    begins = np.r_[True, key[1:] != key[:-1]] if n else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(begins, np.arange(n), 0)) if n else np.zeros(0, np.int64)
    returned = _running(at, timed & _is(status, RETURNED), key)
    milestones = np.stack([_running(at, timed & _is(status, (name,)), key) for name in MILESTONES])
    in_force = np.where(milestones > returned, milestones, _NEVER)
    newest = _running(at, timed, key)
    latest = np.maximum.accumulate(np.where(timed & (at == newest), np.arange(n), start)) if n else start
    received = _microseconds(ordered["received_at"])
    return KnownEvents(
        ids=pd.Index(ids),
        key=key,
        received=received,
        position=np.arange(n) - start + 1,
        milestones=in_force,
        detours={name: _running(at, timed & _is(status, of), key) > returned for name, of in DETOURS.items()},
        returned=returned,
        ended=_running(at, timed & _is(status, ENDED), key) != _NEVER,
        latest=latest,
        started=np.where(milestones[0] != _NEVER, milestones[0], received[start]),
        status=status,
    )


def features_at(
    rows: pd.DataFrame, events: pd.DataFrame, declarations: pd.DataFrame, recent: KnownMedians
) -> pd.DataFrame:
    """One row for each of ``rows`` whose declaration ran then, with what was known at ``known_at``, in order of rows.

    rows : declaration_id, known_at (UTC); events : as of ``known_events``
    declarations : declaration_id and what the declarant wrote: CATEGORIES, n_goods, gross_kg; nothing else is read
    recent : medians that became known at ``known_at`` itself are not used

    Columns: declaration_id, known_at, milestone (the last one reached), activity (status of the latest event),
    position (events received), elapsed_days, ``NUMBERS``, ``CATEGORIES``, and started_at and milestone_at (UTC).
    Left out: declarations that are not declared, returned, withdrawn or completed, as far as was known.
    """
    known = known_events(events)
    now = _microseconds(rows["known_at"])
    wanted = known.ids.get_indexer(pd.Index(rows["declaration_id"])).astype(np.int64)
    found = InOrder.of(known.key, known.received).last(wanted, now)
    row = np.flatnonzero(found >= 0)
    of, now = found[row], now[row]
    at = known.milestones[:, of]
    reached = np.where(at != _NEVER, np.arange(len(MILESTONES))[:, None], -1).max(axis=0, initial=-1)
    runs = (reached >= 0) & (reached < len(STAGES)) & ~known.ended[of]
    row, of, now, reached, at = row[runs], of[runs], now[runs], reached[runs], at[:, runs]
    since, started = at[reached, np.arange(len(of))], known.started[of]
    start_hour, start_weekday = _clock(since)
    ids = rows["declaration_id"].to_numpy()[row]
    written = declarations.drop_duplicates("declaration_id").set_index("declaration_id").reindex(ids)
    texts = {name: written[name].to_numpy(dtype=object) for name in CATEGORIES}
    return pd.DataFrame(
        {
            "declaration_id": ids,
            "known_at": rows["known_at"].array[row],
            "started_at": _instants(started),
            "milestone_at": _instants(since),
            "milestone": np.array(MILESTONES, dtype=object)[reached],
            "activity": known.status[known.latest[of]],
            "position": known.position[of].astype(float),
            "elapsed_days": np.maximum(now - started, 0) / _PER_DAY,
            "stage_elapsed_days": np.maximum(now - since, 0) / _PER_DAY,
            **{name: flags[of].astype(float) for name, flags in known.detours.items()},
            "returned": (known.returned[of] != _NEVER).astype(float),
            "start_hour": start_hour,
            "start_weekday": start_weekday,
            "hours_to_closing": CLOSES_H - start_hour,
            **texts,
            "n_goods": written["n_goods"].to_numpy(dtype=float),
            "log_gross_kg": np.log1p(written["gross_kg"].clip(lower=0).to_numpy(dtype=float)),
            **{f"recent_{one}_days": recent.before(texts["office"], texts["direction"], one, now) for one in STAGES},
        }
    )


def recent_medians(events: pd.DataFrame, declarations: pd.DataFrame) -> pd.DataFrame:
    """Median days of each stage of the last ``RECENT`` declarations of an office and direction, by when it was known.

    Columns: office, direction, stage, known_at (UTC), median_days, n (of how many), sorted by them. The days of a stage
    are known once both of its ends have been received.
    """
    known = known_events(events)
    written = declarations.drop_duplicates("declaration_id").set_index("declaration_id").reindex(known.ids[known.key])
    parts = []
    for at, stage in enumerate(STAGES, start=1):
        both = (known.milestones[at] != _NEVER) & (known.milestones[at - 1] != _NEVER)
        days = np.where(both, known.milestones[at] - known.milestones[at - 1], -1) / _PER_DAY
        new = (days >= 0) & ~np.r_[False, (days[:-1] >= 0) & (known.key[1:] == known.key[:-1])]
        part = pd.DataFrame({name: written[name].to_numpy(dtype=object)[new] for name in ("office", "direction")})
        part = part.assign(stage=stage, known_at=_instants(known.received[new]), days=days[new]).dropna()
        parts.append(part.sort_values(["known_at", "days"], kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    by = ["office", "direction", "stage"]
    rolled = table.groupby(by, sort=False)["days"].rolling(RECENT, min_periods=1)
    table["median_days"] = rolled.median().reset_index(level=by, drop=True)
    table["n"] = rolled.count().reset_index(level=by, drop=True).astype(int)
    return table.drop(columns="days").sort_values([*by, "known_at"], kind="stable", ignore_index=True)


def moments(events: pd.DataFrame, until: pd.Timestamp, mornings: bool = True) -> pd.DataFrame:
    """Rows of ``features_at`` to learn from: every arrival, and 9:00 in Beijing of the days between the first and last.

    until : nothing received after it is read, and a morning is not later; columns declaration_id, known_at, sorted
    """
    seen = events.loc[events["received_at"] <= until, ["declaration_id", "received_at", "status"]]
    arrivals = seen[["declaration_id", "received_at"]].rename(columns={"received_at": "known_at"})
    if mornings and len(seen):
        ends = seen.groupby("declaration_id")["received_at"].agg(["min", "max"])
        over = set(seen.loc[seen["status"].isin(["completed", *ENDED]), "declaration_id"])
        last = ends["max"].where(ends.index.isin(over), until)
        first = (ends["min"] + AHEAD_OF_UTC - pd.Timedelta(hours=OPENS_H)).dt.ceil("D")
        count = ((last + AHEAD_OF_UTC - pd.Timedelta(hours=OPENS_H) - first) // pd.Timedelta(days=1) + 1).clip(
            0, MOST_MORNINGS
        )
        n = count.to_numpy(dtype=np.int64)
        nth = np.arange(n.sum()) - np.repeat(n.cumsum() - n, n)
        known_at = (
            first.repeat(n.tolist()) + pd.to_timedelta(nth, unit="D") + pd.Timedelta(hours=OPENS_H) - AHEAD_OF_UTC
        )
        arrivals = pd.concat([arrivals, known_at.rename("known_at").reset_index()])
    return arrivals.drop_duplicates().sort_values(["declaration_id", "known_at"], ignore_index=True)


def _is(status: npt.NDArray[np.object_], names: tuple[str, ...]) -> Flags:
    return np.isin(status.astype(str), names)


def _microseconds(instants: pd.Series) -> Ints:
    """Microseconds since 1970 UTC, _NEVER where there is none."""
    utc = pd.to_datetime(instants, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    found: Ints = np.where(np.isnat(utc), _NEVER, utc.astype(np.int64))
    return found


def _instants(microseconds: Ints) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(microseconds.astype("datetime64[us]")).tz_localize("UTC")


def _clock(microseconds: Ints) -> tuple[Floats, Floats]:
    """Hour with its fraction, and weekday from 0 for Monday, in Beijing."""
    local = microseconds + AHEAD_OF_UTC // pd.Timedelta(microseconds=1)
    return (local % _PER_DAY) / (_PER_DAY / 24), ((local // _PER_DAY + 3) % 7).astype(float)


def _running(values: Ints, counts: Flags, key: Ints) -> Ints:
    """Largest value so far of the rows that count, within each key, else _NEVER; keys lie together and rise."""
    known, rank = np.unique(values[counts], return_inverse=True)
    own = np.zeros(len(values), dtype=np.int64)
    own[counts] = rank + 1
    first = key * (len(known) + 1)
    largest = np.maximum.accumulate(first + own) - first
    found: Ints = np.r_[_NEVER, known][largest]
    return found
