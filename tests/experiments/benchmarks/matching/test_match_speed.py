"""The speed benchmark in small: its vectors are what it says, its figures are counted by hand."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.matching import match_speed


@pytest.mark.law
def test_mixtures_are_what_they_say():
    """Of length 1, a share of one row and the rest of another, noise of the stated length; same seed, same bytes."""
    source = np.eye(64, dtype=np.float32)[:2]
    made = match_speed.mixtures(source, 60_000, np.random.default_rng(1))
    assert made.shape == (60_000, 64)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(made[:, 2:], axis=1).mean() == pytest.approx(match_speed.NOISE / 1.09**0.5, abs=0.01)
    again = match_speed.mixtures(source, 60_000, np.random.default_rng(1))
    assert (made == again).all()


@pytest.mark.law
def test_recall_by_hand():
    found, exact = np.array([[1, 2], [3, 4]]), np.array([[2, 1], [3, 9]])
    assert match_speed.recall(found, exact) == 0.75


@pytest.mark.law
def test_times_are_of_the_calls():
    figures = match_speed.timed(lambda seconds: time.sleep(seconds), [0.002] * 10)
    assert 2 <= figures["p50_ms"] <= figures["p99_ms"]
    assert figures["cpu_ms"] < 2


@pytest.mark.law
def test_a_demand_is_timed_as_a_whole():
    sent = []
    figures = match_speed.timed(sent.append, ["a", "b", "c", "d"])
    assert sent == ["a", "b", "c", "a", "b", "c", "d"]  # three calls before do not count
    assert set(figures) == {"p50_ms", "p99_ms", "cpu_ms"}


@pytest.mark.contract
def test_passages_are_different_texts_of_every_task(tmp_path):
    for task, texts in (("a", ["x", "x", "y", None]), ("b", ["y", "z", "w"])):
        (tmp_path / task).mkdir()
        pd.DataFrame({"text": texts}).to_parquet(tmp_path / task / "documents.parquet")
    assert sorted(match_speed.passages(tmp_path, 100)) == ["w", "x", "y", "z"]
    assert len(match_speed.passages(tmp_path, 2)) == 2
    with pytest.raises(typer.BadParameter, match=r"holds no documents\.parquet"):
        match_speed.passages(tmp_path / "a" / "none", 2)


class Characters:
    """An encoder in small: a token a character, a vector from the text's length."""

    digest, dimension = "c" * 64, 8

    def tokens(self, texts, _):
        return [[0, *range(len(text)), 1] for text in texts]

    def encode(self, texts, _):
        return match_speed.unit(np.ones((len(texts), 8)) + [[len(text)] + [0] * 7 for text in texts])


@pytest.mark.law
def test_an_encoder_is_timed_on_texts_of_sixty_tokens(tmp_path, monkeypatch):
    """Texts too short are left out, the others are cut to 58 characters and the two marks around them."""
    seen = []
    text = pytest.importorskip("features.text", reason="the encoder is not part of this installation")
    monkeypatch.setattr(text.TextEncoder, "load", lambda *_, **__: Characters())
    monkeypatch.setattr(Characters, "encode", lambda self, texts, _: seen.extend(texts) or np.eye(8, dtype=np.float32)[[
        len(each) % 8 for each in texts]])  # fmt: skip
    (tmp_path / "a").mkdir()
    pd.DataFrame({"text": ["x" * 57, "y" * 58, "z" * 500]}).to_parquet(tmp_path / "a" / "documents.parquet")
    vectors, source, speed = match_speed.source_vectors(tmp_path, tmp_path)
    assert (vectors.shape, source) == ((3, 8), "3 real passages")
    assert (speed["texts"], speed["digest"]) == (2, "c" * 64)
    assert {len(text) for text in seen[3:]} == {58}


@pytest.mark.law
def test_what_holds():
    index = {"recall": 0.97, "p50_ms": 25.0}
    ranking = {"same_as_faiss": 3, "queries": 3}
    record = {
        "indexes": {"ours": index, "hnswlib": {"not_run": "not installed"}, "faiss_hnsw": {"recall": 0.5}},
        "pgvector": {"hnsw": {"recall": 0.9}, "exact_ranking": ranking},
    }
    assert match_speed.holds(record) == {
        "ours_recall": True, "ours_p50": True, "pgvector_recall": False, "same_exact_ranking": True}  # fmt: skip
    slow = record | {"demand": {"p50_ms": 60.0, "p99_ms": 150.1}}
    assert {name: held for name, held in match_speed.holds(slow).items() if "demand" in name} == {
        "demand_p50": True, "demand_p99": False}  # fmt: skip
    worse = {"indexes": {"ours": {"recall": 0.9699, "p50_ms": 25.1}}}
    assert match_speed.holds(worse) == {"ours_recall": False, "ours_p50": False}


@pytest.mark.surface
@pytest.mark.parametrize("command", ["match-speed", "match_speed"])
def test_the_command_in_small(command, tmp_path, monkeypatch):
    """Every index there is, on 3,000 vectors; the record has its figures and the exit code says what holds."""
    monkeypatch.setattr(match_speed, "TOPICS", 50)
    only = [] if command == "match-speed" else ["--only", "ours", "--only", "flat"]
    out = tmp_path / "speed.json"
    sent = ["--vectors", "3000", "--queries", "15", "--rows", "2000", "--out", str(out), *only]
    result = CliRunner().invoke(app, ["bench", command, *sent])
    record = json.loads(out.read_text())
    assert result.exit_code == 0, (result.output, record)
    assert record["source"].startswith("planted: 20,000 vectors around 50 topics")
    assert record["indexes"]["ours"]["kind"] == "exact"
    assert {"recall", "p50_ms", "p99_ms", "cpu_ms", "build_s", "build_cpu_s", "memory_mb"} <= set(
        record["indexes"]["ours"]
    )
    if not only and "not_run" not in record["pgvector"]:
        assert record["pgvector"]["exact_ranking"] == {"rows": 2_000, "queries": 15, "same_as_faiss": 15}
    assert CliRunner().invoke(app, ["bench", command, *sent, "--only", "annoy"]).exit_code == 2
