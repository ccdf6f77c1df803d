"""The matching benchmark on a small planted folder."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from tests.training.matching.worlds import write_task
from training.matching.confidence import ConfidenceParams
from training.matching.fit import fit, prepare
from training.matching.folder import read_tasks
from training.matching.fusion import RankParams


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    for seed in range(3):
        write_task(folder / f"tasks/task{seed}", seed, 240)
    parts = [prepare(task.part("dev"), None) for task in read_tasks(folder / "tasks")]
    ranking = RankParams(1e-3, 0.1, 30, 600, 5, 0.1, 4, 20, 1.0, 1.0, 7)
    fitted = fit(parts, ranking, ConfidenceParams((5.0, 20.0), 3, (0.4,), 0.3, 0.05, 0.9, 0.4, 7), None, "d", "c")
    fitted.ranker.save(folder / "model/model")
    fitted.confidence.save(folder / "model/model")
    return folder


def run(world, out, *more, data="tasks"):
    command = ["bench", "matching", "--data", str(world / data), "--model", str(world / "model"), "--out", str(out)]
    return CliRunner().invoke(app, [*command, *more])


@pytest.mark.surface
def test_the_record_holds_every_figure_and_the_run_files_every_query(world, tmp_path):
    done = run(world, tmp_path / "m.json")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert set(found["tasks"]) == {"task0", "task1", "task2"}
    one = found["tasks"]["task0"]
    assert set(one["figures"]) == {"ours", "bm25", "tfidf", "rrf_lexical"}
    assert one["figures"]["ours"]["ndcg_10"] > 0.8
    assert one["gain"]["over_best"]["low"] > -0.1
    assert one["queries"] == 80
    lines = (tmp_path / "m/task0.txt").read_text(encoding="utf-8").splitlines()
    fields = [line.split(" ") for line in lines]
    assert {len(line) for line in fields} == {6}
    assert len({line[0] for line in fields}) == 80
    assert [line[3] for line in fields[:2]] == ["1", "2"]


@pytest.mark.behaviour
def test_judged_only_ranks_what_is_judged(world, tmp_path):
    done = run(world, tmp_path / "m.json", "--judged-only", "--queries", "20")
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    assert found["tasks"]["task0"]["queries"] == 20
    assert found["tasks"]["task0"]["figures"]["tfidf"]["ndcg_10"] == 1.0  # one judged document a query


@pytest.mark.contract
def test_what_is_missing_is_named(world, tmp_path):
    done = run(world, tmp_path / "m.json", "--split", "train", data="model")
    assert done.exit_code == 2
    assert "holds no task" in done.output
    pd.DataFrame({"query_id": ["a"]}).to_parquet(tmp_path / "queries.parquet")
    done = CliRunner().invoke(app, ["bench", "matching", "--data", str(tmp_path), "--model", str(world / "model")])
    assert "lacks the columns" in done.output
