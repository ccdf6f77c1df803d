"""The rows that a run of placement or of investors was tested on, so that it can be compared with any other run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.chain.hierarchy import Tree
from models.chain.investors.model import InvestorModel
from models.chain.placement import Placements
from models.comparison.rows import RunRows
from training.chain.investors import Window
from training.run_rows import EvaluationRows

Texts = npt.NDArray[np.str_]
NO_NODE, NO_NEW_INVESTOR = "on no node", "no new investor that is known"


def placement_rows(placements: Placements, truth: pd.DataFrame) -> EvaluationRows:
    """A row for each test item that is on a node, and each node of the tree.

    The gain of a node that the item is on is 1, and rows are ordered by probability, 0 for what is no candidate: so two
    runs of the same items and tree have the same rows, whatever their candidates. Items on no node are left out and
    counted, for a list of theirs has no right order.

    truth : item_id and node_id
    """
    tree: Tree = placements.tree
    ids = np.asarray(placements.item_id).astype(str)
    number = {item: at for at, item in enumerate(ids)}
    rows = truth[truth["item_id"].isin(number)]
    gain, probability = np.zeros((len(ids), len(tree))), np.zeros((len(ids), len(tree)))
    gain[rows["item_id"].map(number), tree.numbers(rows["node_id"])] = 1.0
    probability[np.repeat(np.arange(len(ids)), np.diff(placements.start)), placements.node] = placements.probability
    on = gain.any(axis=1)
    found = _ranking(ids[on], ids[on], np.asarray(tree.ids, dtype=str), gain[on], probability[on])
    return EvaluationRows(found, {NO_NODE: int((~on).sum())} if not on.all() else {})


def investor_rows(model: InvestorModel, tested: Sequence[Window]) -> EvaluationRows:
    """A row for each firm of the test windows and each investor known on the window's first day.

    The gain of an investor that is new to the firm within the window is 1; investors that the firm has already are no
    rows. A firm of several windows is resampled as one.
    """
    parts = []
    for one in tested:
        scores, allowed = model.scores(one.past, one.query)
        firms = one.past.funding.firm_ids[one.firms].astype(str)
        queries = np.array([f"{firm} {one.past.day}" for firm in firms], dtype=str)
        names = one.past.funding.investors[one.past.investors].astype(str)
        made = _ranking(firms, queries, names, one.funded.astype(float), scores)
        parts.append(made.take(np.flatnonzero(allowed.ravel())))
    left_out = sum(one.others for one in tested)
    return EvaluationRows(_joined(parts), {NO_NEW_INVESTOR: left_out} if left_out else {})


def _ranking(
    firms: Texts, queries: Texts, documents: Texts, gain: npt.NDArray[np.float64], score: npt.NDArray[np.float64]
) -> RunRows:
    """Rows of queries, each with every document; gain and score of shape (queries, documents).

    A query is kept as its number among all, for a run keeps no name of a firm.
    """
    n = len(documents)
    return RunRows(
        firm=np.repeat(firms, n),
        outcome=gain.ravel(),
        prediction=np.asarray(score, dtype=float).ravel(),
        weight=np.ones(gain.size),
        kind="ranking",
        key=np.array([f"{one} {document}" for one in queries for document in documents], dtype=str),
        extras={"query": np.repeat(np.unique(queries, return_inverse=True)[1], n)},
    )


def _joined(parts: Sequence[RunRows]) -> RunRows:
    """The rows of several windows as one; the queries of a later window are numbered on from the earlier ones."""

    def whole(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(one, name) for one in parts])

    queries = [one.extras["query"] for one in parts]
    before = np.cumsum([0, *(int(one.max()) + 1 for one in queries)])
    numbered = np.concatenate([one + first for one, first in zip(queries, before[:-1], strict=True)])
    return RunRows(
        firm=whole("firm"),
        outcome=whole("outcome"),
        prediction=whole("prediction"),
        weight=whole("weight"),
        kind="ranking",
        key=whole("key"),
        extras={"query": numbered},
    )
