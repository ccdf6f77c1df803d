"""The verdict on a challenger, by hand: log loss on what became known, and no verdict where too little did."""

from __future__ import annotations

import math

import pytest

from serving.audit.shadow_verdict import Pair, shadow_verdict

pytestmark = pytest.mark.law


def pair(uscc, champion, challenger, defaulted=None, decisions=("a", "a"), wan=(100, 100)):
    return Pair(str(uscc), champion, challenger, *decisions, *wan, defaulted)


def test_the_difference_and_its_interval_by_hand():
    """Two defaults: losses fall by ln 2 and by ln 4. Mean 1.5 ln 2, sd ln 2/sqrt 2; t of 1 degree at 50 % is 1."""
    pairs = [pair(1, 0.2, 0.4, True), pair(2, 0.2, 0.8, True)]
    found = shadow_verdict(pairs, 0, 0.5)
    assert found.difference == pytest.approx(-1.5 * math.log(2))
    assert (found.low, found.high) == (pytest.approx(-2 * math.log(2)), pytest.approx(-math.log(2)))
    assert (found.verdict, found.n_pairs, found.n_outcomes, found.n_defaults) == ("better", 2, 2, 2)


def test_a_pd_of_exactly_zero_on_a_default_is_a_large_finite_loss():
    """-ln(1e-9) - -ln(.5) = 20.03 more than the champion's, twice: worse, not unknown."""
    found = shadow_verdict([pair(n, 0.5, 0.0, True) for n in range(2)], 0, 0.95)
    assert (found.verdict, found.difference) == ("worse", pytest.approx(math.log(0.5) - math.log(1e-9)))


def test_the_same_run_with_the_models_exchanged_is_worse_by_as_much():
    """What is better one way is worse the other."""
    pairs = [pair(1, 0.4, 0.2, True), pair(2, 0.8, 0.2, True)]
    found = shadow_verdict(pairs, 0, 0.5)
    assert (found.verdict, found.difference) == ("worse", pytest.approx(1.5 * math.log(2)))


@pytest.mark.parametrize(("n_defaults", "word"), [(1, "too_few"), (2, "better")])
def test_too_few_defaults_give_no_verdict(n_defaults, word):
    """The minimum itself is enough, and it holds for survivors too."""
    pairs = [pair(n, 0.2, 0.4 + n / 100, True) for n in range(n_defaults)]
    pairs += [pair(10 + n, 0.2, 0.01 + n / 1000, False) for n in range(4)]
    assert shadow_verdict(pairs, 2, 0.95).verdict == word
    flipped = [pair(one.uscc, 1 - one.champion_pd, 1 - one.challenger_pd, not one.defaulted) for one in pairs]
    assert shadow_verdict(flipped, 2, 0.95).verdict == word


def test_without_outcomes_only_equal_models_have_a_verdict():
    """Nothing scored, nothing known, and nothing different."""
    assert (shadow_verdict([], 1, 0.95).verdict, shadow_verdict([], 1, 0.95).changed) == ("too_few", 0.0)
    assert shadow_verdict([pair(1, 0.1, 0.2)], 1, 0.95).verdict == "too_few"
    assert shadow_verdict([pair(1, 0.1, 0.1)], 1, 0.95).verdict == "no_difference"


def test_an_enterprise_counts_once_with_its_last_pair():
    """Of three pairs of two firms: one of two decisions changed, and amounts moved by -20."""
    pairs = [
        pair(1, 0.1, 0.2, None, ("a", "b"), (100, 0)),
        pair(2, 0.1, 0.2, None, ("a", "b"), (50, 20)),
        pair(1, 0.1, 0.2, None, ("a", "a"), (100, 110)),
    ]
    found = shadow_verdict(pairs, 1, 0.95)
    assert (found.n_pairs, found.changed, found.amount_change_wan) == (2, 0.5, -20.0)
