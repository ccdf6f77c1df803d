"""The order of candidates and its exact contributions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates, candidates_of
from models.matching.ranker import Fusion, Ranker, RankerError, order_of
from tests.models.matching.conftest import TRADES


@pytest.mark.truth
def test_the_planted_firms_come_first_also_by_a_synonym(library, encoder, ranker):
    for place, names in enumerate(TRADES):
        for name in names:
            found = candidates_of(library, [name], encoder.encode([name], "query"))
            order = order_of(ranker.scores(found), found)[0][:6]
            shown = library.firms["enterprise_id"].to_numpy()[found.firm[order]]
            assert {one.split("-")[1] for one in shown} == {str(place)}


@pytest.mark.law
def test_the_fusion_by_hand():
    """Standardised, clipped at 8 and 2.5 standard deviations, a missing value at the mean, weights by the own query.

    first column (centre 1, scale 2): 5, missing, 101 -> 2, 0, 8; second (0, 1): -1, 3, 0
    description (centre 10, scale 4): 14, 50, of both queries -> 1, 2.5
    weights: first 0.5 + 0.1 d, second 2 - d; so 0.6 and 1 for the first query, 0.75 and -0.5 for the second
    """
    fusion = Fusion(
        PAIR_COLUMNS[:2], QUERY_COLUMNS[:1], np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.array([10.0]),
        np.array([4.0]), np.array([[0.5, 0.1], [2.0, -1.0]]),
    )  # fmt: skip
    columns = np.zeros((3, len(PAIR_COLUMNS)), dtype=np.float32)
    columns[:, 0], columns[:, 1] = [5.0, np.nan, 101.0], [-1.0, 3.0, 0.0]
    queries = np.zeros((2, len(QUERY_COLUMNS)), dtype=np.float32)
    queries[:, 0] = [14.0, 50.0]
    found = Candidates(np.array([0, 1, 3]), np.array([4, 4, 7]), np.zeros(3, dtype=np.int64), columns, queries)
    assert fusion.contributions(found) == pytest.approx(np.array([[1.2, -1.0], [0.0, -1.5], [6.0, 0.0]]))
    ranker = Ranker("1", None, "d", "c", fusion)
    assert ranker.scores(found) == pytest.approx([0.2, -1.5, 6.0])
    assert [order.tolist() for order in order_of(ranker.scores(found), found)] == [[0], [2, 1]]


@pytest.mark.law
def test_contributions_add_up_to_the_score(library, encoder, ranker):
    texts = ["激光焊接", "废液净化"]
    found = candidates_of(library, texts, encoder.encode(texts, "query"))
    _, parts = ranker.contributions(found)
    assert parts.sum(axis=1) == pytest.approx(ranker.scores(found), abs=1e-9)


@pytest.mark.law
def test_a_saved_ranker_scores_the_same_and_is_of_one_encoder(library, encoder, ranker, tmp_path):
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"))
    ranker.save(tmp_path)
    again = Ranker.load(tmp_path, "planted")
    assert (again.scores(found) == ranker.scores(found)).all()
    assert again.digest == ranker.digest
    with pytest.raises(RankerError, match="the encoder is other"):
        Ranker.load(tmp_path, "other")


@pytest.mark.contract
def test_a_ranker_of_other_columns_is_refused(ranker, tmp_path):
    with pytest.raises(RankerError, match="cannot be read"):
        Ranker.load(tmp_path, "planted")
    ranker.save(tmp_path)
    card = json.loads((tmp_path / "ranker.json").read_text(encoding="utf-8"))
    card["pair_columns"] = card["pair_columns"][1:]
    (tmp_path / "ranker.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(RankerError, match="other columns"):
        Ranker.load(tmp_path, "planted")


@pytest.mark.law
def test_equal_scores_keep_the_librarys_order(library, encoder, ranker):
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"))
    assert (order_of(np.zeros(len(found.firm)), found)[0] == np.arange(len(found.firm))).all()
