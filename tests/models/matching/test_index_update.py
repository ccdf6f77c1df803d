"""An index that follows its library equals one made from nothing, and only new wordings are encoded."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from models.matching.index import DenseIndexError, FaissIndex
from models.matching.index_update import IndexChanges, passage_digests, update_index
from tests.models.matching.conftest import unit

pytestmark = pytest.mark.law


def encode(texts):
    """A vector for each text, from the text alone."""
    seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
    return unit([np.random.default_rng(seed).standard_normal(16) for seed in seeds])


def table(*rows):
    """Passages numbered in their order."""
    found = pd.DataFrame(rows, columns=["document_id", "text"])
    found.insert(0, "passage_id", np.arange(len(found), dtype=np.int64))
    return found


def index_of(passages, built_at="2024-06-30"):
    empty = FaissIndex(16, "a" * 64)
    return update_index(empty, table(), passages, encode, built_at)[0]


def files(index, folder):
    index.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


BEFORE = table(("d1", "锂电池隔膜"), ("d1", "涂布设备"), ("d2", "伺服电机"), ("d3", "锂电池隔膜"))


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (BEFORE, IndexChanges(0, 0, 4, 0)),
        (table(("d0", "减速器"), *BEFORE[["document_id", "text"]].itertuples(index=False)), IndexChanges(1, 0, 4, 1)),
        (table(("d2", "伺服电机")), IndexChanges(0, 3, 1, 0)),
        (table(("d1", "锂电池隔膜"), ("d1", "涂布机"), ("d9", "涂布机")), IndexChanges(2, 3, 1, 1)),
        (table(("d1", "锂电池隔膜"), ("d1", "锂电池隔膜")), IndexChanges(1, 3, 1, 0)),
        (table(), IndexChanges(0, 4, 0, 0)),
    ],
)
def test_it_equals_an_index_made_from_nothing(after, changes, tmp_path):
    encoded = []

    def counted(texts):
        encoded.extend(texts)
        return encode(texts)

    index = index_of(BEFORE)
    before = files(index, tmp_path / "before")
    updated, found = update_index(index, BEFORE, after, counted, "2024-07-31")
    assert (found, len(encoded)) == (changes, changes.encoded)
    assert files(updated, tmp_path / "updated") == files(index_of(after, "2024-07-31"), tmp_path / "anew")
    assert files(index, tmp_path / "still") == before


def test_a_withdrawn_passage_is_not_found_and_new_numbers_hold():
    after = table(("d0", "减速器"), ("d2", "伺服电机"), ("d3", "锂电池隔膜"))
    updated, _ = update_index(index_of(BEFORE), BEFORE, after, encode, "2024-07-31")
    assert_array_equal(updated.search(encode(["伺服电机", "锂电池隔膜", "减速器"]), 1)[0][:, 0], [1, 2, 0])
    assert updated.record.count == 3


def test_an_index_that_lacks_its_passages_is_refused():
    with pytest.raises(DenseIndexError, match="1 passages are not in the index"):
        update_index(index_of(BEFORE[:2]), BEFORE, BEFORE, encode, "2024-07-31")


def test_the_digest_is_of_document_and_text():
    digests = passage_digests(table(("d1", "x"), ("d", "1x"), ("d1", "y"), ("d2", "x")))
    assert len(set(digests)) == 4
    assert passage_digests(BEFORE.assign(passage_id=7)) == passage_digests(BEFORE)
