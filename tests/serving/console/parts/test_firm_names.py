"""Names of firms come from the chain library; whose page there is, is linked for those who have one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from serving.console.parts.firm_names import firm_link, firm_name, firm_words
from tests.serving.console.planted_views import FAN, PLAIN, Views, links

pytestmark = pytest.mark.behaviour


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    made = Views(tmp_path_factory.mktemp("names"))
    yield made
    made.close()


def test_a_firm_of_the_library_has_its_name_and_another_its_code(views):
    """The first three codes are firms of the planted chain, the fourth is none."""
    view = views.of()
    assert (firm_name(view, FAN), firm_name(view, PLAIN)) == ("企业0", PLAIN)
    assert firm_words(view, FAN) == f"企业0（{FAN}）"
    assert firm_words(views.of(lang="en"), PLAIN) == PLAIN


def test_only_who_has_pages_of_firms_gets_a_link(views):
    """An officer, and not another enterprise."""
    assert links(firm_link(views.of(), FAN)) == [f"/console/firms/{FAN}"]
    assert links(firm_link(views.of("enterprise", PLAIN), FAN)) == []


def test_a_release_without_chains_names_nobody(views):
    """Then the code is what there is."""
    view = views.of()
    kept, view.state.chain = view.state.chain, None
    try:
        assert firm_name(view, FAN) == FAN
    finally:
        view.state.chain = kept


def test_the_register_comes_before_the_library(views):
    """A name that a release holds of the register is the one that is read."""
    view = views.of()
    view.state.filings = SimpleNamespace(names={FAN: "某风机公司"})
    try:
        assert firm_words(view, FAN) == f"某风机公司（{FAN}）"
        assert firm_name(view, PLAIN) == PLAIN
    finally:
        view.state.filings = None
