"""The front and the rule on tables that a person can check."""

from __future__ import annotations

import pytest

from training.tuning.front import RULE, Trial, excess, pareto_front, proposed
from training.tuning.objectives import Figures

NAN = float("nan")


def trial(number: int, figures: tuple[float, ...] | None, losses: tuple[float, ...] = (1.0, 1.0)) -> Trial:
    """discrimination, calibration, stability, size; blocks of 10 and 30 cases."""
    return Trial(number, {"a": number}, losses, (10, 30), None if figures is None else Figures(*figures))


@pytest.mark.law
def test_the_front_by_hand():
    """1 is worse than 0 in everything; 2 is smaller; 3 repeats 0; 4 shows no stability; 5 was pruned."""
    rows = [
        trial(0, (0.7, 0.1, 0.02, 50)),
        trial(1, (0.6, 0.2, 0.03, 60)),
        trial(2, (0.6, 0.2, 0.03, 40)),
        trial(3, (0.7, 0.1, 0.02, 50)),
        trial(4, (0.9, 0.1, NAN, 50)),
        trial(5, None),
    ]
    assert [one.number for one in pareto_front(rows)] == [0, 2, 4]
    assert pareto_front([trial(0, None)]) == []


@pytest.mark.law
def test_the_excess_by_hand():
    """Differences 0.4 and 0.0 with shares 1/4 and 3/4: mean 0.1, se = sqrt(2 (0.3^2/16 + 0.1^2 9/16)) = 0.15."""
    best, other = trial(0, None, (1.0, 1.0)), trial(1, None, (1.4, 1.0))
    assert other.loss == pytest.approx(1.1)
    assert excess(other, best) == pytest.approx((0.1, 0.15))
    assert excess(best, best) == (0.0, 0.0)
    assert excess(Trial(0, {}, (2.0,), (5,)), Trial(1, {}, (1.5,), (5,))) == (0.5, 0.0)


@pytest.mark.law
def test_the_rule_takes_the_smallest_that_the_losses_cannot_tell_from_the_best():
    """2 is as good on average and smaller; 3 is smallest but clearly worse; 1 has the least loss."""
    rows = [
        trial(1, (0.8, 0.1, 0.02, 50), (1.0, 1.0)),
        trial(2, (0.7, 0.2, 0.03, 20), (1.4, 1.0)),
        trial(3, (0.6, 0.3, 0.04, 10), (1.5, 1.5)),
    ]
    assert proposed(rows).number == 2
    assert proposed(rows[:1]).number == 1
    assert "one standard error" in RULE


@pytest.mark.law
def test_of_equal_sizes_the_better_calibrated_one_is_taken_then_the_least_loss():
    """NaN counts as the worst calibration; off the front nothing is proposed."""
    rows = [
        trial(0, (0.9, NAN, 0.02, 20), (1.0, 1.0)),
        trial(1, (0.8, 0.2, 0.03, 20), (1.0, 1.0)),
        trial(2, (0.7, 0.1, 0.04, 20), (1.0, 1.0)),
        trial(3, (0.6, 0.1, 0.05, 30), (0.9, 0.9)),
    ]
    assert proposed(rows[:3]).number == 2
    # 3 has the least loss, without a difference between blocks, and lies behind 2: the front's least loss.
    assert [one.number for one in pareto_front(rows)] == [0, 1, 2]
    assert proposed(rows).number == 0


@pytest.mark.contract
def test_pruned_trials_alone_are_refused():
    with pytest.raises(ValueError, match="no trial was finished"):
        proposed([trial(0, None)])
