"""Left-out values are those of fits without the rows."""

from __future__ import annotations

import numpy as np
import pytest

from training.chain.ridge import fit_linear, fit_ridge, reciprocal_rank

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 5)).astype(np.float32)
Y = (RNG.random((30, 4)) < 0.3).astype(np.float32)
GROUP = np.concatenate([np.repeat(np.arange(6), 3), np.arange(6, 12), np.full(6, -1)])


def refitted(rows, held, ridge):
    """Predictions of ``held`` by an ordinary ridge of the other rows."""
    kept = np.setdiff1d(np.arange(len(rows)), held)
    a = rows[kept].T.astype(float) @ rows[kept] + ridge * np.eye(rows.shape[1])
    return rows[held] @ np.linalg.solve(a, rows[kept].T @ Y[kept])


@pytest.mark.law
def test_linear_left_out_values_are_those_of_refits():
    weights, left_out = fit_linear(X, Y, 0.7, GROUP)
    for one in range(12):
        held = np.flatnonzero(one == GROUP)
        assert np.allclose(left_out[held], refitted(X, held, 0.7), atol=1e-4)
    assert not left_out[GROUP < 0].any()
    assert np.allclose(X @ weights, X @ np.linalg.solve(X.T @ X + 0.7 * np.eye(5), X.T @ Y), atol=1e-4)


@pytest.mark.law
def test_kernel_left_out_values_are_those_of_refits():
    """The linear kernel gives what the ridge on its columns gives."""
    weights, left_out = fit_ridge(X @ X.T, Y, 0.7, GROUP)
    _, linear = fit_linear(X, Y, 0.7, GROUP)
    assert np.allclose(left_out, linear, atol=1e-3)
    assert np.allclose(X @ (X.T @ weights), X @ fit_linear(X, Y, 0.7, GROUP)[0], atol=1e-4)


def test_reciprocal_rank_by_hand():
    """The true node of the first row is second, of the second row first; the third row has none."""
    value = np.array([[0.2, 0.5, 0.1], [0.9, 0.1, 0.2], [0.3, 0.2, 0.1]], dtype=np.float32)
    target = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 0]], dtype=np.float32)
    assert reciprocal_rank(value, target) == pytest.approx((1 / 2 + 1) / 2)
