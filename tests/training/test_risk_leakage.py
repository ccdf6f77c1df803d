from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.params import read_section
from training.risk_leakage import LeakageError, LeakageParams, check_leakage, find_leakage

PARAMS = read_section("risk_leakage", LeakageParams)


def honest(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Four honest drivers, a rounded amount, a term in whole years, a kind, and missing values that tell a little."""
    rng = np.random.default_rng(seed)
    drivers = rng.normal(size=(rows, 4))
    kind = rng.integers(0, 6, rows)
    score = drivers @ [0.7, -0.6, 0.5, 0.4] + 0.15 * kind - 2.4
    y = (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(float)
    x = pd.DataFrame(drivers, columns=[f"d{place}" for place in range(4)])
    x["amount"] = np.round(np.exp(rng.normal(4, 1, rows))) * 1_000
    x["term"] = rng.choice([12.0, 24, 36, 60, 84, 120], rows)
    x["kind"] = pd.Series([f"k{one}" for one in kind]).astype("category")
    x.loc[rng.random(rows) < 0.1 + 0.2 * y, "d3"] = np.nan
    return x, y


def shortened(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A contract's months; a default ends it early."""
    term = rng.choice([36.0, 60, 84, 120, 180, 240], len(y), p=[0.1, 0.3, 0.35, 0.1, 0.05, 0.1])
    return np.where(y == 1, np.floor(term * rng.uniform(0.2, 1.0, len(y))), term)


LEAKS = {
    "shortened": lambda y, rng: shortened(y, rng),
    "only_of_defaults": lambda y, rng: np.where(y == 1, rng.normal(size=len(y)), np.nan),
    "written_off": lambda y, rng: np.where(y == 1, rng.uniform(1, 9, len(y)), 0.0),
    "verdict": lambda y, rng: np.where((y == 1) & (rng.random(len(y)) < 0.85), 4.0, rng.integers(1, 4, len(y))),
    "noisy_copy": lambda y, rng: y + rng.normal(0, 0.35, len(y)),
}


@pytest.mark.truth
@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_named_without_being_told(leak):
    """Each kind of leak is found, and only the leak."""
    x, y = honest(3_000, 1)
    x["leak"] = LEAKS[leak](y, np.random.default_rng(2))
    assert {one.column for one in find_leakage(x, y, PARAMS)} == {"leak"}


@pytest.mark.truth
def test_two_copies_of_a_leak_do_not_vouch_for_each_other():
    """Both are named."""
    x, y = honest(3_000, 1)
    x["one"] = LEAKS["noisy_copy"](y, np.random.default_rng(2))
    x["two"] = x["one"] * 3 + 1
    assert {"one", "two"} <= {one.column for one in find_leakage(x, y, PARAMS)}


@pytest.mark.truth
@pytest.mark.parametrize("rows", [150, 1_200])
def test_clean_tables_pass(rows):
    """No false alarm among ten planted clean tables of a size."""
    assert [find_leakage(*honest(rows, seed), PARAMS) for seed in range(10)] == [[]] * 10


@pytest.mark.contract
def test_training_is_refused_until_each_column_is_waived_by_name():
    """The message names column, finding and what is allowed; another column's waiver does not help."""
    x, y = honest(1_200, 3)
    x["leak"] = LEAKS["written_off"](y, np.random.default_rng(2))
    with pytest.raises(LeakageError, match=r"leak .*0\.0% of defaults and 100\.0% of the others; allowed"):
        check_leakage(x, y, PARAMS, waived=["d0"])
    check_leakage(x, y, PARAMS, waived=["leak"])


@pytest.mark.contract
def test_a_value_known_after_the_decision_is_a_leak():
    """One late value is enough."""
    x, y = honest(300, 4)
    day = pd.Series(pd.Timestamp("2020-06-30"), index=x.index)
    known = pd.DataFrame({"d0": day, "d1": day - pd.Timedelta(days=1)})
    check_leakage(x, y, PARAMS, known_at=known, decided_on=day)
    known.loc[7, "d1"] = pd.Timestamp("2020-07-01")
    with pytest.raises(LeakageError, match=r"d1 \[known after the decision\]: 1 of 300 values"):
        check_leakage(x, y, PARAMS, known_at=known, decided_on=day)
