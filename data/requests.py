"""Requests to the decision service: that side of its contract, one definition for library, API and tests."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from data.consents import LONGEST_DAYS, SERVICE, Consent, Share
from data.members import Day, Identifier, Moment, RequestPart, Text
from data.uscc import Uscc

MoneyWan = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
AmountCny = Annotated[int, Field(ge=10_000, le=1_000_000_000)]
TenorMonths = Annotated[int, Field(ge=1, le=60)]
Product = Literal["innovation_points", "zheke"]  # the keys of data/reference/loan_terms.csv, and so are the purposes
Purpose = Literal[
    "working_capital",
    "research_development",
    "equipment",
    "patent_commercialisation",
    "technology_purchase",
    "export_orders",
    "refinancing",
    "equity_investment",
]


class BankFacts(RequestPart):
    """What the bank knows of the enterprise and the snapshot does not; money in 10,000 yuan."""

    existing_debt_wan: MoneyWan = 0.0
    overdue_days: Annotated[int, Field(ge=0, le=3650)] = 0
    guarantees_wan: MoneyWan = 0.0


BANK_FACTS = {  # member of BankFacts -> credit fact of the case, which it replaces where it is worse
    "existing_debt_wan": "existing_debt_wan",
    "overdue_days": "overdue_days_max_24m",
    "guarantees_wan": "guarantees_wan",
}


class EnterpriseFacts(RequestPart):
    """The asker's own values of an enterprise; indicators and credit facts by codebook key.

    For an enterprise that the packed snapshot does not hold, ``industry``, ``size_rule`` and ``founded_on`` are
    needed, and a key that is left out is unknown, which lowers no PD. For one that it holds, values that differ from
    the record are refused, or taken one by one with the key's permission ``own_values``.
    """

    industry: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    size_rule: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    founded_on: Day | None = None
    indicators: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)
    credit_facts: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)
    known_at: Day


class QuotaRequest(RequestPart):
    """One application for a quota; ``request_id`` makes it idempotent.

    policy_version : the version that the caller takes to be in force for the bank, for which it is refused where
        another one is; the policy in force decides, with or without it
    """

    request_id: Identifier
    bank_id: Identifier = "standard"
    product: Product = "innovation_points"
    uscc: Uscc
    as_of: Day | None = None
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"
    consent: Consent | None = None
    bank_facts: BankFacts = BankFacts()
    enterprise: EnterpriseFacts | None = None
    policy_version: Identifier | None = None


GIVEN_BY_DEFAULT: tuple[Share, ...] = ("points", "quota", "query", "reporting")
BATCH_LIMIT = 500
QuotaRequests = Annotated[list[QuotaRequest], Field(min_length=1, max_length=BATCH_LIMIT)]


class PointsRequest(RequestPart):
    """Whose points: an enterprise of the snapshot by its code, or one whose indicators are given.

    A bank shows the enterprise's consent; an enterprise reads its own points and needs none.
    """

    uscc: Uscc
    consent: Consent | None = None
    enterprise: EnterpriseFacts | None = None


class PointsAdviceRequest(PointsRequest):
    """Whose points, as in ``PointsRequest``, and the points that are aimed at."""

    target_points: Annotated[float, Field(ge=0, le=130, allow_inf_nan=False)]


class GroupLimit(RequestPart):
    """At most so much to all firms of a growth stage, or for all loans of a product."""

    column: Literal["growth_stage", "product"]
    value: Identifier
    most_wan: MoneyWan


class PortfolioLimits(RequestPart):
    """Limits of a portfolio beside its budget; expected_loss_wan : of all loans, each over its tenor."""

    groups: tuple[GroupLimit, ...] = Field(default=(), max_length=20)
    expected_loss_wan: MoneyWan | None = None


class PortfolioRequest(RequestPart):
    """A budget in 10,000 yuan, and the bank's own decisions that share it, by audit_id."""

    budget_wan: Annotated[float, Field(gt=0, le=10_000_000, allow_inf_nan=False)]
    decisions: Annotated[list[Identifier], Field(min_length=1, max_length=BATCH_LIMIT)]
    limits: PortfolioLimits = PortfolioLimits()


class IndicationsRequest(RequestPart):
    """What an enterprise might apply for; every bank's indication comes back."""

    request_id: Identifier
    product: Product = "innovation_points"
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"


class Application(RequestPart):
    """An enterprise applies once; each chosen bank receives a bank application. ``share`` is what the banks may use."""

    request_id: Identifier
    banks: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    product: Product = "innovation_points"
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"
    share: tuple[Share, ...] = Field(default=GIVEN_BY_DEFAULT, min_length=1, max_length=5)


class ConsentGrant(RequestPart):
    """An enterprise lets a bank use its data; the service signs the receipt. ``request_id`` makes it idempotent.

    valid_days : the term, from now on
    """

    request_id: Identifier
    bank_id: Identifier
    scope: tuple[Share, ...] = Field(default=GIVEN_BY_DEFAULT, min_length=1, max_length=5)
    products: tuple[Product, ...] = Field(default=get_args(Product), min_length=1, max_length=20)
    purposes: tuple[Purpose, ...] = Field(default=get_args(Purpose), min_length=1, max_length=20)
    valid_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 30


class ZoneConsentGrant(RequestPart):
    """An enterprise lets the zone's officers read what banks calculated for it; ``request_id`` makes it idempotent.

    valid_days : the term, from now on
    """

    request_id: Identifier
    valid_days: Annotated[int, Field(ge=1, le=LONGEST_DAYS)] = 30


class ConsentRevocation(RequestPart):
    """An enterprise ends a consent before its term; ``issuer`` is the portal where another than the service signed."""

    reason: Text
    issuer: Identifier = SERVICE


class DueDiligence(RequestPart):
    """What a bank's people found on site."""

    visited_on: Day
    findings: Text
    recommended: bool


class Grant(RequestPart):
    """The bank lends: how much, at what rate, for how long, and why."""

    amount_cny: AmountCny
    annual_rate: Annotated[float, Field(ge=0, le=0.36, allow_inf_nan=False)]
    tenor_months: TenorMonths
    reason: Text


class Reasoned(RequestPart):
    """An action that needs only its reason: declining or withdrawing."""

    reason: Text


class Override(RequestPart):
    """A person's decision instead of the calculated one, until it expires."""

    outcome: Literal["approved", "manual_review", "declined"]
    amount_cny: Annotated[int, Field(ge=0, le=1_000_000_000)]
    reason: Text
    expires_at: Moment


class ReleaseProposal(RequestPart):
    """A new policy for a bank (or for all, ``*``), or a model release, that somebody else must activate."""

    what: Literal["policy", "model"]
    owner: Annotated[str, Field(max_length=64, pattern=r"^(\*|[A-Za-z0-9._:-]+)$")]
    version: Identifier
    body: dict[str, object]
    reason: Text


class ReleaseActivation(RequestPart):
    """Let a proposed release in from a day on; never by its proposer."""

    release: Annotated[
        str, Field(max_length=140, pattern=r"^(policy|model):(\*|[A-Za-z0-9._:-]{1,64}):[A-Za-z0-9._:-]{1,64}$")
    ]
    effective_from: Day
    reason: Text
