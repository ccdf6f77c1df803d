"""The order of candidates and its exact contributions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.matching.columns import candidates_of
from models.matching.ranker import Ranker, RankerError, order_of
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
