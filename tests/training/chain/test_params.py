"""The numbers of params.yaml are those of the fit's own defaults."""

from __future__ import annotations

from training.chain.params import PlacementParams
from training.params import read_section


def test_section_and_defaults_agree():
    assert read_section("chain_placement", PlacementParams) == PlacementParams()
