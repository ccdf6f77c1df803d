"""Vectors of demands on file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.matching.query_vectors import CARD, QueryVectors, QueryVectorsError
from tests.models.matching.conftest import PlantedEncoder


class Counting(PlantedEncoder):
    def __init__(self):
        self.texts = []

    def encode(self, texts, kind):
        assert kind == "query"
        self.texts += texts
        return super().encode(texts, kind)


@pytest.mark.law
def test_a_text_is_encoded_once():
    """Also where it stands twice in one call, and after saving."""
    encoder, kept = Counting(), QueryVectors("planted")
    first = kept.encode(["激光", "水泵", "激光"], encoder)
    again = kept.encode(["水泵", "电池"], encoder)
    assert encoder.texts == ["激光", "水泵", "电池"]
    np.testing.assert_array_equal(first[1], again[0])
    np.testing.assert_array_equal(first[0], first[2])


@pytest.mark.contract
def test_what_is_saved_is_loaded_and_holds_no_text(tmp_path):
    encoder, kept = Counting(), QueryVectors("planted")
    rows = kept.encode(["激光焊接", "水泵"], encoder)
    kept.only(["激光焊接"]).save(tmp_path / "demands")
    loaded = QueryVectors.load(tmp_path / "demands", "planted")
    np.testing.assert_array_equal(loaded.encode(["激光焊接"], encoder), rows[:1])
    assert len(encoder.texts) == 2
    assert "激光" not in (tmp_path / "demands" / CARD).read_text(encoding="utf-8")
    assert QueryVectors.load(tmp_path / "none", "planted").vectors == {}


@pytest.mark.contract
def test_vectors_of_another_encoder_or_without_a_file_are_refused(tmp_path):
    kept = QueryVectors("planted")
    kept.encode(["激光"], PlantedEncoder())
    kept.save(tmp_path)
    with pytest.raises(QueryVectorsError, match="make the index again"):
        QueryVectors.load(tmp_path, "another")
    card = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    (tmp_path / CARD).write_text(json.dumps(card | {"texts": []}), encoding="utf-8")
    with pytest.raises(QueryVectorsError, match="0 texts and 1 vectors"):
        QueryVectors.load(tmp_path, "planted")
    (tmp_path / CARD).unlink()
    with pytest.raises(QueryVectorsError, match="cannot be read"):
        QueryVectors.load(tmp_path, "planted")
