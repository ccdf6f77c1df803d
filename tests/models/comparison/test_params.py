"""The numbers of a comparison: each key within its range, a margin for each metric."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError

GIVEN = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["comparison"]


@pytest.mark.contract
def test_the_file_has_a_margin_for_every_metric():
    assert set(ComparisonParams(**GIVEN).table()) == set(GIVEN["margins"])


@pytest.mark.contract
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"draws": 10}, "comparison.draws: found 10; allowed: 200 or more"),
        ({"error": 0.0}, "comparison.error: found 0.0; allowed: above 0 and below 1"),
        ({"lgd": 1.4}, "comparison.lgd: found 1.4; allowed: above 0 and below 1"),
        ({"margins": {**GIVEN["margins"], "auc": 0}}, "comparison.margins.auc: found 0; allowed: above 0"),
        ({"margins": {**GIVEN["margins"], "gini": 0.1}}, "comparison.margins: found or missing gini; allowed: auc, ks"),
    ],
)
def test_a_number_out_of_range_names_its_key(changes, message):
    with pytest.raises(RowsError, match=message):
        ComparisonParams(**{**GIVEN, **changes})
