"""The command trains on the train split and measures on dev; what it cannot read is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from training.__main__ import app
from training.matching import encoder
from training.matching.encoder_params import EncoderParams
from training.params import read_section
from training.pipeline.matching_encoder import matching_encoder
from training.pipeline.matching_records import RECORDS

pytestmark = pytest.mark.contract


@pytest.fixture
def folder(tmp_path):
    task = tmp_path / "tasks/one"
    task.mkdir(parents=True)
    splits = ["train"] * 6 + ["dev"] * 3 + ["test"] * 3
    numbers = [str(number) for number in range(12)]
    pd.DataFrame({"query_id": numbers, "text": [f"q{n}" for n in numbers], "split": splits}).to_parquet(
        task / "queries.parquet"
    )
    pd.DataFrame({"doc_id": numbers, "text": [f"d{n}" for n in numbers], "split": splits}).to_parquet(
        task / "documents.parquet"
    )
    pd.DataFrame({"query_id": numbers, "doc_id": numbers, "relevance": 1}).to_parquet(task / "qrels.parquet")
    return tmp_path / "tasks"


@pytest.mark.parametrize(("device", "layers"), [("cpu", 6), ("cuda", 0)])
def test_train_is_learned_from_and_dev_measured(folder, tmp_path, monkeypatch, device, layers):
    seen = {}

    def make(pairs, params, out, device, dev):
        seen.update(pairs=pairs, params=params, dev=dev, device=device)
        return {"digest": "d"}

    monkeypatch.setattr(encoder, "make_encoder", make)
    arguments = ["matching-encoder", "--data", str(folder), "--out", str(tmp_path / "out"), "--device", device]
    result = CliRunner().invoke(app, [*arguments, "--epochs", "200"], catch_exceptions=False)
    assert result.exit_code == 0
    assert sorted(seen["pairs"].table["query"]) == [f"q{number}" for number in range(6)]
    assert sorted(seen["dev"][0].queries["text"]) == ["q6", "q7", "q8"]
    assert seen["params"].frozen_layers == layers
    assert seen["params"].batches == round(200 * 6 / seen["params"].batch_size)
    assert json.loads((tmp_path / "out/metrics.json").read_text()) == {"digest": "d"}


def test_the_help_states_the_large_settings_as_they_are():
    """Every figure of the sentence on --device cuda is the one that is computed with."""
    large = read_section("matching_encoder", EncoderParams).large()
    text = " ".join(matching_encoder.__doc__.split())
    assert large.frozen_layers == 0
    assert f"first {large.train_tokens} tokens" in text
    assert f"batches of {large.batch_size} pairs, learning rate {large.learning_rate:g}" in text
    assert large.runs == 4
    assert "four runs with the same settings that differ by their seed" in text
    assert f"{large.tuned_share:g} of the way from the weights before" in text
    assert large.batches == read_section("matching_encoder", EncoderParams).batches


def test_a_folder_without_a_task_is_named(tmp_path):
    result = CliRunner().invoke(app, ["matching-encoder", "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "holds no task" in " ".join(result.output.replace("│", " ").split())


def test_without_a_folder_the_zones_own_records_are_tuned_on_and_nothing_is_measured(tmp_path, monkeypatch):
    """The pairs are of demands of the train part and the firms that an outcome says are relevant."""
    seen = {}

    def make(pairs, params, out, device, dev):
        seen.update(pairs=pairs, out=out, dev=dev)
        return {"digest": "d"}

    monkeypatch.setattr(encoder, "make_encoder", make)
    shutil.copyfile("params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    RECORDS.mkdir(parents=True)
    number = range(40)
    demands = pd.DataFrame({"demand_id": [f"d{n}" for n in number], "title": "", "problem": [f"q{n}" for n in number]})
    documents = pd.DataFrame(
        {
            "document_id": [f"c{n}" for n in number], "enterprise_id": [f"f{n}" for n in number], "kind": "patent",
            "title": "", "text": [f"d{n}" for n in number], "date": pd.Timestamp("2023-01-01"),
        }
    )  # fmt: skip
    outcomes = pd.DataFrame(
        {
            "demand_id": demands["demand_id"], "enterprise_id": documents["enterprise_id"], "solved": True,
            "signed": False, "reason_not": None,
        }
    )  # fmt: skip
    for name, table in (("demands", demands), ("capabilities", documents), ("match_outcomes", outcomes)):
        table.to_parquet(RECORDS / f"{name}.parquet")
    result = CliRunner().invoke(app, ["matching-encoder"], catch_exceptions=False)
    assert result.exit_code == 0
    assert seen["out"] == Path("artifacts/matching/encoder")
    assert seen["dev"] == []
    assert 10 < len(seen["pairs"].table) < 40
    assert not Path("artifacts/matching/encoder/metrics.json").exists()
