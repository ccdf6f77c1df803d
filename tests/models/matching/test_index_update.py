"""An index follows its library: vectors are kept by wording, and only new wordings are encoded."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from models.matching.index_update import IndexChanges, KnownVectors, index_changes
from models.matching.library import LibraryError

pytestmark = pytest.mark.law


def table(*rows):
    """Passages numbered in their order."""
    found = pd.DataFrame(rows, columns=["document_id", "text"])
    found.insert(0, "passage_id", np.arange(len(found), dtype=np.int64))
    return found


BEFORE = table(("d1", "锂电池隔膜"), ("d1", "涂布设备"), ("d2", "伺服电机"), ("d3", "锂电池隔膜"))
VECTORS = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [1.0, 0.0]], dtype=np.float32)


class Encoder:
    """Gives (length of the text, 7) and keeps what it was given."""

    digest, dimension = "a" * 64, 2

    def __init__(self):
        self.given = []

    def encode(self, texts, kind):
        self.given.append((kind, list(texts)))
        return np.array([[len(text), 7.0] for text in texts], dtype=np.float32)


class Earlier(SimpleNamespace):
    """The library of an earlier day."""

    passages, vectors, encoder_digest = BEFORE, VECTORS, "a" * 64

    def check_encoder(self, encoder):
        if encoder.digest != self.encoder_digest:
            raise LibraryError("another encoder")


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (BEFORE, IndexChanges(0, 0, 4, 5)),
        (BEFORE.assign(passage_id=7), IndexChanges(0, 0, 4, 5)),  # the number of a passage is not its content
        (table(("d0", "减速器"), *BEFORE[["document_id", "text"]].itertuples(index=False)), IndexChanges(1, 0, 4, 5)),
        (table(("d2", "伺服电机")), IndexChanges(0, 3, 1, 5)),
        (table(("d1", "锂电池隔膜"), ("d1", "涂布机"), ("d9", "涂布机")), IndexChanges(2, 3, 1, 5)),
        (table(("d1", "锂电池隔膜"), ("d1", "锂电池隔膜")), IndexChanges(1, 3, 1, 5)),
        (table(), IndexChanges(0, 4, 0, 5)),
    ],
)
def test_passages_are_counted_by_what_became_of_them(after, changes):
    assert index_changes(BEFORE, after, 5) == changes


def test_document_and_text_are_not_run_together():
    assert index_changes(table(("d1", "x")), table(("d", "1x")), 0) == IndexChanges(1, 1, 0, 0)
    assert index_changes(None, table(("d", "x"), ("d", "x")), 2) == IndexChanges(2, 0, 0, 2)


def test_known_wordings_keep_their_vector_and_new_ones_are_encoded_once():
    """Whatever document they are now in; a wording that comes twice, or again, is encoded once."""
    encoder = Encoder()
    known = KnownVectors(encoder, Earlier())
    found = known.encode(["减速器", "伺服电机", "减速器", "锂电池隔膜"], "passage")
    assert_array_equal(found, np.array([[3, 7], [0.6, 0.8], [3, 7], [1, 0]], dtype=np.float32))
    assert_array_equal(known.encode(["减速器"], "passage"), [[3, 7]])
    assert (encoder.given, known.encoded) == ([("passage", ["减速器"])], 1)
    assert (known.digest, known.dimension) == ("a" * 64, 2)


def test_a_query_is_not_a_passage():
    """Its vector is another one even where the wording is known."""
    encoder = Encoder()
    known = KnownVectors(encoder, Earlier())
    assert_array_equal(known.encode(["伺服电机"], "query"), [[4, 7]])
    assert (encoder.given, known.encoded) == ([("query", ["伺服电机"])], 0)


def test_vectors_of_another_encoder_are_refused():
    with pytest.raises(LibraryError):
        KnownVectors(Encoder(), Earlier(encoder_digest="b" * 64))
    assert KnownVectors(Encoder(), None).encode(["伺服电机"], "passage").tolist() == [[4.0, 7.0]]
