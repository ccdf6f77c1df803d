"""Requests of the industry chain: what is to be placed, a person's correction, a campaign's step, a patent number."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.chain.campaigns import CampaignRole, CampaignStatus
from data.match_requests import AnyText
from data.members import Day, Identifier, Moment, RequestPart
from data.texts.sentences import WordedError, label
from data.uscc import Uscc

MOST_INVESTORS = 50
PatentText = Annotated[str, Field(min_length=1, max_length=40)]
ItemId = Annotated[str, Field(min_length=1, max_length=80)]


class PlacementRequest(RequestPart):
    """What is to be placed on the nodes of the chains: one text, or a firm or patent that the release holds.

    text : a business scope, a product, a demand, the title of a patent; it is placed now and not kept
    uscc, publication_number : of a firm or patent, whose placements were made with the release
    chain_id : of one chain; left out: of all
    """

    text: AnyText | None = None
    uscc: Uscc | None = None
    publication_number: PatentText | None = None
    chain_id: Identifier | None = None

    @model_validator(mode="after")
    def _one_item(self) -> Self:
        if sum(one is not None for one in (self.text, self.uscc, self.publication_number)) != 1:
            raise WordedError(label("chain.request.one_item"))
        return self


class PlacementCorrection(RequestPart):
    """A person's decision on one placement; it counts at once, and the next fit learns from it.

    correction_id : makes it idempotent; right : whether the item belongs on the node
    at : when the person decided
    """

    correction_id: Identifier
    kind: Literal["firm", "patent", "demand"]
    item_id: ItemId
    chain_id: Identifier
    node_id: Identifier
    right: bool
    at: Moment
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class CampaignStep(RequestPart):
    """A step of the campaign that is to bring a target firm to a node; ``record_id`` makes it idempotent."""

    record_id: Identifier
    firm_id: ItemId
    status: CampaignStatus
    at: Moment
    role: CampaignRole
    reason: Annotated[str, Field(max_length=500)] = ""


class InvestorsRequest(RequestPart):
    """Who funded firms of similar technology; on : only what was known by that day counts, today where left out."""

    publication_number: PatentText
    count: Annotated[int, Field(ge=1, le=MOST_INVESTORS)] = MOST_INVESTORS
    on: Day | None = None
