"""Fitted to what it will meet: earlier rows predict later ones, recent ones weigh more, the latest set the level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import training.risk.calibration
import training.risk.members
from training.risk.calibration import calibration_losses, choose_calibrator
from training.risk.learner import learn
from training.risk.time_order import (
    forward_parts,
    latest_parts,
    level,
    level_before,
    levelled,
    rarer,
    recency,
    time_blocks,
)
from training.risk.widen import Widened


@pytest.mark.truth
def test_blocks_by_hand():
    """Eight rows, four blocks of two; four rows of one moment stay together, and so there are three."""
    assert time_blocks(np.arange(8.0), 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert time_blocks(np.array([3.0, 1, 1, 4, 1, 1, 2, 3]), 4).tolist() == [2, 0, 0, 2, 0, 0, 1, 2]


@pytest.mark.truth
def test_recent_weights_by_hand():
    """Half a year's half-life: a row one year old weighs a quarter of today's."""
    assert recency(np.array([2020.0, 2020.5, 2021.0]), 0.5).tolist() == [0.25, 0.5, 1.0]
    assert recency(np.array([2020.0, 2021.0]), None).tolist() == [1.0, 1.0]


@pytest.mark.truth
def test_a_level_makes_probabilities_add_up_to_the_defaults():
    """20 of 100 at even odds: log(20 / 80); each part has its own, and a part without a default stays finite."""
    y = np.r_[np.ones(2_000), np.zeros(8_000)]
    assert level(np.zeros(10_000), y, np.ones(10_000)) == pytest.approx(np.log(0.25), abs=0.003)
    assert level_before(lambda raw: 2 * raw, np.zeros(10_000), y, np.ones(10_000)) == pytest.approx(
        np.log(0.25) / 2, abs=0.003
    )
    part = np.repeat([0, 1], 5_000)
    predicted = levelled(np.zeros(10_000), y, np.ones(10_000), part)
    assert expit(predicted[part == 0]).sum() == pytest.approx(2_000, abs=2)
    assert -20 < predicted[-1] < -4


def timed(rows=400, seed=5):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 12, rows).astype(float), (rng.random(rows) < 0.3).astype(float), rng.integers(0, 150, rows)


@pytest.mark.law
@pytest.mark.parametrize("with_groups", [False, True])
def test_inner_folds_never_learn_from_what_comes_later(with_groups):
    """Each part is later than all that it is predicted from, no group is on two sides, no row is predicted twice."""
    time, y, groups = timed()
    parts = forward_parts(time, y, groups if with_groups else None)
    assert len(parts) >= 3
    for train, rest in parts:
        assert time[train].max() < time[rest].min()
        if with_groups:
            assert not set(groups[train]) & set(groups[rest])
    rows = np.concatenate([rest for _, rest in parts])
    assert len(rows) == len(set(rows.tolist()))
    assert forward_parts(np.zeros(400), y, None) == []


@pytest.mark.law
def test_the_level_is_read_off_the_latest_rows_by_models_that_did_not_see_them():
    """The folds share the latest block, and each learns from everything else."""
    time, y, _ = timed()
    parts = latest_parts(time, y, None, 3, 1)
    rows = np.concatenate([rest for _, rest in parts])
    assert len(rows) == len(set(rows.tolist()))
    assert set(np.flatnonzero(time == time.max())) <= set(rows.tolist())
    assert time[rows].min() > time[np.setdiff1d(np.arange(400), rows)].max()
    assert rarer(y[rows]) >= 50
    for train, rest in parts:
        assert set(train.tolist()) == set(range(400)) - set(rest.tolist())


@pytest.mark.law
def test_a_calibration_by_time_is_chosen_by_later_blocks(monkeypatch):
    """Block 2 is predicted from 1, block 3 from 1 and 2; a single block has nothing earlier, and random parts."""
    seen = []

    def losses(methods, raw, y, weight, parts):
        seen.append(parts)
        return calibration_losses(methods, raw, y, weight, parts)

    monkeypatch.setattr(training.risk.calibration, "calibration_losses", losses)
    rng = np.random.default_rng(2)
    raw = rng.normal(-1, 1.5, 6_000)
    y = (rng.random(6_000) < expit(0.5 * raw)).astype(float)
    given = (raw, y, np.ones(6_000), np.arange(6_000), 1)
    blocks = np.repeat([1, 2, 3], 2_000)
    predicted = choose_calibrator(*given, blocks=blocks)
    assert [(set(blocks[known]), set(blocks[rest])) for known, rest in seen[0]] == [({1}, {2}), ({1, 2}, {3})]
    assert predicted.log_odds(np.array([-2.0, 1.0])) == pytest.approx([-1.0, 0.5], abs=0.15)
    assert choose_calibrator(*given, blocks=np.zeros(6_000)) == choose_calibrator(*given)
    assert len(seen[1]) == 10


def drifting(turn, rows=1_600, seed=7, fall=0.0):
    """Eight periods; the effects of two columns change sides after the fifth if they turn, the level falls."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    period = np.sort(np.arange(rows) % 8).astype(float)
    late = turn * (period > 4)
    log_odds = -0.5 - fall * period / 7 + 1.2 * np.where(late, x["b"], x["a"])
    return x, (rng.random(rows) < expit(log_odds)).astype(float), period, expit(log_odds)


@pytest.mark.truth
@pytest.mark.usefixtures("short_members")
def test_the_level_of_the_latest_period_is_kept():
    """Odds fall by e^2.5 over the periods and no column knows: without time the late PDs are far too high."""
    x, y, period, truth = drifting(turn=False, fall=2.5)
    late = period >= 6
    plain, timed = learn(x, y, seed=1), learn(x, y, seed=1, time=period)
    assert plain.predict(x)[late].mean() > 1.5 * truth[late].mean()
    assert timed.predict(x)[late].mean() == pytest.approx(truth[late].mean(), abs=0.03)
    assert timed.level < -0.3


@pytest.mark.truth
@pytest.mark.usefixtures("short_members")
def test_recent_rows_weigh_more_where_effects_turned_and_not_where_all_is_calm():
    """The half-life is chosen by later folds; on a calm table none is."""
    x, y, period, _ = drifting(turn=True)
    assert learn(x, y, seed=1, time=period).half_life is not None
    x, y, period, _ = drifting(turn=False)
    assert learn(x, y, seed=1, time=period).half_life is None


@pytest.mark.law
@pytest.mark.usefixtures("short_members")
def test_one_moment_is_no_time_and_the_clock_makes_no_columns(monkeypatch):
    """All rows of one day give the learner of a table without days; the clock is never a kind or part of a ratio."""
    x, y, _, _ = drifting(turn=False, rows=300)
    same = learn(x, y, seed=1).predict(x)
    assert np.array_equal(same, learn(x, y, seed=1, time=np.full(300, 2_024.0)).predict(x))
    made = set()

    def kept(*given, **named):
        one = Widened(*given, **named)
        made.update(one.names)
        return one

    monkeypatch.setattr(training.risk.members, "Widened", kept)
    x, y, _, _ = drifting(turn=False, rows=1_200)
    month = np.repeat(np.arange(24.0), 50)
    learn(x.assign(month=month), y, seed=1, time=month)
    assert {name for name in made if "month" in name} == {"month"}
