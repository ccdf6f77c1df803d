"""Episodes: where one begins, when each stage was reached, and what is missing."""

import datetime as dt

import numpy as np
import pytest

from data.clearance.dialects import STAGES, dialects
from data.clearance.records import CaseEvent
from models.clearance.columns import event_columns
from models.clearance.episodes import episodes
from models.event_sets import NO_INSTANT

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def split(trace, dialect="single_window"):
    """Codes with a minute, "7@0 L@1 P@"; no minute is no instant."""
    events = []
    for index, part in enumerate(trace.split()):
        code, _, minute = part.partition("@")
        at = DAY + dt.timedelta(minutes=int(minute)) if minute else None
        events.append(CaseEvent((("seq_no", "E1"),), dialect, code, at, str(index)))
    columns = event_columns(events, np.zeros(len(events), dtype=np.int64), dialects())
    return columns, episodes(columns)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ("7@0 L@1 P@2", "7LP"), ("7@0 E@1 7@2 L@3", "7E|7L"), ("7@0 E@1 7@2 7@3 Z@4 7@5", "7E|77Z|7"),
        ("7@0 E@1 L@2", "7EL"), ("E@1 7@1", "7E"), ("E@1 7@1 7@2", "7E|7"), ("E@1 E@2 7@2 L@2", "E|7LE"),
        ("7@0 D@1 7@2", "7D|7"), ("7@0 E@1 7@2 P@ E@", "7E|7PE"), ("E@ 7@2", "7E"), ("L@1", "L"),
    ],
)  # fmt: skip
def test_a_new_episode_begins_with_declaring_again_after_a_return(trace, expected):
    columns, found = split(trace)
    parts = [""] * len(found.last)
    for event, index in zip(columns.events, found.of_event.tolist(), strict=True):
        parts[index] += event.code
    assert "|".join(parts) == expected
    assert found.position.tolist() == list(range(1, len(parts) + 1))
    assert found.last.tolist() == [False] * (len(parts) - 1) + [True]


def minutes(found):
    start = int(DAY.timestamp()) * 1_000_000
    return [None if at == NO_INSTANT else (at - start) // 60_000_000 for at in found.stage_at[-1].tolist()]


@pytest.mark.parametrize(
    ("dialect", "trace", "expected", "gaps"),
    [
        ("single_window", "7@0 7@5 L@1 J@2 W@3 K@4 P@6 R@7", [0, 1, 2, 4, 7], ""),
        ("single_window", "7@0 E@1 7@5 P@9", [5, None, None, 9, None], "accepted examined"),
        ("single_window", "C@1", [None] * 5, "declared accepted"),
        ("single_window", "R@", [None] * 5, "declared accepted examined released"),
        ("cds", "02@0 01@1 09@2 16@3", [0, 1, None, 2, 2], ""),
        ("cds", "01@1 02@2 09@3", [None, 1, None, 3, 3], ""),
        ("cds", "02@2 09@3", [2, None, None, 3, 3], "accepted"),
        ("ceb", "2@0 3@1 120@2 800@4", [0, 2, None, 4, None], "examined"),
        ("edifact", "17@0 4@9", [0, None, None, 9, None], ""),
    ],
)
def test_first_instant_of_each_stage_and_the_stages_that_nothing_shows(dialect, trace, expected, gaps):
    """A receipt that not every declaration gets is the declaring only where it comes before the acceptance."""
    _, found = split(trace, dialect)
    assert minutes(found) == expected
    assert [stage for stage, missing in zip(STAGES, found.gap[-1], strict=True) if missing] == gaps.split()


def test_without_events_there_is_no_episode():
    columns = event_columns([], [], dialects())
    assert len(episodes(columns).last) == 0
