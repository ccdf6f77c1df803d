"""The page of a chain: its picture for each screen, and all that the picture shows in words."""

from __future__ import annotations

import re

import pandas as pd

from models.chain.node_view import node_views
from models.chain.pages.chain_page import PICTURES, chain_page
from models.chain.pages.html import Links

NONE = pd.DataFrame()


def test_the_picture_is_there_for_each_screen(make_chain, make_tables, day):
    page = chain_page(make_chain(2), *make_tables(make_chain(2)), "zh", as_of=day)
    assert [int(width) for width in re.findall(r'class="fishbone" width="(\d+)"', page)] == list(PICTURES.values())


def test_every_node_is_in_words_with_its_flags(make_chain, make_tables, day):
    """Who cannot see the picture reads every node, its firms and its flags, and can go to its page."""
    chain, links = make_chain(2), Links(node=lambda node: f"{node}.html", export=lambda name, kind: f"{name}.{kind}")
    tables = make_tables(chain)
    views = node_views(chain, *tables, "en", day)
    page = chain_page(chain, *tables, "en", as_of=day, links=links)
    tree = page.split('id="nodes"')[1].split('id="layers"')[0]
    for view in views.values():
        assert f'<a href="{view.node.id}.html">{view.name}</a> <small>{view.count}</small>' in tree
    assert len(re.findall('class="(?:risk|gap|potential)"', tree)) == sum(len(view.raised) for view in views.values())


def test_raised_flags_are_listed_by_kind(make_chain, make_tables, day):
    chain = make_chain(2)
    tables = make_tables(chain)
    listed = chain_page(chain, *tables, "zh", as_of=day).split('id="flags"')[1].split("</section>")[0]
    kinds = re.findall(r'<strong class="(\w+)">', listed)
    assert kinds == sorted(kinds, key=["risk", "gap", "potential"].index)
    assert len(kinds) == tables[1]["raised"].sum()


def test_a_chain_without_scores_says_so(make_chain, day):
    chain = make_chain(1)
    columns = ["chain_id", "node_id", "flag", "status", "raised", "uncertain"]
    unknown = pd.DataFrame([(chain.id, chain.nodes[0].id, "risk", "no_data", None, False)], columns=columns)
    for flags in (NONE, unknown):
        page = chain_page(chain, NONE, flags, "zh", as_of=day)
        assert "无数据" in page.split('id="flags"')[1].split("</section>")[0]
