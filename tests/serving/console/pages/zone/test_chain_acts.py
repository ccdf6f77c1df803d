"""Acts on a node: a placement that a person puts right counts at once, a campaign goes a step."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.zone import chain_acts
from tests.serving.console.planted_views import FAN, Views, by_id, registered, words

pytestmark = pytest.mark.behaviour
NODE = {"chain_id": "small", "node_id": "camera"}


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def made():
    return registered(chain_acts.register)


def firms_of(view, node="camera"):
    return [row["firm_id"] for row in view.api.get(f"/v1/chains/small/nodes/{node}")["lists"]["local_library"]]


def test_a_wrong_placement_is_gone_at_once(views, made):
    """Without a reason nothing is recorded; the choice holds the node's firms and patents."""
    view = views.of()
    lists = view.api.get("/v1/chains/small/nodes/camera")["lists"]
    choices = [
        one["value"]
        for one in by_id(chain_acts.correction_form(view, "small", "camera", lists), "correction-item").data
    ]
    assert choices == [f"firm|{FAN}", "patent|CN114081026A"]
    correct = made.callbacks["correct"]
    assert "写明依据" in words(correct(view, 1, choices[0], "wrong", " ", NODE))
    assert firms_of(view) == [FAN]
    assert "不属于本环节" in words(correct(view, 1, choices[0], "wrong", "实地走访", NODE))
    assert firms_of(view) == []


def test_a_campaign_goes_a_step(views, made):
    """A firm that is dropped needs a reason; the next reading has the step."""
    view, step = views.of(), made.callbacks["step"]
    node = {"chain_id": "small", "node_id": "lens"}
    assert "写明原因" in words(step(view, 1, "W000001", "dropped", "agency", None, node))
    assert "已联系" in words(step(view, 1, "W000001", "contacted", "agency", None, node))
    (row,) = view.api.get("/v1/chains/small/nodes/lens")["lists"]["targets"]
    assert row["campaign"] == "contacted"
    labels = by_id(chain_acts.campaign_form(view, "small", "lens", [row]), "campaign-firm").data
    assert labels == [{"value": "W000001", "label": "1. 企业3"}]


def test_the_api_refuses_whom_the_console_would_not_let_in(views, made):
    """An enterprise is refused by the route itself; the callbacks are the officer's."""
    with pytest.raises(Refused) as refused:
        made.callbacks["correct"](views.of("enterprise", FAN), 1, f"firm|{FAN}", "right", "本企业", NODE)
    assert refused.value.status == 403
    assert set(made.allowed.values()) == {(("zone_officer",), "chain_write")}
