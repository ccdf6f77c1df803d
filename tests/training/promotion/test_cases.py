"""Behaviours of a model of firms, planted in small models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.growth_stages import UNKNOWN
from training.promotion.cases import ALONE, case_behaviours, milliseconds, padding, sample_of
from training.promotion.checks import ROUNDING

pytestmark = pytest.mark.behaviour


@pytest.fixture
def cases() -> pd.DataFrame:
    """Firms with the columns that behaviours move."""
    rng = np.random.default_rng(4)
    n = 40
    counts = {"invention_patents_valid", "other_ip_count", "litigation_count_24m", "overdue_days_max_24m"}
    shares = ("debt_to_asset_ratio", "revenue_growth", "net_profit_margin", "operating_cash_flow_wan", "rd_expense")
    return pd.DataFrame(
        {
            "uscc": [f"9133{number:014d}" for number in range(n)],
            "growth_stage": ["growth"] * (n - 1) + [UNKNOWN],
            **{name: rng.integers(0, 9, n).astype(float) for name in sorted(counts)},
            **{name: rng.normal(size=n) for name in shares},
        }
    )


def sound(cases: pd.DataFrame) -> np.ndarray:
    """Log-odds that keep every behaviour."""
    return (
        0.1 * cases["overdue_days_max_24m"] + 0.2 * cases["litigation_count_24m"] + cases["debt_to_asset_ratio"]
        - 0.1 * cases["invention_patents_valid"] - cases["operating_cash_flow_wan"] - 0.01 * cases["other_ip_count"]
    ).to_numpy()  # fmt: skip


def broken(predict, cases) -> set[str]:
    return {one.name for one in case_behaviours(predict, cases, -1, 0.3) if one.beyond > ROUNDING}


def test_a_sound_model_breaks_none(cases):
    assert broken(sound, cases) == set()
    assert {one.name for one in case_behaviours(lambda rows: -sound(rows), cases, 1, 0.3) if one.beyond} == set()


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("name", lambda rows: rows["uscc"].str[-1].astype(float)),
        ("order", lambda rows: pd.Series(np.arange(len(rows)), rows.index)),
        ("other_rows", lambda rows: rows["revenue_growth"] - rows["revenue_growth"].mean()),
        ("patent", lambda rows: 0.2 * rows["invention_patents_valid"]),
        ("overdue", lambda rows: -0.2 * rows["overdue_days_max_24m"]),
        ("litigation", lambda rows: -0.5 * rows["litigation_count_24m"]),
        ("debt", lambda rows: -2.0 * rows["debt_to_asset_ratio"]),
        ("cash", lambda rows: 2.0 * rows["operating_cash_flow_wan"]),
        ("weak_firm", lambda rows: 40.0 * rows["net_profit_margin"]),
        ("padding", lambda rows: -0.1 * rows["other_ip_count"]),
    ],
)
def test_each_fault_breaks_its_own_behaviour(cases, name, added):
    """One fault put into the sound model."""
    assert name in broken(lambda rows: sound(rows) + added(rows).to_numpy(), cases)


def test_padding_is_what_the_mean_firm_gains():
    assert padding(np.array([0.0, 0.5]), 0.3).beyond == 0.0
    assert padding(np.array([0.2, 0.5]), 0.3).beyond == pytest.approx(0.05)


def test_a_sample_is_of_firms_of_known_stage(cases):
    """The same one for a seed; all where there are fewer."""
    found = sample_of(cases, 1, 10)
    assert len(found) == 10
    assert UNKNOWN not in set(found["growth_stage"])
    assert found.equals(sample_of(cases, 1, 10))
    assert len(sample_of(cases, 1)) == 39


def test_every_prediction_of_one_case_is_timed(cases):
    seen = []
    taken = milliseconds(lambda rows: seen.append(len(rows)), cases)
    assert len(taken) == ALONE
    assert set(seen) == {1}
    assert min(taken) >= 0.0
