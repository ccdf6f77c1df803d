"""The speed function places what it says and counts every firm."""

from __future__ import annotations

from tests.models.chain.placement_world import NodeEncoder, fitted
from training.chain.speed import placement_speed, single_speed


def test_every_firm_is_counted():
    fit, items, _ = fitted(count=60)
    encoder = NodeEncoder()
    texts = items.text[:10].tolist()
    found = placement_speed(fit.placer, texts, encoder.encode(texts, "query"), firms=25)
    assert (found["firms"], sum(found["bands"].values())) == (25, 25)
    assert found["seconds"] > 0
    assert set(single_speed(fit.placer, texts, encoder, repeats=2)) == {"passages_1_ms", "passages_5_ms"}
