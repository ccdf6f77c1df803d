"""The matching benchmark on a small planted folder."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app


@pytest.fixture
def world(matching_world):
    return matching_world


def run(world, out, *more, data="tasks"):
    command = ["bench", "matching", "--data", str(world / data), "--model", str(world / "model"), "--out", str(out)]
    return CliRunner().invoke(app, [*command, *more])


@pytest.fixture(scope="module")
def whole(matching_world, tmp_path_factory):
    """Where the record of the whole benchmark is, and what is beside it."""
    folder = tmp_path_factory.mktemp("whole")
    done = run(matching_world, folder / "m.json")
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.surface
def test_the_record_holds_every_figure_and_the_run_files_every_query(whole):
    found = json.loads((whole / "m.json").read_text(encoding="utf-8"))
    assert set(found["tasks"]) == {"task0", "task1", "task2"}
    one = found["tasks"]["task0"]
    assert set(one["figures"]) == {"ours", "bm25", "tfidf", "rrf_lexical"}
    assert one["figures"]["ours"]["ndcg_10"] > 0.8
    assert one["gain"]["over_best"]["low"] > -0.1
    assert one["queries"] == 80
    lines = (whole / "m/task0.txt").read_text(encoding="utf-8").splitlines()
    fields = [line.split(" ") for line in lines]
    assert {len(line) for line in fields} == {6}
    assert len({line[0] for line in fields}) == 80
    assert [line[3] for line in fields[:2]] == ["1", "2"]


@pytest.mark.law
def test_the_tables_of_queries_give_the_records_figures_again(world, whole):
    """One row a query without any text, from which means, pooled figures and abstention follow."""
    found = json.loads((whole / "m.json").read_text(encoding="utf-8"))
    tables = {name: pd.read_parquet(whole / f"m/{name}.parquet") for name in found["tasks"]}
    for name, table in tables.items():
        assert not {"text", "query"} & set(table)
        for ranker, figures in found["tasks"][name]["figures"].items():
            assert table[f"ndcg_{ranker}"].mean() == pytest.approx(figures["ndcg_10"])
        assert table["first"].mean() == pytest.approx(found["tasks"][name]["calibration"]["mean_probability"])
    every = pd.concat(tables.values())
    least = json.loads((world / "model/model/confidence.json").read_text(encoding="utf-8"))["thresholds"]["0.4"]
    p = every["any_of_three_p"].where(~every["removed"], every["removed_p"])
    right = every["any_of_three"] & ~every["removed"]
    pooled = found["pooled"]["abstention"]["0.4"]["suppliers_removed"]
    assert (p >= least).mean() == pytest.approx(pooled["coverage"])
    assert (~right[p >= least]).mean() == pytest.approx(pooled["error"])
    unseen = found["pooled"]["unseen_wording"]
    assert unseen["queries"] == every["unseen"].sum()
    assert unseen["ndcg_10"]["tfidf"] == pytest.approx(every.loc[every["unseen"], "ndcg_tfidf"].mean())
    assert found["languages"] is None  # without an encoder no demand in English can be read


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
