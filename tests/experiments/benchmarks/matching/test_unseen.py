"""Which queries' wording occurs in training."""

from __future__ import annotations

import pytest

from experiments.benchmarks.matching.unseen import is_unseen


@pytest.mark.law
def test_a_query_inside_a_training_text_is_seen():
    training = "一种激光焊接装置\n水泵"
    assert is_unseen(["激光焊接", "激光 焊接", "激光切割", "水泵的密封"], training).tolist() == [
        False,
        False,
        True,
        True,
    ]
