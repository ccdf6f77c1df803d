"""What weights are learned from: percentiles among peers, what is missing, and the outcome, centred among peers.

Rows are kept apart by time and by enterprise wherever one part tests what another part trained.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.splits import enterprise_share
from features.points import MIN_PEERS
from models.points.card import PointsCard

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]
EARLY_SHARE = 0.6  # of rows, and of enterprises that are on both sides of the cut
IMPLIED_BY_OTHERS = 0.3  # a gap that other indicators explain so well is a fact about the firm, not a lost report


@dataclass(frozen=True)
class Sample:
    """Labelled cases with a known stage; n rows, k indicators.

    x : percentile among peers, higher is better, (n, k); a gap is filled by the other indicators
    missing : where a value was not reported, (n, k)
    y : outcome, (n,)
    stage : position of the stage among ``stages``, (n,)
    group : number of (stage, vintage), (n,), and peers: number of (stage, industry); outcomes are compared within both
    day : vintage as a number, (n,); clear: the first vintage that the outcome's window does not reach into, (n,)
    enterprise: number of the enterprise, (n,); share: a fixed number in [0, 1) of it
    """

    stages: tuple[str, ...]
    x: Floats
    missing: Mask
    y: Floats
    stage: Codes
    group: Codes
    peers: Codes
    day: Codes
    clear: Codes
    enterprise: Codes
    share: Floats

    def take(self, rows: Mask) -> Sample:
        """The chosen rows."""
        return replace(self, **{item.name: getattr(self, item.name)[rows] for item in fields(self)[1:]})

    def early_and_late(self) -> tuple[Mask, Mask]:
        """Rows to train on and rows to test on: later vintages of other enterprises, the newest row of each.

        A row whose outcome's window reaches into the first test vintage is in neither.
        """
        cut = np.quantile(self.day, EARLY_SHARE, method="lower") if len(self.day) else 0
        early = self.day <= cut
        over = early & (self.clear <= self.day[~early].min(initial=self.day.max(initial=0) + 1))
        if early.all() or not over.any():  # no vintage is clear of a later one: enterprises alone keep the sides apart
            early = over = self.share < EARLY_SHARE
        before, after = (np.bincount(self.enterprise[side], minlength=self._firms) > 0 for side in (early, ~early))
        both = (before & after)[self.enterprise]
        teaches = over & (~both | (self.share < EARLY_SHARE))
        tests_on = ~early & (~both | (self.share >= EARLY_SHARE))
        newest = np.full(self._firms, -1)
        np.maximum.at(newest, self.enterprise[tests_on], self.day[tests_on])
        return teaches, tests_on & (self.day == newest[self.enterprise])

    def centred(self, *columns: Floats) -> list[Floats]:
        """Each column less its mean among the same stage and vintage, then among the same peers where enough."""
        enough = np.bincount(self.peers, minlength=int(self.peers.max(initial=-1)) + 1)[self.peers] >= MIN_PEERS
        peers = np.where(enough, self.peers, -1 - self.stage)
        return [_less_means(_less_means(column, self.group), peers) for column in columns]

    @property
    def _firms(self) -> int:
        return int(self.enterprise.max(initial=-1)) + 1


def build_sample(card: PointsCard, cases: pd.DataFrame, outcome: pd.Series, until: pd.Series | None = None) -> Sample:
    """The cases whose outcome and stage are known, with percentiles read from the card's frozen reference.

    until : last day of each outcome's window; None where no window reaches into a later vintage
    raises : ValueError when no case is left
    """
    stages = tuple(card.points)
    kept = (outcome.notna() & cases["growth_stage"].isin(stages)).to_numpy()
    if not kept.any():
        raise ValueError(f"none of {len(cases)} cases has a known outcome and a stage among {list(stages)}")
    cases, outcome = cases.loc[kept], outcome.loc[kept]
    percentile = card.percentiles(cases).to_numpy()
    missing = cases[[item.key for item in card.indicators]].isna().to_numpy()
    stage = np.array([stages.index(name) for name in cases["growth_stage"]], dtype=int)
    day, vintages = pd.factorize(cases["as_of"], sort=True)
    ends = cases["as_of"] if until is None else until.loc[kept]
    industry = pd.factorize(cases["industry"], use_na_sentinel=False)[0].astype(int)
    return Sample(
        stages=stages,
        x=_fill(percentile, missing, stage),
        missing=missing,
        y=outcome.to_numpy(dtype=float),
        stage=stage,
        group=stage * (day.max() + 1) + day,
        peers=stage * (industry.max() + 1) + industry,
        day=day.astype(int),
        clear=np.searchsorted(pd.DatetimeIndex(vintages), pd.DatetimeIndex(ends)).astype(int),
        enterprise=pd.factorize(cases["uscc"])[0].astype(int),
        share=enterprise_share(cases["uscc"], "strength"),
    )


def _less_means(column: Floats, group: Codes) -> Floats:
    _, position = np.unique(group, return_inverse=True)
    count = np.bincount(position)
    if column.ndim == 1:
        return np.asarray(column - (np.bincount(position, column) / count)[position])
    return np.stack([_less_means(column[:, one], group) for one in range(column.shape[1])], axis=1)


def _fill(percentile: Floats, missing: Mask, stage: Codes, sweeps: int = 2) -> Floats:
    """Percentiles with each gap at the middle, moved to where a line through the other indicators puts it.

    Without it a lost report dulls its own weight and lends it to its neighbours. A gap that the others determine (no
    patents, so no quality) is a fact and stays at the middle; the flag of it learns what it is worth.
    """
    filled = np.where(missing, 0.5, percentile)
    k = filled.shape[1]
    ridge = MIN_PEERS * np.eye(k - 1) / 6.0
    for position in range(int(stage.max(initial=-1)) + 1):
        rows = np.flatnonzero(stage == position)
        if len(rows) < 2 * MIN_PEERS:
            continue
        z, gaps = filled[rows], missing[rows]
        lost = [one for one in np.flatnonzero(gaps.any(axis=0)) if gaps[:, one].mean() < 0.9]
        lost = [one for one in lost if _known_levels(z, gaps[:, one], int(one), ridge) < IMPLIED_BY_OTHERS]
        for _, one in ((sweep, one) for sweep in range(sweeps) for one in lost):
            known, others = ~gaps[:, one], np.arange(k) != one
            middle = z[known].mean(axis=0)
            far = z[known] - middle
            line = np.linalg.solve(far[:, others].T @ far[:, others] + ridge, far[:, others].T @ far[:, one])
            z[~known, one] = np.clip(0.5 + (z[~known][:, others] - middle[others]) @ line, 0.0, 1.0)
        filled[rows] = z
    return filled


def _known_levels(z: Floats, gap: Mask, one: int, ridge: Floats) -> float:
    """Share of the variance of a gap that the other indicators explain."""
    others = np.arange(z.shape[1]) != one
    far, flag = z[:, others] - z[:, others].mean(axis=0), gap - gap.mean()
    line = np.linalg.solve(far.T @ far + ridge, far.T @ flag)
    return 1.0 - float(((flag - far @ line) ** 2).sum() / (flag @ flag))
