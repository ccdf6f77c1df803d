"""How much error one more look at the same outcomes may spend.

A challenger that is no better is promoted by chance at the rate of the test. Of many such challengers, tried one after
another on the same outcomes, one is sooner or later lucky. So the k-th look is tested at a level of its own,

    level_k = error_rate / (k (k + 1))        k = 1, 2, ...

and all looks together, however many, promote one with a probability of at most ``error_rate``, since the levels add up
to error_rate (1 - 1 / (k + 1)). No look is forgotten: whoever tries again spends again.
source: Lan and DeMets (1983), Discrete sequential boundaries for clinical trials; the union bound needs no independence
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

Period = tuple[date, date]  # first and last day on which the outcomes that were looked at begin


def look_level(error_rate: float, look: int) -> float:
    """One-sided level of the ``look``-th test on one period, from 1 on; raises ValueError on anything else."""
    if look < 1 or not 0.0 < error_rate < 1.0:
        raise ValueError(f"look {look} at error rate {error_rate}: looks begin at 1, rates lie inside (0, 1)")
    return error_rate / (look * (look + 1))


def overlapping(period: Period, earlier: Iterable[Period]) -> int:
    """How many earlier periods share a day with this one: outcomes of other days have spent none of its error."""
    return sum(first <= period[1] and period[0] <= last for first, last in earlier)
