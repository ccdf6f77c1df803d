"""The three chains that ship: what a reader of the fishbone finds in each of them."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from data.chain.chain_file import load_chains
from data.chain.standards import strategic_paths
from data.codebook import reference_path

pytestmark = pytest.mark.contract

CHAINS = load_chains(reference_path("chains"))


def test_the_three_chains_of_the_zone():
    assert {chain.name_zh for chain in CHAINS.values()} == {"数字安防", "生命健康", "物联网"}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.id)
def test_a_tree_to_level_four_with_a_position_on_each_node(chain):
    assert len(chain.ribs()) >= 4
    assert max(node.level for node in chain.nodes) == 4
    assert {node.position for node in chain.nodes} == {"upstream", "midstream", "downstream"}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.id)
def test_every_leaf_has_names_codes_words_and_products(chain):
    for node in chain.leaves():
        assert node.name_en != node.name_zh
        assert node.gb4754
        assert node.ipc
        assert len(node.keywords) >= 3
        assert node.products


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.id)
def test_no_two_nodes_share_a_name_or_key_word(chain):
    for words in (
        [node.name_zh for node in chain.nodes],
        [node.name_en for node in chain.nodes],
        [word for node in chain.nodes for word in node.keywords],
    ):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.id)
def test_supply_has_a_direction(chain):
    """No node supplies itself over others, and each leaf supplies, is supplied, or is part of a node that does."""
    order = list(TopologicalSorter({node.id: node.feeds for node in chain.nodes}).static_order())
    assert set(order) == {node.id for node in chain.nodes}
    fed = {one for node in chain.nodes for one in node.feeds}
    for leaf in chain.leaves():
        assert any(node.feeds or node.id in fed for node in (leaf, *chain.ancestors(leaf.id)))


@pytest.mark.parametrize("chain", CHAINS.values(), ids=lambda chain: chain.id)
def test_every_layer_has_an_office_and_its_nodes_are_mostly_strategic(chain):
    assert set(chain.layers) == {"structure", "codes", "keywords", "products"}
    assert all("industry office" in layer.owner for layer in chain.layers.values())
    coded = [node for node in chain.nodes if node.gb4754]
    assert sum(any(code in strategic_paths() for code in node.gb4754) for node in coded) / len(coded) > 0.8


def test_the_two_potential_links_of_life_and_health():
    """They are the two classes of one path of the classification of strategic industries."""
    chain = CHAINS["life-health"]
    found = {node.name_zh: node.gb4754 for node in chain.nodes}
    assert found["互联网医疗数据服务"] == ("6450",)
    assert found["医疗信息处理和存储支持服务"] == ("6550",)
