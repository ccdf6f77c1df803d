"""A caller's bucket is its own."""

from __future__ import annotations

import pickle

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


def test_a_charge_takes_what_is_there_and_never_more() -> None:
    """Two of three are taken, then one; a charge beyond what is left leaves nothing, and not less than nothing."""
    limit = RateLimit(rate_per_s=0.001, burst=3)
    limit.charge("one", 2)
    limit.take("one")
    with pytest.raises(Refusal):
        limit.take("one")
    limit.charge("other", 1_000)
    with pytest.raises(Refusal) as caught:
        limit.take("other")
    assert caught.value.retry_after_s <= 1_001


def test_callers_who_have_waited_long_enough_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of strangers does not grow; who has used up the bucket is kept."""
    monkeypatch.setattr("serving.auth.rate_limit.MOST_CALLERS", 50)
    limit = RateLimit(rate_per_s=0.001, burst=1)
    limit.take("spent")
    for number in range(500):
        limit.charge(f"caller{number}", 0.0)
    assert len(pickle.dumps(limit)) < 100 * 51  # bytes of the state, of which 500 names alone would be 4,390
    with pytest.raises(Refusal):
        limit.take("spent")
