"""Words of nodes and their other forms."""

from __future__ import annotations

import numpy as np
import pytest

from data.chain.chain_file import load_chains
from data.chain.standards import gb4754_classes
from data.codebook import reference_path
from data.synthetic.chain_texts import (
    TRADES,
    document_texts,
    paraphrase,
    patent_title,
    product_names,
    unplaced_texts,
    vocabulary,
)

pytestmark = pytest.mark.truth
CHAINS = load_chains(reference_path("chains"))
SECURITY = CHAINS["digital-security"]


def test_half_of_the_words_with_another_form_have_it():
    rng = np.random.default_rng(1)
    found = [paraphrase("监控摄像机", rng) for _ in range(400)]
    assert set(found) == {"监控摄像机", "监控摄像头"}
    assert 0.4 < np.mean([one == "监控摄像头" for one in found]) < 0.6
    assert paraphrase("云台", np.random.default_rng(0)) in ("云台", "云端台")


def test_a_node_knows_its_customers_and_neighbours():
    words = vocabulary(SECURITY, SECURITY.node("security-lens"))
    assert words.own[0] == "安防镜头"
    assert "网络摄像机" in words.customers
    assert "图像传感器" in words.others
    assert words.code == "4040"
    parent = vocabulary(SECURITY, SECURITY.node("imaging-parts"))
    assert {"安防镜头", "图像传感器"} <= set(parent.own)
    assert parent.code == "4040"


def test_texts_hold_something_to_read_and_differ():
    rng = np.random.default_rng(2)
    words = vocabulary(SECURITY, SECURITY.node("security-lens"))
    for kind in ("business_scope", "product", "intro"):
        texts = {document_texts(kind, words, None, rng) for _ in range(30)}
        assert len(texts) > 10
        assert all(title and text for title, text in texts)
    titles = [patent_title(words, rng) for _ in range(200)]
    assert 0 < np.mean([english for _, english in titles]) < 0.15
    assert product_names(words) == ("安防镜头组件", "非球面成品")


def test_firms_on_no_node_do_something_else_and_may_name_a_node():
    rng = np.random.default_rng(3)
    found = [unplaced_texts("business_scope", list(CHAINS.values()), rng) for _ in range(200)]
    assert {code for _, _, code in found} <= {code for _, code in TRADES} <= set(gb4754_classes())
    assert 0.35 < np.mean(["经营中使用" in text for _, text, _ in found]) < 0.65
