"""Which trial is proposed: the Pareto front of the objectives, and in it what losses cannot set apart from the best.

source of the rule: one standard error, Breiman, Friedman, Olshen and Stone (1984), section 3.4.3
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training.tuning.objectives import SIGNS, Figures

RULE = (
    "Of the trials on the Pareto front of discrimination, calibration, stability and size, those whose loss is above "
    "the least by no more than one standard error of the paired difference over blocks; of these the smallest, then "
    "the best calibrated, then the one with the least loss. If there is none, the front's least loss."
)


@dataclass(frozen=True)
class Trial:
    """One trial of a study.

    losses, cases : of the blocks that were predicted, in order of time
    figures : the objectives over all blocks; None where the trial was pruned
    """

    number: int
    values: Mapping[str, float]
    losses: tuple[float, ...]
    cases: tuple[int, ...]
    figures: Figures | None = field(default=None)

    @property
    def loss(self) -> float:
        """Mean over blocks by their cases."""
        return float(np.average(self.losses, weights=self.cases))


def pareto_front(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that no other is at least as good as in every objective and better in one; NaN is the worst.

    Pruned trials are left out. Of equal ones the first stays alone.
    """
    done = [one for one in trials if one.figures is not None]
    figures = np.array([tuple(one.figures or ()) for one in done]).reshape(-1, len(SIGNS))
    points = np.nan_to_num(figures * np.array(SIGNS), nan=-np.inf)
    front = []
    for position, one in enumerate(done):
        as_good, better = (points >= points[position]).all(axis=1), (points > points[position]).any(axis=1)
        before = np.arange(len(done)) < position
        if not (as_good & (better | before)).any():
            front.append(one)
    return front


def excess(trial: Trial, best: Trial) -> tuple[float, float]:
    """Mean difference of the losses over blocks, by their cases, and its standard error; 0 and 0 for the best."""
    share = np.array(best.cases) / sum(best.cases)
    gap = np.array(trial.losses) - np.array(best.losses)
    mean = float(share @ gap)
    blocks = len(gap)
    return mean, float(np.sqrt(blocks / (blocks - 1) * (share**2) @ (gap - mean) ** 2)) if blocks > 1 else 0.0


def proposed(trials: Sequence[Trial]) -> Trial:
    """The trial that ``RULE`` chooses; raises ValueError where every trial was pruned."""
    done = [one for one in trials if one.figures is not None]
    if not done:
        raise ValueError("no trial was finished")
    best, front = min(done, key=lambda one: (one.loss, one.number)), pareto_front(done)
    near = [one for one in front if np.less_equal(*excess(one, best))]
    if not near:
        return min(front, key=lambda one: (one.loss, one.number))

    def rank(one: Trial) -> tuple[float, float, float, int]:
        assert one.figures is not None
        size, calibration = np.nan_to_num([one.figures.size, one.figures.calibration], nan=np.inf)
        return float(size), float(calibration), one.loss, one.number

    return min(near, key=rank)
