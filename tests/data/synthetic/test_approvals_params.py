import pytest

from data.synthetic.approvals_params import SyntheticApprovalsParams


def test_shares_outside_are_refused_together():
    with pytest.raises(ValueError, match=r"(?s)late_share is 0.7.*suspended_share is -0.1"):
        SyntheticApprovalsParams(late_share=0.7, suspended_share=-0.1)
