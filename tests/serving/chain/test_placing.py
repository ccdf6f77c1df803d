"""Placements of texts, firms and patents; corrections; investors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from data.chain_requests import InvestorsRequest, PlacementCorrection, PlacementRequest
from serving.chain.placing import normal_number
from serving.contract import chain_answers
from serving.contract.refusals import Refusal
from serving.matching.packed import FirstUse
from tests.serving.chain.conftest import CODES
from tests.serving.chain.planted import PATENT


def correction(**changed):
    given = {
        "correction_id": "visit-1", "kind": "firm", "item_id": CODES[0], "chain_id": "small", "node_id": "camera",
        "right": False, "at": datetime(2024, 6, 1, tzinfo=UTC), "reason": "It only sells them.",
    }  # fmt: skip
    return PlacementCorrection(**(given | changed))


def nodes(answer):
    return [row["node_id"] for row in answer["placements"]]


def test_a_text_is_placed_by_its_words_which_are_named(chains, caller):
    answer = chains.placing.place(PlacementRequest(text="高清摄像机与云台"), caller.firm)
    first = chain_answers.PlacementsAnswer.model_validate(answer).placements[0]
    assert first.node_id == "camera"
    assert {"摄像机", "云台"} <= set(first.evidence.split("；"))
    assert answer["error_rate"] == pytest.approx(0.1)


@pytest.mark.law
def test_a_long_text_with_one_sentence_that_fits_goes_to_a_person(chains, caller):
    """The same sentence alone is placed; a text of one passage, or without a sentence that fits, stays as it was."""
    models = chains.placing.models.get()
    placer = replace(models.placer, bands=replace(models.placer.bands, leaf=0.9, parent=0.9, shown=0.9))
    placing = replace(chains.placing, models=FirstUse(lambda: replace(models, placer=placer)))
    said, clear = [f"公司在第 {at} 届年会上感谢全体同事。" for at in range(80)], "高清摄像机与云台。"
    found = {
        name: placing.place(PlacementRequest(text=text), caller.firm)["placements"][0]
        for name, text in (("alone", clear), ("long", "".join([*said, clear])), ("none", "".join(said)))
    }
    assert (found["alone"]["node_id"], found["alone"]["band"]) == ("camera", "placed")
    assert (found["long"]["node_id"], found["long"]["band"]) == ("camera", "to_person")
    assert found["long"]["passage"] == clear
    assert found["none"]["band"] == "not_placed"


@pytest.mark.parametrize("text", ["", "1", "12345 678", "x" * 50_001])
def test_a_text_that_says_nothing_is_refused(chains, caller, text):
    with pytest.raises(Refusal) as refusal:
        chains.placing.place(PlacementRequest(text=text), caller.firm)
    assert refusal.value.key == "invalid-request"


def test_a_firm_and_a_patent_have_their_packed_placements(chains, caller):
    assert nodes(chains.placing.place(PlacementRequest(uscc=CODES[0]), caller.zone)) == ["camera"]
    answer = chains.placing.place(PlacementRequest(publication_number=f" {PATENT.lower()} "), caller.zone)
    assert (answer["item"], nodes(answer)) == (PATENT, ["camera"])


def test_a_bank_reads_no_passage_of_a_firms_own_document(chains, caller):
    for who, passage in ((caller.zone, "高清摄像机的生产"), (caller.bank, None)):
        (row,) = chains.placing.place(PlacementRequest(uscc=CODES[0]), who)["placements"]
        assert row["passage"] == passage


def test_an_unknown_firm_patent_or_chain_is_not_found(chains, caller):
    with pytest.raises(Refusal) as refusal:
        chains.placing.place(PlacementRequest(uscc=CODES[3]), caller.zone)
    assert refusal.value.key == "not-found"
    with pytest.raises(Refusal) as refusal:
        chains.placing.place(PlacementRequest(publication_number="CN999999999A"), caller.zone)
    assert refusal.value.key == "not-found"
    with pytest.raises(Refusal) as refusal:
        chains.placing.place(PlacementRequest(text="高清摄像机", chain_id="nothing"), caller.zone)
    assert refusal.value.key == "not-found"


def test_a_correction_counts_at_once_on_the_item_and_in_the_lists(chains, caller):
    """The firm is no camera maker, it makes lenses: so a person says."""
    placing = chains.placing
    assert placing.correct(correction(), caller.zone)
    assert not placing.correct(correction(), caller.zone)
    after = datetime(2025, 6, 1, tzinfo=UTC)  # the snapshot is of 2024-06-30
    placing.correct(correction(correction_id="visit-2", node_id="lens", right=True, at=after), caller.zone)
    (row,) = placing.place(PlacementRequest(uscc=CODES[0]), caller.zone)["placements"]
    assert (row["node_id"], row["probability"], row["band"], row["corrected"]) == ("lens", 1.0, "placed", True)
    firms = {one["firm_id"] for one in chains.node("small", "lens", caller.zone)["lists"]["local_library"]}
    assert firms == {CODES[0], CODES[2]}


def test_a_correction_of_nothing_that_was_placed_is_refused(chains, caller):
    for changed, key in (
        ({"item_id": "nobody"}, "not-found"),
        ({"node_id": "nothing"}, "not-found"),
        ({"at": datetime(2199, 1, 1, tzinfo=UTC)}, "invalid-request"),
    ):
        with pytest.raises(Refusal) as refusal:
            chains.placing.correct(correction(**changed), caller.zone)
        assert refusal.value.key == key
    chains.placing.correct(correction(), caller.zone)
    with pytest.raises(Refusal) as refusal:
        chains.placing.correct(correction(right=True), caller.zone)
    assert refusal.value.key == "idempotency-conflict"


def test_a_patent_has_investors_and_an_unknown_one_has_none(chains):
    found = chains.placing.investors(InvestorsRequest(publication_number="cn114081026a"))
    assert chain_answers.InvestorsAnswer.model_validate(found).answer["investors"][0]["investor"] == "某创投"
    unknown = chains.placing.investors(InvestorsRequest(publication_number="CN999999999A"))
    assert (unknown["status"], unknown["answer"]["investors"]) == ("unknown_patent", [])


def test_a_number_has_one_form():
    assert normal_number(" cn 114081026 a") == PATENT
    with pytest.raises(Refusal) as refusal:
        normal_number("114081026")
    assert refusal.value.key == "invalid-request"
