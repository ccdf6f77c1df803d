"""Evidence: parts that add up, and the words and passage that decided."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain.evidence import character_parts, common_words, deciding_words
from models.chain.items import make_items
from tests.models.chain.placement_world import NodeEncoder, fitted


@pytest.fixture(scope="module")
def plain():
    return fitted(count=60, with_vectors=False)[0].placer


@pytest.mark.law
@pytest.mark.parametrize("node", [2, 4])
@pytest.mark.parametrize("text", ["本公司生产高清摄像机和镜头模组", "缓释片 Drug 与球机", "ABC"])
def test_parts_add_up_to_the_ridge(plain, text, node):
    items = make_items(pd.DataFrame({"item_id": ["x"], "text": [text]}))
    ridge = plain.knowledge.legs(items)["ridge"][0, node]
    assert character_parts(plain.knowledge, items.text[0], node).sum() == pytest.approx(ridge, abs=1e-5)


@pytest.mark.law
def test_a_parent_has_the_parts_of_its_subtree(plain):
    text = "高清摄像机与指纹锁"
    items = make_items(pd.DataFrame({"item_id": ["x"], "text": [text]}))
    whole = plain.knowledge.legs(items)["ridge"][0, [0, 2, 3]].sum()
    assert character_parts(plain.knowledge, text, 0).sum() == pytest.approx(whole, abs=1e-5)


@pytest.mark.law
def test_with_vectors_the_character_share_is_explained():
    placer = fitted(count=60)[0].placer
    text = "本公司生产高清摄像机"
    share = 1.0 - placer.knowledge.params.vector_share
    items = make_items(pd.DataFrame({"item_id": ["x"], "text": [text]}), NodeEncoder())
    characters = placer.knowledge.rows.characters.scores([text])[0, : placer.knowledge.rows.learned]
    expected = share * float(characters @ placer.knowledge.weights[:, 2])
    assert character_parts(placer.knowledge, items.text[0], 2).sum() == pytest.approx(expected, abs=1e-5)


@pytest.mark.truth
def test_the_planted_words_and_passage_are_named(plain):
    passages = pd.DataFrame(
        {"item_id": ["x", "x"], "text": ["货物进出口业务", "球机与镜头模组的销售"], "document_id": ["d1", "d2"]}
    )
    answers = plain.place(make_items(passages), evidence=True).answers
    row = answers.iloc[0]
    assert row["node_id"] == "camera"
    assert (row["document_id"], row["passage"]) == ("d2", "球机与镜头模组的销售")
    assert set(row["evidence"].split("；")) & {"球机", "镜头", "模组"}


def test_words_by_hand():
    """Two words of two characters; the single character 和 and a word without a part are left out."""
    given = [0.1, 0.2, 0.9, 0.3, 0.3]
    assert deciding_words("门禁和球机", pd.Series(given).to_numpy()) == ["球机", "门禁"]
    assert deciding_words("门禁", pd.Series([0.0, 0.0]).to_numpy()) == []


@pytest.mark.law
def test_a_word_of_most_nodes_decides_nothing(plain):
    """本公司 and 生产 are in every planted text; 球机 is of one node of four, and no word of one is common."""
    common = common_words(plain.knowledge)
    assert [word for word in ("公司", "生产", "球机", "指纹锁", "从未见过") if common(word)] == ["公司", "生产"]
    text = "本公司生产球机和镜头模组"
    answers = plain.place(make_items(pd.DataFrame({"item_id": ["x"], "text": [text]})), evidence=True).answers
    words = set(answers.iloc[0]["evidence"].split("；"))
    assert words & {"球机", "镜头", "模组"}
    assert not words & {"公司", "本公司", "生产"}
    given = [0.9, 0.9, 0.1, 0.1]
    assert deciding_words("生产球机", np.array(given)) == ["生产", "球机"]
    assert deciding_words("生产球机", np.array(given), common) == ["球机"]
