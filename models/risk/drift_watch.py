"""Sequential test of population drift: do the applicants still rank in the population's PDs as they usually do?

Each applicant is a rank u in [0, 1]: the share of the population with a lower PD. The null hypothesis: whatever came
before, the expected rank of the next distinct applicant lies within ``tolerance`` of the usual one, or is the mean of
the population's firms that have not applied yet. So it holds for applicants who are a random sample of the
population, and for applicants who select themselves within the tolerance. Bets against it multiply to an e-process:
the product of factors with expectation at most 1 under the null. A mixture over the size of the bet, its side and the
firm from which on it is placed stays an e-process, so by Ville's inequality the chance that it ever reaches
1 / ``false_alarm_rate`` is at most ``false_alarm_rate``, however long the stream and however often it is looked at.

source : Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86
(bets, sampling without replacement); Shin, Ramdas and Rinaldo (2024), E-detectors, New England Journal of Statistics
in Data Science 2 (mixture over the start)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
_STAKES = np.array([0.1, 0.25, 0.5, 0.8])[:, None, None]  # share of the wealth at risk on one firm
_MEMORY = 1_000.0  # evidence is kept up to so many times the alarm's line; some 500 usual firms then end an alarm


@dataclass(frozen=True)
class WatchParams:
    """What counts as drift.

    false_alarm_rate : largest share of streams without drift that ever alarm
    tolerance_rank   : how far the mean rank may lie from the usual one; .05 is about .18 sd of normal log-odds
    """

    false_alarm_rate: float
    tolerance_rank: float

    def __post_init__(self) -> None:
        if not (0.0 < self.false_alarm_rate < 1.0 and 0.0 < self.tolerance_rank < 0.5):
            raise ValueError(
                f"false_alarm_rate {self.false_alarm_rate} must lie in (0, 1), tolerance_rank {self.tolerance_rank} "
                "in (0, .5)"
            )


def population_ranks(pd_12m: Floats) -> Floats:
    """Mid-ranks of the population's PDs as shares in (0, 1); equal PDs share one rank, and the mean is exactly 1/2."""
    ranks: Floats = (rankdata(pd_12m) - 0.5) / len(pd_12m)
    return ranks


def ranks_in(population: Floats, pd_12m: Floats) -> Floats:
    """The rank of any PD in a sorted population: the share below it, and half the share equal to it."""
    below, up_to = (np.searchsorted(population, pd_12m, side=side) for side in ("left", "right"))
    return (below + up_to) / (2.0 * len(population))


@dataclass
class ShiftTest:
    """The state of one or many streams over one population; ``add`` takes the next firm of each.

    n_population : firms in the population
    usual_rank : mean rank of the usual applicants; .5 where they are a sample of the population
    n_streams : streams that are tested side by side, each on its own
    """

    params: WatchParams
    n_population: int
    usual_rank: float = 0.5
    n_streams: int = 1
    n: int = 0
    evidence: Floats = field(init=False)  # shape (n_streams,)
    _wealth: Floats = field(init=False, repr=False)  # stake, side, stream
    _own_ranks: Floats = field(init=False, repr=False)  # sum of the population's ranks that have applied

    def __post_init__(self) -> None:
        tolerance = self.params.tolerance_rank
        if not tolerance < self.usual_rank < 1.0 - tolerance:
            raise ValueError(f"usual_rank {self.usual_rank} must lie inside ({tolerance}, {1 - tolerance})")
        self.evidence = np.ones(self.n_streams)
        self._wealth = np.zeros((len(_STAKES), 2, self.n_streams))
        self._own_ranks = np.zeros(self.n_streams)

    @property
    def alarm(self) -> npt.NDArray[np.bool_]:
        """Which streams alarm now, shape (n_streams,)."""
        return self.evidence >= 1.0 / self.params.false_alarm_rate

    def add(self, ranks: Floats, own_ranks: Floats) -> None:
        """The next distinct firm of each stream.

        ranks : rank of the PD that the firm was answered with, shape (n_streams,)
        own_ranks : rank of the same firm in the population, which is removed from those that have not applied yet
        """
        tolerance, left = self.params.tolerance_rank, self.n_population - self.n
        if left < 1:
            raise ValueError(f"all {self.n_population} firms of the population have applied")
        rest = np.clip((0.5 * self.n_population - self._own_ranks) / left, 0.0, 1.0)
        high = np.maximum(self.usual_rank + tolerance, rest)
        low = np.minimum(self.usual_rank - tolerance, rest)
        gains = np.stack([(ranks - high) / high, (low - ranks) / (1.0 - low)])  # never below -1
        start = self.n + 1
        self._wealth += 1.0 / (start * (start + 1) * self._wealth[..., 0].size)  # bets that begin with this firm
        self._wealth *= 1.0 + _STAKES * gains
        most = _MEMORY / (self.params.false_alarm_rate * self._wealth[..., 0].size)
        np.minimum(self._wealth, most, out=self._wealth)
        self.evidence = self._wealth.sum(axis=(0, 1)) + 1.0 / (start + 1)  # the rest is not placed yet
        self._own_ranks += own_ranks
        self.n = start
