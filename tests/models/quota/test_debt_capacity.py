"""Debt capacity: from the two boosters' figures, and what its files must hold."""

from __future__ import annotations

import json
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.quota import capacity_matrix, limit_columns, limit_feature_names
from features.risk import RATIOS_TO_REVENUE
from models.quota.debt_capacity import DebtCapacityModel
from models.risk.model import ModelFileError

BOOK = read_codebook()
NAMES = limit_feature_names(BOOK)


class Fixed:
    """A booster that repeats a column of its matrix."""

    def __init__(self, column: int) -> None:
        self.column = column

    def predict(self, matrix, num_threads):
        assert num_threads == 1
        return matrix[:, self.column]


def booster(column: int) -> str:
    """Text of a small booster that reads one column."""
    rng = np.random.default_rng(3)
    x = np.zeros((80, len(NAMES)))
    x[:, column] = rng.normal(size=80)
    settings = {"num_leaves": 3, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1}
    return lgb.train(settings, lgb.Dataset(x, x[:, column], feature_name=list(NAMES)), 2).model_to_string()


FIRST = booster(limit_columns(BOOK)[0])
MODEL = DebtCapacityModel(
    version="limit-1", codebook_digest=BOOK.digest, data_digest="d", code="c", feature_names=NAMES, low_quantile=0.2,
    offsets_log=(1.0, 2.0), shift_log=-0.5, reference_tenor_months=36, reference_annual_rate=0.045, low_text=FIRST,
    median_text=FIRST,
)  # fmt: skip
# booster outputs, cautious and median -> log(1 + limit): low + 1 - .5, at most the median's + 2, both in 0 to 20
LOGS = [
    (0.0, 0.0, 0.5, 2.0),
    (3.0, 0.5, 2.5, 2.5),  # never above the median
    (-9.0, 1.0, 0.0, 3.0),  # never below zero
    (-9.0, -9.0, 0.0, 0.0),
    (40.0, 50.0, 20.0, 20.0),
]


@pytest.mark.law
def test_limits_by_hand():
    """The cautious one is shifted, neither is negative, and the cautious one is at most the median."""
    model = replace(MODEL)
    model.__dict__["boosters"] = (Fixed(0), Fixed(1))
    got = model.predict_matrix(np.array([row[:2] for row in LOGS]))
    assert list(got) == ["capacity_low_wan", "capacity_median_wan"]
    assert got["capacity_low_wan"].tolist() == pytest.approx([np.expm1(row[2]) for row in LOGS])
    assert got["capacity_median_wan"].tolist() == pytest.approx([np.expm1(row[3]) for row in LOGS])


@pytest.mark.law
def test_cases_are_read_as_their_matrix():
    """Limits of cases, under the cases' index."""
    facts = ["revenue_wan", "headcount", *(fact for fact, _, _ in RATIOS_TO_REVENUE.values())]
    row = dict.fromkeys([*NAMES, *facts], 1.0) | {"growth_stage": "growth"}
    cases = pd.DataFrame([row, row | {"revenue_wan": 900.0}], index=[4, 8])
    got = MODEL.predict(cases)
    assert got.index.tolist() == [4, 8]
    assert got.equals(MODEL.predict(cases, BOOK))
    assert (got.to_numpy() == MODEL.predict_matrix(capacity_matrix(cases, BOOK).to_numpy()).to_numpy()).all()


@pytest.mark.law
def test_a_saved_model_is_the_same(tmp_path):
    """Every field comes back, and the same figures."""
    MODEL.save(tmp_path / "new/limit")
    again = DebtCapacityModel.load(tmp_path / "new/limit")
    assert again == MODEL
    x = np.random.default_rng(1).normal(size=(5, len(NAMES)))
    assert again.predict_matrix(x).equals(MODEL.predict_matrix(x))
    assert json.loads((tmp_path / "new/limit/debt_capacity.json").read_text(encoding="utf-8")) == {
        "version": "limit-1", "codebook_digest": BOOK.digest, "data_digest": "d", "code": "c",
        "feature_names": list(NAMES), "low_quantile": 0.2, "offsets_log": [1.0, 2.0], "shift_log": -0.5,
        "reference_tenor_months": 36, "reference_annual_rate": 0.045,
    }  # fmt: skip


@pytest.mark.contract
def test_each_fault_of_the_files_has_its_message(tmp_path):
    """No file, no booster, another codebook, other columns, and a column that a firm can hide."""
    folder = tmp_path / "limit"
    with pytest.raises(ModelFileError, match=r"^limit model in limit/ cannot be read: FileNotFoundError"):
        DebtCapacityModel.load(folder)
    replace(MODEL, low_text="no booster").save(folder)
    with pytest.raises(ModelFileError, match=r"^limit model: "):
        DebtCapacityModel.load(folder)
    replace(MODEL, codebook_digest="f" * 64).save(folder)
    with pytest.raises(ModelFileError, match=r"^trained on codebook ffffffffffff, this is codebook "):
        DebtCapacityModel.load(folder)
    replace(MODEL, feature_names=(*NAMES[1:], "shoe_size")).save(folder)
    with pytest.raises(ModelFileError, match=rf"model alone has \['shoe_size'\], code alone has \['{NAMES[0]}'\]"):
        DebtCapacityModel.load(folder)
    replace(MODEL, median_text=booster(NAMES.index("debt_to_revenue_ratio"))).save(folder)
    text = r"^limit model reads \['debt_to_revenue_ratio'\], which a bank's own facts change or a firm can hide$"
    with pytest.raises(ModelFileError, match=text):
        DebtCapacityModel.load(folder)


def test_the_card_of_a_limit_is_one_file_to_the_byte(quick_limit, tmp_path):
    """Sorted and indented, so that two versions can be compared line by line; what is read back is the same."""
    quick_limit.save(tmp_path / "new" / "model")
    text = (tmp_path / "new" / "model" / "debt_capacity.json").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[:4] == [
        "{",
        ' "code": "quick",',
        f' "codebook_digest": "{BOOK.digest}",',
        f' "data_digest": "{"2" * 64}",',
    ]
    keys = [line.split('"')[1] for line in lines if line.startswith(' "')]
    assert keys == sorted(keys)
    assert text.endswith('"version": "limit-quick"\n}\n')
    quick_limit.save(tmp_path / "new" / "model")  # over itself
    assert DebtCapacityModel.load(tmp_path / "new" / "model") == quick_limit
