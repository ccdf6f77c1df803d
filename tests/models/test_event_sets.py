"""Sets of events of any kind: duplicates by group, instants as numbers, and records as JSON."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from models.event_sets import NO_INSTANT, datetimes, event_set, fields_as_json, instant

BEIJING = dt.timezone(dt.timedelta(hours=8))
NINE = dt.datetime(2026, 3, 2, 9, tzinfo=BEIJING)


@dataclasses.dataclass(frozen=True)
class Happened:
    digest: str
    at: dt.datetime | None


@dataclasses.dataclass(frozen=True)
class Kept:
    day: dt.date
    at: dt.datetime
    parts: tuple[Happened, ...]
    values: dict[str, int]


def test_equal_events_of_a_group_are_one_and_counted():
    one, other = Happened("a", NINE), Happened("b", None)
    found = event_set([one, other, one, one], [0, 1, 0, 1])
    assert list(zip(found.group.tolist(), found.digests, strict=True)) == [(0, "a"), (1, "b"), (1, "a")]
    assert found.n_duplicates.tolist() == [1, 0]
    hours = (NINE - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds()
    assert found.instants().tolist() == [hours * 1e6, NO_INSTANT, hours * 1e6]


def test_until_leaves_out_what_is_later_and_what_has_no_instant():
    later = Happened("c", NINE + dt.timedelta(seconds=1))
    found = event_set([Happened("a", NINE), Happened("b", None), later], [0, 0, 0], NINE)
    assert found.digests == ("a",)


def test_instants_need_a_zone():
    with pytest.raises(ValueError, match="without a time zone"):
        event_set([], [], dt.datetime(2026, 3, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        event_set([Happened("a", dt.datetime(2026, 3, 2))], [0]).instants()  # noqa: DTZ001


def test_numbers_become_instants_again():
    found = datetimes(event_set([Happened("a", NINE), Happened("b", None)], [0, 0]).instants())
    assert [instant(value) for value in found] == [NINE, None]
    assert np.isnat(found[1])


def test_a_record_is_written_with_instants_in_utc():
    kept = Kept(dt.date(2026, 3, 2), NINE, (Happened("a", None),), {"n": 1})
    assert fields_as_json(kept) == {
        "day": "2026-03-02", "at": "2026-03-02T01:00:00+00:00", "parts": [{"digest": "a", "at": None}],
        "values": {"n": 1},
    }  # fmt: skip
