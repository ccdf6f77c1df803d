"""Peers of matching on one part: each gives every document a score for every query.

BM25 on jieba's words and character TF-IDF over whole documents; the encoder as it comes, by a document's best passage;
reciprocal rank fusion (k 60) of the first two and of all three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from features.matching import clean_text
from models.matching.lexical import WordLeg
from models.matching.library import Encoder
from training.matching.fit import Prepared

Floats = npt.NDArray[np.float32]
K = 60.0
CHUNK = 256
LEXICAL = ("bm25", "tfidf")
PEERS = ("bm25", "tfidf", "rrf_lexical", "encoder", "rrf_all")


def peer_scores(one: Prepared, untuned: Encoder | None) -> Iterator[tuple[slice, Mapping[str, Floats]]]:
    """Scores by peer of a chunk of queries, shape (queries, documents of the part)."""
    documents, queries = one.part.documents["text"].tolist(), one.part.queries["text"].tolist()
    words = WordLeg.fit(documents)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
    known = vectorizer.fit_transform(documents).T.tocsr()
    dense = None if untuned is None else _passages(one, untuned)
    for begin in range(0, len(queries), CHUNK):
        rows = slice(begin, begin + CHUNK)
        texts = queries[rows]
        found: dict[str, Floats] = {
            "bm25": words.scores(texts),
            "tfidf": np.asarray((vectorizer.transform(texts) @ known).toarray(), dtype=np.float32),
        }
        found["rrf_lexical"] = fused([found[name] for name in LEXICAL])
        if dense is not None and untuned is not None:
            passages = untuned.encode([clean_text(text) for text in texts], "query") @ dense.T
            best = np.maximum.reduceat(passages, one.library.firm_start[:-1], axis=1)
            mine = np.where(one.firm >= 0, best[:, one.firm], -1.0).astype(np.float32)
            found["encoder"] = mine
            found["rrf_all"] = fused([found[name] for name in (*LEXICAL, "encoder")])
        yield rows, found


def fused(scores: list[Floats]) -> Floats:
    """Reciprocal rank fusion: the sum of 1 / (60 + rank)."""
    total = np.zeros(scores[0].shape, dtype=np.float32)
    for one in scores:
        order = np.argsort(-one, axis=1, kind="stable")
        rank = np.empty(one.shape, dtype=np.float32)
        np.put_along_axis(rank, order, np.arange(1, one.shape[1] + 1, dtype=np.float32)[None, :], axis=1)
        total += 1.0 / (K + rank)
    return total


def _passages(one: Prepared, untuned: Encoder) -> Floats:
    if untuned.digest == one.library.encoder_digest and one.library.vectors is not None:
        return one.library.vectors
    return untuned.encode(one.library.passages["text"].tolist(), "passage")
