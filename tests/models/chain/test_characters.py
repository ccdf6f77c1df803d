"""An n-gram that occurs twice counts twice."""

from __future__ import annotations

import numpy as np
import pytest

from models.chain.characters import PlacingCharacters
from models.matching.lexical import CharacterLeg


@pytest.mark.law
def test_plain_counts_by_hand(tmp_path):
    """In the text aab the letter a occurs twice: its weight is twice its idf, where matching takes the logarithm."""
    texts = ["aab", "b"]
    leg = PlacingCharacters.fit(texts)
    row = np.sort(leg.rows(["aab"]).data)[::-1]
    rare, common = 1 + np.log(3 / 2), 1.0  # idf of a, aa, ab, aab; of b
    by_hand = np.array([2 * rare, rare, rare, rare, common])
    assert row == pytest.approx(by_hand / np.linalg.norm(by_hand), rel=1e-5)
    assert leg.scores(["aab"])[0, 0] == pytest.approx(1.0, rel=1e-5)
    logged = np.sort(CharacterLeg.fit(texts).rows(["aab"]).data)[::-1]
    assert logged[0] / logged[1] == pytest.approx(1 + np.log(2), rel=1e-5)
    leg.save(tmp_path)
    assert PlacingCharacters.load(tmp_path).scores(["aab"]) == pytest.approx(leg.scores(["aab"]))
