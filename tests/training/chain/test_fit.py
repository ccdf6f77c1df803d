"""A fit from labelled items, from cards alone, and of items that belong nowhere; what must be given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.bands import NEVER, PLACED
from models.chain.items import make_items
from tests.models.chain.placement_world import LEAVES, PARAMS, WORDS, NodeEncoder, cards, fitted, labelled, tree
from training.chain.fit import card_texts, fit_placer, label_table, sample


@pytest.mark.truth
def test_errors_among_placed_answers_are_at_most_promised_on_new_items():
    """A sixth of the items carries the words of another node: no placer can be right there."""
    fit, _, _ = fitted(count=900, noise=0.08)
    passages, truth, _ = labelled(count=1200, noise=0.08, seed=5)
    answers = fit.placer.place(make_items(passages, NodeEncoder())).answers
    placed = answers[answers["band"] == PLACED]
    right = placed["node_id"].to_numpy() == placed["item_id"].map(dict(truth.to_numpy())).to_numpy()
    assert len(placed) > 600
    assert 1 - right.mean() <= 0.1


@pytest.mark.law
def test_the_same_inputs_give_the_same_placer():
    assert fitted(count=90)[0].placer.digest == fitted(count=90)[0].placer.digest


def test_cards_alone_place_but_promise_nothing():
    fit = fit_placer(tree(), cards(), None, pd.DataFrame(), NodeEncoder(), params=PARAMS)
    assert (fit.placer.bands.leaf, fit.placer.bands.parent) == (NEVER, NEVER)
    texts = pd.DataFrame({"item_id": ["x"], "text": ["摄像机的研发与销售"]})
    answers = fit.placer.place(make_items(texts, NodeEncoder())).answers
    assert answers["node_id"].tolist() == ["camera"]
    assert answers["band"].tolist() != [PLACED]


@pytest.mark.truth
def test_items_of_no_node_teach_what_is_on_none():
    encoder = NodeEncoder()
    passages, truth, _ = labelled(count=200)
    other = pd.DataFrame(
        {"item_id": [f"o{at}" for at in range(100)], "text": [f"餐饮服务第{at}店" for at in range(100)]}
    )
    items = make_items(pd.concat([passages, other]), encoder)
    fit = fit_placer(tree(), cards(), items, truth, encoder, params=PARAMS, several=True)
    new = pd.DataFrame({"item_id": ["n", "m"], "text": ["餐饮服务分店", f"{WORDS['drug'][0]}生产"]})
    answers = fit.placer.place(make_items(new, encoder)).answers.set_index("item_id")
    assert answers.loc["n", "band"] == "not_placed"
    assert answers.loc["m", ["node_id", "band"]].tolist() == ["drug", PLACED]


@pytest.mark.truth
def test_known_nodes_say_where_an_item_belongs_further():
    """Firms on camera are on door too, firms on drug on scan: learned by hiding one node in turn."""
    rows = []
    for at in range(120):
        pair = ("camera", "door") if at % 2 else ("drug", "scan")
        rows += [(f"f{at}-0", pair[0], pair[1], f"f{at}"), (f"f{at}-1", pair[1], pair[0], f"f{at}")]
    table = pd.DataFrame(rows, columns=["item_id", "known", "node_id", "firm"])
    given = {
        "known": {row.item_id: [row.known] for row in table.itertuples()},
        "groups": dict(zip(table["item_id"], table["firm"], strict=True)),
    }
    items = make_items(table[["item_id"]].assign(text=""), **given)
    fit = fit_placer(tree(), cards(), items, table[["item_id", "node_id"]], params=PARAMS, several=True)
    new = make_items(pd.DataFrame({"item_id": ["n"], "text": [""]}), known={"n": ["scan"]})
    nodes, _ = fit.placer.place(new).ranking(1)
    assert tree().ids[nodes[0, 0]] == "drug"


def test_items_are_drawn_without_regard_to_labels_where_there_are_too_many():
    items = make_items(labelled(count=50)[0])
    few = sample(items, 20, 3)
    assert (len(few), sample(items, 50, 3) is items) == (20, True)
    assert list(few.item_id) == [one for one in items.item_id if one in set(few.item_id)]


def test_labels_of_other_items_are_left_out():
    passages, truth, _ = labelled(count=8)
    items = make_items(passages).rows([0, 5])
    assert label_table(tree(), items, truth).toarray().argmax(axis=1).tolist() == [2, 3]
    assert np.asarray(label_table(tree(), items, truth).sum()).item() == 2
    assert LEAVES[1] == "door"


@pytest.mark.contract
def test_vectors_of_cards_must_fit():
    encoder = NodeEncoder()
    passages, truth, _ = labelled(count=20)
    items = make_items(passages, encoder)
    with pytest.raises(ValueError, match="give the encoder"):
        fit_placer(tree(), cards(), items, truth, params=PARAMS)
    few = encoder.encode(card_texts(cards())[:2], "passage")
    with pytest.raises(ValueError, match="2 vectors of 7 rows"):
        fit_placer(tree(), cards(), items, truth, card_vectors=few, params=PARAMS)
