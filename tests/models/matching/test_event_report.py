"""The report of an event by hand, and its intervals on planted groups."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from models.matching.event_report import event_report

NAMES = ("invited", "accepted", "met", "kept", "second_meeting", "solved", "signed")
# firm, demand, then the flags above
ROWS = [
    ("a", 1, 1, 1, 1, 1, 1, 1, 1),
    ("a", 2, 1, 1, 1, 0, 0, 0, 0),
    ("b", 1, 1, 1, 1, 1, 0, 0, 0),
    ("b", 2, 1, 1, 1, 1, 0, 0, 0),
    ("c", 2, 1, 0, 0, 0, 0, 0, 0),
    ("d", 3, 0, 0, 1, 1, 1, 1, 1),  # outside the event: no part of it
]


def report(rows, **settings):
    table = list(zip(*rows, strict=True))
    flags = {name: np.array(column, dtype=bool) for name, column in zip(NAMES, table[2:], strict=True)}
    return event_report(np.array(table[0]), np.array(table[1]), flags, **settings)


@pytest.mark.law
def test_the_report_counts_by_hand():
    """Three firms invited, two accepted, four meetings arranged, three kept, one met again, one of two demands."""
    found = report(ROWS)
    counts = {name: (one.numerator, one.denominator) for name, one in found.items()}
    assert counts == {
        "acceptance": (2, 3), "meetings_a_head": (3, 2), "kept": (3, 4), "second_meetings": (1, 3),
        "solved": (1, 2), "cooperations": (1, 3),
    }  # fmt: skip
    assert all(one.low <= one.value <= one.high for one in found.values())
    assert found["meetings_a_head"].value == 1.5


@pytest.mark.law
def test_a_share_of_single_rows_has_wilsons_interval():
    """Of ten firms seven accept: Wilson at 10 x 9 / 10 rows (the variance estimate divides by n - 1)."""
    found = report([(firm, firm, 1, firm < 7, 0, 0, 0, 0, 0) for firm in range(10)])["acceptance"]
    z, n, p = norm.ppf(0.95), 9.0, 0.7
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half))


@pytest.mark.contract
def test_nothing_held_has_no_figure_and_all_of_few_is_not_certain():
    """No invitation: no value, no interval; two firms that both accept leave room below 1."""
    assert report([ROWS[-1]])["acceptance"].value is None
    assert report([ROWS[-1]])["meetings_a_head"].low is None
    found = report(ROWS[:4])["acceptance"]
    assert found.value == 1.0
    assert found.low < 0.6


@pytest.mark.truth
def test_intervals_hold_the_truth_when_a_firms_meetings_go_together():
    """Firms keep all or few of their meetings: 90 % intervals cover, those that count rows alone do not."""
    rng, hits, naive, heads, runs = np.random.default_rng(1), 0, 0, 0, 300
    for _ in range(runs):
        size = rng.integers(1, 7, 60)
        keeps = rng.choice([0.3, 1.0], 60)  # mean .65 of meetings, apart from the size
        firm = np.repeat(np.arange(60), size)
        kept = rng.random(len(firm)) < keeps[firm]
        true = np.ones(len(firm), dtype=bool)
        flags = dict.fromkeys(NAMES, true) | {"kept": kept}
        found = event_report(firm, np.arange(len(firm)), flags, draws=300)
        hits += found["kept"].low <= 0.65 <= found["kept"].high
        heads += found["meetings_a_head"].low <= 0.65 * 3.5 <= found["meetings_a_head"].high
        half = 1.645 * np.sqrt(kept.mean() * (1 - kept.mean()) / len(kept))
        naive += abs(kept.mean() - 0.65) <= half
    assert 0.86 <= hits / runs <= 0.94
    assert 0.85 <= heads / runs <= 0.95
    assert naive / runs < 0.82
