"""The study finds what was planted, whatever the processes and the interruptions; a wrong journal is named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml

from training.tuning.problem import TuningError
from training.tuning.study import BATCH, opened

quadratic = import_module("tests.training.tuning.quadratic")
TRIALS = 12


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that ran through."""
    return quadratic.tuned(tmp_path_factory.mktemp("whole") / "a.journal", TRIALS)


@pytest.mark.truth
def test_planted_numbers_are_found_in_few_trials(tmp_path):
    """Thirty trials come within a factor 1.6 of the planted rate and five leaves, from a factor 10 and 28 leaves."""
    report = quadratic.tuned(tmp_path / "a.journal", 30).report
    assert 1 / 1.6 < report["proposed"]["values"]["rate"] / 0.05 < 1.6
    assert abs(report["proposed"]["values"]["leaves"] - 12) <= 5
    assert report["proposed"]["loss"] < 0.05 * report["today"]["loss"]


@pytest.mark.law
def test_two_processes_and_one_give_the_same_bytes(whole, tmp_path):
    """The proposal with its report, and every trial of both searches."""
    other = quadratic.tuned(tmp_path / "a.journal", TRIALS, jobs=2)
    assert other.trials == whole.trials
    assert yaml.safe_dump(other.as_dict()) == yaml.safe_dump(whole.as_dict())


@pytest.mark.law
@pytest.mark.parametrize("ended_after", [1, BATCH, 2 * BATCH + 1])
def test_a_killed_study_goes_on_without_losing_or_repeating_a_trial(whole, tmp_path, ended_after):
    """A process killed by SIGKILL in the middle of a batch, then another one: each trial once, and the same."""
    journal = tmp_path / "a.journal"
    command = [sys.executable, "-m", "tests.training.tuning.quadratic", str(journal), str(TRIALS)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    assert process.stdout is not None
    seen = [process.stdout.readline() for _ in range(ended_after)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert all(seen)
    done = journal.stat().st_size
    again = quadratic.tuned(journal, TRIALS)
    assert journal.stat().st_size > done  # it was ended before its end
    assert again.trials == whole.trials
    for rows in again.trials.values():
        assert [one.number for one in rows] == list(range(TRIALS))


@pytest.mark.law
def test_a_trial_that_is_worse_than_the_median_is_pruned_and_never_the_first(tmp_path):
    """Pruned trials stop before the last block; today's numbers are predicted on every block."""
    trials = quadratic.tuned(tmp_path / "a.journal", 24).trials["all"]
    pruned = [one for one in trials if one.figures is None]
    assert pruned
    assert all(2 <= len(one.losses) < 4 for one in pruned)
    assert trials[0].figures is not None
    assert (trials[0].values["rate"], trials[0].values["leaves"]) == (0.5, 40)
    finished = sorted(one.loss for one in trials if one.figures is not None)
    assert min(one.losses[0] for one in pruned) > finished[0]


@pytest.mark.law
def test_done_trials_are_kept_and_more_may_follow(tmp_path):
    """The same call does nothing new; a larger number adds to what is there."""
    journal = tmp_path / "a.journal"
    first, seen = quadratic.tuned(journal, BATCH), []
    size = journal.stat().st_size
    assert quadratic.tuned(journal, BATCH, finished=lambda *one: seen.append(one)) == first
    assert (len(seen), journal.stat().st_size) == (2 * BATCH, size)
    assert quadratic.tuned(journal, BATCH + 2).trials["all"][:BATCH] == first.trials["all"]


@pytest.mark.law
def test_an_end_after_any_byte_of_the_journal_changes_no_trial(tmp_path):
    """Cut anywhere, within a line too, as a kill would: each trial is there once and the same, and so is the report."""
    journal, cut = tmp_path / "a.journal", tmp_path / "cut.journal"
    whole = quadratic.tuned(journal, 2 * BATCH)
    content = journal.read_bytes()
    ends = np.random.default_rng(3).integers(0, len(content), 12)
    for end in [*ends, *(content.rfind(b"\n", 0, one) + 1 for one in ends[:6])]:
        cut.write_bytes(content[:end])
        again = quadratic.tuned(cut, 2 * BATCH)
        assert (end, again.trials) == (end, whole.trials)
        assert again.as_dict() == whole.as_dict()


@pytest.mark.contract
def test_a_journal_of_other_data_no_journal_and_one_in_use_are_named(tmp_path):
    """One sentence each."""
    journal, broken = tmp_path / "a.journal", tmp_path / "b.journal"
    quadratic.tuned(journal, 1)
    with (
        pytest.raises(
            TuningError, match="holds the study risk-0123456789abcdef-all, of other data, numbers or code than ff"
        ),
        opened(journal, "ff"),
    ):
        pass
    broken.write_text("no\njournal\n", encoding="utf-8")
    with pytest.raises(TuningError, match=r"b\.journal is no journal of a search"), opened(broken, "ff"):
        pass
    with (
        opened(journal, quadratic.DIGEST),
        pytest.raises(TuningError, match="is being written by another search"),
        opened(journal, quadratic.DIGEST),
    ):
        pass
