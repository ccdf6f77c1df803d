"""The ranker and the confidence of matching from the dev splits of text tasks, with their cross-fitted figures.

The encoder has learned the train splits, so what weighs its cosines against words must be learned elsewhere: on dev.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.matching import clean_text
from models.matching.columns import Candidates, candidates_of
from models.matching.confidence import Confidence, confidence_columns
from models.matching.library import Encoder, Library
from models.matching.ranker import Doubles, Ranker, order_of
from training.matching.confidence import ConfidenceParams, Shown, fit_confidence, join_shown
from training.matching.evaluate import brier, calibration_slope, expected_calibration_error, ndcg
from training.matching.folder import Part
from training.matching.fusion import Lists, RankParams, fit_ranker

LEAST_TASKS = 3  # to leave one out


@dataclass(frozen=True)
class Prepared:
    """One part with its library and candidates.

    firm        : number in the library of each document of the part; -1 where the document has no word
    judged_only : whether only judged firms are candidates
    """

    part: Part
    library: Library
    vectors: npt.NDArray[np.float32] | None
    firm: npt.NDArray[np.int64]
    lists: Lists
    judged_only: bool = False
    query_facts: pd.DataFrame | None = None


@dataclass(frozen=True)
class FittedMatching:
    """Ranker, confidence, and what leaving groups and tasks out showed of them.

    crossed : by part, each candidate's score by a ranker that had not seen its group
    """

    ranker: Ranker
    confidence: Confidence
    report: dict[str, Any]
    crossed: Sequence[Doubles]


def as_documents(part: Part) -> pd.DataFrame:
    """The part's documents as a library wants them: each its own firm."""
    return pd.DataFrame(
        {
            "document_id": part.documents["doc_id"],
            "enterprise_id": part.documents["doc_id"],
            "kind": "document",
            "title": "",
            "text": part.documents["text"],
            "date": None,
        }
    )


def prepare(
    part: Part,
    encoder: Encoder | None,
    documents: pd.DataFrame | None = None,
    query_facts: pd.DataFrame | None = None,
    firms: pd.DataFrame | None = None,
) -> Prepared:
    """Library, query vectors and candidates of one part.

    documents : of the firms that the part's documents are, where a firm has several, and outcomes alone say who is
                relevant: then only judged firms are candidates. Else each document is a firm, and one that is not
                judged counts as not relevant
    query_facts     : district and as_of of the queries; firms : facts of the firms
    """
    library = Library.prepare(as_documents(part) if documents is None else documents, encoder, firms)
    texts = part.queries["text"].tolist()
    vectors = None if encoder is None else encoder.encode([clean_text(text) for text in texts], "query")
    firm = pd.Index(library.firms["enterprise_id"]).get_indexer(part.documents["doc_id"]).astype(np.int64)
    return Prepared(
        part,
        library,
        vectors,
        firm,
        as_lists(part, candidates_of(library, texts, vectors, query_facts), firm, documents is not None),
        documents is not None,
        query_facts,
    )


def as_lists(part: Part, candidates: Candidates, firm: npt.NDArray[np.int64], judged_only: bool = False) -> Lists:
    """Candidates with the gains that the part's judgements give them; only the judged ones where so query_facts."""
    gain = np.zeros(len(candidates.firm))
    kept = np.full(len(gain), not judged_only)
    every = part.gains()
    judged: list[dict[int, float]] = [{} for _ in every]
    for query, document, value in part.judged.itertuples(index=False):
        judged[query][firm[document]] = value
    for query, named in enumerate(judged):
        rows = slice(candidates.start[query], candidates.start[query + 1])
        gain[rows] = [named.get(one, 0.0) for one in candidates.firm[rows]]
        if judged_only:
            kept[rows] = [one in named for one in candidates.firm[rows]]
    ideal = [sorted(gains.values(), reverse=True) for gains in every]
    groups = np.array([f"{part.task}:{one}" for one in part.queries["group"]], dtype=object)
    return Lists(of_rows(candidates, kept), gain[kept], ideal, groups)


def of_rows(candidates: Candidates, kept: npt.NDArray[np.bool_]) -> Candidates:
    """Some of the candidates, of the same queries."""
    start = np.concatenate([[0], np.cumsum(kept)])[candidates.start]
    every = candidates
    return Candidates(start, every.firm[kept], every.passage[kept], every.columns[kept], every.queries)


def without_suppliers(one: Prepared) -> Candidates:
    """Candidates of the same queries in a library that has none of their relevant firms."""
    removed = [one.firm[list(gains)] for gains in one.part.gains()]
    return candidates_of(one.library, one.part.queries["text"].tolist(), one.vectors, one.query_facts, removed)


