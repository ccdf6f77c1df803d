"""Chains as a worker answers them: the list, a node, who sees what, removal of a firm, campaigns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.chain_requests import CampaignStep
from serving.contract import chain_answers
from serving.contract.refusals import Refusal
from tests.serving.chain.conftest import CODES
from tests.serving.chain.planted import WORLD


def step(**changed):
    given = {
        "record_id": "step-1", "firm_id": WORLD, "status": "contacted", "at": datetime(2024, 6, 1, tzinfo=UTC),
        "role": "park_office", "reason": "",
    }  # fmt: skip
    return CampaignStep(**(given | changed))


def test_the_list_names_owner_and_size_of_each_chain(chains):
    answer = chain_answers.ChainsAnswer.model_validate(chains.listing())
    (small,) = answer.chains
    assert (small.name_zh, small.ribs, small.nodes) == ("小型安防", 3, 8)
    assert small.layers["structure"].owner == "zone industry office"


def test_a_node_has_scores_with_sample_size_and_lists_of_both_libraries(chains, caller):
    """Two firms make lenses: one of the zone, one of the world."""
    answer = chain_answers.NodeAnswer.model_validate(chains.node("small", "lens", caller.zone))
    scores = {one.score: one for one in answer.scores}
    assert scores["local_share"].n == 2
    assert scores["local_share"].value == pytest.approx(0.5)
    assert scores["local_share"].low < 0.5 < scores["local_share"].high
    assert [row["firm_id"] for row in answer.lists["local_library"]] == [CODES[2]]
    assert [row["firm_id"] for row in answer.lists["world_library"]] == [WORLD]
    assert answer.feeds == ["camera"]


def test_a_score_without_data_is_null_and_not_nought(chains, caller):
    """Nobody makes dome cameras: there is no concentration."""
    scores = {one["score"]: one for one in chains.node("small", "dome", caller.zone)["scores"]}
    assert (scores["concentration"]["status"], scores["concentration"]["value"]) == ("no_data", None)


def test_targets_are_for_the_zone_alone(chains, caller):
    for who, seen in ((caller.zone, True), (caller.firm, False), (caller.bank, False)):
        assert ("targets" in chains.node("small", "lens", who)["lists"]) is seen


def test_a_bank_reads_no_words_of_a_firms_own_document(chains, caller):
    """The planted document is a product's, which only the firm itself delivered."""
    shown = {
        who.role: chains.node("small", "lens", who)["lists"]["local_library"][0] for who in (caller.zone, caller.bank)
    }
    quoted = {role: [row[key] for key in ("evidence", "passage", "document_id")] for role, row in shown.items()}
    assert quoted == {"operator": ["摄像机", "高清摄像机的生产", "D1"], "bank": ["", "", ""]}


def test_pseudonyms_of_inventors_are_in_no_list(chains, caller):
    (patent,) = chains.node("small", "camera", caller.zone)["lists"]["patents"]
    assert patent["title"] == "一种高清摄像机"
    assert "inventor_keys" not in patent


def test_a_firm_that_withdrew_is_in_no_list(chains, caller, store):
    store.withdraw(CODES[2], datetime.now(UTC))
    lists = chains.node("small", "lens", caller.zone)["lists"]
    assert lists["local_library"] == []
    assert [row["firm_id"] for row in lists["world_library"]] == [WORLD]


def test_an_unknown_chain_node_or_firm_is_not_found_and_says_what_there_is(chains, caller):
    for call in (
        lambda: chains.node("nothing", "lens", caller.zone),
        lambda: chains.node("small", "nothing", caller.zone),
        lambda: chains.removal("small", "nobody"),
        lambda: chains.record_step("small", "lens", step(firm_id="nobody")),
    ):
        with pytest.raises(Refusal) as refusal:
            call()
        assert refusal.value.key == "not-found"
        assert all(refusal.value.faults[0].texts)


def test_the_only_camera_maker_takes_recognition_with_it(chains):
    """Recognition is fed by cameras alone, and no other firm makes any."""
    answer = chain_answers.RemovalAnswer.model_validate(chains.removal("small", CODES[0]))
    assert {one.node_id: one.role for one in answer.nodes}["camera"] == "only"
    assert answer.nodes_lost == ["recognition"]
    assert len(answer.texts) == len(answer.nodes) + len(answer.steps)
    assert any(one.en.endswith("in this library.") for one in answer.texts[: len(answer.nodes)])
    assert any(" loses all of its " in one.en for one in answer.texts)


def test_a_campaign_keeps_each_step_once_and_answers_the_state(chains, caller):
    first = chain_answers.CampaignAnswer.model_validate(chains.record_step("small", "lens", step()))
    again = chains.record_step("small", "lens", step())
    later = chains.record_step(
        "small", "lens", step(record_id="step-2", status="signed", at=datetime(2024, 6, 9, tzinfo=UTC))
    )
    assert (first.new, again["new"]) == (True, False)
    assert (later["status"], later["records"], later["first_on"]) == ("signed", 2, "2024-06-01")
    (target,) = chains.node("small", "lens", caller.zone)["lists"]["targets"]
    assert target["campaign"] == "signed"


def test_a_step_taken_after_the_snapshot_is_shown_with_the_target(chains, caller):
    chains.record_step("small", "lens", step(status="signed", at=datetime(2025, 6, 9, tzinfo=UTC)))
    (target,) = chains.node("small", "lens", caller.zone)["lists"]["targets"]
    assert (target["campaign"], target["since"]) == ("signed", "2025-06-09")


def test_a_step_that_cannot_be_kept_says_why(chains):
    chains.record_step("small", "lens", step())
    for changed, key in (
        ({"status": "dropped", "record_id": "b"}, "invalid-request"),  # without a reason
        ({"at": datetime(2199, 1, 1, tzinfo=UTC), "record_id": "c"}, "invalid-request"),
        ({"status": "visiting"}, "idempotency-conflict"),
    ):
        with pytest.raises(Refusal) as refusal:
            chains.record_step("small", "lens", step(**changed))
        assert refusal.value.key == key
