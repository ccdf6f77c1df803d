"""Streams with and without a planted shift: false alarms and found shifts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from experiments.benchmarks.risk.drift import applicants, first_alarms, planted_population
from models.risk.drift_watch import ShiftTest, population_ranks, ranks_in
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
