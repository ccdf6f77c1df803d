"""Pages and files of the chains, by HTTP and as a folder whose links lead to files that are there."""

from __future__ import annotations

import re
from urllib.parse import urldefrag

import pytest

from serving.chain.pages import fishbone, list_file, page_of_chain, page_of_node, write_folder
from serving.contract.refusals import Refusal
from tests.serving.chain.planted import WORLD

LINK = re.compile(r'href="([^"]+)"')


def test_a_picture_links_to_the_page_of_each_node(chains):
    picture = fishbone(chains, "small", "en", 1_600)
    assert 'href="nodes/camera/page.html?lang=en"' in picture


def test_pages_are_in_both_languages_and_lead_to_each_other(chains, caller):
    assert "小型安防" in page_of_chain(chains, "small", "zh")
    page = page_of_node(chains, "small", "lens", "en", caller.zone)
    assert "Lenses" in page
    assert {"page.html?lang=zh", "../../page.html?lang=en", "world_library.csv?lang=en"} <= set(LINK.findall(page))


def test_a_file_has_the_list_and_one_that_is_not_shown_is_not_found(chains, caller):
    assert WORLD in list_file(chains, "small", "lens", "world_library", "csv", "zh", caller.firm).decode("utf-8-sig")
    assert list_file(chains, "small", "lens", "world_library", "xlsx", "zh", caller.firm)[:2] == b"PK"
    for name in ("targets", "nothing"):
        with pytest.raises(Refusal) as refusal:
            list_file(chains, "small", "lens", name, "csv", "zh", caller.firm)
        assert refusal.value.key == "not-found"


def test_every_link_of_the_folder_leads_to_a_file(chains, caller, tmp_path):
    done = []
    start = write_folder(chains, tmp_path / "pages", caller.zone, done.append)
    assert start.is_file()
    assert len(done) == 2 * 9
    pages = list((tmp_path / "pages").rglob("*.html")) + list((tmp_path / "pages").rglob("*.svg"))
    missing = [
        (page.name, link)
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if (target := urldefrag(link)[0]) and not (page.parent / target).resolve().is_file()
    ]
    assert missing == []
