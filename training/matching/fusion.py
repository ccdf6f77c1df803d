"""Fitting the order of candidates: the fusion by listwise likelihood, the trees by lambdarank on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.matching.columns import EVERY_LEG, PAIR_COLUMNS, QUERY_COLUMNS, Candidates
from models.matching.ranker import Doubles, Fusion, Ranker, tree_matrix

FUSED = (*(f"{leg}_z" for leg in EVERY_LEG), "codes_shared", "same_district")
DESCRIBED = ("log_size", "share_latin", "known_share", "best_coverage")
# A better value of these never lowers a firm's score.
RISING = frozenset(
    {f"{leg}_{name}" for leg in EVERY_LEG for name in ("z", "gap", "ratio", "rank")}
    | {"cosine", "cosine_less_density", "word_coverage_passage", "word_coverage_unit", "fused_ranks", "legs_in_ten"}
    | {"codes_shared", "same_district", "freshness_years", "qualifications", "solved_share"}
)
CUTOFF = 10  # ranks that lambdarank cares for


@dataclass(frozen=True)
class RankParams:
    """Numbers of the ranker.

    fusion_l2, interaction_l2 : on a query's mean loss
    kept : candidates of a query to learn from, the best by the legs' ranks, and the relevant ones
    queries_a_task : at most, so that no task drowns the others
    """

    fusion_l2: float
    interaction_l2: float
    kept: int
    queries_a_task: int
    rounds: int
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    reg_lambda: float
    feature_fraction: float
    seed: int


@dataclass(frozen=True)
class Lists:
    """Candidates with their gains: what a ranker learns from.

    gain  : of each row, 0 where not relevant, below 0 where nobody knows: such rows teach no order
    ideal : gains of every relevant document of each query, found or not, from the best
    group : name of what must not lie on two sides of a split, by query
    """

    candidates: Candidates
    gain: Doubles
    ideal: Sequence[Sequence[float]]
    group: npt.NDArray[np.object_]

    def of(self, queries: npt.NDArray[np.int64]) -> Lists:
        """Some of the queries."""
        chosen = self.candidates
        rows = np.concatenate([np.arange(0), *(np.arange(chosen.start[one], chosen.start[one + 1]) for one in queries)])
        start = np.concatenate([[0], np.cumsum(np.diff(chosen.start)[queries])]).astype(np.int64)
        kept = Candidates(start, chosen.firm[rows], chosen.passage[rows], chosen.columns[rows], chosen.queries[queries])
        return Lists(kept, self.gain[rows], [self.ideal[one] for one in queries], self.group[queries])

    def pruned(self, kept: int) -> Lists:
        """The relevant rows and the best ``kept`` of each query by the sum of the legs' ranks."""
        every = self.candidates
        places = [PAIR_COLUMNS.index(f"{leg}_rank") for leg in EVERY_LEG]
        near = np.nan_to_num(every.columns[:, places]).sum(axis=1)
        keep = self.gain > 0
        for low, high in pairwise(every.start):
            keep[low + np.argsort(-near[low:high], kind="stable")[:kept]] = True
        keep &= self.gain >= 0
        start = np.concatenate([[0], np.cumsum(keep)])[every.start]
        rows = Candidates(start, every.firm[keep], every.passage[keep], every.columns[keep], every.queries)
        return Lists(rows, self.gain[keep], self.ideal, self.group)


def join(parts: Sequence[Lists]) -> Lists:
    """Lists one after the other."""
    counts = np.concatenate([np.diff(one.candidates.start) for one in parts])
    names = ("firm", "passage", "columns", "queries")
    return Lists(
        Candidates(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            *(np.concatenate([getattr(one.candidates, name) for one in parts]) for name in names),
        ),
        np.concatenate([one.gain for one in parts]),
        [ideal for one in parts for ideal in one.ideal],
        np.concatenate([one.group for one in parts]),
    )


