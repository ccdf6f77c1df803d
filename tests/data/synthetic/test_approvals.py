import json

import pandas as pd
import pytest

from data.synthetic.approvals import ITEMS, LOG, demo_cohort, write_approvals
from tests.data.synthetic.planted_approvals import planted_cohort


@pytest.mark.contract
def test_files_say_that_they_are_simulated_and_truth_lies_apart(tmp_path):
    cohort = planted_cohort()
    write_approvals(cohort, tmp_path / "raw", tmp_path / "truth")
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == sorted([ITEMS, LOG])
    assert set(pd.read_csv(tmp_path / "raw" / ITEMS)["synthetic"]) == {1}
    constants = json.loads((tmp_path / "truth/approvals.json").read_text(encoding="utf-8"))
    assert constants["caveat"].startswith("simulated")
    truth = pd.read_parquet(tmp_path / "truth/approvals_cases.parquet")
    assert len(truth) == 900
    numbers = set(pd.read_csv(tmp_path / "raw" / LOG, dtype=str)["办件编号"].dropna())
    assert numbers == set(truth["case_number"])


@pytest.mark.law
def test_equal_seeds_make_equal_logs():
    first, second, other = (demo_cohort(60, seed) for seed in (3, 3, 4))
    assert first.log.equals(second.log)
    assert not first.log.equals(other.log)


def test_a_few_cases_without_some_kinds_make_a_log_of_all_columns():
    few = demo_cohort(20, 3)
    assert list(few.log.columns) == list(demo_cohort(300).log.columns)
    assert few.events
