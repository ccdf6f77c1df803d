"""Experiment 0004 on a planted folder: curves by hand, and no text among the figures."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.real_demands import Bench, RecordError, by_shared_words, curve, reliability


@pytest.mark.law
def test_the_curve_by_hand():
    """Of .9 right, .8 wrong, .8 right, .1 wrong: equal probabilities are answered together."""
    found = curve(np.array([0.8, 0.9, 0.1, 0.8]), np.array([False, True, False, True]))
    assert [(one["coverage"], one["error"]) for one in found] == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


@pytest.mark.law
def test_reliability_by_hand():
    """Two bins of two: none right of the lower, both of the upper; exact bounds of 0 of 2 and 2 of 2 at 90 %."""
    low, high = reliability(np.array([0.9, 0.1, 0.7, 0.3]), np.array([1.0, 0.0, 1.0, 0.0]), 2)
    assert (low["p"], low["frequency"], low["low"]) == (pytest.approx(0.2), 0.0, 0.0)
    assert low["high"] == pytest.approx(1 - 0.05**0.5)
    assert (high["p"], high["frequency"], high["high"]) == (pytest.approx(0.8), 1.0, 1.0)
    assert high["low"] == pytest.approx(0.05**0.5)


@pytest.mark.truth
def test_a_planted_gain_where_few_words_are_shared_is_found_there():
    shared = np.linspace(0, 1, 500)
    table = pd.DataFrame(
        {
            "shared": shared,
            "group": np.arange(500).astype(str),
            "ndcg_tfidf": 0.5,
            "ndcg_ours": np.where(shared < 0.2, 0.9, 0.5),
        }
    )
    found = by_shared_words(table, ["tfidf"], 0)
    assert [one["queries"] for one in found] == [100] * 5
    assert found[0]["over_best"]["mean"] == pytest.approx(0.4)
    assert all(one["over_best"]["mean"] == 0.0 for one in found[1:])


@pytest.fixture(scope="module")
def made(matching_world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    command = ["real-demands", "--data", str(matching_world / "tasks"), "--model", str(matching_world / "model")]
    command += ["--out", str(folder / "0004/results"), "--record", str(folder / "bench/m.json")]
    done = CliRunner().invoke(app, [*command, "--examples", str(folder / "bench/examples.md")])
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.law
@pytest.mark.parametrize("part", [{"judged_only": True}, {"split": "dev"}, {"queries_a_task": 5}])
def test_a_record_of_a_part_is_refused(made, matching_world, tmp_path, part):
    """Figures of judged documents alone, of another split or of drawn queries are not those of the experiment."""
    record = json.loads((made / "bench/m.json").read_text(encoding="utf-8"))
    path = tmp_path / "m.json"
    path.write_text(json.dumps(record | part), encoding="utf-8")
    with pytest.raises(RecordError, match="not of all queries"):
        Bench.read(path, matching_world / "model")


@pytest.mark.law
@pytest.mark.parametrize("text", ["", '{"model": ', "{}", "[]"])
def test_a_file_that_is_no_record_is_refused(matching_world, tmp_path, text):
    """So that the benchmark is run in its place."""
    path = tmp_path / "m.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match="no record"):
        Bench.read(path, matching_world / "model")


@pytest.mark.surface
def test_what_is_committed_holds_figures_alone_and_the_examples_lie_apart(made, matching_world):
    results = made / "0004/results"
    names = {path.name for path in results.iterdir()}
    assert names == {"metrics.json", "tasks.csv", "abstention.csv", "ndcg.png", "shared_words.png", "reliability.png",
                     "reliability_tasks.png", "abstention.png"}  # fmt: skip
    texts = pd.concat(
        pd.read_parquet(path) for path in (matching_world / "tasks").glob("*/*.parquet") if path.stem != "qrels"
    )["text"]
    committed = [
        path.read_text(encoding="utf-8")
        for path in (made / "0004").rglob("*")
        if path.suffix != ".png" and path.is_file()
    ]
    words = {word for text in texts for word in text.split("、")}
    assert not any(word in text for text in committed for word in words)
    assert re.search("[\u4e00-\u9fff]", (made / "bench/examples.md").read_text(encoding="utf-8"))


@pytest.mark.surface
def test_the_readme_has_the_records_figures(made):
    record = json.loads((made / "bench/m.json").read_text(encoding="utf-8"))
    text = (made / "0004/README.md").read_text(encoding="utf-8")
    for task in record["tasks"].values():
        gain = task["gain"]["over_best"]
        assert f"{gain['mean']:.3f} [{gain['low']:.3f}, {gain['high']:.3f}]" in text
        assert f"| {task['figures']['ours']['ndcg_10']:.3f} |" in text


@pytest.mark.contract
def test_a_record_of_another_model_is_refused(made, matching_world, tmp_path):
    path = made / "bench/m.json"
    assert set(Bench.read(path, matching_world / "model").queries) == {"task0", "task1", "task2"}
    record = json.loads(path.read_text(encoding="utf-8"))
    record["model"]["confidence"] = "another"
    (tmp_path / "m.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(RecordError, match="another model"):
        Bench.read(tmp_path / "m.json", matching_world / "model")
    with pytest.raises(RecordError, match="does not exist"):
        Bench.read(tmp_path / "n.json", matching_world / "model")
