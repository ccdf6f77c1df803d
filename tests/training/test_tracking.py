"""A tracked model takes what its users have, and its store moves with its folder."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

import pandas as pd
import pytest

from training import tracking
from training.tracking import SearchRuns, in_types_of, track

ROWS = 4


@dataclass(frozen=True)
class Numbers:
    """A section of params.yaml."""

    seed: int = 1


class Doubling:
    """A model of the day, the flag, the text and the number."""

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        assert (frame["as_of"].dtype.kind, frame["is_open"].dtype.kind) == ("M", "b")
        assert frame["note"].isna().all()
        return pd.DataFrame({"twice": 2.0 * frame["headcount"] + frame["as_of"].dt.year})


def example() -> pd.DataFrame:
    """Columns of every kind; a whole number, a day, and text that is missing throughout."""
    return pd.DataFrame(
        {
            "headcount": pd.Series(range(10, 10 + ROWS), dtype="int64"),
            "margin": [0.5, None, 1.0, 2.0],
            "as_of": pd.date_range("2024-01-01", periods=ROWS),
            "is_open": [True, False, True, True],
            "uscc": pd.Series([f"91310000{number:010d}" for number in range(ROWS)], dtype=object),
            "note": pd.Series([None] * ROWS, dtype=object),
        }
    )


@pytest.mark.surface
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")  # MLflow's
def test_a_tracked_model_takes_whole_numbers_and_csv_tables_and_moves_with_its_store(tmp_path, monkeypatch):
    """int64, float64 and a table written to CSV and read back give the same; so does the store in another folder."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "requirements.lock").write_text("pandas\n", encoding="utf-8")
    monkeypatch.chdir(here)
    table = example()
    run = track("points", Numbers(), {"auc": 0.7}, "digest", (), Doubling(), table)
    import mlflow

    expected = [2 * count + 2024.0 for count in range(10, 10 + ROWS)]
    table.to_csv("table.csv", index=False)
    shutil.move(here, there)
    monkeypatch.chdir(there)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    model = mlflow.pyfunc.load_model(f"runs:/{run}/model")
    for given in (table, table.astype({"headcount": float}), pd.read_csv("table.csv")):
        assert model.predict(given)["twice"].tolist() == expected


@pytest.mark.contract
def test_a_cell_that_is_not_of_its_columns_kind_is_named():
    """Column and row are named; nothing is guessed."""
    table = example()
    with pytest.raises(ValueError, match="headcount: row 2 is no number"):
        in_types_of(table.astype({"headcount": object}).assign(headcount=["1", "2", "many", "4"]), table)
    with pytest.raises(ValueError, match=r"lacks the columns \['margin'\]"):
        in_types_of(table.drop(columns="margin"), table)


@pytest.mark.surface
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")  # MLflow's
def test_a_search_is_one_run_and_each_trial_one_child_however_often_it_is_begun(tmp_path, monkeypatch):
    """A trial half logged by a killed process is logged again, a logged one never twice."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracking, "STORE", f"sqlite:///{tmp_path}/mlflow.db")  # MLflow keeps a store open by its URL
    (tmp_path / "proposed.yaml").write_text("risk: {}\n", encoding="utf-8")
    first = SearchRuns("risk", "digest", {"trials": 2}, "data")
    first.add("all 0", {"rate": 0.5}, {"loss": 0.3}, pruned=False)
    first._begin("all 1", {}, {"mlflow.parentRunId": first.run_id, "trial": "all 1"})  # and then it was killed
    again = SearchRuns("risk", "digest", {"trials": 2}, "data")
    for trial, pruned in (("all 0", False), ("all 1", True)):
        again.add(trial, {"rate": 0.1}, {"loss": 0.2}, pruned=pruned)
    again.end({"optimism_gap": 0.01}, [tmp_path / "proposed.yaml"])
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("innovation-points").experiment_id
    runs = {one.info.run_name: one for one in client.search_runs([experiment])}
    assert (again.run_id, len(client.search_runs([experiment]))) == (first.run_id, 3)
    assert runs["tune risk"].data.metrics == {"optimism_gap": 0.01}
    assert [one.path for one in client.list_artifacts(first.run_id)] == ["proposed.yaml"]
    assert runs["all 0"].data.params == {"rate": "0.5"}
    assert (runs["all 0"].info.status, runs["all 1"].info.status) == ("FINISHED", "KILLED")
    assert {one.data.tags["mlflow.parentRunId"] for name, one in runs.items() if name != "tune risk"} == {first.run_id}
    ids = sorted(one.info.run_id for one in runs.values())
    assert tracking.run_ids("") == ids
    assert tracking.run_ids(first.run_id[:20]) == [first.run_id]
    assert tracking.run_ids("%") == []
    assert all(tracking.is_of_search(run) for run in ids)
    assert not tracking.is_of_search(track("risk", Numbers(), {}, "digest"))
    assert SearchRuns("risk", "other", {}, "data").run_id != first.run_id


@pytest.mark.contract
def test_a_commit_is_named_by_its_digits_though_it_has_a_tag(tmp_path, monkeypatch):
    """And by ``-dirty`` behind them where a file in git has changed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("1", encoding="utf-8")
    who = ["-c", "user.name=n", "-c", "user.email=e@x"]
    for command in (["init", "-q"], ["add", "a"], [*who, "commit", "-qm", "c"], [*who, "tag", "-am", "t", "v1"]):
        subprocess.run(["git", *command], check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert tracking.git_commit() == head
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert tracking.git_commit() == f"{head}-dirty"
