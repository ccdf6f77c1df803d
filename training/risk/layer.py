"""Fitting the Bayesian layer: logistic regression whose coefficients have half-normal priors, by truncated draws.

The posterior is taken as the normal of its mode's curvature, truncated to the coefficients' bounds, and drawn from by
coordinate Gibbs; means and covariance of the draws are kept. With few defaults an effect is mostly its prior's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_ndtr, ndtri, ndtri_exp

from data.codebook import read_rows, reference_path
from features.risk import WORST
from models.risk.layer import FORMS, Form, Layer, Term, Terms

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
CLIP_QUANTILES = (0.02, 0.98)  # of the training values: a level beyond them is read as theirs
INTERCEPT_SD = 5.0
CHAINS, BURN_IN, KEPT, EVERY = 100, 100, 10, 5  # sweeps of the Gibbs sampler: 100 x 10 draws are kept
MOST_STEPS, TOLERANCE, SHORTEST = 100, 1e-8, 1e-6  # of the search for the mode
DECIMALS = 9  # of what is stored: the last bits of a machine's linear algebra stay out of the file


class PriorError(ValueError):
    """The table of priors does not fit the features; the message lists every fault."""


@dataclass(frozen=True)
class Prior:
    """One column of the layer before it is fitted; ``sd`` of its coefficient, in log-odds per unit of the column."""

    feature: str
    form: Form
    low: float
    high: float
    sd: float


def read_priors(path: Path | None = None) -> tuple[Prior, ...]:
    """The columns of the layer and their priors; the default is ``data/reference/risk_priors.csv``.

    raises : PriorError naming every line that is not a prior
    """
    source = path or reference_path("risk_priors.csv")
    priors, faults = [], []
    for line, row in enumerate(read_rows(source), start=2):
        try:
            low, high = (float(row[name] or "nan") for name in ("low", "high"))
            prior = Prior(row["feature"], cast("Form", row["form"]), low, high, float(row["prior_sd"]))
        except (KeyError, TypeError, ValueError) as fault:
            faults.append(f"line {line}: {fault!r}")
            continue
        if prior.form not in FORMS or not prior.sd > 0:
            faults.append(f"line {line}: form {prior.form!r}, sd {prior.sd:g}")
        elif prior.form == "amount" and not 0 < low < high:
            faults.append(f"line {line}: amount needs 0 < low < high, got {low:g} and {high:g}")
        elif prior.form == "band" and not low < high:
            faults.append(f"line {line}: a band needs low < high, got {low:g} and {high:g}")
        priors.append(prior)
    if faults or not priors:
        raise PriorError(f"{source.name}:\n  " + "\n  ".join(faults or ["no rows"]))
    return tuple(priors)


def terms_of(priors: Sequence[Prior], x: Floats, names: Sequence[str], signs: Sequence[int]) -> Terms:
    """The terms scaled on the training rows: levels to mean 0 and standard deviation 1, the others to mean 0.

    x     : rows of ``risk_matrix``, shape (n, p); NaN is left out
    signs : direction of each feature's effect, shape (p,); a band takes none, its coefficient is free
    """
    if unknown := sorted({prior.feature for prior in priors} - set(names)):
        raise PriorError(f"priors of features that the model does not have: {unknown}")
    terms = []
    for prior in priors:
        position = list(names).index(prior.feature)
        sign = 1 if prior.form == "band" else signs[position]
        if sign == 0:
            raise PriorError(f"{prior.feature} has no direction; only a band may be free")
        known = x[~np.isnan(x[:, position])]
        low, high, spread = prior.low, prior.high, 1.0
        if prior.form in {"level", "log"}:
            measured = known[np.abs(known[:, position]) < WORST, position]
            low, high = (float(end) for end in np.quantile(measured, CLIP_QUANTILES)) if len(measured) else (0.0, 1.0)
        column = Terms([Term(position, prior.form, low, high, 0.0, 1.0)]).columns(known)[1]
        mean = float(column.mean()) if len(column) else 0.0
        if prior.form in {"level", "log"} and len(column):
            spread = float(column.std())
        # A column with one value alone is no evidence.
        terms.append(Term(position, prior.form, low, high, mean, sign / spread if spread > 0 else 0.0))
    return Terms(terms)


def fit_layer(terms: Terms, x: Floats, y: Floats, priors: Sequence[Prior], seed: int) -> Layer:
    """Posterior of the coefficients of ``terms`` on rows ``x`` with outcomes ``y``, 0 or 1."""
    columns = terms.columns(x)
    sd = np.array([INTERCEPT_SD, *(prior.sd for prior in priors)])
    bounded = np.array([False, *(prior.form != "band" for prior in priors)])
    draws = posterior_draws(columns, y, sd, bounded, seed)
    mean, covariance = draws.mean(axis=0), np.cov(draws, rowvar=False)
    # A normal truncated at 0 has no larger sd than mean, which the intervals' order rests on; draws may by chance.
    kept = np.where(bounded, np.minimum(mean / np.sqrt(np.diag(covariance)), 1.0), 1.0)
    root = np.linalg.cholesky(covariance * np.outer(kept, kept)).T
    return Layer(
        terms.each,
        tuple(round(float(number), DECIMALS) for number in mean),
        tuple(tuple(round(float(number), DECIMALS) for number in row[position:]) for position, row in enumerate(root)),
    )


def posterior_mode(columns: Floats, y: Floats, sd: Floats, bounded: Flags) -> tuple[Floats, Floats, Floats]:
    """The mode under normal priors of mean 0, truncated at 0 where ``bounded``; its gradient and its curvature.

    columns : shape (k, n); sd, bounded : shape (k,)
    Projected Newton: a coefficient at its bound whose gradient would push it below stays there.
    """
    precision = 1.0 / np.square(sd)
    rate = (y.sum() + 0.5) / (len(y) + 1.0)
    beta = np.zeros(len(sd))
    beta[0] = np.log(rate / (1.0 - rate))

    def loss(at: Floats) -> float:
        odds = at @ columns
        return float(np.sum(np.logaddexp(0.0, odds) - y * odds) + precision @ np.square(at) / 2)

    now = loss(beta)
    for _ in range(MOST_STEPS):
        p = expit(beta @ columns)
        gradient = columns @ (p - y) + precision * beta
        curvature = (columns * (p * (1.0 - p))) @ columns.T + np.diag(precision)
        free = ~(bounded & (beta <= 0.0) & (gradient > 0.0))
        if np.abs(gradient[free]).max() < TOLERANCE:
            return beta, gradient, curvature
        step = np.zeros(len(beta))
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        length = 1.0
        while True:
            moved = beta - length * step
            moved[bounded] = np.maximum(moved[bounded], 0.0)
            then = loss(moved)
            if then <= now + 1e-12 * abs(now) or length < SHORTEST:
                break
            length /= 2
        beta, now = moved, then
    raise RuntimeError(f"the mode was not found in {MOST_STEPS} steps; gradient {np.abs(gradient[free]).max():.3g}")


def posterior_draws(columns: Floats, y: Floats, sd: Floats, bounded: Flags, seed: int) -> Floats:
    """Draws of the coefficients, shape (CHAINS * KEPT, k).

    Of N(mode - H^-1 g, H^-1), H and g being curvature and gradient at the mode, truncated to >= 0 where ``bounded``;
    coordinate Gibbs over chains that start at the mode.
    """
    mode, gradient, curvature = posterior_mode(columns, y, sd, bounded)
    centre = mode - np.linalg.solve(curvature, gradient)
    rng = np.random.default_rng(seed)
    state = np.tile(mode, (CHAINS, 1))
    pull = (state - centre) @ curvature
    scale = 1.0 / np.sqrt(np.diag(curvature))
    kept = []
    for sweep in range(BURN_IN + KEPT * EVERY):
        chance = rng.random((len(mode), CHAINS))
        for position in range(len(mode)):
            mean = state[:, position] - pull[:, position] * scale[position] ** 2
            if bounded[position]:  # in logarithms, so that a mean far below the bound does no harm
                upper = np.log1p(-chance[position]) + log_ndtr(mean / scale[position])
                value = np.maximum(mean - scale[position] * ndtri_exp(upper), 0.0)
            else:
                value = mean + scale[position] * ndtri(chance[position])
            pull += np.outer(value - state[:, position], curvature[position])
            state[:, position] = value
        if sweep >= BURN_IN and (sweep - BURN_IN) % EVERY == EVERY - 1:
            kept.append(state.copy())
    return np.concatenate(kept)
