"""Parameters out of range are refused with every fault at once."""

from __future__ import annotations

import pytest

from data.synthetic.clearance_params import SyntheticClearanceParams
from training.params import read_section


def test_every_fault_is_in_the_message():
    with pytest.raises(ValueError, match=r"n_agents is 1(.|\n)*lost_share is 0.9(.|\n)*more than half"):
        SyntheticClearanceParams(
            n_agents=1, lost_share=0.9, returned_share=0.3, withdrawn_share=0.2, contradiction_share=0.1
        )


def test_the_file_of_parameters_has_the_section():
    assert read_section("synthetic_clearance", SyntheticClearanceParams).n_declarations >= 5_000
