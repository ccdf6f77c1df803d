"""Tables over all nodes: flags in their states, targets with their campaigns, placements that a person decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from serving.console.chain_tables import chain_name, node_rows, target_rows, views_of, waiting_placements
from serving.contract.refusals import Refusal
from tests.serving.console.planted_views import ASKER, CELL, FAN, Views

pytestmark = pytest.mark.behaviour
TITLES = {"D00001": "难题"}


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def test_every_node_has_a_row_with_the_state_of_each_flag(views):
    """As many rows as the chain has nodes; a node without scores has no data, which is not 0."""
    packed = views.of().state.chain.current()
    chain = packed.chains["small"]
    rows = node_rows(packed, "zh")
    assert [row["node_id"] for row in rows] == [node.id for node in chain.nodes]
    states = {"raised", "raised_uncertain", "not_raised", "not_raised_uncertain", "no_data"}
    assert {row[flag] for row in rows for flag in ("risk", "gap", "potential")} <= states
    lens = next(row for row in rows if row["node_id"] == "lens")
    own = views_of(packed, "small", "zh")["lens"]
    assert (lens["local"], lens["world"], lens["node"]) == (own.local, own.world, own.name)
    assert lens["chain"] == chain_name(chain, "zh") == chain.name_zh
    assert node_rows(packed, "en", ["small"])[0]["chain"] == chain.name_en


def test_a_target_has_the_state_of_its_campaign(views):
    """None before the first step, then the step and its day."""
    view = views.of()
    (row,) = target_rows(view.state.chain, view.caller, "zh")
    assert (row["firm"], row["rank"], row["campaign"], row["reason"]) == ("企业3", 1, None, "可补链")
    step = {"record_id": "c-1", "firm_id": "W000001", "status": "contacted", "role": "park_office",
            "at": datetime(2024, 6, 1, tzinfo=UTC).isoformat()}  # fmt: skip
    view.api.post("/v1/chains/small/nodes/lens/campaigns", step)
    (row,) = target_rows(view.state.chain, view.caller, "en")
    assert (row["campaign"], row["since"], row["reason"]) == ("contacted", "2024-06-01", "fills it")


def test_placements_that_wait_are_those_of_items_that_may_be_seen(views):
    """The least certain first; a demand that is not among those given is left out, with its words."""
    views.wait_for_a_person()
    view = views.of()
    rows = waiting_placements(view.state.chain, view.caller, TITLES)
    assert [(row["kind"], row["item"], row["name"]) for row in rows] == [
        ("firm", CELL, "企业1"),
        ("patent", "CN114081026A", "一种高清摄像机"),
        ("demand", "D00001", "难题"),
    ]
    assert (rows[0]["evidence"], rows[0]["probability"]) == ("镜头", 0.4)


def test_who_withdrew_waits_no_more(views):
    """The firm's placement is gone, whoever asks."""
    views.wait_for_a_person()
    view = views.of()
    view.state.matching.store.withdraw(CELL, datetime.now(UTC))
    rows = waiting_placements(view.state.chain, view.caller, TITLES)
    assert CELL not in [row["item"] for row in rows]


def test_targets_and_placements_are_the_zones_alone(views):
    """An enterprise is refused, also by permission that it lacks."""
    view = views.of("enterprise", FAN)
    for call in (
        lambda: target_rows(view.state.chain, view.caller, "zh"),
        lambda: waiting_placements(view.state.chain, view.caller, {}),
    ):
        with pytest.raises(Refusal) as refusal:
            call()
        assert refusal.value.key == "permission-missing"
    assert ASKER not in str(node_rows(view.state.chain.current(), "zh"))
