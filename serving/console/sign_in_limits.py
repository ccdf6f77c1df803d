"""How often one may try to sign in: from one network, and from everywhere together.

Waits after wrong passwords are counted by name (``lockout``); here are bounds over all names, in each worker.

- One network may try once in two seconds, thirty times at once; a refused attempt costs as much as three, so that
  somebody who tries many names is slowed to one in six seconds. An IPv6 network is its first 56 bits, for a household
  or an office gets as many addresses.
- Browsers in which nobody has signed in before share one more bound, whatever their network: it bounds guesses from
  many networks, and the time and memory that their Argon2 digests take. It lets through what thirty networks may try
  that are refused all the time, so that one stranger cannot use it up.
- A browser in which this account has signed in before takes nothing of what strangers share, neither of its network's
  bound nor of everybody's: strangers slow each other, and people at their own browsers sign in meanwhile. Those of one
  network share a bound of the same size.
"""

from __future__ import annotations

import ipaddress

from serving.auth.rate_limit import RateLimit

NETWORK_PER_S, NETWORK_AT_ONCE = 0.5, 30.0
STRANGERS_PER_S, STRANGERS_AT_ONCE = 5.0, 100.0
REFUSED_COST = 3.0
NETWORK_BITS = 56  # of an IPv6 address
EVERYBODY = "strangers"


class SignInLimits:
    """The bounds of one worker."""

    def __init__(self) -> None:
        self.networks = RateLimit(NETWORK_PER_S, NETWORK_AT_ONCE)
        self.strangers = RateLimit(STRANGERS_PER_S, STRANGERS_AT_ONCE)

    def take(self, address: str | None, *, known: bool) -> None:
        """Count an attempt before it is looked at, or raise a Refusal with the seconds to wait.

        known : the browser has proved that the account signed in from it before
        """
        self.networks.take(_bucket(address, known))
        if not known:
            self.strangers.take(EVERYBODY)

    def refused(self, address: str | None, *, known: bool) -> None:
        """The attempt that was just counted signed nobody in: it costs its network more."""
        self.networks.charge(_bucket(address, known), REFUSED_COST - 1.0)


def _bucket(address: str | None, known: bool) -> str:
    return f"{network_of(address)} {'known' if known else EVERYBODY}"


def network_of(address: str | None) -> str:
    """An IPv4 address, the network of an IPv6 one; what is neither is one network."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
    return str(found)
