"""The page of a node shows all that is known of it and says where nothing is."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from data.chain.tree import Layer
from models.chain.pages.html import Links
from models.chain.pages.node_page import node_page

NONE = pd.DataFrame()
VOID = {"meta", "br", "link"}


class Checked(HTMLParser):
    """Texts and links of a page; raises where elements are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for key, value in attrs if key == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture
def chain(make_chain):
    return make_chain(2)


@pytest.fixture
def middle(chain):
    """A node with a parent and children."""
    return next(node for node in chain.nodes if node.level == 2 and chain.children(node.id))


def test_scores_have_value_interval_sample_and_bar(chain, middle, day):
    scores = pd.DataFrame(
        [(chain.id, middle.id, "local_share", 0.12, 0.05, 0.2, 60, "firms", "ok"),
         (chain.id, middle.id, "talent", None, None, None, 0, "staff", "no_data")],
        columns=["chain_id", "node_id", "score", "value", "low", "high", "n", "basis", "status"],
    )  # fmt: skip
    page = Checked(node_page(chain, middle.id, scores, NONE, {}, "zh", as_of=day))
    for shown in ("12.0%", "[5.0%, 20.0%]", "60 家企业", "人才供需比", "无数据"):
        assert shown in page.text
    assert "svg" in page.tags


def test_flags_have_threshold_distance_and_what_flips_them(chain, middle, make_tables, day):
    scores, flags = make_tables(chain)
    page = Checked(node_page(chain, middle.id, scores, flags, {}, "en", as_of=day))
    for shown in ("Threshold", "Distance", "Least change that flips it", "2 more local firms"):
        assert shown in page.text


def test_neighbours_and_path_lead_to_their_pages(chain, middle, day):
    """Parent, children, what it supplies and what supplies it; the chain and the other language."""
    other = next(node for node in chain.nodes if node.level == 2 and node.id != middle.id)
    feeds = {middle.id: (other.id,), other.id: (middle.id,)}
    nodes = tuple(replace(node, feeds=feeds.get(node.id, ())) for node in chain.nodes)
    linked = replace(chain, nodes=nodes)
    links = Links(node=lambda node: f"{node}.html", chain="chain.html", other_language="en.html")
    page = Checked(node_page(linked, middle.id, NONE, NONE, {}, "zh", as_of=day, links=links))
    expected = {middle.parent, other.id, *(node.id for node in chain.children(middle.id))}
    assert {f"{node}.html" for node in expected} | {"chain.html", "en.html"} <= set(page.links)


def test_lists_are_shown_with_their_files_and_missing_tables_are_no_data(chain, middle, day):
    """A table that is not given is no data, an empty one says that nothing is there."""
    firms = pd.DataFrame({"firm_id": ["f<1>"], "name": ["<script>alert(1)</script>"], "evidence": ["视频"]})
    lists = {"local_library": firms, "world_library": firms.head(0), "patents": None}
    links = Links(export=lambda name, kind: f"{name}.{kind}")
    page = Checked(node_page(chain, middle.id, NONE, NONE, lists, "zh", as_of=day, links=links))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert "视频" in page.text
    assert "本环节没有记录。" in page.text
    assert page.text.count("无数据") >= 4  # scores, flags, patents, talents
    assert {"local_library.csv", "local_library.xlsx"} <= set(page.links)


def test_a_long_list_says_how_much_of_it_is_shown(chain, middle, day):
    firms = pd.DataFrame({"firm_id": [f"f{at}" for at in range(250)]})
    page = Checked(node_page(chain, middle.id, NONE, NONE, {"local_library": firms}, "en", as_of=day))
    assert "100 of 250 shown" in page.text
    assert "f99" in page.text
    assert "f100" not in page.text


def test_every_layer_has_owner_day_and_source(chain, middle, day):
    layers = {"firms": Layer("统计办", day, "名录")}
    page = Checked(node_page(chain, middle.id, NONE, NONE, {}, "zh", as_of=day, layers=layers))
    for shown in ("园区产业办 & <处>", "企业库", "统计办", "名录", "2026-06-30"):
        assert shown in page.text


def test_the_same_values_give_the_same_page(chain, middle, make_tables, day):
    one, two = (node_page(chain, middle.id, *make_tables(chain), {}, "zh", as_of=day) for _ in range(2))
    assert one == two


def test_an_unknown_node_is_one_error(chain, day):
    with pytest.raises(KeyError, match="has no node 'other'"):
        node_page(chain, "other", NONE, NONE, {}, "zh", as_of=day)
