"""The baseline of every table: character 1-3-gram TF-IDF and a linear SVM, one class against the rest.

It is fitted anew in each split. What it decided is kept on disk by all that it depends on, so that a run with another
placement fits nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import sklearn
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

NGRAMS = (1, 3)
SEVERAL_APART = "\x1f"


@dataclass(frozen=True)
class Decisions:
    """What the baseline found of some texts.

    classes : (c,) names, sorted; margins : (n, c) signed distances from each class's boundary, above 0 within
    """

    classes: npt.NDArray[np.str_]
    margins: npt.NDArray[np.float32]


def fit_and_decide(
    texts: Sequence[str], labels: Sequence[Sequence[str]], tested: Sequence[str], kept: Path | None = None
) -> Decisions:
    """Fit on ``texts`` with one label or several each, and decide on ``tested``; at least two classes.

    kept : folder in which decisions are looked up and kept
    """
    parts = (*texts, *map(SEVERAL_APART.join, labels), *tested, sklearn.__version__)
    return keep(kept, parts, lambda: _fit_and_decide(texts, labels, tested))


def keep(folder: Path | None, parts: Sequence[str], make: Callable[[], Decisions]) -> Decisions:
    """The decisions kept under these parts, or made now and kept."""
    if folder is None:
        return make()
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part.encode(errors="ignore") + b"\0")
    path = folder / f"{digest.hexdigest()}.npz"
    if path.is_file():
        with np.load(path, allow_pickle=False) as found:
            return Decisions(found["classes"], found["margins"])
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, classes=made.classes, margins=made.margins)
    return made


def _fit_and_decide(texts: Sequence[str], labels: Sequence[Sequence[str]], tested: Sequence[str]) -> Decisions:
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=NGRAMS)
    rows: sparse.csr_matrix = vectorizer.fit_transform(texts)
    others = vectorizer.transform(tested)
    if all(len(own) == 1 for own in labels):
        model = LinearSVC().fit(rows, [own[0] for own in labels])
        margins = model.decision_function(others)
        if margins.ndim == 1:  # of two classes scikit-learn gives the second's alone
            margins = np.stack([-margins, margins], axis=1)
        return Decisions(np.asarray(model.classes_, dtype=str), margins.astype(np.float32))
    classes = np.unique([name for own in labels for name in own])
    members = [set(own) for own in labels]
    margins = np.empty((len(tested), len(classes)), np.float32)
    for at, name in enumerate(classes.tolist()):
        margins[:, at] = LinearSVC().fit(rows, [name in own for own in members]).decision_function(others)
    return Decisions(classes, margins)
