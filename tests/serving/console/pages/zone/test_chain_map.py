"""Chains: the list with its picture; the fishbone in a frame whose nodes open pages of the console."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from dash import html
from werkzeug.exceptions import NotFound

from serving.chain.pages import page_of_chain
from serving.console.pages.zone import chain_map
from serving.contract.refusals import Refusal
from tests.serving.console.planted_views import FAN, Views, links, parts, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    made = Views(tmp_path_factory.mktemp("map"))
    yield made
    made.close()


def test_the_list_leads_to_each_chain_and_the_officer_to_targets(views):
    """An enterprise sees the chain and not the zone's own lists."""
    zone, firm = (chain_map.page(view) for view in (views.of(), views.of("enterprise", FAN)))
    assert {"/console/chains/small", "/console/chains/targets"} <= set(links(zone))
    assert "/console/chains/small" in links(firm)
    assert "/console/chains/targets" not in links(firm)
    assert "2024年6月30日" in words(zone)


def test_a_chain_has_its_picture_and_every_node_as_a_row(views):
    """Each width in a frame with a title; each row leads to its node."""
    view = views.of(params={"chain_id": "small"})
    shown = chain_map.chain_page(view)
    frames = [part for part in parts(shown) if isinstance(part, html.Iframe)]
    assert len(frames) == len(chain_map.WIDTHS_PX)
    assert all("鱼骨图" in frame.title for frame in frames)
    nodes = rows(shown, "chain-nodes")
    assert len(nodes) == len(view.state.chain.current().chains["small"].nodes)
    assert "/console/chains/small/nodes/lens" in [row["href"] for row in nodes]


def test_the_picture_opens_nodes_in_the_whole_window_and_loads_nothing(views):
    """Its links are pages of the console; its policy lets it run and load nothing, and only the console frame it."""
    answer = chain_map.fishbone_file(views.of(), "small", "760")
    drawn = answer.get_data(as_text=True)
    found = re.findall(r"<a ([^>]*)>", drawn)
    assert found
    assert all('target="_top" href="/console/chains/small/nodes/' in one for one in found)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert "<script" not in drawn


@pytest.mark.parametrize(("lang", "there", "absent"), [("zh", "高新区产业部门", "zone"), ("en", "zone", "高新区")])
def test_the_pictures_owner_is_named_in_its_language_alone(views, monkeypatch, lang, there, absent):
    """The chain's file names the owner in both."""
    packed, chain = views.of().state.chain.chain("small")
    named = {key: replace(one, owner="高新区产业部门 (zone industry office)") for key, one in chain.layers.items()}
    view = views.of(lang=lang, params={"chain_id": "small"})
    monkeypatch.setattr(type(view.state.chain), "chain", lambda *_: (packed, replace(chain, layers=named)))
    drawn = "".join(re.findall(r">([^<]*)<", chain_map.fishbone_file(view, "small", "760").get_data(as_text=True)))
    assert there in drawn
    assert absent not in drawn


def test_only_the_widths_of_the_page_are_drawn_and_only_chains_of_the_release(views):
    """Nobody lets the service draw without end; an unknown chain is not found."""
    with pytest.raises(NotFound):
        chain_map.fishbone_file(views.of(), "small", "9999")
    with pytest.raises(Refusal) as refusal:
        chain_map.fishbone_file(views.of(), "other", "760")
    assert refusal.value.key == "not-found"


def test_who_reads_chains_is_registered():
    """Officers, analysts and enterprises, with the permission of the API."""
    made = registered(chain_map.register)
    readers = ("zone_officer", "policy_analyst", "enterprise")
    assert {page.roles for page in made.pages.values()} == {readers}
    assert set(made.allowed.values()) == {(readers, "chain")}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_whole_page_prints_its_picture_on_one_a3_sheet(views, chromium, lang):
    """Landscape, 420 by 297 mm; the picture ends within the first sheet, with text of 11 px or more: 8 points."""
    page = chromium.new_page(viewport={"width": 1512, "height": 1047})  # the sheet without its margins, at 96 dots
    page.set_content(page_of_chain(views.of().state.chain, "small", lang))
    page.emulate_media(media="print")
    sheets = re.findall(rb"/MediaBox *\[([^]]*)\]", page.pdf(prefer_css_page_size=True))
    sizes = {tuple(round(float(end) / 72 * 25.4) for end in sheet.split()[2:]) for sheet in sheets}
    assert sizes == {(420, 297)}
    drawn = page.locator(".picture .broad svg")
    box = drawn.bounding_box()
    assert box["y"] + box["height"] < 1047
    assert box["width"] <= 1512
    shown = drawn.evaluate(
        """one => Math.min(...[...one.querySelectorAll("text")].map(
            text => parseFloat(getComputedStyle(text).fontSize))) * one.getScreenCTM().a"""
    )
    assert shown >= 10.6  # 8 points
    page.close()
