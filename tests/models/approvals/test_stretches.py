"""Stretches of time: every small set of events against a search through all orders that its instants allow."""

import itertools

import numpy as np
import pytest

from models.approvals.columns import DAY, NEVER
from models.approvals.stretches import stretches

B, E = True, False


def found(*events, key=None, case=None):
    """Stretches of (day, hour or None for the day alone, begins); as (from, to) in hours, None while it lasts."""
    day = np.array([one[0] for one in events], dtype=np.int64)
    hour = np.array([one[1] or 0 for one in events], dtype=np.int64)
    whole = np.array([one[1] is None for one in events], dtype=np.bool_)
    begins = np.array([one[2] for one in events], dtype=np.bool_)
    zeros = np.zeros(len(events), dtype=np.int64)
    made = stretches(
        zeros if case is None else np.array(case), zeros if key is None else np.array(key),
        day * DAY + hour * DAY // 24, day, whole, begins, np.zeros(len(events), dtype=np.bool_),
    )  # fmt: skip
    hours = DAY // 24
    pairs = [
        (start // hours, None if end == NEVER else end // hours)
        for start, end in zip(made.from_at.tolist(), made.to_at.tolist(), strict=True)
    ]
    return pairs, made.repeated.tolist(), made.alone.tolist(), made.unordered.tolist()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], ([], [], [], [])),
        ([(1, 9, B)], ([(33, None)], [], [], [])),
        ([(1, 9, B), (2, 9, E)], ([(33, 57)], [], [], [])),
        ([(1, 9, B), (2, 9, B), (3, 9, E)], ([(33, 81)], [1], [], [])),
        ([(1, 9, E), (2, 9, B), (3, 9, E), (4, 9, E)], ([(57, 81)], [], [0, 3], [])),
        # At one instant: over at once, unless one has begun before and the next is an end.
        ([(1, 9, B), (1, 9, E)], ([(33, 33)], [], [], [])),
        ([(1, 9, B), (1, 9, E), (3, 9, E)], ([(33, 33)], [], [2], [])),
        ([(1, 9, B), (2, 9, E), (2, 9, B), (3, 9, E)], ([(33, 81)], [], [], [])),
        ([(1, 9, B), (2, 9, E), (2, 9, B)], ([(33, 57)], [], [], [1, 2])),
        ([(1, 9, B), (2, 9, E), (2, 9, B), (3, 9, B)], ([(33, 57), (81, None)], [], [], [])),
        ([(1, 9, B), (2, 9, E), (2, 9, B), (3, 9, E), (3, 9, B), (4, 9, E)], ([(33, 105)], [], [], [])),
        # An event that says only the day has no order within it, also beside one with its hour.
        ([(1, None, E), (1, 9, B)], ([(33, 33)], [], [], [])),
        ([(1, None, B), (1, 9, E), (1, 15, B), (2, 9, E)], ([(24, 33)], [], [3], [])),
        ([(1, 9, E), (1, 15, B)], ([(39, None)], [], [0], [])),
    ],
)  # fmt: skip
def test_worked_by_hand(events, expected):
    assert found(*events) == expected


def test_keys_and_cases_are_apart():
    events = [(1, 9, B), (2, 9, E), (3, 9, B)]
    assert found(*events, key=[0, 1, 1])[0] == [(33, None), (81, None)]
    assert found(*events, case=[0, 1, 1])[0] == [(33, None), (81, None)]


def readings(days):
    """For every order within the days: how many events begin what lasts or end what does not, days that end so.

    Of the last day alone, where it has both, it is over: nothing follows that would need it to last.
    """
    both = [day for day, kinds in days.items() if len(kinds) > 1]
    for turned in itertools.product((False, True), repeat=len(both)):
        lasts, odd, at_end = False, 0, []
        for day, kinds in days.items():
            for begins in kinds[::-1] if dict(zip(both, turned, strict=True)).get(day) else kinds:
                odd += lasts == begins
                lasts = begins
            at_end.append(lasts)
        if not (lasts and both and both[-1] == max(days)):
            yield odd, sum(at_end), at_end


@pytest.mark.parametrize("hour", [9, None])
def test_of_all_orders_it_is_the_one_with_the_fewest_odd_events_and_then_the_fewest_suspended_days(hour):
    """All sets of at most a beginning and an end on each of four days, a day's beginning without or with its hour."""
    for chosen in itertools.product([(), (B,), (E,), (B, E)], repeat=4):
        days = {day: kinds for day, kinds in enumerate(chosen, start=1) if kinds}
        events = [(day, hour if begins else 9, begins) for day, kinds in days.items() for begins in kinds]
        pairs, *_ = found(*events)
        at_end = [any(start < 24 * day + 24 and (end is None or end >= 24 * day + 24) for start, end in pairs)
                  for day in days]  # fmt: skip
        assert at_end == min(readings(days), default=(0, 0, []))[2], events
