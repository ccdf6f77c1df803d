"""The ranker's search: each block of groups ranked by rankers of earlier groups; columns are prepared once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.matching.confidence import ConfidenceParams, fit_head, join_shown
from training.matching.evaluate import expected_calibration_error
from training.matching.fit import known_only, ndcg_of
from training.matching.fusion import Lists, RankParams, fit_ranker
from training.matching.shown import shown
from training.tuning.objectives import Figures, mean_over, spread_over
from training.tuning.problem import Axis, HeldOut, OfSection, TuningError, Values

Floats = npt.NDArray[np.float64]
Queries = npt.NDArray[np.int64]
BLOCKS = 5  # of groups, of as many queries as groups allow; the first only teaches
LEAST_QUERIES = 20  # of a block
SPACE: Mapping[str, Axis] = {
    "fusion_l2": Axis(1e-5, 0.1),
    "interaction_l2": Axis(1e-3, 10.0),
    "rounds": Axis(0, 120, whole=True, even=True),
    "learning_rate": Axis(0.02, 0.2),
    "num_leaves": Axis(3, 31, whole=True),
    "min_child_samples": Axis(20, 400, whole=True),
    "reg_lambda": Axis(0.1, 100.0),
    "feature_fraction": Axis(0.2, 1.0),
}


@dataclass(frozen=True)
class MatchingProblem(OfSection[RankParams]):
    """Lists of candidates with their gains, and the queries of each block in order of time.

    known : of each candidate, the probability with which its relevance would be known, as in ``Prepared``
    """

    lists: Lists
    known: Floats
    queries: Sequence[Queries]
    params: RankParams
    confidence: ConfidenceParams

    capability = "matching"
    space = SPACE
    section = "matching_ranking"

    @property
    def blocks(self) -> Sequence[str]:
        """The blocks of groups that are predicted."""
        return [f"groups {number + 1} of {len(self.queries)}" for number in range(1, len(self.queries))]

    def hold_out(self, values: Values, block: int) -> HeldOut:
        """Scores of the candidates of a block's queries; prediction is nDCG@10 of those of known gain, one a query.

        outcome : 1 of each query, the best nDCG; group : number of the query; size : leaves of the trees
        """
        teaches, later = np.concatenate(self.queries[: block + 1]), self.queries[block + 1]
        ranker = fit_ranker([known_only(self.lists.of(teaches))], self.with_values(values), None, "", "")
        lists = self.lists.of(later)
        scores = ranker.scores(lists.candidates)
        leaves = (
            0 if ranker.booster is None else sum(one["num_leaves"] for one in ranker.booster.dump_model()["tree_info"])
        )
        found = ndcg_of(known_only(lists), scores[lists.gain >= 0])
        return HeldOut(np.ones(len(later)), found, scores, lists.candidates.query, float(leaves))

    def loss(self, part: HeldOut) -> float:
        """1 less the mean nDCG@10."""
        return 1.0 - float(part.prediction.mean())

    def figures(self, parts: Sequence[HeldOut]) -> Figures:
        """nDCG@10, calibration error of the probability that the first firm is relevant, spread, leaves.

        That probability is of the head that confidence uses, fitted on the held-out orders and cross-fitted by group.
        """
        each, cases = [float(one.prediction.mean()) for one in parts], [len(one.outcome) for one in parts]
        own = self.lists.candidates.query
        every = join_shown(
            [
                shown(self.lists.of(rows), one.score, self.known[np.isin(own, rows)])
                for rows, one in zip(self.queries[1:], parts, strict=False)
            ]
        )
        target = every.hit / every.hit_known
        _, p = fit_head(every.columns, target, every.group, every.weight, self.confidence)
        return Figures(
            mean_over(each, cases),
            expected_calibration_error(p, target),
            spread_over(each),
            float(np.mean([one.size for one in parts])),
        )


def matching_problem(
    lists: Lists, known: Floats, as_of: pd.Series, params: RankParams, confidence: ConfidenceParams
) -> MatchingProblem:
    """The search over the queries of ``lists``; as_of : their days.

    raises : TuningError where a block has fewer than LEAST_QUERIES queries
    """
    blocks = group_blocks(lists.group, as_of, BLOCKS)
    if min(map(len, blocks)) < LEAST_QUERIES:
        sizes = [len(one) for one in blocks]
        raise TuningError(f"matching: blocks of {sizes} queries by group; each needs at least {LEAST_QUERIES}")
    return MatchingProblem(lists, known, blocks, params, confidence)


def group_blocks(group: npt.NDArray[np.object_], as_of: pd.Series, count: int) -> list[Queries]:
    """Queries of each block: groups in the order of their last day, cut where a block has its share of the queries."""
    code, names = pd.factorize(group)
    last = pd.Series(pd.to_datetime(as_of).to_numpy()).groupby(code).max().reindex(range(len(names)))
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.lexsort((names.astype(str), last.to_numpy()))] = np.arange(len(names))
    sizes = np.bincount(rank[code], minlength=len(names))
    before = np.cumsum(sizes) - sizes / 2.0
    block = np.minimum((before / max(len(group), 1) * count).astype(int), count - 1)[rank[code]]
    return [np.flatnonzero(block == one).astype(np.int64) for one in range(count)]
