"""An index follows its library: new passages come in, withdrawn ones go, and only new wordings are encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
import pandas as pd

from models.matching.index import Vectors
from models.matching.library import Encoder, Library
from models.matching.query_vectors import QueryVectors


@dataclass(frozen=True)
class IndexChanges:
    """Passages by what became of them, and how many different texts had to be encoded."""

    added: int
    removed: int
    unchanged: int
    encoded: int


def _digests(passages: pd.DataFrame) -> list[str]:
    """SHA-256 of each passage's content: its document and its text, whatever its number."""
    pairs = zip(passages["document_id"].astype(str), passages["text"].astype(str), strict=True)
    return [sha256(f"{len(document)}:{document}{text}".encode()).hexdigest() for document, text in pairs]


def index_changes(previous: pd.DataFrame | None, passages: pd.DataFrame, encoded: int) -> IndexChanges:
    """What became of each passage; both have the columns document_id and text, None is no passage."""
    before = Counter() if previous is None else Counter(_digests(previous))
    after = Counter(_digests(passages))
    return IndexChanges(
        added=(after - before).total(),
        removed=(before - after).total(),
        unchanged=(after & before).total(),
        encoded=encoded,
    )


class KnownVectors:
    """An encoder that takes vectors from a library, and from demands on file, of an earlier day; it encodes the others.

    encoded : how many different passages had to be encoded
    raises : LibraryError for a library of another encoder
    """

    def __init__(self, encoder: Encoder, library: Library | None, queries: QueryVectors | None = None) -> None:
        self._encoder, self._queries, self.encoded = encoder, queries, 0
        self._known: dict[str, Vectors] = {}
        if library is not None and library.vectors is not None:
            library.check_encoder(encoder)
            self._known = dict(zip(library.passages["text"], library.vectors, strict=True))

    @property
    def digest(self) -> str:
        """The encoder's."""
        return self._encoder.digest

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], kind: Literal["query", "passage"]) -> Vectors:
        """As the encoder's, but for rounding."""
        if kind == "query":
            one = self._encoder
            return one.encode(texts, kind) if self._queries is None else self._queries.encode(texts, one)
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        if unknown:
            self._known.update(zip(unknown, self._encoder.encode(unknown, kind), strict=True))
        self.encoded += len(unknown)
        return np.stack([self._known[text] for text in texts])
