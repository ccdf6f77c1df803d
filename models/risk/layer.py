"""The Bayesian layer of default risk: columns oriented so that more is worse, and the posterior of their coefficients.

Each coefficient of a column with a known direction is at least zero, so no fact that a bank reports can lower the risk
by getting worse. The coefficients' posterior covariance gives the uncertainty of a case's log-odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log1p
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Form = Literal["any", "amount", "level", "log", "band"]
FORMS: tuple[Form, ...] = ("any", "amount", "level", "log", "band")


@dataclass(frozen=True)
class Term:
    """One column of the layer: ``(t(x) - mean) * gain`` of the feature with number ``feature``.

    any    : t is 1 where x > 0, else 0
    amount : t = log1p(min(x, high) / low) / log1p(high / low): 0 at zero, 1 from ``high`` on
    level  : t = x kept between low and high
    log    : t = log1p of x kept between low and high
    band   : t is 1 where low <= x < high, else 0
    gain   : the direction of the feature's effect on default over the column's scale
    """

    feature: int
    form: Form
    low: float
    high: float
    mean: float
    gain: float


class Terms:
    """Terms in their order, with their numbers as arrays."""

    def __init__(self, terms: Sequence[Term]) -> None:
        if unknown := sorted({term.form for term in terms} - set(FORMS)):
            raise ValueError(f"terms of unknown form: {unknown}")
        self.each = tuple(terms)
        self.features: Places = np.array([term.feature for term in terms], dtype=np.intp)
        forms = np.array([term.form for term in terms])
        self._low, self._high, self._mean, self._gain = (
            np.array([getattr(term, name) for term in terms], dtype=float)[:, None]
            for name in ("low", "high", "mean", "gain")
        )
        self._of = {form: np.flatnonzero(forms == form) for form in FORMS}

    def columns(self, matrix: Floats) -> Floats:
        """The layer's columns of the rows of ``matrix``, the intercept's ones first; shape (terms + 1, n).

        A missing value gives 0, the mean of the training rows.
        Every step is of one value at a time, so a row alone has the bits of the table.
        """
        columns = np.ones((len(self.each) + 1, len(matrix)))
        t = columns[1:]
        t[:] = matrix.T[self.features]
        missing = np.isnan(t)
        for form, mine in self._of.items():
            x, low, high = t[mine], self._low[mine], self._high[mine]
            if form == "any":
                t[mine] = x > 0.0
            elif form == "band":
                t[mine] = (low <= x) & (x < high)
            elif form == "amount":
                t[mine] = _log1p_each(np.clip(x, 0.0, high) / low) / _log1p_each(high / low)
            elif form == "log":
                t[mine] = _log1p_each(np.clip(x, low, high))
            else:
                t[mine] = np.clip(x, low, high)
        t -= self._mean
        t *= self._gain
        t[missing] = 0.0
        return columns


@dataclass(frozen=True)
class Layer:
    """Terms with the posterior of their coefficients; the intercept's comes first.

    coefficients : posterior means, terms + 1
    root         : U by rows, each from the diagonal on; U^T U is the posterior covariance
    """

    terms: tuple[Term, ...]
    coefficients: tuple[float, ...]
    root: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.terms) + 1
        if len(self.coefficients) != size or [len(row) for row in self.root] != list(range(size, 0, -1)):
            raise ValueError(f"a layer of {len(self.terms)} terms needs {size} coefficients and a root of that size")
        if not np.isfinite([*self.coefficients, *(number for row in self.root for number in row)]).all():
            raise ValueError("the layer's coefficients and root must be finite")

    @cached_property
    def table(self) -> Terms:
        """The terms as arrays."""
        return Terms(self.terms)

    def add_shares(self, columns: Floats, parts: Floats) -> None:
        """Add coefficient times column to the row of each term's feature in ``parts``, shape (features, n)."""
        for position, feature in enumerate(self.table.features, start=1):
            parts[feature] += self.coefficients[position] * columns[position]

    def variance(self, columns: Floats) -> Floats:
        """Posterior variance z^T S z of each case's log-odds, shape (n,); added up in one order whatever n is."""
        turned = np.zeros(columns.shape)
        for position, column in enumerate(columns):
            turned[: position + 1] += self._root[: position + 1, position, None] * column
        total = np.zeros(columns.shape[1])
        for row in turned:
            total += row * row
        return total

    @cached_property
    def _root(self) -> Floats:
        full = np.zeros((len(self.root), len(self.root)))
        for position, row in enumerate(self.root):
            full[position, position:] = row
        return full

    def card(self) -> dict[str, Any]:
        """What a model file keeps."""
        return {
            "terms": [[one.feature, one.form, one.low, one.high, one.mean, one.gain] for one in self.terms],
            "coefficients": list(self.coefficients),
            "root": [list(row) for row in self.root],
        }

    @classmethod
    def of_card(cls, card: Any) -> Layer:
        """What ``card`` gave; raises ValueError, KeyError or TypeError when it is something else."""
        terms = tuple(Term(*one) for one in card["terms"])
        return cls(terms, tuple(card["coefficients"]), tuple(tuple(row) for row in card["root"]))


def _log1p_each(values: Floats) -> Floats:
    # Of one value at a time: NumPy's vector code may differ from this in the last bit.
    flat = np.fromiter(map(log1p, values.ravel().tolist()), dtype=float, count=values.size)
    return flat.reshape(values.shape)
