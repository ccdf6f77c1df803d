"""The index of the zone's records: only new texts are encoded, withdrawn documents go, another encoder's is no use."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from features.text import EncoderCard, TextEncoder
from models.matching.answer import DEMANDS, LIBRARY
from models.matching.library import Library
from models.matching.query_vectors import QueryVectors
from tests.training.pipeline.test_matching import write_encoder
from training.__main__ import app

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
DAY = pd.Timestamp("2024-06-30")
OUT = Path("artifacts/matching")


@pytest.fixture
def records(tmp_path, monkeypatch):
    """Six firms with one document each, two demands, a snapshot and an encoder, in a folder of their own."""
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    write_encoder(tmp_path / OUT / "encoder")
    texts = ["甲乙丙", "丁戊己", "庚辛壬", "癸子丑", "寅卯辰", "巳午未"]
    documents = pd.DataFrame(
        {
            "document_id": [f"c{number}" for number in range(6)],
            "enterprise_id": [f"f{number}" for number in range(6)],
            "kind": "patent",
            "title": "",
            "text": texts,
            "date": pd.Timestamp("2023-01-01"),
        }
    )
    demands = pd.DataFrame(
        {"demand_id": ["d1", "d2"], "title": "需要", "problem": ["甲乙", "丁戊"], "as_of": pd.Timestamp("2024-01-01")}
    )
    outcomes = pd.DataFrame(
        {
            "demand_id": ["d1"], "enterprise_id": ["f0"], "kept": True, "solved": True, "signed": False,
            "reason_not": [None], "date": pd.Timestamp("2024-02-01"),
        }
    )  # fmt: skip
    snapshot = pd.DataFrame(
        {"uscc": ["f1"], "growth_stage": "growth", "size_class": "small", "qualification_level": 1.0, "as_of": DAY}
    )
    (tmp_path / "data/derived/matching").mkdir(parents=True)
    (tmp_path / "artifacts/snapshot").mkdir()
    snapshot.to_parquet("artifacts/snapshot/cases.parquet")
    for name, table in (("capabilities", documents), ("demands", demands), ("match_outcomes", outcomes)):
        table.to_parquet(f"data/derived/matching/{name}.parquet")
    return documents, demands


@pytest.fixture
def encoded(monkeypatch):
    """The texts that the encoder was given."""
    texts, encode = [], TextEncoder.encode
    monkeypatch.setattr(
        TextEncoder, "encode", lambda self, some, kind: (texts.extend(some), encode(self, some, kind))[1]
    )
    return texts


def index():
    done = CliRunner().invoke(app, ["matching-index"])
    assert done.exit_code == 0, done.output
    return Library.load(OUT / LIBRARY), done.output


@pytest.mark.law
def test_only_what_is_new_is_encoded_and_the_index_is_as_one_made_from_the_start(records, encoded):
    documents, demands = records
    first, _ = index()
    assert sorted(encoded) == sorted([*documents["text"], "需要。甲乙", "需要。丁戊"])
    assert first.firms.set_index("enterprise_id").loc["f1", "growth_stage"] == 1.0
    assert first.firms.set_index("enterprise_id").loc["f0", "solved_share"] == 1.0
    encoded.clear()
    new = documents.loc[0].to_dict() | {"document_id": "c9", "enterprise_id": "a", "text": "子丑寅卯"}
    changed = pd.concat([documents.drop(index=2), pd.DataFrame([new])])
    changed.to_parquet("data/derived/matching/capabilities.parquet")
    demands.assign(problem=["甲乙", "辰巳"]).to_parquet("data/derived/matching/demands.parquet")
    second, output = index()
    assert sorted(encoded) == ["子丑寅卯", "需要。辰巳"]
    assert "1 added, 1 removed, 5 unchanged, 1 texts encoded" in " ".join(output.split())
    assert "庚辛壬" not in second.passages["text"].tolist()
    encoder = TextEncoder.load(OUT / "encoder")
    whole = Library.prepare(changed, encoder)
    np.testing.assert_allclose(second.vectors, whole.vectors, atol=1e-6)
    assert second.passages["text"].tolist() == whole.passages["text"].tolist()
    kept = QueryVectors.load(OUT / DEMANDS, encoder.digest)
    assert len(kept.vectors) == 2


@pytest.mark.contract
def test_the_index_of_another_encoder_is_not_taken_over_and_not_fitted_on(records, encoded):
    """It is made anew by the index's command; the model's command refuses it."""
    index()
    np.save(OUT / "encoder/table.npy", np.load(OUT / "encoder/table.npy") + 1)
    EncoderCard(32, 64, {"query": "", "passage": ""}, "", "MIT", "test").save(OUT / "encoder")
    refused = CliRunner().invoke(app, ["matching"])
    assert "make the index again" in str(refused.exception)
    encoded.clear()
    library, _ = index()
    assert len(encoded) == 8
    assert library.encoder_digest == TextEncoder.load(OUT / "encoder").digest


@pytest.mark.contract
def test_the_model_is_not_fitted_without_an_index(records):
    done = CliRunner().invoke(app, ["matching"])
    assert done.exit_code == 2
    assert "lacks library" in " ".join(done.output.replace("│", " ").split())
