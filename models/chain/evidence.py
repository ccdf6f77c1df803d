"""The words that decided an answer, and the passage that they are in.

The character part of the ridge's value is linear in the n-grams of the text, so each n-gram's part is known exactly; it
is spread evenly over the places where the n-gram occurs and over its characters. What a word gave is the sum of its
characters, and all characters together give the character part. What the vectors gave has no words.
"""

from __future__ import annotations

from collections.abc import Sequence

import jieba
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.feature_extraction import FeatureHasher

from models.chain.bands import NOT_PLACED
from models.chain.items import Items
from models.chain.retrieval import Knowledge
from models.matching.lexical import BUCKETS, NGRAMS

MOST_WORDS = 3
BETWEEN = "；"
Doubles = npt.NDArray[np.float64]


def evidence_of(knowledge: Knowledge, items: Items, answers: pd.DataFrame) -> pd.DataFrame:
    """Columns evidence, document_id and passage of each answer; empty where it is not placed, or no word gave anything.

    answers : columns item, node and band
    """
    rows = []
    columns = [answers[name].tolist() for name in ("item", "node", "band")]
    for item, node, band in zip(*columns, strict=True):
        rows.append(("", "", "") if band == NOT_PLACED else _evidence(knowledge, items, item, node))
    return pd.DataFrame(rows, columns=["evidence", "document_id", "passage"], index=answers.index)


def _evidence(knowledge: Knowledge, items: Items, item: int, node: int) -> tuple[str, str, str]:
    text = str(items.text[item])
    given = character_parts(knowledge, text, node)
    passages = range(int(items.start[item]), int(items.start[item + 1]))
    spans, low = [], 0
    for one in passages:
        spans.append((low, low + len(items.passage[one])))
        low += len(items.passage[one]) + 1  # passages are joined by one mark
    best = max(range(len(spans)), key=lambda at: (given[slice(*spans[at])].sum(), -at))
    words = deciding_words(text[slice(*spans[best])], given[slice(*spans[best])])
    return BETWEEN.join(words), str(items.document[passages[best]]), str(items.passage[passages[best]])


def character_parts(knowledge: Knowledge, text: str, node: int) -> Doubles:
    """What each character of a text gives to the ridge's value of a node; the sum is the character part of it."""
    plain = text.lower()
    if not plain or len(plain) != len(text):  # a few letters change their length with their case
        return np.zeros(len(text))
    characters = knowledge.rows.characters
    own = characters.rows([text])
    weights = np.zeros(characters.postings.shape[1])
    weights[: knowledge.rows.learned] = _subtree_weights(knowledge, node)
    value = np.zeros(BUCKETS)
    value[own.indices] = own.data * (characters.postings[own.indices] @ weights)
    share = 1.0 if knowledge.rows.vectors is None else 1.0 - knowledge.params.vector_share
    sizes = range(NGRAMS[0], min(NGRAMS[1], len(plain)) + 1)
    bucket = _buckets([plain[at : at + size] for size in sizes for at in range(len(plain) - size + 1)])
    count = np.bincount(bucket, minlength=BUCKETS)
    found, low = np.zeros(len(plain)), 0
    for size in sizes:
        of_size = bucket[low : low + len(plain) - size + 1]
        low += len(of_size)
        part = share * value[of_size] / count[of_size] / size
        for offset in range(size):
            found[offset : offset + len(part)] += part
    return found


def _subtree_weights(knowledge: Knowledge, node: int) -> Doubles:
    """The ridge's weights of a node and all under it: a parent's value is the sum of its subtree's."""
    under = knowledge.tree.above[:, [node]].nonzero()[0]
    return np.asarray(knowledge.weights[:, under].sum(axis=1), dtype=np.float64)


def _buckets(grams: Sequence[str]) -> npt.NDArray[np.int64]:
    """Bucket of each n-gram, as the character leg hashes it."""
    hasher = FeatureHasher(BUCKETS, input_type="string", alternate_sign=False)
    return np.asarray(hasher.transform([[gram] for gram in grams]).indices, dtype=np.int64)


def deciding_words(text: str, given: Doubles) -> list[str]:
    """The words that gave most, each once, the largest first; single characters and marks are left out."""
    total: dict[str, float] = {}
    at = 0
    for word in jieba.cut(text):
        if len(word) > 1 and any(map(str.isalnum, word)):
            total[word] = total.get(word, 0.0) + float(given[at : at + len(word)].sum())
        at += len(word)
    best = sorted(total, key=lambda word: (-total[word], word))[:MOST_WORDS]
    return [word for word in best if total[word] > 0.0]
