"""The words that decided an answer, and the passage that they are in.

The character part of the ridge's value is linear in the n-grams of the text, so each n-gram's part is known exactly; it
is spread evenly over the places where the n-gram occurs and over its characters. What a word gave is the sum of its
characters, and all characters together give the character part. What the vectors gave has no words. A word that
labelled items of more than half of the nodes have decides nothing between nodes and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice

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
COMMON = 0.5  # share of the nodes with labelled items; a word that more of them have decides nothing
BETWEEN = "；"
Doubles = npt.NDArray[np.float64]


def evidence_of(knowledge: Knowledge, items: Items, answers: pd.DataFrame) -> pd.DataFrame:
    """Columns evidence, document_id and passage of each answer; empty where it is not placed, or no word gave anything.

    answers : columns item, node and band
    """
    rows, common = [], common_words(knowledge)
    columns = [answers[name].tolist() for name in ("item", "node", "band")]
    for item, node, band in zip(*columns, strict=True):
        rows.append(("", "", "") if band == NOT_PLACED else _evidence(knowledge, items, item, node, common))
    return pd.DataFrame(rows, columns=["evidence", "document_id", "passage"], index=answers.index)


def _evidence(
    knowledge: Knowledge, items: Items, item: int, node: int, common: Callable[[str], bool]
) -> tuple[str, str, str]:
    text = str(items.text[item])
    given = character_parts(knowledge, text, node)
    passages = range(int(items.start[item]), int(items.start[item + 1]))
    spans, low = [], 0
    for one in passages:
        spans.append((low, low + len(items.passage[one])))
        low += len(items.passage[one]) + 1  # passages are joined by one mark
    best = max(range(len(spans)), key=lambda at: (given[slice(*spans[at])].sum(), -at))
    words = deciding_words(text[slice(*spans[best])], given[slice(*spans[best])], common)
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


def common_words(knowledge: Knowledge) -> Callable[[str], bool]:
    """Whether labelled items of more than COMMON of the nodes have a word; of no word where no item is labelled.

    An item has a word where it has all its n-grams of the largest size; nodes without a labelled item do not count.
    """
    node = knowledge.rows.node[knowledge.rows.parts[0]].tocsr()
    labelled, nodes = node.shape[0], np.count_nonzero(node.getnnz(axis=0))
    postings = knowledge.rows.characters.postings

    @cache
    def common(word: str) -> bool:
        plain = word.lower()
        size = min(NGRAMS[1], len(plain))
        buckets = set(_buckets([plain[at : at + size] for at in range(len(plain) - size + 1)]).tolist())
        held = np.concatenate([postings[one].indices for one in buckets])
        count = np.bincount(held[held < labelled], minlength=labelled)
        have = np.unique(node[np.flatnonzero(count == len(buckets))].indices)
        return bool(len(have) > COMMON * nodes)

    return common


def deciding_words(text: str, given: Doubles, common: Callable[[str], bool] = lambda _: False) -> list[str]:
    """The words that gave most, each once, the largest first, without single characters, marks and common words."""
    total: dict[str, float] = {}
    at = 0
    for word in jieba.cut(text):
        if len(word) > 1 and any(map(str.isalnum, word)):
            total[word] = total.get(word, 0.0) + float(given[at : at + len(word)].sum())
        at += len(word)
    gave = sorted((word for word in total if total[word] > 0.0), key=lambda word: (-total[word], word))
    return list(islice((word for word in gave if not common(word)), MOST_WORDS))
