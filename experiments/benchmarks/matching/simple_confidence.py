"""TF-IDF's own confidence: a logistic regression on its best cosine and the distances to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Doubles = npt.NDArray[np.float64]
FOLDS = 5


def simple_columns(scores: npt.NDArray[np.floating[Any]]) -> Doubles:
    """Of each query: the best score, its distance to the second, fourth and tenth, and the log of the documents."""
    best = -np.sort(-scores, axis=1)[:, :10].astype(float)
    best = np.pad(best, ((0, 0), (0, 10 - best.shape[1])), mode="edge")
    size = np.full(len(scores), np.log(scores.shape[1]))
    return np.column_stack([best[:, 0], *(best[:, 0] - best[:, place] for place in (1, 3, 9)), size])


def simple_probability(
    columns: Doubles, right: npt.NDArray[np.bool_], seed: int
) -> tuple[Callable[[Doubles], Doubles], Doubles]:
    """The fitted probability as a function of columns, and its cross-fitted values of these rows."""
    del seed
    made = make_pipeline(StandardScaler(), LogisticRegression())
    crossed = cross_val_predict(made, columns, right, cv=FOLDS, method="predict_proba")[:, 1]
    made.fit(columns, right)
    return (lambda rows: np.asarray(made.predict_proba(rows)[:, 1])), crossed
