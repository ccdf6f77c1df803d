"""The two lexical legs: BM25 on jieba's words, and the cosine of character 1-3-gram TF-IDF.

Both score every passage for every query. Texts are lower case, and what is scored is the text alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import bm25s
import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.feature_extraction.text import HashingVectorizer

from features.matching import words

Floats = npt.NDArray[np.float32]
K1, B = 1.2, 0.75
NGRAMS = (1, 3)
POSTINGS = ("data", "indices", "indptr")
BUCKETS = 2**20  # of hashed n-grams: no list of n-grams has to be kept, and two seldom share a bucket


@dataclass(frozen=True)
class WordLeg:
    """BM25 of words.

        score = sum over the query's words of idf * tf / (tf + k1 * (1 - b + b * length / mean length))
        idf = ln(1 + (n - df + 0.5) / (df + 0.5))

    source : Robertson and Zaragoza (2009), The Probabilistic Relevance Framework, with Lucene's idf, as bm25s has it
    """

    engine: Any  # a bm25s.BM25
    document_count: int
    idf: dict[str, float]

    @classmethod
    def fit(cls, texts: Sequence[str]) -> WordLeg:
        """Count the words of ``texts``; none may be without a word."""
        tokens = [words(text) or [""] for text in texts]
        # Words are numbered here, in their own order: bm25s would take that of a set, which each process has anew.
        number = {word: at for at, word in enumerate(sorted({word for one in tokens for word in one}))}
        numbered = bm25s.tokenization.Tokenized([[number[word] for word in one] for one in tokens], number)
        engine = bm25s.BM25(k1=K1, b=B, method="lucene")
        engine.index(numbered, show_progress=False, leave_progress=False)
        return cls(engine, len(texts), inverse_frequencies(tokens))

    def scores(self, queries: Sequence[str]) -> Floats:
        """Score of every passage, shape (queries, passages); 0 where no word is shared."""
        rows = np.zeros((len(queries), self.document_count), dtype=np.float32)
        for row, query in zip(rows, queries, strict=True):
            if known := [word for word in words(query) if word in self.idf]:
                row[:] = self.engine.get_scores(known)
        return rows

    def query_mass(self, queries: Sequence[str]) -> npt.NDArray[np.float64]:
        """Sum of idf of each query's words that the library has, and the share of its words' idf that it has.

        A word that the library lacks counts with the idf of a word of no passage. Shape (queries, 2).
        """
        unknown = float(np.log1p((self.document_count + 0.5) / 0.5))
        rows = np.zeros((len(queries), 2))
        for row, query in zip(rows, queries, strict=True):
            tokens = words(query)
            known = sum(self.idf.get(word, 0.0) for word in tokens)
            every = sum(self.idf.get(word, unknown) for word in tokens)
            row[:] = known, known / every if every else 0.0
        return rows

    def save(self, folder: Path) -> None:
        """Write bm25s's own files and the words' idf."""
        self.engine.save(str(folder / "words"), show_progress=False)
        card = {"documents": self.document_count, "idf": self.idf}
        (folder / "words.json").write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> WordLeg:
        """Read what ``save`` wrote."""
        card = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        return cls(
            bm25s.BM25.load(str(folder / "words"), mmap=True, show_progress=False), card["documents"], card["idf"]
        )


def inverse_frequencies(tokens: Sequence[Sequence[str]]) -> dict[str, float]:
    """ln(1 + (n - df + 0.5) / (df + 0.5)) by word, of n tokenised texts."""
    count: dict[str, int] = {}
    for one in tokens:
        for word in dict.fromkeys(one):
            count[word] = count.get(word, 0) + 1
    n = len(tokens)
    return {word: float(np.log1p((n - df + 0.5) / (df + 0.5))) for word, df in count.items()}


@dataclass(frozen=True)
class CharacterLeg:
    """Cosine of TF-IDF vectors of character 1-3-grams: (1 + ln tf) * (1 + ln((1 + n) / (1 + df))).

    postings : shape (BUCKETS, passages); a row holds the weight of one n-gram in every passage that has it
    """

    postings: sparse.csr_matrix
    idf: Floats

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Self:
        """Weigh the n-grams of ``texts``."""
        counts = _vectorizer().transform(texts)
        frequency = np.bincount(counts.indices, minlength=BUCKETS)
        idf = (1.0 + np.log((1.0 + len(texts)) / (1.0 + frequency))).astype(np.float32)
        return cls(cls.weigh(counts, idf).T.tocsr(), idf)

    @staticmethod
    def weigh(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
        """Counts as vectors of length 1."""
        return _weigh(counts, idf)

    def scores(self, queries: Sequence[str]) -> Floats:
        """Cosine of every passage, shape (queries, passages)."""
        return np.asarray((self.rows(queries) @ self.postings).toarray(), dtype=np.float32)

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """The texts' own vectors of length 1, weighed as the passages', shape (texts, BUCKETS)."""
        return self.weigh(_vectorizer().transform(texts), self.idf)

    def save(self, folder: Path) -> None:
        """Write four arrays."""
        for name in POSTINGS:
            np.save(folder / f"characters_{name}.npy", getattr(self.postings, name))
        np.save(folder / "characters_idf.npy", self.idf)
        (folder / "characters_count").write_text(f"{self.postings.shape[1]}\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; postings stay in their files, of which a query reads the rows of its n-grams."""
        data, indices, indptr = (np.load(folder / f"characters_{name}.npy", mmap_mode="r") for name in POSTINGS)
        count = int((folder / "characters_count").read_text(encoding="utf-8"))
        postings = sparse.csr_matrix((data, indices, indptr), shape=(BUCKETS, count), copy=False)
        return cls(postings, np.load(folder / "characters_idf.npy", mmap_mode="r"))


def _vectorizer() -> HashingVectorizer:
    return HashingVectorizer(
        analyzer="char", ngram_range=NGRAMS, n_features=BUCKETS, alternate_sign=False, norm=None, dtype=np.float32
    )


def _weigh(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    weights = counts.copy()
    weights.data = 1.0 + np.log(weights.data)
    return weighed(weights, idf)


def weighed(frequencies: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    """Term frequencies times idf as rows of length 1; a row without terms stays 0."""
    weights = frequencies.copy()
    weights.data = weights.data * idf[weights.indices]
    norm = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    weights.data /= np.repeat(np.where(norm > 0.0, norm, 1.0), np.diff(weights.indptr))
    return weights.astype(np.float32)
