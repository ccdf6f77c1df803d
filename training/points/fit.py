"""Making the points card: a peer reference frozen on one vintage, and points learned from what happened afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.code_version import MAKING, source_digest
from data.codebook import Codebook
from features.points import MIN_PEERS, indicator_matrix, mid_rank_curve, peer_group, size_key
from models.points.bounds import bounded_parts
from models.points.card import EVERYBODY, PointsCard
from models.points.file import Earns
from models.points.lookup import Curve
from training.points.learn import Learned, learn
from training.points.sample import Sample, build_sample
from training.points.shapes import KNOTS, ShapeParams
from training.points.verdict import Verdict, rank_quality, verdict_on
from training.points.weights import strengths

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PointsParams:
    """Section ``points`` of params.yaml."""

    version: str
    reference_vintage: str  # the day whose enterprises are the frozen peers
    reach: tuple[float, ...]  # candidate standard deviations of a weight around the prior's, as a share of it
    shape_shares: tuple[float, ...]  # candidate shares of the learned shape, the rest a straight line
    largest_base_share: float  # of the 100 base points, that one indicator may take; 1: no bound
    largest_bonus_share: float  # of the 30 bonus points; 1: no bound
    interval_level: float
    draws: int  # resampled enterprises behind every interval
    shape_draws: int  # resampled boosters behind them
    folds: int  # of enterprises, where the verdict is cross-fitted
    smooth_border_share: float  # both stages' points are blended within so much of a border in revenue; 0: off
    seed: int


@dataclass(frozen=True)
class Fitted:
    """The card that ships, and the ones it was weighed against; all share one frozen reference.

    free : the card that ships, had its points no split and no bound
    """

    card: PointsCard
    prior: PointsCard
    stage: PointsCard
    pooled: PointsCard
    free: PointsCard
    learned: Learned
    verdict: Verdict


def prior_card(
    cases: pd.DataFrame,
    codebook: Codebook,
    version: str = "prior",
    weights: dict[str, dict[str, float]] | None = None,
) -> PointsCard:
    """A card with expert weights and the peer reference of ``cases`` (one vintage, shape (n, ...)).

    weights : full marks by stage and indicator; the codebook's own prior weights where not given
    raises : ValueError when the vintage has no enterprise of a stage
    """
    values = indicator_matrix(cases, codebook)
    given = weights or {stage: {item.key: item.weights[stage] for item in codebook} for stage in codebook.stages}
    reference: dict[str, dict[str, Curve]] = {}
    counts: dict[str, int] = {}
    for groups in (cases["growth_stage"], peer_group(cases)):
        for name, rows in values.groupby(groups.to_numpy()):
            key = str(name)
            if key.split("|")[0] not in given or ("|" in key and len(rows) < MIN_PEERS):
                continue
            counts[f"peer:{key}"] = len(rows)
            reference[key] = {item.key: mid_rank_curve(rows[item.key], item.direction) for item in codebook}
    absent = sorted(set(given) - set(reference))
    if absent:
        raise ValueError(f"no enterprise of stage {absent} in the reference vintage; a card needs peers in every stage")
    card = PointsCard(
        version=version,
        codebook_digest=codebook.digest,
        data_digest=_digest(values),
        indicators=tuple(Earns(item.key, item.dimension, item.kind, item.direction) for item in codebook),
        knots=(0.0, 1.0),
        points={stage: {key: [0.0, weight] for key, weight in row.items()} for stage, row in given.items()},
        reference=reference,
        size_peers={EVERYBODY: ([], [])},
        peer_counts={**counts, f"size:{EVERYBODY}": 0},
    )
    return among_sizes(card, cases)


def among_sizes(card: PointsCard, cases: pd.DataFrame) -> PointsCard:
    """The card with the totals of ``cases`` as the same-size peers among which a percentile is taken."""
    total = card.score(cases)["total"]
    counts = {key: count for key, count in card.peer_counts.items() if key.startswith("peer:")}
    size_peers: dict[str, Curve] = {}
    for groups in (pd.Series(EVERYBODY, index=cases.index), cases["size_class"], size_key(cases)):
        for name, totals in total.dropna().groupby(groups):
            if len(totals) >= MIN_PEERS or name == EVERYBODY:
                size_peers[str(name)] = mid_rank_curve(totals)
                counts[f"size:{name}"] = len(totals)
    return replace(card, size_peers=size_peers, peer_counts=counts)


def prior_weights(card: PointsCard) -> Floats:
    """Full marks of a card, (s, k), in the order in which it adds them."""
    return np.array([[rows[item.key] for item in card.indicators] for rows in card.weights.values()])


def fit(
    reference: pd.DataFrame,
    cases: pd.DataFrame,
    outcome: pd.Series,
    late: npt.NDArray[np.bool_],
    codebook: Codebook,
    params: PointsParams,
    shape: ShapeParams,
    *,
    until: pd.Series | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Fitted:
    """Points learned from the cases with a known outcome.

    reference : the frozen peers, one vintage; no outcome of theirs is read
    late : rows on which the verdict is passed, of vintages after all others, (n,)
    until : last day of each outcome's window, (n,); what chooses on a later vintage then learns from none that reaches
        into it. None where no window does
    tick : called ``2 * draws`` times on the way
    """
    start = prior_card(reference, codebook, f"{params.version}-prior")
    known = (outcome.notna() & cases["growth_stage"].isin(list(start.points))).to_numpy()
    sample = build_sample(start, cases, outcome, until)
    prior = prior_weights(start)
    shared = strengths(params.reach, params.shape_shares, pooled=True)
    own = strengths(params.reach, params.shape_shares) if len(start.points) > 1 else shared
    parts = bounded_parts(codebook, params.largest_base_share, params.largest_bonus_share)

    def points(rows: Sample) -> tuple[Floats, Floats]:
        return (
            learn(rows, prior, own, shape, parts=parts, seed=params.seed).points,
            learn(rows, prior, shared, shape, parts=parts, seed=params.seed).points,
        )

    verdict = verdict_on(sample, late[known], points, params.folds, params.interval_level, params.seed)
    many = {"draws": params.draws, "shape_draws": params.shape_draws, "seed": params.seed}
    one = learn(sample, prior, own, shape, parts=parts, tick=tick, **many)
    other = learn(sample, prior, shared, shape, parts=parts, tick=tick, **many)
    ships = one if verdict.ships == "stage" else other
    digest = _digest(pd.DataFrame(np.column_stack([sample.x, sample.missing, sample.y])))
    gaps = _differences(one, codebook, params.interval_level)
    made = {
        name: among_sizes(
            replace(
                start,
                version=f"{params.version}-{name}",
                data_digest=digest,
                code=source_digest(MAKING),
                knots=KNOTS,
                interval_level=params.interval_level,
                differences=gaps,
                smooth_border_share=params.smooth_border_share,
                verdict=verdict.as_dict(),
                **_tables(learned, codebook, params.interval_level),
            ),
            reference,
        )
        for name, learned in (("stage", one), ("pooled", other), ("free", replace(ships, points=ships.free)))
    }
    return Fitted(made[verdict.ships], start, made["stage"], made["pooled"], made["free"], one, verdict)


def evaluate(
    fitted: Fitted, reference: pd.DataFrame, cases: pd.DataFrame, outcome: pd.Series, params: PointsParams
) -> dict[str, Any]:
    """Rank quality on cases outside the training, the shipped card against the others, and how the points spread."""
    cards = {"learned": fitted.card, "prior": fitted.prior, "pooled": fitted.pooled, "free": fitted.free}
    scored = {name: card.score(cases)["total"] for name, card in cards.items()}
    known = (outcome.notna() & scored["learned"].notna()).to_numpy()
    everyone = fitted.card.score(reference)
    return {
        "verdict": fitted.verdict.as_dict(),
        "strength": {name: fitted.learned.mean(name) for name in ("shared", "own", "shape")},
        "test": rank_quality(
            {name: total.to_numpy()[known] for name, total in scored.items()},
            outcome.to_numpy()[known],
            cases["growth_stage"].to_numpy()[known],
            cases["uscc"].to_numpy()[known],
            level=params.interval_level,
            seed=params.seed,
        ),
        "mean_total": {
            str(name): float(value)
            for name, value in everyone["total"].groupby(reference["growth_stage"].to_numpy()).mean().dropna().items()
        },
        "largest_share": _largest_shares(fitted),
        "p95_total": float(np.nanpercentile(everyone["total"], 95)),
        "mean_coverage": float(everyone["coverage"].mean()),
    }


def _largest_shares(fitted: Fitted) -> dict[str, dict[str, Any]]:
    """The indicator with the largest share of the base and of the bonus points over all stages, by card."""
    found: dict[str, dict[str, Any]] = {}
    for name, card in (("learned", fitted.card), ("free", fitted.free)):
        for kind in ("core", "auxiliary"):
            keys = [item.key for item in card.indicators if (item.kind == "core") == (kind == "core")]
            shares = {
                (stage, key): rows[key] / max(sum(rows[one] for one in keys), 1e-12)
                for stage, rows in card.weights.items()
                for key in keys
            }
            if shares:
                stage, key = max(shares, key=lambda position: shares[position])
                found.setdefault(name, {})[kind] = {"stage": stage, "indicator": key, "share": shares[stage, key]}
    return found


def _tables(learned: Learned, codebook: Codebook, level: float) -> dict[str, Any]:
    """Points and their interval as the card holds them."""
    drawn = learned.draws if len(learned.draws) else learned.points[None]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    named = {
        "points": learned.points,
        "points_low": np.minimum(low, learned.points),
        "points_high": np.maximum(high, learned.points),
    }
    return {
        name: {
            stage: {key: values[position, one].tolist() for one, key in enumerate(codebook.keys)}
            for position, stage in enumerate(learned.stages)
        }
        for name, values in named.items()
    }


def _differences(learned: Learned, codebook: Codebook, level: float) -> dict[str, dict[str, list[float]]]:
    """Full marks of one stage less another's: [low, middle, high], by "one - other" and indicator."""
    report = {}
    for one, other in combinations(range(len(learned.stages)), 2):
        drawn = learned.draws if len(learned.draws) else learned.points[None]
        gap = drawn[:, one, :, -1] - drawn[:, other, :, -1]
        middle = learned.weights[one] - learned.weights[other]
        low, high = np.quantile(gap, [(1 - level) / 2, (1 + level) / 2], axis=0)
        rows = np.stack([np.minimum(low, middle), middle, np.maximum(high, middle)], axis=1)
        report[f"{learned.stages[one]} - {learned.stages[other]}"] = dict(
            zip(codebook.keys, rows.tolist(), strict=True)
        )
    return report


def _digest(values: pd.DataFrame) -> str:
    return hashlib.sha256(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes()).hexdigest()
