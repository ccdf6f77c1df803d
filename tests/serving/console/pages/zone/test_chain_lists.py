"""Gaps and targets over all nodes: tables that are filtered, and files of all rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serving.console.pages.zone import chain_lists
from tests.serving.console.planted_views import Views, links, parts, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def lines(answer):
    return answer.get_data().decode("utf-8-sig").splitlines()


def test_the_table_has_the_nodes_of_the_chosen_flag(views):
    """As many as the list of chains counts as flagged; each leads to its node."""
    view = views.of()
    flagged = view.api.get("/v1/chains")["chains"][0]["flagged"]
    for flag, count in flagged.items():
        shown = chain_lists.flagged_nodes(view, flag)
        assert f"共 {count} 个环节" in words(shown)
        assert len(rows(shown, "gaps-grid")) == count
    assert "缺失环节" in words(chain_lists.gaps_page(view))


def test_the_file_has_every_node_with_its_flags_in_words(views):
    """A head and a line a node; no key of ours in it."""
    found = lines(chain_lists.gaps_file(views.of(), "csv"))
    assert len(found) == 1 + len(views.of().state.chain.current().chains["small"].nodes)
    assert not [word for word in ("not_raised", "no_data", "upstream") if word in "".join(found)]


def test_targets_are_filtered_by_chain_and_campaign(views):
    """Not begun at first; after a step it is among those of that step."""
    view = views.of()
    table, count = chain_lists.filtered_targets(view, "small", "none")
    (row,) = rows(table, "targets-grid")
    assert (row["firm"], row["campaign"], count) == ("企业3", "未开始", "共 1 条")
    step = {"record_id": "c-1", "firm_id": "W000001", "status": "visiting", "role": "agency",
            "at": datetime(2024, 6, 1, tzinfo=UTC).isoformat()}  # fmt: skip
    view.api.post("/v1/chains/small/nodes/lens/campaigns", step)
    assert rows(chain_lists.filtered_targets(view, None, "none")[0], "targets-grid") == []
    assert rows(chain_lists.filtered_targets(view, None, "visiting")[0], "targets-grid")[0]["campaign"] == "考察中"
    assert "考察中" in words(chain_lists.targets_page(view))
    assert "/console/files/chains/targets.xlsx" in links(chain_lists.targets_page(view))


def test_the_picture_of_campaigns_names_its_colours_even_where_there_is_one(views):
    """Plotly leaves the legend out where there is one state, and the colour would mean nothing."""
    page = chain_lists.targets_page(views.of())
    (graph,) = [part for part in parts(page) if type(part).__name__ == "Graph"]
    assert [bar.name for bar in graph.figure.data] == ["未开始"]
    assert graph.figure.layout.showlegend is True


def test_the_file_of_targets_is_the_zones_and_recorded(views):
    """Registered for officers alone."""
    assert len(lines(chain_lists.targets_file(views.of(), "csv"))) == 2
    assert b"targets_exported" in views.drafts[-1].body
    made = registered(chain_lists.register)
    assert made.allowed["chains/targets.<form>"] == (("zone_officer",), "chain")
    assert made.allowed["chains/gaps.<form>"] == (("zone_officer", "policy_analyst"), "chain")
