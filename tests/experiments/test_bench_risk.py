from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.risk import mean_ranks
from training.risk_table import TableError, as_table


def table(rows: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"loan_no": range(rows), "a": rng.normal(size=rows), "b": rng.normal(size=rows)})
    frame["firm"] = [f"F{place // 2}" for place in range(rows)]
    frame["kind"] = rng.choice(["u", "v", "w"], rows)
    frame.loc[::9, "b"] = np.nan
    frame.loc[::11, "kind"] = None
    frame["granted"] = pd.date_range("2020-01-01", periods=rows)
    frame["weight"] = rng.uniform(0.5, 2, rows)
    frame["default"] = (rng.random(rows) < 1 / (1 + np.exp(-frame["a"]))).astype(int)
    return frame


@pytest.mark.surface
def test_bench_risk_runs_on_any_table_and_writes_every_model(tmp_path):
    """Groups, weights, categories, missing values and a sign; figures with intervals and paired differences."""
    frame = table()
    frame.to_parquet(tmp_path / "loans.parquet")
    (tmp_path / "signs.json").write_text('{"a": 1}', encoding="utf-8")
    out = tmp_path / "risk.json"
    done = CliRunner().invoke(
        app,
        f"bench risk --table {tmp_path}/loans.parquet --target default --group firm --weight weight --exclude granted "
        f"--monotone {tmp_path}/signs.json --folds 2 --repeats 1 --budget-s 0.1 --jobs 1 --out {out}",
    )
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text(encoding="utf-8"))
    one = next(iter(told["tables"].values()))
    assert set(one["models"]) == set(told["mean_rank"])
    assert {"ours", "woe_logistic", "lightgbm_default", "xgboost_default", "catboost_default", "catboost_tuned"} == set(
        one["models"]
    )
    for model in one["models"].values():
        assert model["figures"]["auc"]["low"] <= model["figures"]["auc"]["value"] <= model["figures"]["auc"]["high"]
        assert {"fit_s", "predict_us_per_row", "ours_minus_this"} <= set(model)
    assert one["left_out"]["loan_no"].startswith("identifier")


@pytest.mark.surface
def test_bench_risk_refuses_a_leak_and_says_which(tmp_path):
    """A column that knows the outcome stops the run before anything is fitted."""
    frame = table()
    frame.assign(recovered=np.where(frame["default"] == 1, 5.0, np.nan)).to_csv(tmp_path / "loans.csv", index=False)
    done = CliRunner().invoke(
        app,
        ["bench", "risk", "--table", str(tmp_path / "loans.csv"), "--target", "default", "--out", str(tmp_path / "o")],
    )
    assert done.exit_code == 2
    assert "recovered" in done.output
    assert not (tmp_path / "o").exists()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "defalt"}, r"--target defalt; it has \['loan_no'"),
        ({"target": "a"}, r"target a has the values .*; 0 \(good\) and 1 \(default\) are allowed"),
        ({"target": "default", "weight": "a"}, r"weight a: \d+ values are not above 0"),
        ({"target": "default", "exclude": ["x"]}, r"--exclude x"),
    ],
)
def test_a_wrong_option_names_the_column_and_what_is_allowed(options, message):
    """Nothing is guessed."""
    with pytest.raises(TableError, match=message):
        as_table(table(), **options)


@pytest.mark.law
def test_ranks_are_means_over_tables_and_figures():
    """Best everywhere is 1, last of two everywhere is 2."""
    figures = {"brier": {"value": 0.1}, "log_loss": {"value": 0.3}}
    worse = {"brier": {"value": 0.2}, "log_loss": {"value": 0.4}}
    one = {"models": {"ours": {"figures": figures}, "peer": {"figures": worse}}}
    assert mean_ranks({"t": one, "u": one}) == {"ours": 1.0, "peer": 2.0}
