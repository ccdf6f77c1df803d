"""The sequential drift test: its rate of false alarms for whole streams, its power, and its bets by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from models.risk.drift_watch import ShiftTest, WatchParams, population_ranks, ranks_in
from serving.params import read_params

PARAMS = read_params().watch


@pytest.mark.truth
@pytest.mark.parametrize("spread", [0.0, 1.0], ids=["smooth", "all or nothing"])
def test_the_rate_holds_at_the_edge_of_the_tolerance(spread):
    """Applicants whose mean rank lies exactly at the tolerance are no drift, even at the largest variance."""
    rng, test = np.random.default_rng(3), ShiftTest(PARAMS, 10**6, n_streams=2_000)
    mean, alarmed = 0.5 + PARAMS.tolerance_rank, np.zeros(2_000, dtype=bool)
    for _ in range(1_500):
        uniform = rng.random(2_000)
        ranks = np.where(spread > 0, uniform < mean, uniform ** ((1 - mean) / mean))
        test.add(ranks.astype(float), np.full(2_000, 0.5))
        alarmed |= test.alarm
    assert alarmed.mean() <= PARAMS.false_alarm_rate


@pytest.mark.law
def test_ranks_and_bets_by_hand():
    """Mid-ranks of four PDs; then one firm of rank 1 against an expected rank of at most .5 + .1.

    Bets of .1, .25, .5 and .8 of the wealth on either side start with half of the evidence, 1/16 each. A firm at rank 1
    pays (1 - .6) / .6 = 2/3 of the bet on "higher" and costs (1 - .4) / (1 - .4) = 1 of the bet on "lower".
    """
    packed = np.array([0.02, 0.01, 0.02, 0.05])
    assert population_ranks(packed).tolist() == [0.5, 0.125, 0.5, 0.875]
    assert ranks_in(np.sort(packed), np.array([0.0, 0.02, 0.03, 1.0])).tolist() == [0.0, 0.5, 0.75, 1.0]
    test = ShiftTest(WatchParams(0.01, 0.1), n_population=1_000)
    assert test.evidence.tolist() == [1.0]
    test.add(np.array([1.0]), np.array([0.5]))
    up = sum(1 + stake * 2 / 3 for stake in (0.1, 0.25, 0.5, 0.8)) / 16
    down = sum(1 - stake for stake in (0.1, 0.25, 0.5, 0.8)) / 16
    assert test.evidence[0] == pytest.approx(up + down + 0.5)


@pytest.mark.law
@pytest.mark.parametrize("rate", [0.5, 0.2, 0.05])
def test_over_every_order_of_a_small_population_the_evidence_averages_at_most_one(rate):
    """All 720 orders of six firms, weighed alike: mean evidence at most 1 after each firm, alarms at most the rate."""
    own = population_ranks(np.array([1.0, 1.0, 2.0, 5.0, 9.0, 10.0]))
    orders = np.array(list(permutations(range(6))))
    test, alarmed = ShiftTest(WatchParams(rate, 0.01), 6, n_streams=len(orders)), np.zeros(len(orders), dtype=bool)
    for firms in orders.T:
        test.add(own[firms], own[firms])
        alarmed |= test.alarm
        assert test.evidence.mean() <= 1.0 + 1e-12
    assert alarmed.mean() <= rate
    with pytest.raises(ValueError, match="all 6 firms"):
        test.add(own[orders[:, 0]], own[orders[:, 0]])


STAKES = (0.1, 0.25, 0.5, 0.8)


def evidence_of(ranks, own, tolerance, n_population, usual_rank) -> list[float]:
    """Evidence of one stream after each firm, start by start: 1 / (s (s + 1)) of it on bets that begin with firm s.

    A bet on "higher" that risks b pays b (u - high) / high, one on "lower" b (low - u) / (1 - low), where the expected
    rank lies between low and high: the usual one -+ tolerance, widened to the mean of those who have not applied.
    """
    factors, found = [], []
    for firm, rank in enumerate(ranks):
        rest = (0.5 * n_population - sum(own[:firm])) / (n_population - firm)
        high, low = max(usual_rank + tolerance, rest), min(usual_rank - tolerance, rest)
        factors.append(
            [1 + b * (rank - high) / high for b in STAKES] + [1 + b * (low - rank) / (1 - low) for b in STAKES]
        )
        started = sum(
            np.prod(factors[start:], axis=0).mean() / ((start + 1) * (start + 2)) for start in range(firm + 1)
        )
        found.append(started + 1 / (firm + 2))
    return found


@pytest.mark.law
@pytest.mark.parametrize("usual_rank", [0.5, 0.3, 0.62])
def test_the_evidence_is_the_mean_over_starts_sides_and_stakes(usual_rank):
    """Two streams of five of eight firms, the answered rank not always the population's own."""
    streams = (
        ([0.9, 0.2, 0.7, 1.0, 0.55], [0.9375, 0.1875, 0.6875, 0.8125, 0.4375]),
        ([0.05, 0.1, 0.4, 0.0, 0.3], [0.0625, 0.1875, 0.3125, 0.4375, 0.5625]),
    )
    test = ShiftTest(WatchParams(0.01, 0.1), 8, usual_rank, 2)
    result = []
    for firm in range(5):
        test.add(*(np.array([stream[which][firm] for stream in streams]) for which in (0, 1)))
        result.append(test.evidence.tolist())
    for position, stream in enumerate(streams):
        wanted = evidence_of(*stream, 0.1, 8, usual_rank)
        assert [after[position] for after in result] == pytest.approx(wanted, rel=1e-12)
    assert test.n == 5


