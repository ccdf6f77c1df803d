import numpy as np
import pytest

from models.approvals.suspensions import Spells, suspensions, union

pytestmark = pytest.mark.behaviour


def day(number):
    return (
        np.datetime64("2024-03-01", "us") + np.timedelta64(number * 24, "h") if number else np.datetime64("NaT", "us")
    )


def paired(*events):
    """Spells of events (case, day, kind, reason) as (case, begun, ended, reason), and the cases of lone resumptions."""
    case, days, kind, reason = zip(*events, strict=True)
    found = suspensions(case, [day(one) for one in days], [one == "suspended" for one in kind], reason)
    number = {day(one): one for one in days if one}
    spells = zip(found.case.tolist(), found.begun_at, found.ended_at, found.reason, strict=True)
    return [
        (c, number[b], None if np.isnat(e) else number[e], r) for c, b, e, r in spells
    ], found.resumed_alone.tolist()


@pytest.mark.parametrize(
    ("events", "spells", "alone"),
    [
        ([(0, 1, "suspended", "test")], [(0, 1, None, "test")], []),
        ([(0, 1, "suspended", "test"), (0, 3, "resumed", "test")], [(0, 1, 3, "test")], []),
        # two reasons, each with its own resumption
        (
            [(0, 1, "suspended", "test"), (0, 2, "suspended", "hearing"), (0, 3, "resumed", "test")],
            [(0, 2, None, "hearing"), (0, 1, 3, "test")],
            [],
        ),
        # one resumption without a reason ends both
        (
            [(0, 1, "suspended", "test"), (0, 2, "suspended", "hearing"), (0, 3, "resumed", "")],
            [(0, 2, 3, "hearing"), (0, 1, 3, "test")],
            [],
        ),
        # repeated: the first begins and the first ends
        (
            [
                (0, 1, "suspended", "test"),
                (0, 2, "suspended", "test"),
                (0, 3, "resumed", "test"),
                (0, 4, "resumed", "test"),
            ],
            [(0, 1, 3, "test")],
            [0],
        ),
        ([(3, 1, "resumed", "test")], [], [3]),
        ([(3, 1, "resumed", "")], [], [3]),
        ([(0, 1, "suspended", "test"), (1, 3, "resumed", "test")], [(0, 1, None, "test")], [1]),
        # at one instant: no order, no change
        ([(0, 1, "suspended", "test"), (0, 1, "resumed", "test")], [], []),
        (
            [
                (0, 1, "suspended", "test"),
                (0, 2, "suspended", "test"),
                (0, 2, "resumed", "test"),
                (0, 5, "resumed", "test"),
            ],
            [(0, 1, 5, "test")],
            [],
        ),
        # twice suspended
        (
            [
                (0, 1, "suspended", "test"),
                (0, 2, "resumed", "test"),
                (0, 4, "suspended", "test"),
                (0, 5, "resumed", ""),
            ],
            [(0, 1, 2, "test"), (0, 4, 5, "test")],
            [],
        ),
        # without an instant: left out
        ([(0, 1, "suspended", "test"), (0, 0, "resumed", "test")], [(0, 1, None, "test")], []),
    ],
)
def test_pairs(events, spells, alone):
    """The same in every order of the rows."""
    for turned in (events, events[::-1]):
        assert paired(*turned) == (spells, alone)


def test_no_event():
    assert len(suspensions([], [], [], []).case) == 0


@pytest.mark.law
def test_a_union_counts_each_day_once():
    """Against a set of days for each case."""
    rng = np.random.default_rng(3)
    case = rng.integers(0, 200, 1000)
    first = rng.integers(0, 60, 1000)
    end = first + rng.integers(0, 12, 1000)
    found = union(case, first, end)
    for one in range(200):
        rows = found.case == one
        lists = [range(f, f + n) for f, n in zip(found.first[rows], found.length[rows], strict=True)]
        days = [day for some in lists for day in some]
        given = [range(f, e) for f, e in zip(first[case == one], end[case == one], strict=True)]
        assert days == sorted(set().union(*given))
        assert found.before[rows].tolist() == (np.cumsum(found.length[rows]) - found.length[rows]).tolist()


@pytest.mark.contract
@pytest.mark.parametrize(("begun", "ended"), [("NaT", "2024-03-02"), ("2024-03-02", "2024-03-01")])
def test_bad_spells_have_their_message(begun, ended):
    begun_at, ended_at = (np.array([one], dtype="datetime64[us]") for one in (begun, ended))
    with pytest.raises(ValueError, match="begins at an instant and does not end before it"):
        Spells(np.zeros(1, dtype=np.int64), begun_at, ended_at, np.array(["test"], dtype=object))
