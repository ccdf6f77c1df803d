"""What the confidence learns from: the first firms of orders that rankers made, and what is known of them.

Where outcomes alone say who is relevant, a relevant firm is known only if a list had shown it. So a hit counts one over
the probability of being known, and a miss nothing (``training.matching.logistic``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.matching.columns import Candidates
from models.matching.confidence import confidence_columns
from models.matching.ranker import Doubles, order_of
from training.matching.confidence import Shown
from training.matching.fusion import Lists

LEAST_KNOWN = 0.3  # a relevant firm that would be known more seldom counts as if it were known so often
FIRMS_SHOWN = 10  # of which the probability of relevance is learned by rank


def shown(lists: Lists, scores: Doubles, known: Doubles | None = None) -> Shown:
    """The queries of one task in the order that ``scores`` give.

    known : of each row, the probability with which its relevance would be known if it is relevant; 1 if left out
    """
    orders = order_of(scores, lists.candidates)
    count = len(orders)
    task = np.array([str(one).split(":", 1)[0] for one in lists.group], dtype=object)
    share = np.ones(len(lists.gain)) if known is None else np.maximum(known, LEAST_KNOWN)
    return Shown(
        confidence_columns(lists.candidates, scores),
        np.array([bool(len(order)) and lists.gain[order[0]] > 0 for order in orders]),
        np.array([(lists.gain[order[:3]] > 0).any() for order in orders]),
        np.array([share[order[0]] if len(order) else 1.0 for order in orders]),
        np.full(count, detection([(lists.gain[order[:3]] > 0, share[order[:3]]) for order in orders])),
        lists.group,
        task,
        np.full(count, max(count, 1) ** -0.5),
    )


def detection(firsts: Sequence[tuple[npt.NDArray[np.bool_], Doubles]]) -> float:
    """Of queries with a relevant firm among those given, the share of which at least one is known; 1 where none is.

    firsts : by query, whether each firm is known to be relevant, and the probability with which that would be known

    Given that firm i is relevant, at least one is known unless i is not and none of the others is:

        1 - (1 - known_i) * product over the others of (1 - [is known to be relevant])

    and the firms that are known stand for those that are not by 1 / known_i.
    """
    found = weight = 0.0
    for hit, share in firsts:
        for place in np.flatnonzero(hit):
            others = np.delete(hit, place).any()
            found += 1.0 / share[place] * (1.0 if others else share[place])
            weight += 1.0 / share[place]
    return found / weight if weight else 1.0


def shown_after(
    lists: Sequence[Lists], scores: Sequence[Doubles], known: Sequence[Doubles]
) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Gap to the first, rank, the query's number over all lists, and target of the firms shown after the first."""
    gap, rank, query, target, before = [], [], [], [], 0
    for one, score, share in zip(lists, scores, known, strict=True):
        for number, order in enumerate(order_of(score, one.candidates)):
            rows = order[1:FIRMS_SHOWN]
            gap.append(score[order[0]] - score[rows] if len(order) else np.empty(0))
            rank.append(np.arange(2.0, 2.0 + len(rows)))
            query.append(np.full(len(rows), float(before + number)))
            target.append((one.gain[rows] > 0) / np.maximum(share[rows], LEAST_KNOWN))
        before += len(one.ideal)
    return np.concatenate(gap), np.concatenate(rank), np.concatenate(query), np.concatenate(target)


def unanswerable(candidates: Candidates, group: npt.NDArray[np.object_]) -> Lists:
    """Candidates of queries that none of them is relevant to."""
    return Lists(candidates, np.zeros(len(candidates.firm)), [[] for _ in group], group)
