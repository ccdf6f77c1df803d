"""Firms with planted weights: the indicators of the synthetic cohort, an outcome that the planted score drives.

The planted score reads every firm's true values; the card sees only what was reported. Nothing here is read by
training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import read_codebook
from data.growth_stages import GROWTH_STAGES
from data.sizes import size_class
from data.synthetic.firms import found_enterprises, live
from data.synthetic.tables import MISSING, SyntheticParams
from data.synthetic.truth import planted_weights
from models.points.card import PointsCard
from training.points.fit import prior_card

Floats = npt.NDArray[np.float64]
CORRELATION = 0.34  # of the planted score and the outcome; what the synthetic cohort shows after two years
VINTAGES = ("2018-06-30", "2019-06-30", "2020-06-30", "2021-06-30")
TOTAL = 130.0


@dataclass(frozen=True)
class Pool:
    """Firms to draw from: cases with every true value, their percentiles within the stage, and the frozen card."""

    cases: pd.DataFrame
    rank: Floats
    stage: npt.NDArray[np.int_]
    prior: Floats
    card: PointsCard


@dataclass(frozen=True)
class Planted:
    """Labelled cases as they were reported, their outcome, and the weights (s, k) that drove it."""

    cases: pd.DataFrame
    outcome: pd.Series
    weights: Floats


@cache
def firm_pool(n_enterprises: int = 24_000, seed: int = 1, year: int = 2023) -> Pool:
    """One year of a synthetic cohort; the peers of the card are all of them."""
    book = read_codebook()
    params = SyntheticParams(n_enterprises=n_enterprises, seed=seed)
    firms = found_enterprises(params)
    state = live(firms, params)[year]
    state = state.loc[state["growth_stage"].isin(GROWTH_STAGES)]
    cases = state[["growth_stage", *book.keys]].assign(
        uscc=firms["uscc"].loc[state.index],
        industry=firms["industry"].loc[state.index],
        size_rule=firms["size_rule"].loc[state.index],
        as_of=pd.Timestamp(f"{year}-12-31"),
    )
    cases["size_class"] = size_class(
        cases["size_rule"],
        state["headcount"].to_numpy(),
        state["revenue_wan"].to_numpy(),
        state["assets_wan"].to_numpy(),
    )
    cases = cases.reset_index(drop=True)
    stage = np.array([GROWTH_STAGES.index(name) for name in cases["growth_stage"]])
    rank = np.zeros((len(cases), len(book)))
    for position in range(len(GROWTH_STAGES)):
        rows = stage == position
        for one, item in enumerate(book):
            order = (cases.loc[rows, item.key] * item.direction).rank(method="average")
            rank[rows, one] = ((order - 0.5) / order.count()).fillna(0.0)
    prior = np.array([[item.weights[name] for item in book] for name in GROWTH_STAGES])
    return Pool(cases, rank, stage, prior, prior_card(cases, book))


def plant(pool: Pool, weights: Floats, n: int, rng: np.random.Generator, correlation: float = CORRELATION) -> Planted:
    """``n`` different firms, each labelled once in one of four vintages; reports are missing as in the cohort."""
    book = read_codebook()
    chosen = rng.choice(len(pool.cases), n, replace=False)
    stage = pool.stage[chosen]
    score = np.empty(n)
    for position in range(len(GROWTH_STAGES)):
        every = pool.rank[pool.stage == position] @ weights[position]
        rows = stage == position
        score[rows] = (pool.rank[chosen[rows]] @ weights[position] - every.mean()) / every.std()
    outcome = correlation * score + np.sqrt(1 - correlation**2) * rng.normal(size=n)
    cases = pool.cases.iloc[chosen].reset_index(drop=True)
    lost = np.array(
        [[MISSING.get(key, (0.0, 0.0, 0.0))[position] for key in book.keys] for position in range(len(GROWTH_STAGES))]
    )
    keys = list(book.keys)
    cases[keys] = cases[keys].astype(float).mask(rng.random((n, len(book))) < lost[stage])
    cases["as_of"] = pd.to_datetime(np.array(VINTAGES)[rng.integers(0, len(VINTAGES), n)])
    return Planted(cases, pd.Series(outcome), weights)


def _one_sum(weights: Floats) -> Floats:
    return np.asarray(TOTAL * weights / weights.sum(axis=1, keepdims=True))


def _planted(_: Floats, __: np.random.Generator) -> Floats:
    named = planted_weights(read_codebook())
    return np.array([list(named[stage].values()) for stage in GROWTH_STAGES])


# Where the truth comes from: the one that the cohort plants, and others that nobody has looked at.
TRUTHS: Mapping[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "planted": _planted,
    # each indicator worth 0 to 2 times its prior, a little different by stage
    "uniform": lambda prior, rng: _one_sum(
        prior * rng.uniform(0, 2, (1, prior.shape[1])) * rng.uniform(0.6, 1.4, prior.shape)
    ),
    # every stage on its own, from nothing to several times the prior
    "gamma": lambda prior, rng: _one_sum(prior * rng.gamma(2.0, 0.5, prior.shape)),
    # the experts are nearly right
    "near": lambda prior, rng: _one_sum(prior * np.exp(0.2 * rng.normal(size=prior.shape))),
    # the same in all stages
    "equal": lambda prior, rng: _one_sum(
        np.repeat(prior.mean(axis=0, keepdims=True) * rng.uniform(0, 2, (1, prior.shape[1])), len(prior), axis=0)
    ),
}
