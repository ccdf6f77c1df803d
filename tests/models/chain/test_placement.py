"""A fitted placer: right on a planted world, the same after reload, the same for one item and for many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.chain.bands import PLACED
from models.chain.items import make_items
from models.chain.placement import PlacementError, Placer
from tests.models.chain.placement_world import LEAVES, SYNONYMS, WORDS, NodeEncoder, fitted


@pytest.fixture(scope="module")
def made():
    return fitted(count=240)


def new_items(texts):
    return make_items(pd.DataFrame({"item_id": [f"n{at}" for at in range(len(texts))], "text": texts}), NodeEncoder())


@pytest.mark.truth
def test_new_texts_are_placed_on_their_node(made):
    fit, _, _ = made
    answers = fit.placer.place(new_items([f"{WORDS[leaf][0]}的研发" for leaf in LEAVES])).answers
    assert answers["node_id"].tolist() == list(LEAVES)
    assert (answers["band"] == PLACED).all()


@pytest.mark.truth
def test_texts_without_a_shared_word_are_found_by_their_vectors(made):
    fit, _, _ = made
    nodes, _ = fit.placer.place(new_items([SYNONYMS[leaf] for leaf in LEAVES])).ranking(1)
    assert [fit.placer.knowledge.tree.ids[at] for at in nodes[:, 0]] == list(LEAVES)


@pytest.mark.truth
def test_a_text_of_no_node_is_not_placed(made):
    fit, _, _ = made
    answers = fit.placer.place(new_items(["水稻种植与粮食收购", "古典音乐会演出"])).answers
    assert not (answers["band"] == PLACED).any()


@pytest.mark.law
def test_one_item_and_many_give_the_same(made):
    fit, items, _ = made
    whole = fit.placer.place(items)
    for row in (0, 17, 101):
        alone = fit.placer.place(items.rows([row]))
        assert alone.ranking(3)[0][0].tolist() == whole.ranking(3)[0][row].tolist()
        assert np.allclose(alone.ranking(3)[1][0], whole.ranking(3)[1][row], atol=1e-5)


@pytest.mark.law
def test_reload_gives_the_same_answers_and_digest(made, tmp_path):
    fit, items, _ = made
    fit.placer.save(tmp_path)
    again = Placer.load(tmp_path)
    assert again.digest == fit.placer.digest
    few = items.rows(range(8))
    assert again.place(few, evidence=True).answers.equals(fit.placer.place(few, evidence=True).answers)


@pytest.mark.law
def test_the_digest_binds_what_an_answer_comes_from(made):
    placer = made[0].placer
    knowledge = placer.knowledge
    other = replace(knowledge, weights=knowledge.weights + np.float32(1e-3))
    assert replace(placer, knowledge=other).digest != placer.digest
    assert replace(placer, bands=replace(placer.bands, leaf=0.123)).digest != placer.digest


def test_progress_counts_to_the_end(made):
    fit, items, _ = made
    seen = []
    fit.placer.place(items, seen.append)
    assert seen[-1] == len(items)


def test_nothing_to_place(made):
    fit, items, _ = made
    empty = fit.placer.place(items.rows([]))
    assert len(empty.answers) == 0
    assert empty.labels() == []


def test_labels_are_the_most_probable_sets(made):
    fit, items, _ = made
    few = fit.placer.place(items.rows(range(4)))
    assert few.labels() == [(leaf,) for leaf in LEAVES]
    assert few.labels(1.1) == few.labels(1.1)


@pytest.mark.contract
def test_faults_are_named(made, tmp_path):
    fit, _, _ = made
    with pytest.raises(PlacementError, match="encoder planted, the encoder is none"):
        fit.placer.check_encoder(None)
    with pytest.raises(PlacementError, match="cannot be read"):
        Placer.load(tmp_path)
    fit.placer.save(tmp_path)
    card = (tmp_path / "placer.json").read_text(encoding="utf-8").replace('"depth"', '"height"')
    (tmp_path / "placer.json").write_text(card, encoding="utf-8")
    with pytest.raises(PlacementError, match="other columns"):
        Placer.load(tmp_path)
