"""Placements to confirm: by kind, decided together with a reason, and gone from the list at once."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import placements
from tests.serving.console.planted_views import CELL, Views, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    made.wait_for_a_person()
    yield made
    made.close()


@pytest.fixture
def pressed(monkeypatch):
    """Which button was pressed."""

    def press(name):
        monkeypatch.setattr(placements, "ctx", type("Pressed", (), {"triggered_id": name}))

    return press


def test_what_waits_is_counted_and_listed_by_kind(views):
    """A firm, a patent and the demand on file: three; firms first, the words that decided beside each."""
    (waiting,) = registered(placements.register).sources[0](views.of())
    assert (waiting.count, waiting.href) == (3, "/console/chains/placements")
    (row,) = rows(placements.page(views.of()), "placements-grid")
    assert (row["item"], row["name"], row["evidence"]) == (CELL, "企业1", "镜头")
    assert [row["item"] for row in placements.of_kind(views.of(), "demand")] == ["D00001"]
    assert rows(placements.page(views.of(kind="patent")), "placements-grid")[0]["item"] == "CN114081026A"


@pytest.mark.parametrize(("button", "left_on_node"), [("placements-right", True), ("placements-wrong", False)])
def test_a_decision_counts_at_once(views, pressed, button, left_on_node):
    """It waits no more; the firm is on the node's list only where it belongs there."""
    pressed(button)
    view = views.of()
    selected = placements.of_kind(view, "firm")
    said, left, chosen = placements.decide(view, 1, None, selected, "实地走访", "firm")
    assert ("1 条" in words(said), left, chosen) == (True, [], [])
    listed = view.api.get("/v1/chains/small/nodes/lens")["lists"]["local_library"]
    assert (CELL in [row["firm_id"] for row in listed]) == left_on_node


def test_without_rows_or_a_reason_nothing_is_decided(views, pressed):
    """Nor for a row that does not wait, whatever the browser sends."""
    pressed("placements-right")
    view = views.of()
    selected = placements.of_kind(view, "firm")
    for rows_given, reason in (([], "实地走访"), (selected, " "), (selected * 51, "实地走访")):
        said, left, _ = placements.decide(view, 1, None, rows_given, reason, "firm")
        assert "写明依据" in words(said)
        assert len(left) == 1
    forged = [{"id": f"firm|{CELL}|small|camera"}]
    assert "0 条" in words(placements.decide(view, 1, None, forged, "实地走访", "firm")[0])
    assert len(placements.of_kind(view, "firm")) == 1


def test_without_anything_the_page_says_so(tmp_path):
    """And leads back."""
    views = Views(tmp_path)
    assert "没有等待人工确认" in words(placements.page(views.of()))
    views.close()
