"""The gap is what was promised less what was kept; sections, front and counts are those of the trials."""

from __future__ import annotations

from importlib import import_module

import pytest
import yaml

from training.tuning.front import pareto_front, proposed
from training.tuning.problem import TuningError

quadratic = import_module("tests.training.tuning.quadratic")
TRIALS = 8


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    return quadratic.tuned(tmp_path_factory.mktemp("tuned") / "a.journal", TRIALS)


@pytest.mark.law
def test_the_gap_is_of_the_choice_without_the_last_block(tuned):
    """Its loss on the last block is not among those that chose it."""
    problem, report = quadratic.Quadratic(), tuned.report
    before = tuned.trials["before"]
    inner = proposed(before)
    assert all(len(one.losses) <= 3 for one in before)
    kept = [problem.loss(problem.hold_out(one.values, 3)) for one in (before[0], inner)]
    assert report["gain_promised_before_last_block"] == before[0].loss - inner.loss
    assert report["gain_kept_on_last_block"] == kept[0] - kept[1]
    assert report["optimism_gap"] == report["gain_promised_before_last_block"] - report["gain_kept_on_last_block"]


@pytest.mark.law
def test_the_report_is_of_the_trials(tuned):
    """Today's numbers are trial 0; the front holds what is proposed or the least loss; counts add up."""
    report, every = tuned.report, tuned.trials["all"]
    chosen = proposed(every)
    assert tuned.sections == {"risk": dict(chosen.values)}
    assert report["today"]["trial"] == 0
    assert report["proposed"]["values"] == dict(chosen.values)
    assert [one["trial"] for one in report["front"]] == [one.number for one in pareto_front(every)]
    assert all(sum(one.values()) == TRIALS for one in report["trials"].values())
    assert yaml.safe_load(yaml.safe_dump(tuned.as_dict())) == tuned.as_dict()


@pytest.mark.contract
def test_too_few_blocks_and_too_few_trials_are_one_sentence(tmp_path):
    with pytest.raises(TuningError, match="trials must be at least 1, got 0"):
        quadratic.tuned(tmp_path / "a.journal", 0)
    with pytest.raises(TuningError, match="risk: earlier blocks predict 2020, 2021, and at least 3 blocks are needed"):
        quadratic.tuned(tmp_path / "a.journal", 2, blocks=("2020", "2021"))
