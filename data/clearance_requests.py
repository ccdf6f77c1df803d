"""Requests of customs clearance: a cut-off that a declaration must meet, and where changes are sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from data.members import Identifier, Moment, RequestPart
from data.uscc import Uscc

DeclarationNumber = Annotated[str, Field(min_length=1, max_length=80)]


class Cutoff(RequestPart):
    """An instant by which a declaration must be released or completed, and what missing it costs.

    cutoff_id : makes it idempotent; kind : a ship's closing or a contract's date; empty_space_fee_cny : the loss
    """

    cutoff_id: Identifier
    number: DeclarationNumber
    kind: Literal["ship", "contract"]
    milestone: Literal["released", "completed"]
    cutoff_at: Moment
    empty_space_fee_cny: Annotated[float, Field(ge=0.0, le=1e9)]


class WebhookRegistration(RequestPart):
    """Where changes are sent; owner : the firm or agent whose declarations are meant, or ``zone`` for all of them."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    events: Annotated[tuple[Literal["clearance.message", "clearance.status_changed"], ...], Field(min_length=1)]
    owner: Uscc | Literal["zone"]
