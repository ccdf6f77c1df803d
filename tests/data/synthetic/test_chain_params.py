"""Parameters out of range are refused, all at once."""

from __future__ import annotations

import pytest

from data.synthetic.chain_params import SyntheticChainParams


@pytest.mark.contract
def test_every_parameter_out_of_range_is_named():
    with pytest.raises(ValueError, match="out of range") as caught:
        SyntheticChainParams(n_local=1, unplaced_share=2.0)
    assert "n_local is 1, allowed: 20 to 100000" in str(caught.value)
    assert "unplaced_share is 2.0, allowed: 0 to 0.9" in str(caught.value)