def fit_fusion(lists: Lists, weight: Doubles, params: RankParams) -> Fusion:
    """The weights that make the relevant documents likely in the softmax of each query's scores.

        loss = - sum over queries of weight * sum over rows of (gain / sum of gains) * ln softmax(score) + L2

    weight : of each query, any scale; a query without a relevant candidate has no say
    """
    every = lists.candidates
    columns = every.columns[:, [PAIR_COLUMNS.index(name) for name in FUSED]].astype(np.float64)
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, columns, 0.0).sum(axis=0) / count
    scale = np.sqrt((np.where(known, columns - centre, 0.0) ** 2).sum(axis=0) / count)
    d = every.queries[:, [QUERY_COLUMNS.index(name) for name in DESCRIBED]].astype(np.float64)
    share = weight / weight.sum()
    middle = share @ d
    width = np.sqrt(share @ (d - middle) ** 2)
    start, query = every.start[:-1], every.query
    filled = np.diff(every.start) > 0
    shape = (len(FUSED), 1 + len(DESCRIBED))
    empty = Fusion(FUSED, DESCRIBED, centre, _not_tiny(scale), middle, _not_tiny(width), np.zeros(shape))
    x, described = empty.read(every)
    total = _by_query(lists.gain, start, filled)
    counted = np.where(total > 0, share, 0.0)
    target = np.where(total > 0, counted / np.where(total > 0, total, 1.0), 0.0)[query] * lists.gain
    penalty = np.full(shape, params.interaction_l2)
    penalty[:, 0] = params.fusion_l2

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat.reshape(shape)
        score = np.einsum("ij,ij->i", x, (described @ weights.T)[query])
        top = np.full(len(start), 0.0)
        top[filled] = np.maximum.reduceat(score, start[filled])
        raised = np.exp(score - top[query])
        mass = _by_query(raised, start, filled)
        value = counted[filled] @ (np.log(mass[filled]) + top[filled]) - target @ score
        residual = raised / mass[query] * counted[query] - target
        slope = _by_query(residual[:, None] * x, start, filled).T @ described + penalty * weights
        return float(value + 0.5 * (penalty * weights**2).sum()), slope.ravel()

    free = np.full((*shape, 2), [-np.inf, np.inf])
    free[:, 0, 0] = 0.0  # what is alike is never worth less than nothing to the average query
    found = minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", bounds=free.reshape(-1, 2), options={"maxiter": 300}
    )
    return Fusion(FUSED, DESCRIBED, centre, empty.scale, middle, empty.described_scale, found.x.reshape(shape))


def fit_trees(lists: Lists, weight: Doubles, fusion: Fusion, params: RankParams) -> str:
    """LightGBM's text of the lambdarank trees that start from the fusion's scores; empty where there are no rounds."""
    if params.rounds == 0:
        return ""
    every = lists.candidates
    gains = np.rint(lists.gain).astype(int)
    data = lgb.Dataset(
        tree_matrix(every),
        label=gains,
        group=np.diff(every.start),
        init_score=fusion.contributions(every).sum(axis=1),
        weight=(weight / weight.mean())[every.query],
    )
    settings = {
        "objective": "lambdarank",
        "label_gain": list(range(int(gains.max(initial=1)) + 1)),
        "lambdarank_truncation_level": CUTOFF,
        "learning_rate": params.learning_rate,
        "num_leaves": params.num_leaves,
        "min_data_in_leaf": params.min_child_samples,
        "lambda_l2": params.reg_lambda,
        "feature_fraction": params.feature_fraction,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "monotone_constraints": [int(name in RISING) for name in (*PAIR_COLUMNS, *QUERY_COLUMNS)],
        "seed": params.seed,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    return str(lgb.train(settings, data, params.rounds).model_to_string())


def task_weights(sizes: Sequence[int]) -> Doubles:
    """Of each query: a task counts with the square root of its queries."""
    return np.concatenate([np.full(size, size**-0.5) for size in sizes if size] or [np.empty(0)])


def fit_ranker(
    parts: Sequence[Lists], params: RankParams, encoder_digest: str | None, data_digest: str, code: str
) -> Ranker:
    """Fusion and trees of the lists of several tasks."""
    rng = np.random.default_rng(params.seed)
    drawn = []
    for one in parts:
        size = len(one.ideal)
        chosen = np.sort(rng.permutation(size)[: params.queries_a_task])
        drawn.append((one if len(chosen) == size else one.of(chosen)).pruned(params.kept))
    every, weight = join(drawn), task_weights([len(one.ideal) for one in drawn])
    fusion = fit_fusion(every, weight, params)
    return Ranker("1", encoder_digest, data_digest, code, fusion, fit_trees(every, weight, fusion, params))


def _by_query(values: Doubles, start: npt.NDArray[np.int64], filled: npt.NDArray[np.bool_]) -> Doubles:
    """Sums over each query's rows; np.add.reduceat gives a query without rows its neighbour's first."""
    total = np.zeros((len(start), *values.shape[1:]))
    if filled.any():
        total[filled] = np.add.reduceat(values, start[filled], axis=0)
    return total


def _not_tiny(spread: Doubles) -> Doubles:
    return np.where(spread > 1e-6, spread, 1.0)
