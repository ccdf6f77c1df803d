"""A node: figures with intervals, flags with what would end them, lists of firms; targets for the zone alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serving.console.api import Refused
from serving.console.pages.zone import chain_node
from tests.serving.console.planted_views import CELL, FAN, PLAIN, Views, links, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def page(views, node="camera", **given):
    return chain_node.page(views.of(params={"chain_id": "small", "node_id": node}, **given))


def test_the_officer_reads_figures_flags_and_lists(views):
    """The firm on the node is listed by name and linked; files of each list are the API's."""
    shown = page(views)
    text = words(shown)
    for part in ("环节评价", "本地供给", "九成区间", "本地企业库（1）", "专利清单（1）", "更正归链"):
        assert part in text, part
    (row,) = rows(shown, "list-local_library")
    assert (row["name"], row["href"]) == ("企业0", f"/console/firms/{FAN}")
    assert "/console/api/v1/chains/small/nodes/camera/local_library.csv?lang=zh" in links(shown)


def test_a_machine_is_never_shown_as_certain_and_a_person_may_be(views):
    """A probability of 1 is 99.9 % unless a person decided."""
    view = views.of()
    row = {"firm_id": FAN, "name": "企业0", "probability": 1.0, "band": "placed", "corrected": False}
    (shown,) = chain_node.list_rows(view, "local_library", [row])
    assert shown["probability"] == 0.999
    (shown,) = chain_node.list_rows(view, "local_library", [row | {"corrected": True, "band": "confirmed"}])
    assert (shown["probability"], shown["band"]) == (1.0, "人工确认")


def test_targets_and_acts_are_the_zones(views):
    """An enterprise sees neither the list nor the forms, in both languages; an unknown node is not found."""
    assert "招引目标清单（1）" in words(page(views, "lens"))
    for lang in ("zh", "en"):
        text = words(page(views, "lens", role="enterprise", name=PLAIN, lang=lang))
        assert "招引" not in text
        assert "Target firms" not in text
        assert "更正归链" not in text
    with pytest.raises(Refused) as refused:
        page(views, "nothing")
    assert refused.value.status == 404


def test_a_withdrawn_firm_is_in_no_list(views):
    """Neither by name nor by code."""
    assert CELL in words(page(views, "operation")) or CELL in str(rows(page(views, "operation"), "list-local_library"))
    views.matching.store.withdraw(CELL, datetime.now(UTC))
    assert CELL not in str(page(views, "operation"))


def test_a_list_that_was_not_brought_is_not_an_empty_one(views):
    """Each says which it is."""
    view = views.of()
    assert "不等于没有" in words(chain_node.list_panel(view, "small", "lens", "talents", None))
    assert "没有记录" in words(chain_node.list_panel(view, "small", "lens", "talents", []))
