"""What a query's wording is like: in Latin letters or Chinese characters, and how much of it its documents repeat."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.matching.unseen import plain
from training.matching.folder import Part

_LATIN, _CHINESE = re.compile("[A-Za-z]"), re.compile("[\u4e00-\u9fff]")


def mostly_latin(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """True where a text has more Latin letters than Chinese characters."""
    letters = np.array([len(_LATIN.findall(text)) for text in texts])
    return np.asarray(letters > np.array([len(_CHINESE.findall(text)) for text in texts]))


def across_languages(part: Part) -> npt.NDArray[np.bool_]:
    """True where a query is mostly in Latin letters and none of its relevant documents is."""
    latin = mostly_latin(part.documents["text"].tolist())
    near = np.array([bool(latin[list(gains)].any()) for gains in part.gains()], dtype=bool)
    return np.asarray(mostly_latin(part.queries["text"].tolist()) & ~near)


def shared_pairs(part: Part) -> npt.NDArray[np.float64]:
    """Share of a query's different character pairs that occur in a relevant document, the mean over those documents.

    returns : shape (queries,); 0 for a query of one character
    """
    texts = part.documents["text"].tolist()
    documents = {at: _pairs(texts[at]) for at in part.relevant["document"].unique().tolist()}
    found = np.zeros(len(part.queries))
    for query, (text, gains) in enumerate(zip(part.queries["text"], part.gains(), strict=True)):
        if own := _pairs(text):
            found[query] = float(np.mean([len(own & documents[one]) / len(own) for one in gains]))
    return found


def _pairs(text: str) -> frozenset[str]:
    letters = plain(text)
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))
