from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from training.risk.table import TableError, as_table


def table(rows: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"loan_no": range(rows), "a": rng.normal(size=rows), "b": rng.normal(size=rows)})
    frame["firm"] = [f"F{position // 2}" for position in range(rows)]
    frame["kind"] = rng.choice(["u", "v", "w"], rows)
    frame.loc[::9, "b"] = np.nan
    frame.loc[::11, "kind"] = None
    frame["granted"] = pd.date_range("2020-01-01", periods=rows)
    frame["weight"] = rng.uniform(0.5, 2, rows)
    frame["default"] = (rng.random(rows) < 1 / (1 + np.exp(-frame["a"]))).astype(int)
    return frame


@pytest.mark.surface
@pytest.mark.usefixtures("short_members")
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
    result = json.loads(out.read_text(encoding="utf-8"))
    one = next(iter(result["tables"].values()))
    assert set(one["models"]) == set(result["mean_rank"])
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


STRANGE = ("资产负债率(%)", "净利润[万元]", "x:y", 'q"r', "{z},<1")


def strange_table(rows: int = 240) -> pd.DataFrame:
    """Columns whose names some libraries refuse, cells as people write them, rows in Chinese."""
    rng = np.random.default_rng(3)
    y = (rng.random(rows) < 0.3).astype(int)
    return pd.DataFrame(
        {
            STRANGE[0]: [f"{value:.1f}%" for value in rng.normal(50, 9, rows) + 4 * y],
            STRANGE[1]: [f"{value:,.2f}" for value in rng.normal(5_000, 900, rows)],
            STRANGE[2]: rng.normal(size=rows),
            STRANGE[3]: rng.choice(["软件", "材料", "服务"], rows),
            STRANGE[4]: rng.integers(0, 50, rows),
            "default": y,
        }
    )


@pytest.mark.surface
@pytest.mark.usefixtures("short_members")
def test_names_of_columns_do_not_matter_nor_the_encoding_of_the_file(tmp_path):
    """Any name, UTF-8 or GB18030: the same figures as under plain names."""
    frame = strange_table()
    plain = frame.set_axis([*"abcde", "default"], axis=1)
    frame.to_csv(tmp_path / "utf8.csv", index=False)
    frame.to_csv(tmp_path / "gb.csv", index=False, encoding="gb18030")
    plain.to_csv(tmp_path / "plain.csv", index=False)
    out = tmp_path / "risk.json"
    for name in ("utf8", "gb", "plain"):
        given = ["bench", "risk", "--table", str(tmp_path / f"{name}.csv"), "--target", "default", "--folds", "2"]
        given += ["--repeats", "1", "--jobs", "1", "--peer", "lightgbm_default"]
        done = CliRunner().invoke(app, [*given, "--out", str(out)])
        assert done.exit_code == 0, done.output
    tables = json.loads(out.read_text(encoding="utf-8"))["tables"]
    result = [{name: model["figures"] for name, model in one["models"].items()} for one in tables.values()]
    assert len(result) == 3
    assert result[0] == result[1] == result[2]


@pytest.mark.contract
def test_a_column_that_is_twice_is_one_message(tmp_path):
    """The target among them: nothing is taken for a feature, nothing fails in the middle."""
    (tmp_path / "t.csv").write_text("a,default,default\n1,0,0\n2,1,1\n", encoding="utf-8")
    given = ["bench", "risk", "--table", str(tmp_path / "t.csv"), "--target", "default", "--out", str(tmp_path / "o")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 2
    assert "columns of one name: ['default']" in done.output
