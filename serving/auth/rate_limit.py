"""How often one caller may call: a token bucket in each worker."""

from __future__ import annotations

import time

from data.texts.sentences import sentence
from serving.contract.refusals import Fault, Refusal

MOST_CALLERS = 10_000  # above which those with a full bucket are forgotten


class RateLimit:
    """A token bucket for each caller, in this worker: ``rate_per_s`` refill, ``burst`` at once."""

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, cost: float = 1.0) -> None:
        """Take ``cost`` tokens, or raise a Refusal with the seconds to wait."""
        left, now = self._left(caller)
        if left < cost:
            self._buckets[caller] = (left, now)
            wait_s = max(1, int((cost - left) / self.rate_per_s) + 1)
            allowed = sentence("fault.try_again", seconds=wait_s)
            fault = Fault("requests", f"more than {self.rate_per_s:g} per second", allowed)
            raise Refusal("too-many-requests", faults=[fault], retry_after_s=wait_s)
        self._buckets[caller] = (left - cost, now)

    def charge(self, caller: str, cost: float) -> None:
        """Take ``cost`` tokens for what was done already, as far as there are any."""
        left, now = self._left(caller)
        self._buckets[caller] = (max(0.0, left - cost), now)

    def _left(self, caller: str) -> tuple[float, float]:
        """Tokens of a caller now, and this instant."""
        now = time.monotonic()
        if len(self._buckets) > MOST_CALLERS:  # of who has waited long enough nothing need be kept
            full = [
                name for name, (left, at) in self._buckets.items() if left + (now - at) * self.rate_per_s >= self.burst
            ]
            for name in full:
                del self._buckets[name]
        left, at = self._buckets.get(caller, (self.burst, now))
        return min(self.burst, left + (now - at) * self.rate_per_s), now
