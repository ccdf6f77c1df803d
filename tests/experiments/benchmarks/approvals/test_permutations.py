"""The benchmark of arrivals: it holds for the fold, and it would see one that depends on the order."""

import dataclasses

from experiments.benchmarks.approvals import permutations
from experiments.benchmarks.clearance.arrival import arrivals_of
from models.approvals.fold import fold, fold_table


def test_arrivals_give_the_state_of_their_set_and_faults_are_flagged():
    found = permutations.permutations(200)
    assert found["holds"]
    assert (found["cases"], found["arrivals"], found["planted"]) == (2, 200, len(permutations.PLANTS))


def test_a_fold_that_depends_on_the_order_is_found():
    events = permutations.random_case(permutations.random.Random(1), "C")

    def first_wins(given):
        return dataclasses.replace(fold(given), office=given[0].office + given[0].kind)

    assert arrivals_of(events, 30, 1, first_wins, fold_table).n_different
    assert not arrivals_of(events, 30, 1, fold, fold_table).n_different
