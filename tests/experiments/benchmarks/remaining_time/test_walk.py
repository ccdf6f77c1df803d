"""A log lived through: each answer uses what was known on its day alone."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.benchmarks.remaining_time.walk import walk
from tests.experiments.benchmarks.remaining_time.conftest import planted_log
from training.remaining_time import RemainingTimeParams

pytestmark = pytest.mark.law
PARAMS = RemainingTimeParams(rounds=15, end_rounds=15, steps=2, remembered=1)


def test_every_scored_prefix_has_one_answer_and_no_later_end_changes_an_earlier_one():
    """Cases that close after a day are made to close 500 days later: answers known before that day stay as they are."""
    log = planted_log()
    walked = walk(log, PARAMS)
    assert walked.rows.tolist() == np.flatnonzero(log.part == 2).tolist()
    assert walked.fits > 1
    day = log.starts[1] + 20.0
    later = log.past.closed_on >= day
    changed = replace(log, past=replace(log.past, closed_on=log.past.closed_on + np.where(later, 500.0, 0.0)))
    again = walk(changed, PARAMS)
    early = np.flatnonzero(log.past.known_on[walked.rows] < day)
    assert len(early) > 20
    assert again.answers.rows(early).frame().equals(walked.answers.rows(early).frame())
