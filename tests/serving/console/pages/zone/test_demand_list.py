"""The list of demands: filters in the address, files of the same rows, and what waits for the officer."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import demand_list
from tests.serving.console.planted_views import ASKER, Views, by_id, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def numbers(shown):
    return [row["id"] for row in shown]


def test_the_officer_sees_open_demands_first_and_by_the_address_others(views):
    """D00004 is past its deadline; an address with its state shows it, and the control holds that value."""
    shown = demand_list.page(views.of())
    assert sorted(numbers(rows(shown, "demands-grid"))) == ["D00001", "D00002", "D00003", "D00005"]
    past = demand_list.page(views.of(state="past_deadline"))
    assert numbers(rows(past, "demands-grid")) == ["D00004"]
    assert by_id(past, "demands-state").value == ["past_deadline"]


def test_every_member_of_the_filter_takes_rows_out(views):
    """Field, supplier state, the latest deadline (one without a deadline has none) and words in the text."""
    every = demand_list.demands_of(views.of())
    for query, found in (
        ({"field": "iot,software"}, 5),
        ({"field": "software"}, 0),
        ({"proposed": "found"}, 0),
        ({"until": "2024-12-30"}, 1),
        ({"text": "电芯"}, 1),
        ({"text": ASKER.lower()}, 4),
    ):
        assert len(demand_list.kept(every, query)) == found, query


def test_the_filter_writes_the_address_and_says_how_many(views):
    """Values of several kinds join with a comma; none leaves the address bare."""
    found, said, search = demand_list.filtered(views.of(), ["iot"], [], ["open"], [], None, "电芯")
    assert (numbers(found), search) == (["D00002"], "?field=iot&state=open&text=%E7%94%B5%E8%8A%AF")
    assert "共 1 条（全部 5 条）" in words(said)
    assert demand_list.filtered(views.of(), [], [], [], [], None, "")[2] == ""
    assert "请放宽条件" in words(demand_list.filtered(views.of(), [], [], [], [], None, "量子")[1])


def test_a_file_holds_the_rows_of_the_address_and_is_recorded(views):
    """Its export is an act of a person in the ledger."""
    answer = demand_list.demand_file(views.of(text="电芯"), "csv").get_data().decode("utf-8-sig")
    assert "D00002" in answer
    assert "D00001" not in answer
    (draft,) = views.drafts
    assert (draft.kind, b"demands_exported" in draft.body) == ("console_act", True)


def test_what_waits_are_demands_without_a_supplier(views):
    """Four open ones that nobody searched; after a list that proposes nobody, one is without a likely firm."""
    view = views.of()
    made = registered(demand_list.register)
    (waiting,) = made.sources
    assert [one.count for one in waiting(view)] == [0, 4, 0]
    view.api.post("/v1/demands", {"demand_id": "n-1", "problem": "量子纠缠卫星通信", "uscc": ASKER})
    view.api.post("/v1/match/suppliers", {"demand_id": "n-1"})
    first, second, _ = waiting(view)
    assert (first.count, second.count) == (1, 4)
    assert first.href == "/console/demands?state=open&proposed=none_likely"
    assert "没有把握" in first.text
    assert {roles for roles, _ in made.allowed.values()} == {("zone_officer",)}


def test_without_demands_the_page_says_what_to_do(views):
    """A button to post one."""
    views.matching.packed.get().demands.clear()
    assert "发布" in words(demand_list.page(views.of()))
