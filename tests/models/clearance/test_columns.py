"""Events as columns: each different one once, in an order that depends on the set alone."""

import datetime as dt
import random

import numpy as np
import pytest

from data.clearance.dialects import EFFECTS, dialects
from data.clearance.records import CaseEvent
from models.clearance.columns import OFFICIAL, UNKNOWN_EFFECT, event_columns
from models.event_sets import NO_INSTANT

AT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def event(code, at=AT, keys=(("seq_no", "E1"),), note=""):
    return CaseEvent(keys, "single_window", code, at, "", note)


def test_sorted_by_declaration_instant_rank_and_digest():
    events = [
        event("R"),
        event("P"),
        event("7", None),
        event("?"),
        event("L", AT - dt.timedelta(seconds=1)),
        event("P"),
    ]
    ids = [1, 1, 1, 1, 1, 1]
    columns = event_columns([event("7"), *events], [0, *ids], dialects())
    assert [one.code for one in columns.events] == ["7", "L", "?", "P", "R", "7"]
    assert columns.group.tolist() == [0, 1, 1, 1, 1, 1]
    assert columns.at.tolist()[:2] == [1_772_323_200_000_000, 1_772_323_199_000_000]  # 2026-03-01 00:00:00 UTC
    assert columns.at[-1] == NO_INSTANT
    assert columns.rank.tolist() == [20, 30, -1, 70, 80, 20]
    assert columns.effect.tolist() == [0, 0, UNKNOWN_EFFECT, 0, 0, 0]
    assert EFFECTS[0] == "stage"
    assert (columns.n_events.tolist(), columns.n_duplicates.tolist()) == ([1, 5], [0, 1])
    assert columns.n_untimed.tolist() == [0, 1]


def test_order_of_arrival_is_not_in_the_columns():
    rng = random.Random(3)
    events = [event("P", note=str(index)) for index in range(20)]
    expected = event_columns(events, np.zeros(20, dtype=np.int64), dialects()).digests
    rng.shuffle(events)
    assert event_columns(events, np.zeros(20, dtype=np.int64), dialects()).digests == expected


def test_until_leaves_out_what_is_later_and_what_has_no_instant():
    """A declaration of which nothing remains keeps its index."""
    events = [
        event("7"),
        event("L", AT + dt.timedelta(seconds=1)),
        event("J", None),
        event("7", AT + dt.timedelta(hours=1)),
    ]
    columns = event_columns(events, [0, 0, 0, 1], dialects(), until=AT)
    assert [one.code for one in columns.events] == ["7"]
    assert columns.n_events.tolist() == [1, 0]


def test_numbers_of_customs_without_those_that_name_nothing():
    keys = (("seq_no", "E1"), ("entry_id", "000"), ("client_seq_no", "C1"))
    columns = event_columns([event("7", keys=keys), event("L", keys=(("entry_id", "29"),))], [0, 0], dialects())
    named = [
        (columns.events[e].code, OFFICIAL[k % len(OFFICIAL)])
        for e, k in zip(columns.number_event, columns.number_kind, strict=True)
    ]
    assert named == [("7", "seq_no"), ("L", "entry_id")]


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        event_columns([event("7")], [0], dialects(), until=AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no time zone"):
        event_columns([event("7", AT.replace(tzinfo=None))], [0], dialects())
