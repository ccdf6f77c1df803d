"""One sentence of a long text that fits a node: a person looks at it; nothing else of a text changes its answer."""

from __future__ import annotations

import pandas as pd
import pytest

from models.chain.bands import PLACED, TO_PERSON
from models.chain.items import make_items
from models.chain.sentences import MOST, answers_by_sentence
from tests.models.chain.placement_world import NodeEncoder, fitted

CLEAR = "球机与高清摄像机的镜头模组。"


@pytest.fixture(scope="module")
def plain():
    return fitted(count=240, with_vectors=False)[0].placer


def fillers(count: int) -> list[str]:
    return [f"公司在第 {at} 届年会上感谢全体同事。" for at in range(count)]


@pytest.mark.law
def test_a_clear_sentence_among_many_goes_to_a_person(plain):
    """The whole text is not placed on its node; the node, its probability and the passage are the sentence's alone."""
    said = fillers(2_000)
    text = "".join([*said[:1_000], CLEAR, *said[1_000:]])
    whole = plain.place(make_items(pd.DataFrame({"item_id": ["x"], "text": [text]}))).answers
    assert "camera" not in set(whole["node_id"])
    (row,) = answers_by_sentence(plain, "x", text, None).to_dict("records")
    assert (row["item_id"], row["node_id"], row["band"], row["passage"]) == ("x", "camera", TO_PERSON, CLEAR)
    alone = plain.place(make_items(pd.DataFrame({"item_id": ["x"], "text": [CLEAR]}))).answers
    assert alone.loc[alone["band"] == PLACED, "probability"].max() == pytest.approx(row["probability"])


@pytest.mark.law
def test_no_sentence_that_fits_is_no_answer_and_few_are_encoded(plain):
    """However long a text is, MOST of its sentences are encoded."""
    placer, encoded = fitted(count=240)[0].placer, []

    class Counting(NodeEncoder):
        def encode(self, texts, kind):
            encoded.extend(texts)
            return super().encode(texts, kind)

    assert answers_by_sentence(plain, "x", "".join(fillers(300)), None).empty
    answers_by_sentence(placer, "x", "".join(fillers(300)), Counting())
    assert len(encoded) == MOST
