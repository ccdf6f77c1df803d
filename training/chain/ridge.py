"""Kernel ridge regression with exact values of rows that were left out, whole groups at a time.

With weights a = (K + ridge I)^-1 Y and inverse H = (K + ridge I)^-1, rows G that are left out together would get

    Y_G - H_GG^-1 a_G

so no second fit is needed. source : Rifkin and Lippert (2007), Notes on Regularized Least Squares (one row); the block
form is the same identity for several rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg as linalg

from models.chain.hierarchy import Ints
from models.chain.items import Floats

DOUBLE_BELOW = 5_000  # rows; above it single precision halves memory and time, at three digits of the left-out values


def fit_ridge(kernel: Floats, target: Floats, ridge: float, group: Ints) -> tuple[Floats, Floats]:
    """Weights and left-out values, both of shape (rows, nodes).

    kernel : shape (rows, rows), positive semi-definite; target : shape (rows, nodes)
    group  : number of each row's group, never negative; rows of a group are left out together; -1 is never left out,
             its values are 0
    """
    kind = np.float64 if len(kernel) < DOUBLE_BELOW else np.float32
    table: npt.NDArray[Any] = np.array(kernel, dtype=kind, order="F")
    np.fill_diagonal(table, table.diagonal() + ridge)
    factor, lower = linalg.cho_factor(table, lower=True, overwrite_a=True, check_finite=False)
    weights = linalg.cho_solve((factor, lower), target.astype(kind), check_finite=False)
    invert = linalg.get_lapack_funcs("potri", (factor,))
    inverse, fault = invert(factor, lower=1, overwrite_c=1)
    if fault:
        raise ValueError("the kernel cannot be inverted: rows hold values that are not finite")
    left_out = np.zeros_like(weights)
    single, blocks = _groups(group)
    left_out[single] = target[single] - weights[single] / inverse[single, single][:, None]
    for rows in blocks:
        block = inverse[np.ix_(rows, rows)]
        block = np.tril(block) + np.tril(block, -1).T  # only the lower half is filled
        left_out[rows] = target[rows] - linalg.solve(block, weights[rows], assume_a="pos")
    return weights.astype(np.float32), left_out.astype(np.float32)


def fit_linear(x: Floats, target: Floats, ridge: float, group: Ints) -> tuple[Floats, Floats]:
    """The same for a linear function of the columns of ``x``: weights of shape (columns, nodes), left-out values.

    With residuals e and hat matrix P, rows G that are left out together get Y_G - (I - P_GG)^-1 e_G.
    """
    rows = x.astype(np.float64)
    inverse = linalg.inv(rows.T @ rows + ridge * np.eye(rows.shape[1]), check_finite=False)
    weights = inverse @ (rows.T @ target)
    residual = target - rows @ weights
    half = rows @ inverse
    left_out = np.zeros_like(residual)
    single, blocks = _groups(group)
    hat = np.einsum("ij,ij->i", half[single], rows[single])
    left_out[single] = target[single] - residual[single] / (1.0 - hat)[:, None]
    for of in blocks:
        block = np.eye(len(of)) - half[of] @ rows[of].T
        left_out[of] = target[of] - linalg.solve(block, residual[of], assume_a="pos")
    return weights.astype(np.float32), left_out.astype(np.float32)


def _groups(group: Ints) -> tuple[Ints, list[Ints]]:
    """Rows that are alone in their group, and the rows of each larger group; negative groups are left out."""
    order = np.argsort(group, kind="stable")
    found, start, count = np.unique(group[order], return_index=True, return_counts=True)
    several = np.flatnonzero((count > 1) & (found >= 0))
    blocks = [np.sort(order[at : at + size]) for at, size in zip(start[several], count[several], strict=True)]
    return order[start[(count == 1) & (found >= 0)]], blocks


def reciprocal_rank(left_out: Floats, target: Floats) -> float:
    """Mean over rows with a true node of 1 / rank of the first of them."""
    known = target.max(axis=1) > 0
    best = np.where(target[known] > 0, left_out[known], -np.inf).max(axis=1, keepdims=True)
    return float((1.0 / (1.0 + (left_out[known] > best).sum(axis=1))).mean()) if known.any() else 0.0
