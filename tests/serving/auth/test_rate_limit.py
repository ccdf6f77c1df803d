"""A caller's bucket is its own."""

from __future__ import annotations

import pytest

from serving.auth.rate_limit import RateLimit
from serving.contract.refusals import Refusal

pytestmark = pytest.mark.contract


def test_one_bank_cannot_use_up_another_banks_rate() -> None:
    """Buckets are per caller, and the refusal says when to come back."""
    limit = RateLimit(rate_per_s=0.001, burst=2)
    limit.take("bank-a")
    limit.take("bank-a")
    with pytest.raises(Refusal) as caught:
        limit.take("bank-a")
    assert caught.value.key == "too-many-requests"
    assert caught.value.retry_after_s >= 1
    limit.take("bank-b")
