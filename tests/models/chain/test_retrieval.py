"""The legs: what they give, what items must not see of themselves, and that a saved copy gives the same."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse

from models.chain.items import make_items
from models.chain.retrieval import ABSENT, LEGS, KernelParams, Knowledge, Own, kernel, largest_by_node, neighbour_votes
from tests.models.chain.placement_world import SYNONYMS, NodeEncoder, fitted

NODE = sparse.csr_matrix(np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], dtype=np.float32))


@pytest.fixture(scope="module")
def made():
    return fitted(count=60)


def test_largest_by_node_by_hand():
    similarity = np.array([[0.1, 0.4, 0.3, -0.2]], dtype=np.float32)
    assert largest_by_node(similarity, NODE).tolist() == [pytest.approx([0.4, 0.3, ABSENT])]


def test_votes_by_hand():
    """Weights .1, .4, .3 and 0 of a sum of .8."""
    votes = neighbour_votes(np.array([[0.1, 0.4, 0.3, -0.2]], dtype=np.float32), NODE)
    assert votes[0].tolist() == pytest.approx([0.5 / 0.8, 0.3 / 0.8, 0.0])


def test_kernel_by_hand():
    params = KernelParams(0.6, 2.0, 0.1)
    found = kernel(np.array([[0.5]]), np.array([[0.0]]), params)
    assert found[0, 0] == pytest.approx(0.6 * np.exp(-2.0) + 0.4 * 0.5)


def test_every_leg_finds_the_node_of_a_plain_text(made):
    fit, _, _ = made
    items = make_items(_frame("本公司生产高清摄像机和镜头模组"), NodeEncoder(), codes={"x": ["gb:3952"]})
    legs = fit.placer.knowledge.legs(items)
    assert set(LEGS) < set(legs)
    for name in ("ridge", "ridge_vectors", "centroid", "near_vectors", "near_characters", "votes", "codes"):
        assert legs[name][0].argmax() == 2, name


def test_vectors_find_a_node_whose_words_the_text_does_not_have(made):
    fit, _, _ = made
    legs = fit.placer.knowledge.legs(make_items(_frame(SYNONYMS["drug"]), NodeEncoder()))
    assert legs["near_characters"][0].max() < 0.2
    assert legs["ridge"][0].argmax() == 4


@pytest.mark.law
def test_an_item_does_not_see_its_own_rows(made):
    """Hidden rows are as if they were not there: no cosine with oneself is left."""
    fit, items, _ = made
    knowledge = fit.placer.knowledge
    one = items.rows([0])
    held = knowledge.together.held[:1]
    zeros = np.zeros((1, len(knowledge.tree)), np.float32)
    seen, hidden = knowledge.legs(one), knowledge.legs(one, Own(np.array([[0, 0]]), held, zeros, zeros))
    assert seen["near_vectors"][0, 2] == pytest.approx(1.0, abs=1e-5)
    assert hidden["near_vectors"][0, 2] < 0.999
    others = list(range(4, len(items), 4))
    vectors = knowledge.rows.vectors
    mean = vectors[others].sum(axis=0)
    assert hidden["centroid"][0, 2] == pytest.approx(float(vectors[0] @ mean / np.linalg.norm(mean)), abs=1e-5)


def test_saved_knowledge_gives_the_same_legs(made, tmp_path):
    fit, items, _ = made
    fit.placer.knowledge.save(tmp_path)
    again, few = Knowledge.load(tmp_path), items.rows(range(5))
    for name, leg in fit.placer.knowledge.legs(few).items():
        assert np.array_equal(leg, again.legs(few)[name]), name


def _frame(text):
    import pandas as pd

    return pd.DataFrame({"item_id": ["x"], "text": [text]})
