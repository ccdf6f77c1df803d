"""A log as it would have been lived through: refitted every month, answered event by event, fed by late labels."""

from __future__ import annotations

import numpy as np

from experiments.benchmarks.remaining_time.logs import Log
from training.refits import Refitted, refitted_process
from training.remaining_time import RemainingTimeParams, TooFewCasesError


def walk(log: Log, params: RemainingTimeParams) -> Refitted:
    """Answer every prefix of the test: the first model is made when its first case starts, then every step.

    raises : TooFewCasesError where no model could be made
    """
    rows = np.flatnonzero(log.part == 2)
    if not len(rows):
        raise TooFewCasesError("no case of the test has two instants")
    return refitted_process(log.past, params, rows, log.starts[1])
