"""Items and cards as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.items import Card, ItemsError, cards_of_chains, make_items

PASSAGES = pd.DataFrame(
    {"item_id": ["a", "b", "a"], "text": ["甲 一", "乙", " 甲二 "], "document_id": ["d1", None, "d2"]}
)
VECTORS = np.eye(3, dtype=np.float32)


def test_passages_of_an_item_come_together_in_their_order():
    items = make_items(PASSAGES, vectors=VECTORS, groups={"a": "firm"}, codes={"b": ["gb:3919"]})
    assert items.item_id.tolist() == ["a", "b"]
    assert items.text.tolist() == ["甲 一。甲二", "乙"]
    assert (items.passage.tolist(), items.document.tolist()) == (["甲 一", "甲二", "乙"], ["d1", "d2", ""])
    assert items.start.tolist() == [0, 2, 3]
    assert items.vectors.argmax(axis=1).tolist() == [0, 2, 1]
    assert items.group.tolist() == ["firm", "b"]
    assert items.codes == ((), ("gb:3919",))


def test_rows_are_the_items_asked_for():
    items = make_items(PASSAGES, vectors=VECTORS)
    one = items.rows([1, 0])
    assert (one.item_id.tolist(), one.passage.tolist(), one.start.tolist()) == (
        ["b", "a"],
        ["乙", "甲 一", "甲二"],
        [0, 1, 3],
    )
    assert one.vectors.argmax(axis=1).tolist() == [1, 0, 2]
    assert items.rows(np.array([False, True])).item_id.tolist() == ["b"]
    assert len(items.rows([])) == 0


@pytest.mark.contract
def test_bad_input_is_one_clear_error():
    with pytest.raises(ItemsError, match="items without text: x"):
        make_items(pd.DataFrame({"item_id": ["x", "y"], "text": [" ", "有"]}))
    with pytest.raises(ItemsError, match=r"lack the columns \['text'\]"):
        make_items(pd.DataFrame({"item_id": ["x"]}))
    with pytest.raises(ItemsError, match="3 passages, 2 vectors"):
        make_items(PASSAGES, vectors=VECTORS[:2])


def test_an_item_with_known_nodes_needs_no_text():
    items = make_items(pd.DataFrame({"item_id": ["x"], "text": [""]}), known={"x": ["n1"]})
    assert items.known == (("n1",),)


def test_an_empty_table_has_no_items():
    assert len(make_items(PASSAGES.iloc[:0])) == 0


def test_rows_of_a_card():
    card = Card("n", "摄像机", ("定义", "产品"), name_en="camera")
    assert card.rows() == ["摄像机。定义", "摄像机。产品", "camera"]
    assert Card("n", "摄像机", name_en="摄像机").rows() == ["摄像机"]


def test_cards_of_chains_are_named_as_the_tree(chain):
    made = cards_of_chains([chain])
    assert [card.node_id for card in made] == [f"small/{node.id}" for node in chain.nodes]
    assert made[1].name == "lens环节"
    assert made[1].name_en == "lens node"
