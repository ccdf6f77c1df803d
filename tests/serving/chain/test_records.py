"""What the ledger keeps of chains names no firm, and a second report is no second record."""

from __future__ import annotations

from data.chain_requests import PlacementCorrection
from serving.chain.records import campaign_draft, chain_draft, correction_draft
from tests.serving.chain.conftest import CODES
from tests.serving.chain.test_placing import correction
from tests.serving.chain.test_service import step


def test_no_record_names_a_firm(caller):
    drafts = [
        chain_draft({"versions": {"chains": "a"}, "item": CODES[0]}, "placements", caller.firm, b"{}"),
        correction_draft(correction(), caller.zone),
        campaign_draft(step(firm_id=CODES[0]), "small", "lens", caller.zone),
    ]
    assert not any(CODES[0] in f"{one.owner} {one.subject} {one.body.decode()} {one.unique_key}" for one in drafts)


def test_a_correction_has_one_key_for_each_caller_and_identifier(caller):
    first, second = (correction_draft(correction(), who) for who in (caller.zone, caller.bank))
    assert first.unique_key != second.unique_key
    assert first == correction_draft(PlacementCorrection(**correction().model_dump()), caller.zone)
