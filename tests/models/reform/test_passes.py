from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from models.reform.passes import GROUPED, groups_of, in_order


@pytest.mark.law
@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_order_and_few_wait(workers):
    """However long each takes; at most one more than the workers are begun before they are taken."""
    begun, lock = [], threading.Lock()

    def work(value: int) -> int:
        with lock:
            begun.append(value)
        time.sleep(0.01 * (value % 3 == 0))
        return value

    taken = []
    for value in in_order(work, iter(range(12)), workers):
        taken.append(value)
        assert len(begun) <= len(taken) + workers
    assert taken == list(range(12))


@pytest.mark.law
def test_groups_have_a_fixed_order_with_unknown_and_not_given_last():
    values = {name: np.array(["west", "not_given", "east"], dtype=object) for name in GROUPED}
    values["growth_stage"] = np.array(["unknown", "stable", "startup"], dtype=object)
    groups = groups_of(values)
    assert groups["growth_stage"].names == ("startup", "stable", "unknown")
    assert groups["district"].names == ("east", "west", "not_given")
    assert groups["district"].codes.tolist() == [1, 2, 0]
    assert groups["all"].names == ("all",)
