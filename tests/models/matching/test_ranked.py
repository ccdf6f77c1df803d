"""Candidates of many queries at once."""

from __future__ import annotations

import numpy as np
import pytest

from models.matching.columns import candidates_of
from models.matching.ranked import Ranked, RankedDemands, rank_candidates
from tests.models.matching.conftest import TRADES


@pytest.mark.law
def test_many_queries_at_once_are_as_each_alone(library, ranker, confidence, encoder):
    """Scores, probabilities and the chance of the first three."""
    texts = [name for name, _ in TRADES[:4]]
    vectors = encoder.encode(texts, "query")
    together = rank_candidates(ranker, confidence, candidates_of(library, texts, vectors))
    for place, text in enumerate(texts):
        (alone,) = rank_candidates(ranker, confidence, candidates_of(library, [text], vectors[[place]]))
        np.testing.assert_array_equal(together[place].firm, alone.firm)
        np.testing.assert_allclose(together[place].score, alone.score, atol=1e-9)
        np.testing.assert_allclose(together[place].probability, alone.probability, atol=1e-9)
        assert together[place].any_of_three == pytest.approx(alone.any_of_three)
        best = int(np.argmax(alone.score))
        assert alone.rank(best) == 1
        assert alone.probability[best] == alone.probability.max()


@pytest.mark.law
def test_a_row_and_its_rank_by_hand():
    """Equal scores share the better rank; a firm that is no candidate has no row."""
    one = Ranked(np.array([4, 7, 9]), np.zeros(3, int), np.array([0.5, 2.0, 0.5]), np.full(3, 0.1), 0.2)
    assert [one.rank(row) for row in range(3)] == [2, 1, 2]
    assert (one.row_of(9), one.row_of(5)) == (2, None)


@pytest.mark.law
def test_what_is_known_is_not_computed_again_until_it_is_forgotten():
    """The first place of each missing key is given once."""
    entry = Ranked(np.zeros(0, int), np.zeros(0, int), np.zeros(0), np.zeros(0), 0.0)
    calls, kept = [], RankedDemands()

    def compute(places):
        calls.append(list(places))
        return [entry] * len(places)

    kept.of(["a", "b", "a"], compute)
    kept.of(["b", "c"], compute)
    kept.of([], compute)
    assert calls == [[0, 1], [1]]
    kept.forget()
    kept.of(["b"], compute)
    assert calls[-1] == [0]
