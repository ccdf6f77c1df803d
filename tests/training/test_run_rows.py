"""What a run keeps of its held-out rows: names that nobody finds, files that come back, reasons of rows left out."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates
from training.matching.fusion import Lists
from training.run_rows import (
    evaluation_rows,
    query_rows,
    read_rows,
    read_statistics,
    run_statistics,
    salted,
    store_key,
    write_run,
)

GIVEN = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["comparison"]
PARAMS = ComparisonParams(**{**GIVEN, "draws": 200})
FACTS = {"capability": "risk", "parameters": {"rounds": 5}, "git_commit": "abc", "data_sha256": "def"}


def forty_rows():
    count = 40
    rng = np.random.default_rng(1)
    cases = pd.DataFrame(
        {
            "uscc": [f"9133{number // 2:014d}" for number in range(count)],
            "as_of": pd.Timestamp("2022-12-31"),
            "growth_stage": rng.choice(["startup", "growth", "stable"], count),
        }
    )
    outcome = pd.Series(np.tile([0.0, 0.0, 0.0, 1.0], count // 4))
    prediction = rng.beta(2, 5, count)
    outcome[0], prediction[1] = np.nan, np.nan
    return evaluation_rows(cases, outcome, prediction, "probability", {"exposure_wan": np.arange(count) + 1.0})


@pytest.mark.law
def test_rows_without_an_outcome_or_a_prediction_are_counted():
    found = forty_rows()
    assert (len(found.rows), found.rows.firms) == (38, 19)
    assert dict(found.left_out) == {"no outcome": 1, "no prediction": 1}
    assert found.rows.extras["exposure_wan"][0] == 3.0


@pytest.mark.law
def test_a_row_without_an_amount_is_counted_once_and_ends_nothing():
    """The second row lacks its prediction too, which is the reason that is counted."""
    cases = pd.DataFrame({"uscc": list("abc"), "as_of": pd.Timestamp("2022-12-31"), "growth_stage": "growth"})
    amounts = {"exposure_wan": [1.0, np.nan, np.nan]}
    found = evaluation_rows(cases, pd.Series([0.0, 1.0, 1.0]), [0.1, np.nan, 0.2], "probability", amounts)
    assert (found.rows.firm.tolist(), dict(found.left_out)) == (["a"], {"no prediction": 1, "no exposure_wan": 1})


@pytest.mark.law
def test_two_loans_of_a_firm_on_one_day_are_two_rows():
    assert forty_rows().rows.key[:2].tolist() == [
        "913300000000000001 2022-12-31 0",
        "913300000000000001 2022-12-31 1",
    ]
    assert forty_rows().rows.firm_number[:3].tolist() == [0, 0, 1]


@pytest.mark.law
def test_names_are_found_in_no_file_and_pair_up_within_a_store(tmp_path):
    """Same key, same hashes; another store's key, others; the firm's code is in none of the files."""
    key = store_key(tmp_path / "key")
    assert store_key(tmp_path / "key") == key
    assert len(key) == 32
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    names = np.array(["a", "b", "a"])
    assert salted(names, key)[0] == salted(names, key)[2] != salted(names, key)[1]
    assert salted(names, key)[0] != salted(names, store_key(tmp_path / "other"))[0]
    for path in write_run(tmp_path / "run", forty_rows(), FACTS, PARAMS, key):
        assert b"913300000000000001" not in path.read_bytes()
        assert key.hex().encode() not in path.read_bytes()
    assert len(set(read_rows(tmp_path / "run/rows.parquet").firm[0])) > 6
    assert {path.name for path in tmp_path.iterdir()} == {"key", "other", "run"}


@pytest.mark.law
def test_what_is_written_comes_back_and_is_the_same_computed_afresh(tmp_path):
    """Rows, numbers of firms and metrics; another key gives other names and the same figures."""
    paths = write_run(tmp_path / "one", forty_rows(), FACTS, PARAMS, b"k" * 32)
    write_run(tmp_path / "two", forty_rows(), FACTS, PARAMS, b"l" * 32)
    rows = read_rows(paths[0])
    assert rows.prediction.tolist() == forty_rows().rows.prediction.tolist()
    assert rows.firm_number.tolist() == forty_rows().rows.firm_number.tolist()
    assert sorted(rows.extras) == ["exposure_wan", "growth_stage"]
    stored = [json.loads((tmp_path / name / "statistics.json").read_text(encoding="utf-8")) for name in ("one", "two")]
    assert stored[0]["metrics"] == stored[1]["metrics"]
    fresh = run_statistics(rows, PARAMS)["metrics"]
    assert {name: one["value"] for name, one in fresh.items()} == {
        name: one["value"] for name, one in stored[0]["metrics"].items()
    }
    assert stored[0]["rows_digest"] == rows.digest
    auc = read_statistics(stored[0])["auc"]
    assert (len(auc.draws), len(auc.left_out), auc.method) == (200, 19, "t")
    assert [one["rows"] for one in stored[0]["tenths"]] == [4, 4, 3, 4, 4, 4, 4, 3, 4, 4]
    about = json.loads(paths[2].read_text(encoding="utf-8"))
    assert (about["rows"], about["firms"], about["left_out"]["no outcome"]) == (38, 19, 1)
    assert about["parameters"] == {"rounds": 5}
    assert about["statistics_sha256"] == sha256(paths[1].read_bytes()).hexdigest()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="weight"), "rows.parquet: found the columns firm, .* weight missing"),
        (lambda table: table.assign(kind=["probability"] * 37 + ["points"]), "kind: found probability, points"),
        (lambda table: table.assign(prediction=2.0), "rows.parquet: prediction: row 0 holds 2.0; allowed: numbers"),
        (lambda table: table.assign(outcome="no"), "rows.parquet: could not convert"),
    ],
)
def test_a_file_that_is_not_rows_is_named(tmp_path, change, message):
    paths = write_run(tmp_path, forty_rows(), FACTS, PARAMS, b"k" * 32)
    change(pd.read_parquet(paths[0])).to_parquet(paths[0])
    with pytest.raises(RowsError, match=message):
        read_rows(paths[0])


@pytest.mark.contract
def test_a_file_that_is_no_table_is_named(tmp_path):
    (tmp_path / "rows.parquet").write_bytes(b"no table")
    with pytest.raises(RowsError, match="cannot be read as Parquet"):
        read_rows(tmp_path / "rows.parquet")


@pytest.mark.law
def test_queries_keep_their_order_groups_and_missed_documents():
    """Two queries of one group: the second's relevant document of gain 1 is no candidate and comes last."""
    start = np.array([0, 2, 4])
    candidates = Candidates(
        start,
        np.array([5, 6, 5, 7]),
        np.zeros(4, int),
        np.zeros((4, len(PAIR_COLUMNS))),
        np.zeros((2, len(QUERY_COLUMNS))),
    )
    lists = Lists(
        candidates, np.array([2.0, -1.0, 0.0, 2.0]), [[2.0], [2.0, 1.0]], np.array(["t:g", "t:g"], dtype=object)
    )
    rows = query_rows([lists], [np.array([0.9, 0.1, 0.8, 0.3])]).rows
    assert rows.extras["query"].tolist() == [0, 0, 1, 1, 1]
    assert rows.outcome.tolist() == [2, 0, 0, 2, 1]
    assert rows.prediction.tolist() == [0.9, 0.1, 0.8, 0.3, -0.9]
    assert rows.firms == 1
    dcg = (2 / np.log2(3) + 1 / 2) / (2 + 1 / np.log2(3))
    assert PARAMS.table()["ndcg"](rows) == pytest.approx([(1 + dcg) / 2])
