"""Matching before the checks: firms are found for their own description, and only the same lists are compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.comparison.metrics import Profit, metrics_table
from models.comparison.rows import RowsError, RunRows
from models.matching.answer import Matcher
from models.matching.columns import EVERY_LEG, QUERY_COLUMNS
from models.matching.confidence import CONFIDENCE_COLUMNS, Confidence, Head
from models.matching.library import Library
from models.matching.ranker import Fusion, Ranker
from training.promotion.matching import matching_challenger, matching_rows

METRICS = metrics_table(Profit(0.045, 0.4))
PERIOD = (date(2023, 1, 1), date(2023, 12, 31))
TRADES = ("激光焊接", "水泵密封", "电池回收", "无人机避障", "机床主轴", "图像识别", "污水处理", "药物缓释")


def matcher(sign: float) -> Matcher:
    """A library of words alone, ranked by all its legs; with the sign -1 the least like comes first."""
    rows = [
        (f"{trade}-{copy}-{kind}", f"firm-{trade}-{copy}", kind, "", f"{trade}的{kind}，型号{copy}{trade[::-1]}")
        for trade in TRADES
        for copy in range(5)
        for kind in ("patent", "product")
    ]
    documents = pd.DataFrame(rows, columns=["document_id", "enterprise_id", "kind", "title", "text"])
    library = Library.prepare(documents.assign(date=pd.Timestamp("2023-01-01")), None)
    names = tuple(f"{leg}_z" for leg in EVERY_LEG)
    count = len(names)
    weights = np.column_stack([np.full(count, 0.4 * sign), np.zeros(count)])
    fusion = Fusion(
        names, (QUERY_COLUMNS[0],), np.zeros(count), np.ones(count), np.zeros(1), np.ones(1), weights
    )  # fmt: skip
    heads = len(CONFIDENCE_COLUMNS)
    head = Head(np.zeros(heads), np.ones(heads), np.zeros(heads + 2 * len(QUERY_COLUMNS)), 0.0)
    confidence = Confidence(head, head, (1.0, 0.5), {0.4: 0.0}, 0.3, 0.9)
    return Matcher(None, library, Ranker("1", None, "d", "c", fusion), confidence, 0.4)


def lists(seed: int, gain: float) -> RunRows:
    """Ten firms for each of thirty demands, one of them relevant."""
    rng = np.random.default_rng(seed)
    query = np.repeat(np.arange(30), 10)
    relevant = np.tile(np.arange(10) == 0, 30).astype(float)
    return RunRows(
        firm=query.astype(str),
        outcome=relevant,
        prediction=rng.normal(size=300) + gain * relevant,
        weight=np.ones(300),
        kind="ranking",
        key=np.arange(300).astype(str),
        extras={"query": query},
    )


@pytest.mark.behaviour
def test_a_ranker_that_puts_the_unlike_first_breaks_the_behaviour():
    right, wrong = ({one.name: one.beyond for one in matching_challenger(matcher(sign), 1).behaviours}
                    for sign in (1.0, -1.0))  # fmt: skip
    assert right == {"first_found": 0.0, "other_rows": 0.0}
    assert wrong["first_found"] > 0.5


@pytest.mark.law
def test_only_the_same_lists_are_compared():
    """By key, in whatever order; without a champion the list without an order is the one to beat."""
    one, other = lists(1, 1.0), lists(2, 2.0)
    mixed = other.take(np.random.default_rng(3).permutation(300))
    rows = matching_rows(one, mixed, METRICS, PERIOD)
    assert rows.challenger.prediction.tolist() == other.prediction.tolist()
    assert (rows.metric.name, rows.period) == ("ndcg", PERIOD)
    first = matching_rows(None, one, METRICS, PERIOD)
    assert set(first.champion.prediction) == {0.0}
    fewer = other.take(np.arange(290))
    with pytest.raises(RowsError, match="the same rows"):
        matching_rows(one, fewer, METRICS, PERIOD)
    with pytest.raises(RowsError, match="outcome"):
        matching_rows(one, replace(other, outcome=other.outcome[::-1]), METRICS, PERIOD)
