"""What the checks read of matching: where firms are found, and lists of demands whose ranker had not seen them.

Its held-out rows are those that the run kept: each demand's firms, ordered by a ranker that was made without the
demand's group. Runs of other records have other rows and cannot be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd

from features.matching import clean_text
from models.comparison.metrics import Metric
from models.comparison.rows import Floats, RunRows, paired_rows
from models.matching.answer import Matcher
from models.matching.columns import candidates_of
from models.matching.ranker import order_of
from training.promotion.checks import Behaviour
from training.promotion.spending import Period
from training.promotion.verdict import Challenger, OutOfTime

FIRST, FOUND_SHARE = 10, 0.9  # places of a list, and share of firms that are in them for their own description
FIRMS = 40  # that are looked for


def matching_challenger(matcher: Matcher, seed: int) -> Challenger:
    """A matching over the library at hand. It has no columns of declared direction, and none to drift."""
    passages = matcher.library.passages
    own = passages.groupby("enterprise_id", sort=True)["text"].agg("。".join)
    chosen = own.sample(min(FIRMS, len(own)), random_state=seed)
    texts = chosen.tolist()
    together, milliseconds = _places(matcher, texts, chosen.index.tolist())
    alone = np.concatenate(
        [_places(matcher, [text], [firm])[0] for text, firm in zip(texts, chosen.index, strict=True)]
    )
    return Challenger(
        training={},
        population={},
        predict=lambda matrix: matrix[:, 0],
        matrix=np.empty((0, 0)),
        names=(),
        signs=(),
        behaviours=[
            Behaviour("first_found", np.array([(together < FIRST).mean() - FOUND_SHARE]), low=0.0),
            Behaviour("other_rows", alone - together, 0.0, 0.0),
        ],
        milliseconds=milliseconds,
    )


def _places(matcher: Matcher, texts: Sequence[str], firms: Sequence[str]) -> tuple[Floats, list[float]]:
    """Of each text the place of its firm, from 0 on (the number of firms where it is not there); and its time."""
    started = perf_counter()
    vectors = None if matcher.encoder is None else matcher.encoder.encode([clean_text(text) for text in texts], "query")
    facts = pd.DataFrame({"as_of": [None] * len(texts), "district": None})
    candidates = candidates_of(matcher.library, list(texts), vectors, facts)
    orders = order_of(matcher.ranker.scores(candidates), candidates)
    taken = 1_000 * (perf_counter() - started) / len(texts)
    numbers = pd.Index(matcher.library.firms["enterprise_id"]).get_indexer(pd.Index(firms))
    places = []
    for order, number in zip(orders, numbers, strict=True):
        found = np.flatnonzero(candidates.firm[order] == number)
        places.append(float(found[0]) if len(found) else float(len(matcher.library.firms)))
    return np.array(places), [taken]


def matching_rows(
    champion: RunRows | None, challenger: RunRows, metrics: Mapping[str, Metric], period: Period
) -> OutOfTime:
    """Both runs' lists; without a champion, one without an order. Raises RowsError for other lists."""
    if champion is None:
        champion = replace(challenger, prediction=np.zeros(len(challenger)))
    own = paired_rows(champion, challenger)
    return OutOfTime(champion, own, metrics["ndcg"], None, {"stage": np.full(len(own), "", dtype=object)}, period)