def fit(
    parts: Sequence[Prepared],
    ranking: RankParams,
    confidence: ConfidenceParams,
    encoder_digest: str | None,
    data_digest: str,
    code: str,
    progress: Callable[[str], None] = lambda _: None,
) -> FittedMatching:
    """Fit on all parts; orders that the confidence learns from are those of rankers that had not seen the group.

    raises : ValueError where there is no query
    """
    if not sum(len(one.lists.ideal) for one in parts):
        raise ValueError("no task has a query to learn from")

    def learn(lists: Sequence[Lists]) -> Ranker:
        return fit_ranker(lists, ranking, encoder_digest, data_digest, code)

    progress("fusion and trees")
    ranker = learn([one.lists for one in parts])
    folds = [group_folds(one.lists.group, confidence.folds, confidence.seed) for one in parts]
    crossed = [np.zeros(len(one.lists.gain)) for one in parts]
    # Who is not known to be a supplier cannot be taken out: then nothing is learned of libraries without suppliers.
    removed = [] if any(one.judged_only for one in parts) else [without_suppliers(one) for one in parts]
    crossed_removed = [np.zeros(len(one.firm)) for one in removed]
    for fold in range(confidence.folds):
        progress(f"cross-fitting, fold {fold + 1} of {confidence.folds}")
        part_of = [one.lists.of(np.flatnonzero(mine != fold)) for one, mine in zip(parts, folds, strict=True)]
        held = learn([one for one in part_of if len(one.ideal)])
        for number, one in enumerate(parts):
            rows = (folds[number] == fold)[one.lists.candidates.query]
            crossed[number][rows] = held.scores(one.lists.candidates)[rows]
            if removed:
                rows = (folds[number] == fold)[removed[number].query]
                crossed_removed[number][rows] = held.scores(removed[number])[rows]
    progress("probabilities and thresholds")
    whole = [shown(one, score) for one, score in zip((one.lists for one in parts), crossed, strict=True)]
    gone = [
        shown(Lists(left, np.zeros(len(left.firm)), one.lists.ideal, one.lists.group), score)
        for one, left, score in zip(parts if removed else (), removed, crossed_removed, strict=True)
    ]
    later = _later([one.lists for one in parts], crossed)
    every = join_shown(whole)
    made, first = fit_confidence(every, join_shown(gone) if gone else every.of(np.arange(0)), later, confidence)
    report = {
        "tasks": _task_figures(parts, crossed, first),
        "thresholds": {f"{rate:g}": least for rate, least in made.thresholds.items()},
        "left_out": leave_one_task_out(parts, learn, progress) if len(parts) >= LEAST_TASKS else None,
    }
    return FittedMatching(ranker, made, report, crossed)


def leave_one_task_out(
    parts: Sequence[Prepared], learn: Callable[[Sequence[Lists]], Ranker], progress: Callable[[str], None]
) -> dict[str, float]:
    """nDCG@10 of each task by a ranker that learned from the other tasks alone."""
    figures = {}
    for number, one in enumerate(parts):
        progress(f"without {one.part.task}")
        ranker = learn([other.lists for place, other in enumerate(parts) if place != number])
        figures[one.part.task] = float(ndcg_of(one.lists, ranker.scores(one.lists.candidates)).mean())
    return figures


def ndcg_of(lists: Lists, scores: Doubles) -> Doubles:
    """nDCG@10 by query."""
    orders = order_of(scores, lists.candidates)
    gain = np.maximum(lists.gain, 0.0)
    return np.array([ndcg(gain[order].tolist(), ideal) for order, ideal in zip(orders, lists.ideal, strict=True)])


def shown(lists: Lists, scores: Doubles) -> Shown:
    """What the confidence learns from the order that ``scores`` give."""
    orders = order_of(scores, lists.candidates)
    count = len(orders)
    task = np.array([str(one).split(":", 1)[0] for one in lists.group], dtype=object)
    return Shown(
        confidence_columns(lists.candidates, scores),
        np.array([bool(len(order)) and lists.gain[order[0]] > 0 for order in orders]),
        np.array([(lists.gain[order[:3]] > 0).any() for order in orders]),
        lists.group,
        task,
        np.full(count, max(count, 1) ** -0.5),
    )


def group_folds(group: npt.NDArray[np.object_], count: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each query; a group is in one fold."""
    code, names = pd.factorize(group)
    return np.asarray(np.random.default_rng(seed).permutation(len(names)) % count)[code]


def _later(
    lists: Sequence[Lists], scores: Sequence[Doubles]
) -> tuple[Doubles, Doubles, Doubles, npt.NDArray[np.bool_]]:
    gap, rank, query, hit, before = [], [], [], [], 0
    for one, score in zip(lists, scores, strict=True):
        for number, order in enumerate(order_of(score, one.candidates)):
            rows = order[1:10]
            gap.append(score[order[0]] - score[rows] if len(order) else np.empty(0))
            rank.append(np.arange(2.0, 2.0 + len(rows)))
            query.append(np.full(len(rows), before + number))
            hit.append(one.gain[rows] > 0)
        before += len(one.ideal)
    return np.concatenate(gap), np.concatenate(rank), np.concatenate(query).astype(float), np.concatenate(hit)


def _task_figures(
    parts: Sequence[Prepared], crossed: Sequence[Doubles], first: Doubles
) -> dict[str, dict[str, float | None]]:
    figures: dict[str, dict[str, float | None]] = {}
    before = 0
    for one, score in zip(parts, crossed, strict=True):
        found = shown(one.lists, score)
        p = first[before : before + len(found.hit)]
        before += len(found.hit)
        row = {
            "queries": float(len(found.hit)),
            "ndcg_10": float(ndcg_of(one.lists, score).mean()),
            "first_relevant": float(found.hit.mean()),
            "ece": expected_calibration_error(p, found.hit),
            "brier": float(brier(p, found.hit).mean()),
            "slope": calibration_slope(p, found.hit),
        }
        figures[one.part.task] = {name: value if np.isfinite(value) else None for name, value in row.items()}
    return figures
