"""What a comparison of three planted runs finds."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from experiments.compare.runs import find_runs
from experiments.compare.study import compare_runs
from models.comparison.rows import RowsError
from training.run_rows import evaluation_rows, read_statistics, write_run


@pytest.fixture(scope="module")
def result(runs, comparison_params):
    return compare_runs(find_runs([str(runs / name) for name in ("base", "same", "worse")]), comparison_params)


def of(result, run, metric):
    return next(one for one in result["comparisons"] if one["run"].endswith(run) and one["metric"] == metric)


@pytest.mark.truth
def test_a_run_with_random_predictions_is_worse_and_a_twin_is_equivalent(result):
    worse, same = of(result, "worse", "auc"), of(result, "same", "auc")
    assert (worse["verdict"], same["verdict"]) == ("worse", "equivalent")
    assert worse["difference"]["high"] < 0
    assert -0.01 < same["difference"]["low"] <= same["difference"]["high"] < 0.01
    assert of(result, "worse", "brier")["verdict"] == "worse"
    assert of(result, "worse", "brier")["difference"]["low"] > 0  # more of it
    assert of(result, "worse", "brier")["gain"]["high"] < 0


@pytest.mark.law
def test_every_run_and_metric_is_there(result):
    metrics = [metric["name"] for metric in result["metrics"]]
    assert metrics == [
        "auc",
        "ks",
        "brier",
        "log_loss",
        "calibration_slope",
        "calibration_intercept",
        "ece",
        "expected_profit",
    ]
    assert len(result["comparisons"]) == 2 * len(metrics) == result["method"]["pairs"]
    assert {run["name"].rsplit("/")[-1] for run in result["runs"]} == {"base", "same", "worse"}
    assert all(sum(counts.values()) == 2 for counts in result["verdicts"].values())
    assert result["rows"] | {"digest": ""} == {
        "kind": "probability", "rows": 400, "firms": 400, "outcome_mean": result["rows"]["outcome_mean"], "digest": "",
    }  # fmt: skip
    for one in result["comparisons"]:
        assert one["challenger"] - one["baseline"] == pytest.approx(one["difference"]["estimate"], abs=1e-12)


@pytest.mark.law
def test_an_interval_of_a_metrics_own_level_ends_where_the_metric_can_lie(tmp_path, comparison_params):
    """KS is a gap: that of predictions at random was from below 0. A difference may be negative."""
    rng = np.random.default_rng(5)
    cases = pd.DataFrame({"uscc": [f"F{number}" for number in range(60)], "as_of": pd.Timestamp("2022-12-31")})
    outcome = pd.Series((rng.random(60) < 0.1).astype(float))
    for name in ("one", "two"):
        tested = evaluation_rows(cases.assign(growth_stage="growth"), outcome, rng.random(60), "probability")
        write_run(tmp_path / name, tested, {}, comparison_params, b"k" * 32)
    named = find_runs([str(tmp_path / name) for name in ("two", "one")])
    found, table = compare_runs(named, comparison_params), comparison_params.table()
    stored = read_statistics(named[1].stored_statistics)
    beyond = [name for name, one in stored.items() if one.interval().low < table[name].low]
    assert "ks" in beyond
    for of in found["figures"].values():
        for name, one in of.items():
            assert table[name].low <= one["low"] <= one["estimate"] <= one["high"] <= table[name].high
    assert found["figures"][named[1].name]["ks"]["low"] == 0.0
    assert min(one["difference"]["low"] for one in found["comparisons"] if one["metric"] == "ks") < 0.0


@pytest.mark.law
def test_only_parameters_that_differ_are_listed(result):
    found = {name: list(values.values()) for name, values in result["parameters"].items()}
    assert found == {"layer.width": [0, 1, 2], "rounds": [0, 10, 20]}


@pytest.mark.law
def test_weights_are_the_full_marks_of_an_indicator(result):
    growth = {name: {run.rsplit("/")[-1]: points for run, points in of.items()} for name, of in
              result["weights"]["growth"].items()}  # fmt: skip
    assert growth == {"rd": {"base": 4.5, "worse": 7.0}, "ip": {"base": 2.0, "worse": 2.0}}


@pytest.mark.contract
def test_of_a_card_of_other_columns_the_weights_are_left_out_and_the_metrics_compared(
    runs, tmp_path, comparison_params
):
    """As of a run that an earlier version made: its rows are all that a metric needs."""
    shutil.copytree(runs / "base", tmp_path / "one")
    (tmp_path / "one/card.csv").write_text("stage,points\ngrowth,1\n", encoding="utf-8")
    told = []
    given = find_runs([str(tmp_path / "one"), str(runs / "worse")])
    made = compare_runs(given, comparison_params, note=told.append)
    assert told == [
        f"run {given[0].name}: its card.csv has no column indicator, full_marks, so its weights are not shown"
    ]
    assert {run for points in made["weights"]["growth"].values() for run in points} == {given[1].name}
    assert made["comparisons"]


@pytest.mark.contract
def test_chosen_metrics_alone_and_an_unknown_one(runs, comparison_params):
    named = find_runs([str(runs / "base"), str(runs / "same")])
    assert [one["metric"] for one in compare_runs(named, comparison_params, ["ks", "auc"])["comparisons"]] == [
        "ks",
        "auc",
    ]
    with pytest.raises(
        RowsError, match="--metric: found ndcg, gini; allowed for these probability rows: auc, ks, brier"
    ):
        compare_runs(named, comparison_params, ["ndcg", "auc", "gini"])


@pytest.mark.law
def test_the_same_runs_give_the_same_result(runs, comparison_params, result):
    again = compare_runs(
        find_runs([str(runs / name) for name in ("base", "same", "worse")]), comparison_params, fresh=True
    )
    assert again == result
