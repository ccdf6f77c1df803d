"""Ours and the peers on one part: figures by query, probabilities, and the rankings as a TREC run file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.benchmarks.matching.peers import peer_scores
from experiments.benchmarks.matching.query_wording import across_languages, shared_pairs
from experiments.benchmarks.matching.simple_confidence import simple_columns
from experiments.benchmarks.matching.unseen import is_unseen
from models.matching.columns import Candidates
from models.matching.confidence import Confidence, confidence_columns
from models.matching.library import Encoder
from models.matching.ranker import Doubles, Ranker, order_of
from training.matching.evaluate import Flags, pair_accuracy, ranking_figures
from training.matching.fit import prepare, without_suppliers
from training.matching.folder import Part

OURS, SHOWN = "ours", 100


@dataclass
class TaskRun:
    """One task's figures by query: rankings by name, probabilities of ours, a simple confidence's columns of TF-IDF.

    hit, any_of_three : of ours; removed : the same of a library without the query's suppliers (never right)
    unseen : no training text holds the query's wording; across : a query in Latin letters, its documents in Chinese
    shared : share of the query's character pairs that its relevant documents repeat
    """

    part: Part
    rows: dict[str, list[Mapping[str, float]]]
    pairs: dict[str, Doubles]
    first: Doubles
    any_of_three_p: Doubles
    removed_p: Doubles
    hit: Flags
    any_of_three: Flags
    simple: Doubles
    simple_removed: Doubles
    simple_right: Flags
    unseen: Flags
    across: Flags
    shared: Doubles

    @property
    def ndcg(self) -> dict[str, Doubles]:
        """nDCG@10 of each query by ranker."""
        return {name: np.array([row["ndcg_10"] for row in rows]) for name, rows in self.rows.items()}

    @property
    def group(self) -> npt.NDArray[np.object_]:
        """Of each query, with the task's name."""
        return np.array([f"{self.part.task}:{one}" for one in self.part.queries["group"]], dtype=object)

    def table(self, simple: Doubles | None, simple_removed: Doubles | None) -> pd.DataFrame:
        """One row a query, without any text: figures by ranker, probabilities, what came true.

        simple, simple_removed : TF-IDF's probability, and in a library without suppliers; NaN where not fitted
        """
        missing = np.full(len(self.hit), np.nan)
        return pd.DataFrame(
            {
                "query_id": self.part.queries["query_id"].to_numpy(),
                "group": self.group,
                "unseen": self.unseen,
                "across": self.across,
                "shared": self.shared,
                **{f"ndcg_{name}": values for name, values in self.ndcg.items()},
                "first": self.first,
                "hit": self.hit,
                "any_of_three_p": self.any_of_three_p,
                "removed_p": self.removed_p,
                "any_of_three": self.any_of_three,
                "simple_p": missing if simple is None else simple,
                "simple_removed_p": missing if simple_removed is None else simple_removed,
                "simple_right": self.simple_right,
            }
        )


def judged_part(part: Part) -> Part:
    """The part with only the documents that are judged for one of its queries."""
    used = np.unique(part.judged["document"])
    place = np.full(len(part.documents), -1)
    place[used] = np.arange(len(used))
    return Part(
        part.task,
        part.split,
        part.queries,
        part.documents.iloc[used].reset_index(drop=True),
        part.judged.assign(document=place[part.judged["document"]]),
    )


def run_task(
    part: Part,
    encoder: Encoder | None,
    untuned: Encoder | None,
    ranker: Ranker,
    confidence: Confidence,
    training: str,
    judged_only: bool,
    out: Path,
    seed: int,
) -> TaskRun:
    """Ours and the peers on one part."""
    one = prepare(part, encoder)
    candidates, lists = one.lists.candidates, one.lists
    scores = ranker.scores(candidates)
    allowed = part.judged_documents() if judged_only else None
    document = np.full(len(one.library.firms), -1)
    document[one.firm[one.firm >= 0]] = np.flatnonzero(one.firm >= 0)
    orders = order_of(scores, candidates)
    if allowed is not None:
        orders = [
            order[np.isin(document[candidates.firm[order]], mine)] for order, mine in zip(orders, allowed, strict=True)
        ]
    write_run(out.with_suffix("") / f"{part.task}.txt", part, candidates, scores, orders, document)
    gains = np.zeros((len(orders), len(part.documents)), dtype=np.float32)
    for query, known in enumerate(part.gains()):
        gains[query, list(known)] = list(known.values())
    rows: dict[str, list[Mapping[str, float]]] = {
        OURS: [
            ranking_figures(lists.gain[order].tolist(), ideal) for order, ideal in zip(orders, lists.ideal, strict=True)
        ]
    }
    full = np.full(gains.shape, scores.min(initial=0.0) - 1.0, dtype=np.float64)
    full[candidates.query, document[candidates.firm]] = scores
    pairs = {OURS: pair_accuracy(full, gains, seed)}
    simple, simple_removed, right = [], [], []
    kept: dict[str, list[npt.NDArray[np.float32]]] = {}
    for chunk, found in peer_scores(one, untuned):
        for name, matrix in found.items():
            kept.setdefault(name, []).append(matrix)
            rows.setdefault(name, [])
            for row, query in zip(matrix, range(chunk.start, chunk.start + len(matrix)), strict=True):
                order = np.argsort(-row, kind="stable")
                if allowed is not None:
                    order = order[np.isin(order, allowed[query])]
                rows[name].append(ranking_figures(gains[query, order[:SHOWN]].tolist(), lists.ideal[query]))
        matrix = found["tfidf"]
        mine = gains[chunk.start : chunk.start + len(matrix)]
        simple.append(simple_columns(matrix))
        simple_removed.append(simple_columns(np.where(mine > 0, -1.0, matrix)))
        top = np.argsort(-matrix, axis=1, kind="stable")[:, :3]
        right.append((np.take_along_axis(mine, top, axis=1) > 0).any(axis=1))
    pairs |= {name: pair_accuracy(np.vstack(parts).astype(np.float64), gains, seed) for name, parts in kept.items()}
    removed = without_suppliers(one)
    columns = confidence_columns(candidates, scores)
    return TaskRun(
        part,
        rows,
        pairs,
        confidence.first.probability(columns),
        confidence.any_of_three.probability(columns),
        confidence.any_of_three.probability(confidence_columns(removed, ranker.scores(removed))),
        np.array([bool(len(order)) and lists.gain[order[0]] > 0 for order in orders]),
        np.array([(lists.gain[order[:3]] > 0).any() for order in orders]),
        np.vstack(simple),
        np.vstack(simple_removed),
        np.concatenate(right),
        is_unseen(part.queries["text"].tolist(), training),
        across_languages(part),
        shared_pairs(part),
    )


def write_run(
    path: Path,
    part: Part,
    candidates: Candidates,
    scores: Doubles,
    orders: Sequence[npt.NDArray[np.int64]],
    document: npt.NDArray[np.int64],
) -> None:
    """The first SHOWN documents of each query in TREC's form: query Q0 document rank score tag."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names, queries = part.documents["doc_id"].tolist(), part.queries["query_id"].tolist()
    lines = [
        f"{queries[query]} Q0 {names[document[candidates.firm[row]]]} {rank} {scores[row]:.6f} {OURS}\n"
        for query, order in enumerate(orders)
        for rank, row in enumerate(order[:SHOWN], start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")
