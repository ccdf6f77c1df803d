"""A table from nothing has pieces of the texts that it is made from, and the same ones twice."""

from __future__ import annotations

import numpy as np
import pytest

from training.matching.static import untrained

pytestmark = pytest.mark.truth

TEXTS = [
    "锂电池正极材料",
    "锂电池隔膜",
    "固态锂电池",
    "数控机床主轴",
    "五轴数控机床",
    "机床主轴轴承",
    "battery cell",
    "battery pack",
] * 3


def test_frequent_words_become_pieces():
    tokenizer = untrained(TEXTS, 200, 8, 0).tokenizer
    assert "电池" in "".join(tokenizer.encode("锂电池").tokens)
    assert len(tokenizer.encode("数控机床").tokens) <= 2
    assert "<unk>" not in tokenizer.encode("锂电池 battery").tokens


def test_two_times_give_the_same():
    one, other = untrained(TEXTS, 200, 8, 0), untrained(TEXTS, 200, 8, 0)
    assert one.tokenizer.to_str() == other.tokenizer.to_str()
    assert np.array_equal(one.rows, other.rows)
    assert one.rows.shape == (one.tokenizer.get_vocab_size(), 8)
