"""From labelled cases to points: shapes from boosters, weights from the hierarchy, intervals from draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.points.bounds import Part, free_parts, to_points
from training.points.sample import Sample
from training.points.shapes import KNOTS, ShapeParams, Shapes, apply_shapes, fit_shapes
from training.points.weights import BUCKETS, Hierarchy, Moments, Solver, Strength, share_of

Floats = npt.NDArray[np.float64]
NEGLIGIBLE = 0.005  # a candidate strength of less weight is left out


@dataclass(frozen=True)
class Learned:
    """Points at the knots (s, k, knots), draws of them (b, s, k, knots), and how strongly what was weighed.

    free : points (s, k, knots) without the split into parts and without bounds
    """

    stages: tuple[str, ...]
    points: Floats
    draws: Floats
    free: Floats
    shares: tuple[tuple[Strength, float], ...] = field(default=())

    @property
    def weights(self) -> Floats:
        """Points at full marks, (s, k)."""
        return np.asarray(self.points[..., -1])

    def mean(self, name: str) -> float:
        """A field of ``Strength``, averaged over the candidates."""
        return float(sum(share * getattr(strength, name) for strength, share in self.shares))


def learn(
    sample: Sample,
    prior: Floats,
    candidates: tuple[Strength, ...],
    shape: ShapeParams,
    *,
    parts: Sequence[Part] = (),
    draws: int = 0,
    shape_draws: int = 0,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Learned:
    """Points of one card, stages' own or pooled by the candidates.

    prior : points (s, k) at full marks
    parts : how the points are split and bounded; none: all in one part without a bound
    draws : resampled enterprises and moved priors, for intervals; shape_draws: resampled boosters behind them
    tick : called after each draw
    """
    pooled = all(candidate.own == 0 for candidate in candidates)
    needed = any(candidate.shape > 0 for candidate in candidates)
    rng = np.random.default_rng(seed)
    shares = np.ones(1) if len(candidates) == 1 else _weigh(sample, prior, candidates, shape, pooled=pooled)
    kept = shares >= NEGLIGIBLE * shares.max()
    chosen = [candidate for candidate, keep in zip(candidates, kept, strict=True) if keep]
    shares = shares[kept] / shares[kept].sum()
    bucket = _buckets(sample, rng)
    shapes = [fit_shapes(sample, prior, shape) if needed else None]
    bent = any(candidate.shape > 0 for candidate in chosen)
    for _ in range(shape_draws if bent else 0):
        times = rng.poisson(1.0, int(bucket.max()) + 1).astype(float)
        shapes.append(fit_shapes(sample, prior, shape, times[bucket]))
    moments = {
        (bend, position): _moments(sample, _bend(one, bend, prior.shape, pooled=pooled), bucket)
        for position, one in enumerate(shapes)
        for bend in {candidate.shape for candidate in chosen}
        if position == 0 or bend > 0
    }
    plain = moments[chosen[0].shape, 0]
    tied = Hierarchy(prior).tied_to(plain, _repeats(sample, prior))
    noise = tied.noise
    assert noise is not None
    solvers = [Solver.of(tied, candidate) for candidate in chosen]
    k = prior.shape[1]
    free_of_bounds = free_parts(k)
    split = parts or free_of_bounds
    # The mean over strengths is taken before signs are imposed: with no data it is the prior, exactly.
    effects = sum(
        share * solver.solve(moments[candidate.shape, 0].total(), noise)[:, :k]
        for share, solver, candidate in zip(shares, solvers, chosen, strict=True)
    )
    bent_mean = sum(
        share * _bend(shapes[0], candidate.shape, prior.shape, pooled=pooled)
        for share, candidate in zip(shares, chosen, strict=True)
    )
    middle, free = (to_points(np.asarray(effects), one)[..., None] * bent_mean for one in (split, free_of_bounds))
    middle[..., 0] = free[..., 0] = 0.0
    drawn = np.empty((draws, *middle.shape))
    for position in range(draws):
        one = int(rng.choice(len(chosen), p=shares))
        bend, which = chosen[one].shape, 0
        if bend > 0 and len(shapes) > 1:
            which = 1 + position % (len(shapes) - 1)
        times = rng.poisson(1.0, len(plain.n)).astype(float)
        solver = solvers[one]
        moved = solver.mean + solver.factor @ rng.normal(size=len(solver.mean))
        weights = to_points(solver.solve(moments[bend, which].total(times), noise, moved)[:, :k], split)
        drawn[position] = weights[..., None] * _bend(shapes[which], bend, prior.shape, pooled=pooled)
        tick()
    return Learned(sample.stages, middle, drawn, free, tuple(zip(chosen, shares.tolist(), strict=True)))


def _weigh(
    sample: Sample, prior: Floats, candidates: tuple[Strength, ...], shape: ShapeParams, *, pooled: bool
) -> Floats:
    """Share of each candidate by the likelihood of later outcomes of other enterprises."""
    teaches, tests_on = sample.early_and_late()
    early, late = sample.take(teaches), sample.take(tests_on)
    if len(early.y) < 2 or len(late.y) < 2:
        return np.full(len(candidates), 1.0 / len(candidates))
    needed = any(candidate.shape > 0 for candidate in candidates)
    shapes = fit_shapes(early, prior, shape) if needed else None
    logs = []
    known: dict[float, tuple[Moments, Moments]] = {}
    tied = None
    for candidate in candidates:
        if candidate.shape not in known:
            bend = _bend(shapes, candidate.shape, prior.shape, pooled=pooled)
            known[candidate.shape] = (_moments(early, bend).total(), _moments(late, bend).total())
        first, second = known[candidate.shape]
        tied = tied or Hierarchy(prior).tied_to(first)
        repeats, noise = _repeats(early, prior), tied.noise
        assert noise is not None
        # Repeated rows of an enterprise hold less information than their number: their moments count for fewer.
        first = Moments(*(part / repeats for part in (first.xx, first.xy, first.yy, first.n)))
        solver = Solver.of(tied, candidate)
        logs.append(solver.log_evidence(first + second, noise) - solver.log_evidence(first, noise))
    return share_of(logs)


def _bend(shapes: Shapes | None, share: float, size: tuple[int, ...], *, pooled: bool) -> Floats:
    if shapes is None or share == 0:
        return np.asarray(np.broadcast_to(np.asarray(KNOTS), (*size, len(KNOTS))))
    return shapes.blend(share, pooled=pooled)


def _moments(sample: Sample, shapes: Floats, bucket: npt.NDArray[np.int_] | None = None) -> Moments:
    x, flags, y = sample.centred(apply_shapes(sample.x, sample.stage, shapes), sample.missing.astype(float), sample.y)
    where = np.zeros(len(y), dtype=int) if bucket is None else bucket
    return Moments.of(np.hstack([x, flags]), y, sample.stage, len(sample.stages), where)


def _buckets(sample: Sample, rng: np.random.Generator) -> npt.NDArray[np.int_]:
    """Each enterprise in one of at most ``BUCKETS`` random groups, all its rows with it."""
    firms = int(sample.enterprise.max(initial=-1)) + 1
    return np.asarray((rng.permutation(firms) % BUCKETS)[sample.enterprise])


def _repeats(sample: Sample, prior: Floats) -> float:
    """How much the variance of a mean exceeds that of independent rows, as rows of one enterprise resemble another."""
    score = np.einsum("nk,nk->n", sample.x, prior[sample.stage])
    y, score = sample.centred(sample.y, score)
    rest = y - score * float(score @ y) / max(float(score @ score), 1e-12)
    sums = np.bincount(sample.enterprise, rest)
    return max(1.0, float(sums @ sums) / max(float(rest @ rest), 1e-12))
