"""Made columns, computed by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.risk_widen import SMOOTHING, Widened

#       kind  outcome  fold
ROWS = [("A", 1, 0), ("A", 0, 1), ("A", 1, 0), ("B", 0, 1), ("B", 1, 0), ("A", 1, 1)]
MIXED = SMOOTHING * 4 / 6  # cases of the mean of all rows, four defaults of six


def widened(y=None, pairs=0, **columns):
    kinds, outcomes, folds = zip(*ROWS, strict=True)
    x = pd.DataFrame({"kind": pd.Series(kinds).astype("category"), **columns})
    outcomes = np.array(outcomes if y is None else y, dtype=float)
    return Widened(x, outcomes, np.ones(len(ROWS)), folds=np.array(folds), pairs=pairs)


@pytest.mark.truth
def test_a_training_row_is_encoded_by_the_other_folds_alone():
    """(defaults of the category in other folds + 20 cases of the mean) / (cases there + 20), row by row."""
    table = widened()
    mean = table.train[:, table.names.index("kind:mean")]
    # other folds:  A: 0 and 1   A: 1 and 1   A: 0 and 1   B: 1     B: 0     A: 1 and 1
    by_hand = [(1 + MIXED) / 22, (2 + MIXED) / 22, (1 + MIXED) / 22, (1 + MIXED) / 21, MIXED / 21, (2 + MIXED) / 22]
    assert mean.tolist() == pytest.approx(by_hand)
    assert np.expm1(table.train[:, table.names.index("kind:count")]).tolist() == pytest.approx([4, 4, 4, 2, 2, 4])


@pytest.mark.truth
def test_a_new_row_is_encoded_by_all_training_rows_and_an_unseen_kind_by_the_mean():
    """A: 3 of 4, B: 1 of 2, each with 20 cases of the mean 4/6; unseen and missing kinds have the mean and no case."""
    table = widened()
    new = pd.DataFrame({"kind": pd.Categorical(["A", "B", None], categories=["A", "B"])})
    predicted = table.of(new)
    assert predicted[:, table.names.index("kind:mean")].tolist() == pytest.approx(
        [(3 + MIXED) / 24, (1 + MIXED) / 22, 4 / 6]
    )
    assert np.expm1(predicted[:, table.names.index("kind:count")]).tolist() == pytest.approx([4, 2, 0])


@pytest.mark.law
@pytest.mark.parametrize("row", range(len(ROWS)))
def test_no_training_row_sees_its_own_outcome(row):
    """Its outcome exchanged with that of a row of the other kind, so that the mean stays, its encoding stays."""
    kinds, outcomes, _ = zip(*ROWS, strict=True)
    other = next(at for at in range(len(ROWS)) if kinds[at] != kinds[row] and outcomes[at] != outcomes[row])
    turned = list(outcomes)
    turned[row], turned[other] = turned[other], turned[row]
    at = widened().names.index("kind:mean")
    assert widened(turned).train[row, at] == pytest.approx(widened().train[row, at])


@pytest.mark.truth
def test_ratios_and_differences_are_what_they_are_called():
    """3 - 2 and 3 / 2; a division by nothing is missing. Both columns rank the outcome, so both are leading."""
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 400))
    y = (one + two + 0.3 * rng.normal(size=400) > 0).astype(float)
    x = pd.DataFrame({"one": one, "two": two})
    table = Widened(x, y, np.ones(400), folds=np.arange(400) % 5, pairs=2)
    predicted = table.of(pd.DataFrame({"one": [3.0, 3.0, np.nan], "two": [2.0, 0.0, 1.0]}))
    crossed = {name: predicted[:, at].tolist() for at, name in enumerate(table.names)}
    first = "one" if "one - two" in crossed else "two"
    sign = 1.0 if first == "one" else -1.0
    name = "one - two" if first == "one" else "two - one"
    assert crossed[name][:2] == [sign * 1.0, sign * 3.0]
    assert np.isnan(crossed[name][2])
    ratio = crossed[name.replace("-", "/")]
    assert ratio[0] == pytest.approx(1.5 if first == "one" else 2 / 3)
    assert np.isnan(ratio[1]) if first == "one" else ratio[1] == 0.0
