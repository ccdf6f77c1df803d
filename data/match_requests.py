"""Requests of matching: a demand or its number, a firm, a text, an event, and what came of a list."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.consents import Consent
from data.matching import ReasonNot, Visibility
from data.members import Day, Identifier, Moment, RequestPart
from data.requests import MoneyWan
from data.texts.sentences import WordedError, label
from data.uscc import Uscc

LONGEST_LIST = 50
ListLength = Annotated[int, Field(ge=1, le=LONGEST_LIST)]
# Longer than a text may be: how long it is, and what may be in it, is said by ``serving.matching.query_text``.
AnyText = Annotated[str, Field(max_length=400_000)]
ShortText = Annotated[str, Field(min_length=1, max_length=64)]


class DemandText(RequestPart):
    """A demand in the words of the firm that has it; money in 10,000 yuan, deadline the last day of use."""

    title: AnyText = ""
    problem: AnyText
    requirement: AnyText = ""
    field: ShortText | None = None
    budget_wan: MoneyWan | None = None
    deadline: Day | None = None
    district: ShortText | None = None


class GivenDemand(DemandText):
    """A demand that is posted, so that others find it; ``demand_id`` makes it idempotent.

    visible_to : as of ``Demand``; invited: the firms that the zone records as invited for it
    uscc : the firm that has the problem, where the zone posts it for that firm
    """

    demand_id: Identifier
    visible_to: Visibility = "zone"
    uscc: Uscc | None = None


class SuppliersRequest(RequestPart):
    """Who could solve a demand: one on file by ``demand_id``, or one that is written here in ``demand``.

    exclude : firms that are not wanted; competitors : of the demand's firm. Neither is shown, and both are counted
    consent : of the demand's firm, where a bank asks about a demand on file
    """

    demand_id: Identifier | None = None
    demand: DemandText | None = None
    count: ListLength = 10
    exclude: tuple[Uscc, ...] = Field(default=(), max_length=1_000)
    competitors: tuple[Uscc, ...] = Field(default=(), max_length=1_000)
    consent: Consent | None = None

    @model_validator(mode="after")
    def _one_demand(self) -> Self:
        if (self.demand_id is None) == (self.demand is None):
            raise WordedError(label("match.request.one_demand"))
        return self


class DemandsRequest(RequestPart):
    """Which open demands a firm could serve; a bank shows the firm's consent.

    least_budget_wan : below which the firm does not work; a demand without a budget is shown
    """

    uscc: Uscc
    count: ListLength = 10
    least_budget_wan: MoneyWan | None = None
    consent: Consent | None = None


class SearchRequest(RequestPart):
    """Firms for a text of any kind."""

    text: AnyText
    count: ListLength = 10


class Declined(RequestPart):
    """A firm that will not meet the firm of this demand."""

    demand_id: Identifier
    uscc: Uscc


class Exposure(RequestPart):
    """A share of the seats that firms of a group get at least, where they can fill them; rounded up to a seat.

    group : ``startup`` : of that growth stage; ``small`` : micro or small by size
    """

    group: Literal["startup", "small"]
    least_share: Annotated[float, Field(gt=0, le=1)]


class InvitationsRequest(RequestPart):
    """Whom to invite to an event; seats, rounds and limit of a firm are the event's own where they are left out.

    demands : those that the event is about
    per_demand_limit : meetings of one demand; left out: the least with which seats and rounds can all be used, so that
    the meetings are spread over the demands
    declined : pairs that are not to be planned again
    """

    demands: tuple[Identifier, ...] = Field(min_length=1, max_length=500)
    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    rounds: Annotated[int, Field(ge=1, le=1_000)] | None = None
    per_firm_limit: Annotated[int, Field(ge=1, le=1_000)] | None = None
    per_demand_limit: Annotated[int, Field(ge=1, le=1_000)] | None = None
    exposure: tuple[Exposure, ...] = Field(default=(), max_length=2)
    declined: tuple[Declined, ...] = Field(default=(), max_length=10_000)

    @model_validator(mode="after")
    def _each_group_once(self) -> Self:
        if len({one.group for one in self.exposure}) < len(self.exposure):
            raise WordedError(label("match.request.group_twice"))
        return self


class GivenEvent(RequestPart):
    """An event that the zone announces, of the members of ``MatchEvent``; ``event_id`` makes it idempotent."""

    event_id: Identifier
    theme: ShortText
    date: Day
    district: ShortText | None = None
    seats: Annotated[int, Field(ge=1, le=100_000)]
    rounds: Annotated[int, Field(ge=1, le=1_000)]
    per_firm_limit: Annotated[int, Field(ge=1, le=1_000)]


class MatchFeedback(RequestPart):
    """What came of a firm that a list showed. ``outcome_id`` makes it idempotent; steps that happened stay.

    kind : ``click`` (it was opened) or ``outcome``; query_id : of the list, if there was one
    """

    outcome_id: Identifier
    kind: Literal["click", "outcome"] = "outcome"
    query_id: Identifier | None = None
    demand_id: Identifier | None = None
    event_id: Identifier | None = None
    uscc: Uscc
    at: Moment
    invited: bool = False
    accepted: bool = False
    met: bool = False
    kept: bool = False
    second_meeting: bool = False
    solved: bool = False
    signed: bool = False
    reason_not: ReasonNot | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.kind == "click" and self.query_id is None:
            raise WordedError(label("match.request.click"))
        if self.kept and not self.met:
            raise WordedError(label("match.request.kept"))
        if self.second_meeting and not self.kept:
            raise WordedError(label("match.request.second"))
        if self.event_id is not None and ((self.met and not self.accepted) or (self.accepted and not self.invited)):
            raise WordedError(label("match.request.event_order"))
        if self.signed and self.reason_not is not None:
            raise WordedError(label("match.request.signed"))
        return self
