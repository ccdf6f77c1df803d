"""Pages found by their links."""

from __future__ import annotations

from dash import html

from experiments.benchmarks.console.crawl import OPENED_EACH, PageAt, crawled, page_of
from serving.console.page import Page

PAGES = [
    Page(path, roles, "", "t", lambda view: html.Div())
    for path, roles in (
        ("/", ("bank", "enterprise")),
        ("/firms", ("bank",)),
        ("/firms/new", ("bank",)),
        ("/firms/{uscc}", ("bank",)),
        ("/firms/{uscc}/loans/{number}", ("bank",)),
        ("/lost", ("bank",)),
        ("/points", ("enterprise",)),
    )
]


def test_an_address_is_its_plain_page_before_a_pattern():
    """Files, the API and other addresses are no pages; nor is a page of another role."""
    assert page_of("/console/firms/91A?x=1", "bank", PAGES).path == "/firms/{uscc}"
    assert page_of("/console/firms/91A/loans/3", "bank", PAGES).path == "/firms/{uscc}/loans/{number}"
    assert page_of("/console/firms/new", "bank", PAGES).path == "/firms/new"
    assert page_of("/console", "bank", PAGES).path == "/"
    for other in ("/console/api/v1/chains", "/console/files/firms.csv", "/v1/chains", "/consoles", "/console/points"):
        assert page_of(other, "bank", PAGES) is None


def test_every_page_that_a_link_leads_to_is_found_once_and_the_others_are_named():
    """Addresses keep their identifiers and their query."""
    links = {
        "/console/": ["http://h/console/firms?stage=growth", "http://h/console/points", "http://h/console/files/a.csv"],
        "/console/firms?stage=growth": ["http://h/console/firms/91A", "http://h/console/firms/91B"],
        "/console/firms/91A": ["http://h/console/firms/new", "http://h/console/firms"],
        "/console/firms/new": [],
    }
    found, lost = crawled("bank", PAGES, lambda address: links.get(address, []))
    assert found == [
        PageAt("bank", "/", "/console/"),
        PageAt("bank", "/firms", "/console/firms?stage=growth"),
        PageAt("bank", "/firms/{uscc}", "/console/firms/91A"),
        PageAt("bank", "/firms/new", "/console/firms/new"),
    ]
    assert lost == ["/firms/{uscc}/loans/{number}", "/lost"]


def test_a_page_that_only_a_later_address_leads_to_is_found():
    """The first firm has no link to the new form, the second has; the address of a page stays the first one."""
    links = {
        "/console/": ["/console/firms/91A", "/console/firms/91B"],
        "/console/firms/91A": ["/console/firms"],
        "/console/firms": [],
        "/console/firms/91B": ["/console/firms/new"],
        "/console/firms/new": ["/console/firms/91C"],
    }
    found, lost = crawled("bank", PAGES, lambda address: links.get(address, []))
    assert {one.page: one.address for one in found} == {
        "/": "/console/",
        "/firms": "/console/firms",
        "/firms/{uscc}": "/console/firms/91A",
        "/firms/new": "/console/firms/new",
    }
    assert lost == ["/firms/{uscc}/loans/{number}", "/lost"]


def test_of_a_page_without_end_only_so_many_addresses_are_opened():
    """A page that nothing leads to does not have every firm opened."""
    opened = []

    def links_at(address: str) -> list[str]:
        opened.append(address)
        return [f"/console/firms/{len(opened)}"]

    crawled("bank", PAGES, links_at)
    assert len(opened) == 1 + OPENED_EACH
