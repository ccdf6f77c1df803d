"""Which queries become examples."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.real_demands_examples import SHOWN, chosen


@pytest.mark.law
def test_examples_are_the_clearest_of_their_kind():
    table = pd.DataFrame(
        {
            "query_id": list("abcdefgh"),
            "hit": [True] * 4 + [False] * 4,
            "shared": [0.4, 0.1, 0.2, 0.3, 0.0, 0.0, 0.0, 0.0],
            "first": [0.9, 0.8, 0.7, 0.6, 0.1, 0.9, 0.5, 0.9],
            "any_of_three_p": [0.2, 0.9, 0.1, 0.5, 0.0, 0.0, 0.0, 0.0],
        }
    )
    found = {kind: rows["query_id"].tolist() for kind, rows in chosen(table).items()}
    assert found == {"few_words": ["b", "c", "d"], "sure_and_wrong": ["f", "h", "g"], "abstained": ["c", "a", "d"]}
    assert SHOWN == 3
