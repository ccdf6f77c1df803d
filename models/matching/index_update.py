"""An index follows its library: new passages come in, withdrawn ones go, and only new wordings are encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pandas as pd

from models.matching.index import FaissIndex, Vectors


@dataclass(frozen=True)
class IndexChanges:
    """Passages by what became of them, and how many different texts had to be encoded."""

    added: int
    removed: int
    unchanged: int
    encoded: int


def passage_digests(passages: pd.DataFrame) -> list[str]:
    """SHA-256 of each passage's content: its document and its text, whatever its number."""
    pairs = zip(passages["document_id"].astype(str), passages["text"].astype(str), strict=True)
    return [sha256(f"{len(document)}:{document}{text}".encode()).hexdigest() for document, text in pairs]


def update_index(
    index: FaissIndex,
    previous: pd.DataFrame,
    passages: pd.DataFrame,
    encode: Callable[[Sequence[str]], Vectors],
    built_at: str,
) -> tuple[FaissIndex, IndexChanges]:
    """A new index of ``passages``; the one given is left as it was.

    It equals the index that would be built from ``passages`` alone: texts that ``previous`` has keep their vector,
    under whatever number they now have, and the others are encoded, each different text once.

    index : holds the vector of every row of ``previous``
    previous, passages : columns passage_id (int64), document_id, text
    encode : texts to unit vectors (n, dimension) by the encoder that made ``index``
    raises : DenseIndexError when ``index`` lacks a passage of ``previous``
    """
    rows = previous.drop_duplicates("text")
    known = dict(zip(rows["text"], index.vectors_of(rows["passage_id"].to_numpy(np.int64)), strict=True))
    unknown = [text for text in dict.fromkeys(passages["text"]) if text not in known]
    if unknown:
        known.update(zip(unknown, encode(unknown), strict=True))
    updated = type(index)(index.dimension, index.encoder_digest, built_at)
    if len(passages):
        updated.add(passages["passage_id"].to_numpy(np.int64), np.stack([known[text] for text in passages["text"]]))
    before, after = Counter(passage_digests(previous)), Counter(passage_digests(passages))
    changes = IndexChanges(
        added=(after - before).total(),
        removed=(before - after).total(),
        unchanged=(after & before).total(),
        encoded=len(unknown),
    )
    return updated, changes
