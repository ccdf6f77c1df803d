"""Whether one library gives the same lists wherever its vectors lie: memory, FAISS searched exactly, and pgvector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.matching.answer import LIBRARY, Matcher
from models.matching.columns import DEPTH, candidates_of
from models.matching.index import FaissIndex
from models.matching.library import VECTORS, Library, Meaning
from models.matching.ranked import rank_candidates
from models.matching.shared_index import IndexedMeaning, open_shared

SHOWN = 10


def same_rankings(matching: Path, texts: Sequence[str], url: str) -> dict[str, Any]:
    """Of the first ten firms of each text: lists that are the same as from memory, and how far probabilities differ.

    url : a PostgreSQL with pgvector, in which a table is made
    """
    matcher = Matcher.load(matching)
    if matcher.encoder is None or matcher.library.vectors is None:
        raise ValueError(f"{matching.name} has no encoder")
    vectors = matcher.encoder.encode(texts, "query")
    index = FaissIndex(vectors.shape[1], matcher.encoder.digest)
    index.add(np.arange(len(matcher.library.passages)), np.asarray(matcher.library.vectors))

    def bare(meaning: Meaning | None) -> Library:
        return replace(matcher.library, vectors=None, meaning=meaning)

    plain = bare(None)
    elsewhere = {
        "faiss": bare(IndexedMeaning(index, plain)),
        "pgvector": bare(open_shared(url, plain, matcher.library_digest, matching / LIBRARY / VECTORS)),
    }

    def first(library: Library) -> list[tuple[list[int], Any]]:
        found = candidates_of(library, texts, vectors, depth=DEPTH)
        lists = []
        for one in rank_candidates(matcher.ranker, matcher.confidence, found):
            rows = np.argsort(-one.score, kind="stable")[:SHOWN]
            lists.append((one.firm[rows].tolist(), one.probability[rows]))
        return lists

    here = first(matcher.library)
    figures: dict[str, Any] = {"texts": len(texts), "passages": len(matcher.library.passages)}
    for name, library in elsewhere.items():
        pairs = list(zip(here, first(library), strict=True))
        same = [a[0] == b[0] for a, b in pairs]
        apart = [float(np.abs(a[1] - b[1]).max()) for (a, b), alike in zip(pairs, same, strict=True) if alike]
        figures[name] = {"same": sum(same), "largest_difference": max(apart, default=0.0)}
    return figures
