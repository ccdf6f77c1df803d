"""Every ranker has a look of its own."""

from __future__ import annotations

import pytest

from experiments.benchmarks.matching.peers import PEERS
from experiments.real_demands_pictures import LOOK


@pytest.mark.surface
def test_every_ranker_has_its_own_colour_and_marker():
    assert set(LOOK) == {"ours", *PEERS}
    assert len({look[1] for look in LOOK.values()}) == len({look[2] for look in LOOK.values()}) == len(LOOK)
