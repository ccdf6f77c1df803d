"""The leakage check: what it stops, what it lets pass, and at which rates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.codebook import read_codebook
from features.labels import default_labels
from features.point_in_time import build_cases
from features.risk import risk_values
from training.params import read_section
from training.risk.leakage import find_leaks
from training.risk.leakage_column import LeakageParams

PARAMS = read_section("leakage", LeakageParams)
CREDIT = (
    next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file()) / "../shared/data/credit"
)


def stops(table, target="default", **given):
    return {leak.column: leak.kind for leak in find_leaks(table, target, PARAMS, **given) if leak.stops}


@pytest.mark.truth
def test_the_training_table_is_clean_and_its_own_outcome_columns_are_not(tables):
    """What the risk model reads passes; the loss, which only a default has, stops."""
    loans = tables["loans"]
    labels = default_labels(loans, pd.Timestamp("2024-06-30"))
    cases = build_cases(tables, loans.rename(columns={"granted_on": "as_of"}))
    values = risk_values(cases.frame, read_codebook()).loc[labels.rows].assign(default=labels.values)
    known, day = cases.known_at.loc[labels.rows], cases.frame.loc[labels.rows, "as_of"]
    assert stops(values, known_at=known, decided_at=day) == {}
    assert set(stops(values.assign(loss_wan=loans.loc[labels.rows, "loss_wan"]))) == {"loss_wan"}


REAL = [
    ("sba_22k/loans.parquet", "default", {"Term", "ChgOffDate", "ChgOffPrinGr", "MIS_Status"}),
    ("cumcm2020_sme/firms.parquet", "default", {"rating"}),
    ("cumcm2020_sme/features_rec.parquet", "default", {"rating"}),
    ("polish_bankruptcy/5year.parquet", "bankrupt", {"(equal columns)"}),
]


@pytest.mark.truth
@pytest.mark.parametrize(("path", "target", "leaks"), REAL, ids=[path for path, _, _ in REAL])
def test_real_tables_stop_on_their_known_leaks_alone(path, target, leaks):
    """A loan term cut by default, charge-offs, a rating given afterwards, copied ratios; plausible columns pass."""
    if not (CREDIT / path).is_file():
        pytest.skip(f"{path} is not in this checkout")
    assert set(stops(pd.read_parquet(CREDIT / path), target)) == leaks
