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
from models.matching.confidence import Confidence
from models.matching.library import Encoder, Library
from models.matching.ranker import Doubles, Ranker, order_of
from training.matching.confidence import ConfidenceParams, fit_confidence, join_shown
from training.matching.evaluate import brier, calibration_slope, expected_calibration_error, ndcg
from training.matching.folder import Part
from training.matching.fusion import Lists, RankParams, fit_ranker
from training.matching.shown import shown, shown_after, unanswerable
from training.matching.strange import strange_queries

LEAST_TASKS = 3  # to leave one out
STRANGE, STRANGE_OF_QUERIES = 60, 0.5  # strange queries of a task; where not all suppliers are known, of its queries
STRANGE_SEED = 7
NOT_JUDGED = -2.0  # the gain of a firm of which nothing is known


@dataclass(frozen=True)
class Prepared:
    """One part with its library and candidates.

    firm  : number in the library of each document of the part; -1 where the document has no word
    known : of each row of ``lists``, the probability with which its relevance would be known if it is relevant
    strange : candidates of queries that nobody can answer
    partly_judged : whether a firm that is not judged may be relevant: then only judged firms teach the order
    """

    part: Part
    library: Library
    vectors: npt.NDArray[np.float32] | None
    firm: npt.NDArray[np.int64]
    lists: Lists
    known: Doubles
    strange: Lists
    partly_judged: bool = False
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
                relevant: then one that is not judged may be. Else each document is a firm, and one that is not judged
                counts as not relevant
    query_facts     : district and as_of of the queries; firms : facts of the firms
    """
    library = Library.prepare(as_documents(part) if documents is None else documents, encoder, firms)
    texts = part.queries["text"].tolist()
    vectors = None if encoder is None else encoder.encode([clean_text(text) for text in texts], "query")
    firm = pd.Index(library.firms["enterprise_id"]).get_indexer(part.documents["doc_id"]).astype(np.int64)
    candidates = candidates_of(library, texts, vectors, query_facts)
    gain, known = known_gains(part, candidates, firm, 0.0 if documents is None else NOT_JUDGED)
    ideal = [sorted(gains.values(), reverse=True) for gains in part.gains()]
    groups = np.array([f"{part.task}:{one}" for one in part.queries["group"]], dtype=object)
    lists = Lists(candidates, gain, ideal, groups)
    partly = documents is not None
    odd = strange_queries(max(STRANGE, round(STRANGE_OF_QUERIES * len(texts))) if partly else STRANGE, STRANGE_SEED)
    of_odd = candidates_of(library, odd, None if encoder is None else encoder.encode(odd, "query"))
    names = np.array([f"{part.task}:strange {number}" for number in range(len(odd))], dtype=object)
    return Prepared(part, library, vectors, firm, lists, known, unanswerable(of_odd, names), partly, query_facts)


def known_gains(
    part: Part, candidates: Candidates, firm: npt.NDArray[np.int64], else_gain: float
) -> tuple[Doubles, Doubles]:
    """Gain and ``known`` of each candidate: as the part judges it, or ``else_gain`` and 1."""
    gain, known = np.full(len(candidates.firm), else_gain), np.ones(len(candidates.firm))
    judged: list[dict[int, tuple[float, float]]] = [{} for _ in range(len(part.queries))]
    columns = part.judged[["query", "document", "relevance", "known"]]
    for query, document, value, share in columns.itertuples(index=False):
        judged[query][firm[document]] = value, share
    for row, (query, one) in enumerate(zip(candidates.query, candidates.firm, strict=True)):
        if one in judged[query]:
            gain[row], known[row] = judged[query][one]
    return gain, known


def known_only(lists: Lists) -> Lists:
    """Without the candidates of which nothing is known."""
    kept = lists.gain >= 0
    return lists if kept.all() else Lists(of_rows(lists.candidates, kept), lists.gain[kept], lists.ideal, lists.group)


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
    lessons = [known_only(one.lists) for one in parts]
    ranker = learn(lessons)
    folds = [group_folds(one.lists.group, confidence.folds, confidence.seed) for one in parts]
    crossed = [np.zeros(len(one.lists.gain)) for one in parts]
    # Who is not known to be a supplier cannot be taken out: then nothing is learned of libraries without suppliers.
    removed = [] if any(one.partly_judged for one in parts) else [without_suppliers(one) for one in parts]
    crossed_removed = [np.zeros(len(one.firm)) for one in removed]
    for fold in range(confidence.folds):
        progress(f"cross-fitting, fold {fold + 1} of {confidence.folds}")
        part_of = [one.of(np.flatnonzero(mine != fold)) for one, mine in zip(lessons, folds, strict=True)]
        held = learn([one for one in part_of if len(one.ideal)])
        for number, one in enumerate(parts):
            rows = (folds[number] == fold)[one.lists.candidates.query]
            crossed[number][rows] = held.scores(one.lists.candidates)[rows]
            if removed:
                rows = (folds[number] == fold)[removed[number].query]
                crossed_removed[number][rows] = held.scores(removed[number])[rows]
    progress("probabilities and thresholds")
    lists, known = [one.lists for one in parts], [one.known for one in parts]
    whole = join_shown([shown(one, score, share) for one, score, share in zip(lists, crossed, known, strict=True)])
    gone = [
        shown(unanswerable(left, one.group), score)
        for one, left, score in zip(lists if removed else (), removed, crossed_removed, strict=True)
    ]
    strange = [shown(one.strange, ranker.scores(one.strange.candidates)) for one in parts]
    made, first = fit_confidence(
        whole,
        join_shown(gone) if gone else whole.of(np.arange(0)),
        join_shown(strange),
        shown_after(lists, crossed, known),
        confidence,
    )
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
        ranker = learn([known_only(other.lists) for place, other in enumerate(parts) if place != number])
        lists = known_only(one.lists)
        figures[one.part.task] = float(ndcg_of(lists, ranker.scores(lists.candidates)).mean())
    return figures


def ndcg_of(lists: Lists, scores: Doubles) -> Doubles:
    """nDCG@10 by query."""
    orders = order_of(scores, lists.candidates)
    gain = np.maximum(lists.gain, 0.0)
    return np.array([ndcg(gain[order].tolist(), ideal) for order, ideal in zip(orders, lists.ideal, strict=True)])


def group_folds(group: npt.NDArray[np.object_], count: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each query; a group is in one fold."""
    code, names = pd.factorize(group)
    return np.asarray(np.random.default_rng(seed).permutation(len(names)) % count)[code]


def _task_figures(
    parts: Sequence[Prepared], crossed: Sequence[Doubles], first: Doubles
) -> dict[str, dict[str, float | None]]:
    figures: dict[str, dict[str, float | None]] = {}
    before = 0
    for one, score in zip(parts, crossed, strict=True):
        found = shown(one.lists, score, one.known)
        target = found.hit / found.hit_known
        p = first[before : before + len(target)]
        before += len(target)
        row = {
            "queries": float(len(target)),
            "ndcg_10": float(ndcg_of(known_only(one.lists), score[one.lists.gain >= 0]).mean()),
            "first_relevant": float(target.mean()),
            "mean_probability": float(p.mean()),
            "ece": expected_calibration_error(p, target),
            "brier": float(brier(p, target).mean()),
            "slope": calibration_slope(p, target),
        }
        figures[one.part.task] = {name: value if np.isfinite(value) else None for name, value in row.items()}
    return figures
