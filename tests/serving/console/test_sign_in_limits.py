"""Bounds on sign-ins over all names: of one network, and of all strangers together."""

from __future__ import annotations

import pytest

from serving.console.sign_in_limits import (
    NETWORK_AT_ONCE,
    NETWORK_PER_S,
    REFUSED_COST,
    STRANGERS_PER_S,
    SignInLimits,
    network_of,
)
from serving.contract.refusals import Refusal

pytestmark = pytest.mark.law


def tried(limits: SignInLimits, address: str, times: int, *, known: bool = False, refused: bool = True) -> int:
    """How many of so many attempts were looked at."""
    looked = 0
    for _ in range(times):
        try:
            limits.take(address, known=known)
        except Refusal:
            continue
        looked += 1
        if refused:
            limits.refused(address, known=known)
    return looked


def test_refused_attempts_cost_a_network_three_times_as_much_as_those_that_sign_in():
    assert tried(SignInLimits(), "192.0.2.1", 40) == int(NETWORK_AT_ONCE / REFUSED_COST) == 10
    assert tried(SignInLimits(), "192.0.2.1", 40, refused=False) == int(NETWORK_AT_ONCE) == 30


def test_one_stranger_keeps_nobody_else_out_and_many_slow_each_other_alone():
    """One network cannot use the shared bound up; a hundred can, and known browsers do not feel it."""
    limits = SignInLimits()
    tried(limits, "192.0.2.1", 1_000)
    assert tried(limits, "192.0.2.2", 1) == 1
    assert NETWORK_PER_S / REFUSED_COST * 30 <= STRANGERS_PER_S + 1e-9
    sprayed = sum(tried(limits, f"198.51.100.{at}", 5) for at in range(100))
    assert 85 <= sprayed <= 95  # a hundred at once less what was tried before, and what comes back meanwhile
    assert tried(limits, "203.0.113.5", 1) == 0
    assert tried(limits, "203.0.113.6", 1, known=True) == 1


def test_a_stranger_in_the_same_network_keeps_nobody_out_of_an_own_browser():
    """Not one whose attempts are all refused; browsers that are known share a bound of the same size."""
    limits = SignInLimits()
    tried(limits, "192.0.2.1", 1_000)
    assert tried(limits, "192.0.2.1", 1) == 0
    assert tried(limits, "192.0.2.1", 40, known=True) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1::/56"),
        ("2001:db8:1:ff:bbbb::9", "2001:db8:1::/56"),
        ("2001:db8:1:100::9", "2001:db8:1:100::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("nonsense", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_addresses_of_one_network_count_as_one(address, network):
    assert network_of(address) == network
