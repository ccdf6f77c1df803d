"""What the ledger keeps of industry chains: that something was answered or recorded, its versions and its digest."""

from __future__ import annotations

import secrets
from typing import Any

from data.chain_requests import CampaignStep, PlacementCorrection
from serving.auth.access import Caller
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of

CHAIN_ANSWER, CHAIN_CORRECTION, CHAIN_CAMPAIGN = "chain_answer", "chain_correction", "chain_campaign"


def chain_draft(answer: dict[str, Any], kind: str, caller: Caller, body: bytes) -> Draft:
    """The record of an answer: its kind, versions and digest. It names no firm, for the ledger forgets nothing."""
    number = secrets.token_hex(12)
    text = canonical_json({"kind": kind, "versions": answer["versions"], "digest": digest_of(body)})
    return Draft(CHAIN_ANSWER, _owner(caller), number, text, f"chain-answer:{number}", digest_of(text))


def correction_draft(given: PlacementCorrection, caller: Caller) -> Draft:
    """The record that a person decided on a placement: which node, and not which firm."""
    content = {"correction_id": given.correction_id, "chain_id": given.chain_id, "node_id": given.node_id}
    text = canonical_json(content | {"kind": given.kind, "right": given.right, "by": caller.holder})
    key = f"chain-correction:{caller.name}:{given.correction_id}"
    return Draft(CHAIN_CORRECTION, _owner(caller), given.correction_id, text, key, digest_of(text))


def campaign_draft(given: CampaignStep, chain_id: str, node_id: str, caller: Caller) -> Draft:
    """The record that a campaign went a step: which node and which status, and not which firm."""
    content = {"record_id": given.record_id, "chain_id": chain_id, "node_id": node_id, "status": given.status}
    text = canonical_json(content | {"by": caller.holder})
    key = f"chain-campaign:{caller.name}:{given.record_id}"
    return Draft(CHAIN_CAMPAIGN, _owner(caller), given.record_id, text, key, digest_of(text))


def _owner(caller: Caller) -> str:
    return caller.name if caller.role != "enterprise" else "enterprise"
