"""Runs are found by id, prefix or folder; every bad input has one sentence with file, found and allowed."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import orjson
import pandas as pd
import pytest

from experiments.compare.runs import CompareError, comparable_statistics, find_runs
from models.comparison.rows import RowsError
from training.run_rows import read_rows, read_statistics

IDS = ("0123456789abcdef0123456789abcdef", "0123457777abcdef0123456789abcdef")


@pytest.fixture
def store(runs, tmp_path):
    """The runs base and same under ids, as the tracking store keeps them, and one that kept no rows."""
    for name, identity in zip(("base", "same"), IDS, strict=True):
        shutil.copytree(runs / name, tmp_path / "mlruns" / identity / "artifacts")
    (tmp_path / "mlruns/ffffffffff/artifacts").mkdir(parents=True)
    (tmp_path / "mlruns/ffffffffff/artifacts/model.json").write_text("{}", encoding="utf-8")
    return tmp_path / "mlruns"


@pytest.mark.contract
def test_a_run_is_an_id_the_beginning_of_one_or_a_folder(runs, store):
    found = find_runs([IDS[0], "01234577", str(runs / "worse")], store)
    assert [one.folder for one in found] == [store / IDS[0] / "artifacts", store / IDS[1] / "artifacts", runs / "worse"]
    assert found[0].about["parameters"] == {"rounds": 0, "seed": 7, "layer": {"width": 0}}


@pytest.mark.contract
@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([IDS[0]], "RUN: found 1; allowed: two or more, the first of which is the baseline"),
        ([IDS[0], IDS[0]], f"RUN: found {IDS[0]} twice; allowed: each run once"),
        ([IDS[0], IDS[0][:8]], f"RUN: found {IDS[0]} and {IDS[0][:8]}, one run; allowed: each run once"),
        ([IDS[0], "nowhere"], "RUN: 'nowhere' is no folder and no id of a run; found 3 runs, such as 0123.*allowed"),
        ([IDS[0], "012345"], "RUN: '012345' begins 2 ids; found 3 runs"),
        ([IDS[0], "ffffff"], "rows.parquet: not found .run ffffff.; found model.json; allowed: a run that kept"),
    ],
)
def test_a_run_that_is_not_there_is_named(store, names, message):
    with pytest.raises(CompareError, match=message):
        find_runs(names, store)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("searched", "message"),
    [
        (True, r"RUN: 'abcdef' is a run without rows \(abcdef01\): a search or.* allowed: a run that kept"),
        (False, r"RUN: 'abcdef' is a run whose files are missing: found no .*mlruns/abcdef01/artifacts; allowed"),
    ],
)
def test_a_run_without_a_folder_is_a_trial_or_has_lost_its_files(store, monkeypatch, searched, message):
    """A trial keeps no files; that of a training run may have been deleted."""
    monkeypatch.setattr("experiments.compare.runs.is_of_search", lambda _: searched)
    monkeypatch.setattr("experiments.compare.runs.run_ids", lambda name: ["abcdef01"] if name == "abcdef" else [])
    with pytest.raises(CompareError, match=message):
        find_runs([IDS[0], "abcdef"], store)


@pytest.mark.contract
def test_without_a_store_the_message_names_it(tmp_path):
    with pytest.raises(
        CompareError, match=r"found no run in .*mlruns; allowed: one of their ids, or a folder with rows"
    ):
        find_runs(["abcdefgh", "b"], tmp_path / "mlruns")


@pytest.mark.contract
def test_runs_on_different_rows_are_refused(runs, comparison_params):
    named = find_runs([str(runs / "base"), str(runs / "other")])
    with pytest.raises(CompareError, match=r"other/rows.parquet: key: found 0 rows .* 100 of its 400 rows are missing"):
        comparable_statistics(named, comparison_params)


@pytest.mark.contract
def test_a_fault_of_rows_names_their_file_once(runs, tmp_path, comparison_params):
    shutil.copytree(runs / "same", tmp_path / "same")
    table = pd.read_parquet(tmp_path / "same/rows.parquet")
    table.assign(weight=-1.0).to_parquet(tmp_path / "same/rows.parquet")
    named = find_runs([str(runs / "base"), str(tmp_path / "same")])
    with pytest.raises(RowsError) as fault:
        comparable_statistics(named, comparison_params)
    path = tmp_path / "same/rows.parquet"
    assert str(fault.value) == f"{path}: weight: row 0 holds -1.0; allowed: numbers of 0 or more"


@pytest.mark.contract
@pytest.mark.parametrize(
    ("text", "message"), [("{", "run.json: cannot be read"), ("[1]", "run.json: found list; allowed: names")]
)
def test_a_damaged_file_is_named(runs, tmp_path, text, message):
    shutil.copytree(runs / "base", tmp_path / "one")
    (tmp_path / "one/run.json").write_text(text, encoding="utf-8")
    with pytest.raises(CompareError, match=message):
        find_runs([str(tmp_path / "one"), str(runs / "same")])[0].about  # noqa: B018  # a property


@pytest.mark.contract
def test_a_folder_may_have_params_in_the_place_of_a_run(runs, tmp_path):
    shutil.copytree(runs / "base", tmp_path / "one")
    (tmp_path / "one/run.json").unlink()
    (tmp_path / "one/params.yaml").write_text("risk: {rounds: 3}\n", encoding="utf-8")
    assert find_runs([str(tmp_path / "one"), str(runs / "same")])[0].about == {"parameters": {"risk": {"rounds": 3}}}


@pytest.mark.law
def test_stored_statistics_are_those_computed_afresh(runs, comparison_params):
    named = find_runs([str(runs / name) for name in ("base", "worse")])
    stored, fresh = (comparable_statistics(named, comparison_params, of) for of in (False, True))
    for run in stored:
        for name, one in read_statistics(stored[run]).items():
            assert np.array_equal(one.draws, read_statistics(fresh[run])[name].draws, equal_nan=True)
            assert one.value == read_statistics(fresh[run])[name].value


@pytest.mark.law
@pytest.mark.parametrize("change", ["rows", "seed"])
def test_stored_statistics_of_other_rows_or_numbers_are_not_used(runs, tmp_path, comparison_params, change):
    """Predictions changed behind the run's back, or another seed: the statistics are computed again."""
    shutil.copytree(runs / "same", tmp_path / "same")
    params = comparison_params
    if change == "rows":
        table = pd.read_parquet(tmp_path / "same/rows.parquet")
        table.assign(prediction=table["prediction"][::-1].to_numpy()).to_parquet(tmp_path / "same/rows.parquet")
    else:
        params = replace(params, seed=8)
    named = find_runs([str(runs / "base"), str(tmp_path / "same")])
    stored = orjson.loads((tmp_path / "same/statistics.json").read_bytes())["metrics"]["auc"]
    found = comparable_statistics(named, params)[named[1].name]["metrics"]["auc"]
    assert found["draws"] != stored["draws"]
    assert (found["value"] == stored["value"]) == (change == "seed")


