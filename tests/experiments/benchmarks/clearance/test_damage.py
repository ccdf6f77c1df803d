"""The run over damaged messages counts every one of them, and does the same twice."""

import random

import pytest

from data.ingest.messages.build import build
from experiments.benchmarks.clearance.damage import KINDS, damaged, read_damaged

pytestmark = pytest.mark.contract
RESULT = {"ENTRY_ID": "290120260000000009", "CHANNEL": "P", "NOTE": "放行", "NOTICE_DATE": "2026-03-01T20:58:44"}
RAWS = [
    build("sw.receipt", {"DEC_RESULT": RESULT}, encoding="GBK"),
    build("sw.receipt", {"DEC_RESULT": RESULT}),
    b"UNB+UNOC:3+A+B+1+R'UNH+1+CUSRES'BGM+962+T'GIS+1'UNT+4+1'UNZ+1+R'",
]


def test_each_damaged_message_is_counted_once_and_none_breaks_the_reader():
    result = read_damaged(RAWS, 600, 1)
    assert result.n == 600 == result.n_read + result.refused.total()
    assert (result.n_read > 50, result.refused.total() > 200, result.other.total()) == (True, True, 0)
    assert (result.n_without_position, result.n_valid_refused) == (0, 0)
    assert result.slowest_s < 1
    assert read_damaged(RAWS, 600, 1).refused == result.refused


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_damage_changes_a_message(kind):
    rng = random.Random(2)
    for raw in RAWS:
        assert any(damaged(raw, kind, rng) != raw for _ in range(20))
