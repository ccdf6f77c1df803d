from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.korean_inspection import LABEL, Encoder, figures, left_out, repeats, report


def test_a_row_is_encoded_by_other_folds_only():
    """Of two values in two folds: sums of the other fold, drawn to the mean of all with a weight of ten."""
    keys = pd.Series(["a", "a", "a", "b"])
    outcome, fold = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0, 1, 1, 1])
    found = left_out(keys, outcome, fold)
    # first row: fold 1 has a: 1, 0 and b: 1; mean 2/3; (1 + 10 * 2/3) / (2 + 10)
    assert found[0] == pytest.approx((1 + 20 / 3) / 12)
    # rows of fold 1: fold 0 has a: 1, mean 1; b was never seen
    assert found[1:] == pytest.approx([1.0, 1.0, 1.0])
    assert Encoder(keys, outcome).of(pd.Series(["c"])) == pytest.approx([0.75])


def test_what_repeats_is_equal_in_code_mass_and_price():
    train = pd.DataFrame({"HS6 Code": [1, 1, 2], "Net Mass": [5.0, 5.0, 5.0], "Item Price": [9.0, 9.0, 9.0],
                          "Fraud": [1, 0, 0]})  # fmt: skip
    later = pd.DataFrame({"HS6 Code": [1, 2, 2], "Net Mass": [5.0, 5.0, 5.0], "Item Price": [9.0, 9.0, 9.5]})
    repeated, known = repeats(train, later)
    assert repeated.tolist() == [True, True, False]
    assert known == pytest.approx([0.5, 0.0, 1 / 3])


def test_the_report_says_what_the_data_are(monkeypatch):
    monkeypatch.setattr("experiments.korean_inspection.DRAWS", 5)
    outcome = np.tile([0.0, 1.0], 50)
    one = figures(outcome, outcome)
    assert one["auc"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    record = {
        "label": LABEL, "rows": dict.fromkeys(("train", "valid", "test"), 100), "interval_level": 0.9,
        "chosen": {"leaves": 15, "trees": 9}, "bars": {"auc": {"bar": 0.846, "reached": True}},
        "repeated_share": 0.8, "same_outcome_share": 0.9,
        **dict.fromkeys(("test", "test_repeated", "test_not_repeated", "table_of_repeats"), one),
    }  # fmt: skip
    assert "not Chinese customs risk" in report(record)
    assert "韩国海关合成数据示例" in report(record)