@pytest.mark.law
def test_rows_in_another_order_are_paired_by_key(runs, tmp_path, comparison_params):
    shutil.copytree(runs / "same", tmp_path / "same")
    pd.read_parquet(tmp_path / "same/rows.parquet")[::-1].to_parquet(tmp_path / "same/rows.parquet", index=False)
    (tmp_path / "same/statistics.json").unlink()
    named = find_runs([str(runs / "base"), str(runs / "same"), str(tmp_path / "same")])
    found = [read_statistics(one)["auc"].draws for one in comparable_statistics(named, comparison_params).values()]
    assert np.array_equal(found[1], found[2])


@pytest.mark.law
def test_runs_of_two_stores_are_paired_by_position_where_every_fact_is_the_same(runs, tmp_path, comparison_params):
    """Another store has another key: its hashes share nothing with ours. A changed outcome is still refused."""
    table = pd.read_parquet(runs / "same/rows.parquet")
    foreign = table.assign(key="x" + table["key"], firm="x" + table["firm"])
    for name, one in (("same", foreign), ("changed", foreign.assign(outcome=foreign["outcome"][::-1].to_numpy()))):
        (tmp_path / name).mkdir()
        one.to_parquet(tmp_path / name / "rows.parquet", index=False)
    named = find_runs([str(runs / "base"), str(runs / "same"), str(tmp_path / "same")])
    found = [read_statistics(one)["auc"].draws for one in comparable_statistics(named, comparison_params).values()]
    assert np.array_equal(found[1], found[2])
    with pytest.raises(
        CompareError, match=r"changed/rows.parquet: outcome: found \d+ of 400 rows unlike the baseline's"
    ):
        comparable_statistics(find_runs([str(runs / "base"), str(tmp_path / "changed")]), comparison_params)


@pytest.mark.law
def test_what_is_stored_with_runs_is_not_computed_again(runs, comparison_params, monkeypatch):
    """A page of hundreds of runs reads the rows of its baseline alone, and of the others the predictions."""
    read = []
    monkeypatch.setattr("experiments.compare.runs.run_statistics", None)
    monkeypatch.setattr("experiments.compare.runs.read_rows", lambda path: read.append(path) or read_rows(path))
    named = find_runs([str(runs / name) for name in ("base", "same", "worse")])
    assert len(comparable_statistics(named, comparison_params)) == 3
    assert read == [runs / "base/rows.parquet"]


@pytest.mark.law
@pytest.mark.parametrize("changed", ["firms", "outcome_mean", "rows"])
def test_what_the_baselines_file_says_of_its_rows_is_compared_with_them(runs, tmp_path, comparison_params, changed):
    """The number of firms that would show more rests on theirs."""
    shutil.copytree(runs / "base", tmp_path / "base")
    path = tmp_path / "base/statistics.json"
    stored = orjson.loads(path.read_bytes())
    path.write_bytes(orjson.dumps(stored | {changed: 7}))
    about = orjson.loads((tmp_path / "base/run.json").read_bytes())  # of a run that keeps no digest
    del about["statistics_sha256"]
    (tmp_path / "base/run.json").write_bytes(orjson.dumps(about))
    named = find_runs([str(tmp_path / "base"), str(runs / "same")])
    assert comparable_statistics(named, comparison_params)[named[0].name][changed] == stored[changed]
