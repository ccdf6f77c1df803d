"""The character leg of placing: as matching's, but how often an n-gram occurs counts in full."""

from __future__ import annotations

import scipy.sparse as sparse

from models.chain.items import Floats
from models.matching.lexical import CharacterLeg, weighed


class PlacingCharacters(CharacterLeg):
    """Cosine of TF-IDF vectors of character 1-3-grams: tf * (1 + ln((1 + n) / (1 + df))).

    On left-out items of start-ups' intros the plain tf orders nodes better than its logarithm.
    """

    @staticmethod
    def weigh(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
        """Counts as vectors of length 1."""
        return weighed(counts, idf)
