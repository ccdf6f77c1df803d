"""A log as it would have been lived through: refitted every month, answered event by event, fed by late labels."""

from __future__ import annotations

import numpy as np

from experiments.benchmarks.remaining_time.logs import Log
from training.refits import Refitted, refitted
from training.remaining_time import RemainingTimeParams


def walk(log: Log, params: RemainingTimeParams, part: int = 2) -> Refitted:
    """Answer every prefix of a part; the first model is made when the part's first case starts."""
    return refitted(log.past, params, np.flatnonzero(log.part == part), log.starts[part - 1])
