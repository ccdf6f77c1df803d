"""One library, its vectors in three homes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.benchmarks.matching.same_rankings import same_rankings
from features.text import TextEncoder
from models.matching.answer import Matcher
from models.matching.library import Library
from tests.models.matching.conftest import (  # noqa: F401  # three are fixtures
    TRADES,
    confidence,
    documents,
    pgvector_url,
    ranker,
)
from tests.training.pipeline.test_matching import write_encoder


@pytest.mark.law
def test_every_list_is_the_same(tmp_path, ranker, confidence, pgvector_url):  # noqa: F811
    write_encoder(tmp_path / "encoder")
    encoder = TextEncoder.load(tmp_path / "encoder")
    library = Library.prepare(documents(copies=3), encoder)
    Matcher(encoder, library, replace(ranker, encoder_digest=encoder.digest), confidence, 0.4).save(tmp_path)
    found = same_rankings(tmp_path, [name for pair in TRADES for name in pair], pgvector_url)
    assert (found["texts"], found["passages"]) == (16, len(library.passages))
    for name in ("faiss", "pgvector"):
        assert found[name]["same"] == 16
        assert found[name]["largest_difference"] < 0.02


@pytest.mark.contract
def test_a_library_without_an_encoder_is_refused(tmp_path, ranker, confidence):  # noqa: F811
    library = Library.prepare(documents(copies=1), None)
    Matcher(None, library, replace(ranker, encoder_digest=None), confidence, 0.4).save(tmp_path)
    with pytest.raises(ValueError, match="has no encoder"):
        same_rankings(tmp_path, ["激光"], "postgresql://unused@h/d")
