"""Vectors that were computed once."""

from __future__ import annotations

import numpy as np
import pytest

from training.matching.vectors import CachedEncoder


class Counting:
    digest, dimension = "counting" * 4, 3

    def __init__(self):
        self.seen = []

    def encode(self, texts, kind):
        self.seen += [(kind, text) for text in texts]
        return np.array([[len(text), kind == "query", 1] for text in texts], np.float32).reshape(-1, 3)


@pytest.mark.law
def test_nothing_is_encoded_twice_not_even_by_the_next_run(tmp_path):
    inner = Counting()
    settled = []
    first = CachedEncoder(inner, tmp_path, settled.append)
    texts = ["甲", "乙乙", "甲"]
    made = first.encode(texts, "query")
    assert made[:, 0].tolist() == [1, 2, 1]
    assert len(inner.seen) == 2
    again = CachedEncoder(inner, tmp_path)
    assert (again.encode(texts, "query") == made).all()
    assert len(inner.seen) == 2
    assert again.encode(["甲"], "passage")[0, 1] == 0  # the kind is part of the key
    assert len(inner.seen) == 3
    assert sum(settled) == 3
    assert again.encode([], "query").shape == (0, 3)
