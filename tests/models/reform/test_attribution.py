from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from models.reform.attribution import shapley

GROUPS = ("weight", "stage", "policy")


def planted(chosen: frozenset[str]) -> np.ndarray:
    """Firm 0: sums alone; firm 1: weight and policy only together; firm 2: all three together, of 100 yuan."""
    firm = 10 * ("weight" in chosen) + 7 * ("stage" in chosen) - 3 * ("policy" in chosen)
    pair = 50 * ({"weight", "policy"} <= chosen)
    return np.array([firm, pair, 100 * (len(chosen) == 3)])


@pytest.mark.truth
def test_parts_worked_by_hand():
    """What only two do together they share; of 100 among three, 34 and twice 33."""
    parts = shapley(GROUPS, planted)
    assert {name: part[:2].tolist() for name, part in parts.items()} == {
        "weight": [10, 25], "stage": [7, 0], "policy": [-3, 25],
    }  # fmt: skip
    assert sorted(int(part[2]) for part in parts.values()) == [33, 33, 34]


@pytest.mark.law
@pytest.mark.parametrize(
    "groups", [GROUPS, GROUPS[:1], GROUPS[:2], ("indicator", "weight", "stage", "model", "policy")]
)
def test_parts_add_up_are_order_free_and_the_reverse_is_negative(groups):
    """For 400 firms of any figures."""
    table: dict[frozenset, np.ndarray] = {}

    def value(chosen: frozenset[str]) -> np.ndarray:
        if chosen not in table:
            seed = sum(2 ** groups.index(name) for name in chosen)
            table[chosen] = np.random.default_rng(seed).integers(0, 10**9, 400)
        return table[chosen]

    everything = frozenset(groups)
    parts = shapley(groups, value)
    np.testing.assert_array_equal(sum(parts.values()), value(everything) - value(frozenset()))
    back = shapley(groups, lambda chosen: value(everything - chosen))
    for name, part in parts.items():
        np.testing.assert_array_equal(back[name], -part)
    for other in list(permutations(groups))[:4]:
        again = shapley(other, value)
        assert all(np.abs(again[name] - part).max() <= 1 for name, part in parts.items())  # the rounding of a yuan


@pytest.mark.behaviour
def test_nothing_changed_has_no_parts():
    assert shapley((), lambda chosen: np.array([5])) == {}
