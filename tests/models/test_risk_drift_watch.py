"""The sequential drift test: its rate of false alarms for whole streams, its power, and its bets by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import norm

from experiments.benchmarks.drift import applicants, first_alarms, planted_population
from models.risk_drift_watch import ShiftTest, WatchParams, population_ranks, ranks_in
from serving.params import read_params

PARAMS = read_params().watch
STREAMS = 500


@pytest.fixture(scope="module")
def population():
    return planted_population(7_310, np.random.default_rng(1))


@pytest.mark.truth
def test_without_a_shift_at_most_the_stated_share_of_streams_ever_alarms(population):
    """500 streams of 5,000 distinct firms in random order, looked at after every firm."""
    drawn = applicants(population, 0.0, STREAMS, 5_000, np.random.default_rng(2))
    alarms = first_alarms(population, drawn, np.zeros(5_000), PARAMS)
    assert np.isfinite(alarms).mean() <= PARAMS.false_alarm_rate


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


@pytest.mark.truth
@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["riskier", "safer"])
@pytest.mark.parametrize("kind", ["pd", "selection", "late"])
def test_a_shift_of_half_a_standard_deviation_is_found_within_1000_firms(population, sign, kind):
    """In at least 80 % of streams: higher PDs, riskier applicants, and a shift after 2,000 usual firms."""
    rng, before = np.random.default_rng(4), 2_000 if kind == "late" else 0
    chosen = sign * 0.5 if kind == "selection" else 0.0
    drawn = applicants(population, chosen, STREAMS, before + 1_000, rng)
    moved = 0.0 if kind == "selection" else sign * 0.5 * population.std()
    shift = np.concatenate([np.zeros(before), np.full(1_000, moved)])
    alarms = first_alarms(population, drawn, shift, PARAMS) - before
    assert ((alarms > 0) & (alarms <= 1_000)).mean() >= 0.8


@pytest.mark.truth
def test_usual_applicants_are_no_drift_where_the_bank_has_stated_them(population):
    """A bank whose usual applicants rank .62 is quiet at its own rank, and alarms at the snapshot's."""
    shift = norm.ppf(0.62) * np.sqrt(2)
    drawn = applicants(population, shift, 100, 1_000, np.random.default_rng(5))
    usual = float(population_ranks(population)[drawn].mean())
    assert np.isfinite(first_alarms(population, drawn, np.zeros(1_000), PARAMS)).mean() > 0.8
    assert not np.isfinite(first_alarms(population, drawn, np.zeros(1_000), PARAMS, usual)).any()


@pytest.mark.behaviour
def test_an_alarm_ends_when_the_stream_is_usual_again(population):
    """After 500 shifted firms the evidence is at its cap; 2,500 usual ones bring it below the line."""
    drawn = applicants(population, 0.0, 50, 3_500, np.random.default_rng(6))
    own, ordered = population_ranks(population), np.sort(population)
    test, alarm = ShiftTest(PARAMS, population.size, n_streams=50), []
    for position in range(3_500):
        firms = drawn[:, position]
        moved = 0.8 if position < 500 else 0.0
        test.add(ranks_in(ordered, population[firms] + moved), own[firms])
        if position in (499, 3_499):
            alarm.append(test.alarm.mean())
    assert alarm[0] == 1.0
    assert alarm[1] <= 0.1


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


@pytest.mark.contract
@pytest.mark.parametrize(("rate", "tolerance"), [(0.0, 0.1), (1.0, 0.1), (0.01, 0.0), (0.01, 0.5)])
def test_rates_that_mean_nothing_are_refused(rate, tolerance):
    """A rate of 0 or 1, and a tolerance that holds nothing or everything."""
    with pytest.raises(ValueError, match="must lie in"):
        WatchParams(rate, tolerance)
