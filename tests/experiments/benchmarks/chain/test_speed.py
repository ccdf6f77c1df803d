"""Times are measured of the wall and of the processor, and beside their bars."""

from __future__ import annotations

import time

import numpy as np
import pytest

from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.speed import MOST_FISHBONE_MS, fishbones, run_speed, timed


@pytest.mark.law
def test_waiting_takes_the_wall_and_not_the_processor():
    made, spent = timed(lambda: time.sleep(0.05) or 3)
    assert made == 3
    assert spent["wall_s"] >= 0.05 > spent["cpu_s"]


@pytest.mark.surface
def test_every_time_is_in_the_record(chain_folder):
    found = run_speed(chain_folder, Options(None, np.zeros(0, np.uint64), None), firms=200)
    assert found["firms"] == 200
    assert found["rows_compared"] == 80
    assert found["seconds"]["many"]["wall_s"] > 0
    assert set(found["holds"]) == {"many", "one_firm", "further_passage", "fishbone"}
    assert found["one_firm_wall_ms"] > 0


@pytest.mark.surface
def test_each_shipped_chain_is_drawn_in_time():
    found = fishbones()
    assert len(found) == 3
    assert max(found.values()) <= MOST_FISHBONE_MS
