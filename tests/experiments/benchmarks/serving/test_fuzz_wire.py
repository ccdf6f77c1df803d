"""A damaged request is written as it was meant, and the same seed damages it in the same way."""

from __future__ import annotations

import random

import pytest

from experiments.benchmarks.serving.fuzz_wire import ROUGH, Raw, Try, headers, written
from experiments.benchmarks.serving.world import World

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, None, True]}, b'{"a":[1,null,true]}'),
        (float("nan"), b"NaN"),
        (float("-inf"), b"-Infinity"),
        (10**30, b"1000000000000000000000000000000"),
        (Raw("1e400"), b"1e400"),
        ({"a": Raw("01")}, b'{"a":01}'),
        ("\ud800", b'"\xed\xa0\x80"'),
    ],
)
def test_values_that_json_lacks_are_written_too(value: object, text: bytes) -> None:
    """No number, more digits than a double, text without quotes, half a character."""
    assert written(value) == text


def test_each_rough_change_follows_from_its_seed_and_leaves_the_number() -> None:
    """Twice the same; over a few seeds every one of them changes something."""
    world = World("sqlite://", (), {"standard": "ip_standard_k_s"})
    case = Try(7, "POST", "/v1/quota", "standard", headers("ip_standard_k_s"), b'{"request_id":"r","n":1}')
    for change in ROUGH:
        made = [change(random.Random(seed), case, world) for seed in range(6)]
        assert made == [change(random.Random(seed), case, world) for seed in range(6)]
        assert any(one != case for one in made)
        assert {(one.number, one.bank) for one in made} == {(7, "standard")}
