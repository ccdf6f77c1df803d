"""The stage of matching on a folder of text tasks, with an encoder that is already made."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from typer.testing import CliRunner

from features.text import EncoderCard, TextEncoder
from models.matching.confidence import Confidence
from models.matching.ranker import Ranker
from tests.training.matching.worlds import LETTERS, write_task
from training.__main__ import app


def write_encoder(folder):
    """A table of random vectors by character: texts of the same characters are near."""
    folder.mkdir(parents=True)
    pieces = {"[UNK]": 0} | {letter: place for place, letter in enumerate(sorted(set(LETTERS)), start=1)}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    np.save(folder / "table.npy", np.random.default_rng(0).normal(size=(len(pieces), 32)).astype(np.float32))
    EncoderCard(32, 64, {"query": "", "passage": ""}, "", "MIT", "test").save(folder)
    (folder / "LICENSE").write_text("MIT", encoding="utf-8")


@pytest.mark.behaviour
def test_a_folder_of_tasks_gives_a_model_that_loads(tmp_path):
    for seed in range(3):
        write_task(tmp_path / f"tasks/task{seed}", seed)
    write_encoder(tmp_path / "encoder")
    command = ["matching", "--data", tmp_path / "tasks", "--out", tmp_path / "out", "--encoder", tmp_path / "encoder"]
    done = CliRunner().invoke(app, [str(part) for part in command])
    assert done.exit_code == 0, done.output
    encoder = TextEncoder.load(tmp_path / "out/encoder")
    assert Ranker.load(tmp_path / "out/model", encoder.digest).encoder_digest == encoder.digest
    assert Confidence.load(tmp_path / "out/model").removed_share == 0.3
    found = json.loads((tmp_path / "out/metrics.json").read_text(encoding="utf-8"))
    assert all(one["ndcg_10"] > 0.7 for one in found["tasks"].values())


@pytest.mark.contract
def test_a_folder_that_holds_no_task_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["matching", "--data", str(tmp_path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "no task" in " ".join(done.output.replace("│", " ").split())