@pytest.mark.law
def test_the_usual_rank_is_the_middle_by_default():
    """One stream, half the population below the usual applicant."""
    result, given = ShiftTest(WatchParams(0.01, 0.1), 9), ShiftTest(WatchParams(0.01, 0.1), 9, 0.5, 1)
    for test in (result, given):
        test.add(np.array([0.8]), np.array([0.8]))
    assert result.evidence.tolist() == given.evidence.tolist()
    assert (result.n, result.n_streams, result.usual_rank) == (1, 1, 0.5)


@pytest.mark.law
def test_evidence_is_kept_up_to_a_thousand_alarms():
    """At .01 each of eight bets holds at most 1,000 / .01 / 8 = 12,500; one firm at rank 0 then takes its stake.

    After 200 firms at rank 1 the four bets on "higher" are full; on "lower" less than 1/8 is left. The next firm starts
    with 1 / (201 x 202 x 8) more a bet and at rank 0 leaves (1 - stake) of each.
    """
    test = ShiftTest(WatchParams(0.01, 0.1), 10**6)
    for _ in range(200):
        test.add(np.array([1.0]), np.array([0.5]))
    assert test.evidence[0] == pytest.approx(4 * 12_500.0, abs=0.2)
    test.add(np.array([0.0]), np.array([0.5]))
    assert test.evidence[0] == pytest.approx(12_500.0 * sum(1 - stake for stake in STAKES), abs=0.2)


@pytest.mark.law
def test_a_stream_alarms_from_one_over_the_rate_on():
    """At .01: 100 is an alarm, a little less is none; each stream for itself."""
    test = ShiftTest(WatchParams(0.01, 0.1), 10, n_streams=3)
    test.evidence = np.array([99.999, 100.0, 5_000.0])
    assert test.alarm.tolist() == [False, True, True]


@pytest.mark.contract
def test_every_firm_applies_once_and_no_more():
    """The whole population may apply; then there is nobody left."""
    test = ShiftTest(WatchParams(0.01, 0.1), 2)
    for _ in range(2):
        test.add(np.array([0.5]), np.array([0.5]))
    with pytest.raises(ValueError, match=r"^all 2 firms of the population have applied$"):
        test.add(np.array([0.5]), np.array([0.5]))


@pytest.mark.contract
@pytest.mark.parametrize("usual_rank", [0.0, 0.1, 0.9, 1.0])
def test_a_usual_rank_within_the_tolerance_of_the_ends_is_refused(usual_rank):
    """It must leave room for the tolerance on both sides; just inside it may lie."""
    with pytest.raises(ValueError, match=rf"^usual_rank {usual_rank} must lie inside \(0\.1, 0\.9\)$"):
        ShiftTest(WatchParams(0.01, 0.1), 10, usual_rank)
    for inside in (0.1001, 0.8999):
        assert ShiftTest(WatchParams(0.01, 0.1), 10, inside).usual_rank == inside


@pytest.mark.contract
@pytest.mark.parametrize(("rate", "tolerance"), [(0.0, 0.1), (1.0, 0.1), (0.01, 0.0), (0.01, 0.5)])
def test_rates_that_mean_nothing_are_refused(rate, tolerance):
    """A rate of 0 or 1, and a tolerance that holds nothing or everything."""
    message = f"^false_alarm_rate {rate} must lie in \\(0, 1\\), tolerance_rank {tolerance} in \\(0, \\.5\\)$"
    with pytest.raises(ValueError, match=message):
        WatchParams(rate, tolerance)
