"""A library of passages: prepared, saved, and without the firms that withdrew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.matching.columns import candidates_of
from models.matching.library import Library, LibraryError


@pytest.mark.law
def test_a_saved_library_is_the_same(library, encoder, tmp_path):
    library.save(tmp_path)
    again = Library.load(tmp_path)
    vectors = encoder.encode(["激光焊接"], "query")
    mine, theirs = (candidates_of(one, ["激光焊接"], vectors) for one in (library, again))
    assert (mine.firm == theirs.firm).all()
    assert np.array_equal(mine.columns, theirs.columns, equal_nan=True)


@pytest.mark.law
def test_a_withdrawn_firm_is_gone_at_once_and_leaves_nothing(library, encoder, tmp_path):
    vectors = encoder.encode(["激光焊接"], "query")
    gone = "firm-0-0"
    place = int(np.flatnonzero(library.firms["enterprise_id"] == gone)[0])
    assert place in candidates_of(library, ["激光焊接"], vectors).firm
    assert library.withdraw(gone)
    assert not library.withdraw(gone)
    assert place not in candidates_of(library, ["激光焊接"], vectors).firm
    mine = library.firm_of == place
    assert set(library.passages.loc[mine, "text"]) == {""}
    assert not library.vectors[mine].any()
    with pytest.raises(LibraryError, match="1 withdrawn"):
        library.save(tmp_path)
    left = library.without(encoder)
    left.save(tmp_path)
    assert gone not in set(left.firms["enterprise_id"])
    assert left.passages["text"].tolist() == library.passages.loc[~mine, "text"].tolist(), "no title is there twice"
    assert gone not in "".join(
        path.read_bytes().decode("utf-8", "ignore") for path in tmp_path.rglob("*") if path.is_file()
    )


@pytest.mark.contract
def test_a_library_says_what_is_wrong_with_it(library, encoder, tmp_path):
    with pytest.raises(LibraryError, match="no document has a text"):
        Library.prepare(
            pd.DataFrame(columns=["document_id", "enterprise_id", "kind", "title", "text", "date"]), encoder
        )
    with pytest.raises(LibraryError, match="cannot be read"):
        Library.load(tmp_path)
    library.encoder_digest = "another"
    with pytest.raises(LibraryError, match=r"another.*planted"):
        library.check_encoder(encoder)


@pytest.mark.behaviour
def test_a_library_without_an_encoder_ranks_by_words(library):
    bare = Library.prepare(library.documents.assign(title=""), None)
    found = candidates_of(bare, ["激光焊接"], None)
    assert len(found.firm)
    assert np.isnan(found.columns[:, 0]).sum() == 0
