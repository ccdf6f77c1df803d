"""What is asked of the counter: the request side of its contract, one definition for library, API and tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from data.uscc import Uscc

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
MoneyWan = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
AmountCny = Annotated[int, Field(ge=10_000, le=1_000_000_000)]
TenorMonths = Annotated[int, Field(ge=1, le=60)]
Share = Literal["points", "quota", "personal"]
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


class Asked(BaseModel):
    """A request: frozen, nothing extra, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Consent(Asked):
    """The enterprise's authorisation of one bank to use its data.

    ``sha256`` binds the consent to enterprise, bank, scope and dates: see ``consent_sha256``.
    """

    id: Identifier
    scope: tuple[Share, ...] = Field(min_length=1, max_length=3)
    granted_by: Annotated[str, Field(min_length=1, max_length=64)]
    granted_at: AwareDatetime
    expires_at: AwareDatetime
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def consent_sha256(consent: Consent, uscc: str, bank_id: str) -> str:
    """SHA-256 of seven lines: id, USCC, bank, scope (sorted, one space between), granted_by, and both days in UTC.

    Each line ends with a line feed; instants are written ``2026-01-31T08:00:00Z``. A shell's ``printf`` and
    ``sha256sum`` give the same.
    """
    scope = " ".join(sorted(set(consent.scope)))
    days = f"{_instant(consent.granted_at)}\n{_instant(consent.expires_at)}\n"
    text = f"{consent.id}\n{uscc}\n{bank_id}\n{scope}\n{consent.granted_by}\n{days}"
    return hashlib.sha256(text.encode()).hexdigest()


def make_consent(
    consent_id: str, uscc: str, bank_id: str, scope: tuple[Share, ...], granted_at: datetime, expires_at: datetime
) -> Consent:
    """A consent of the enterprise itself, with its digest."""
    blank = Consent(
        id=consent_id, scope=scope, granted_by="enterprise", granted_at=granted_at.replace(microsecond=0),
        expires_at=expires_at.replace(microsecond=0), sha256="0" * 64,
    )  # fmt: skip
    return blank.model_copy(update={"sha256": consent_sha256(blank, uscc, bank_id)})


def _instant(when: datetime) -> str:
    text = when.isoformat()
    return (text if text.endswith("+00:00") else when.astimezone(UTC).isoformat())[:19] + "Z"


class BankFacts(Asked):
    """What the asking bank knows of the enterprise and we do not; money in 10,000 yuan."""

    existing_debt_wan: MoneyWan = 0.0
    overdue_days: Annotated[int, Field(ge=0, le=3650)] = 0
    guarantees_wan: MoneyWan = 0.0


BANK_FACTS = {  # member of BankFacts -> credit fact of the case, which it replaces where it is worse
    "existing_debt_wan": "existing_debt_wan",
    "overdue_days": "overdue_days_max_24m",
    "guarantees_wan": "guarantees_wan",
}


class EnterpriseFacts(Asked):
    """An enterprise that the packed snapshot does not hold; indicators and credit facts by codebook key.

    A key that is left out is unknown, which never helps.
    """

    industry: Annotated[str, Field(min_length=1, max_length=64)]
    size_rule: Annotated[str, Field(min_length=1, max_length=64)]
    founded_on: date
    indicators: dict[str, Annotated[float, Field(allow_inf_nan=False)]]
    credit_facts: dict[str, Annotated[float, Field(allow_inf_nan=False)]]
    known_at: date


class QuotaRequest(Asked):
    """One application for a quota; ``request_id`` makes it idempotent."""

    request_id: Identifier
    bank_id: Identifier = "standard"
    product: Product = "innovation_points"
    uscc: Uscc
    as_of: date | None = None
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"
    consent: Consent | None = None
    bank_facts: BankFacts = BankFacts()
    enterprise: EnterpriseFacts | None = None
    policy_version: Identifier | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> QuotaRequest:
        if self.enterprise and self.as_of and self.enterprise.known_at > self.as_of:
            raise ValueError(f"enterprise.known_at {self.enterprise.known_at} is after as_of {self.as_of}")
        if self.enterprise and self.enterprise.founded_on > self.enterprise.known_at:
            raise ValueError(f"enterprise.founded_on {self.enterprise.founded_on} is after it was known")
        return self


BATCH_LIMIT = 500
QuotaRequests = Annotated[list[QuotaRequest], Field(min_length=1, max_length=BATCH_LIMIT)]


class PointsRequest(Asked):
    """Whose points: an enterprise of the snapshot by its code, or one whose indicators are given.

    A bank shows the enterprise's consent; an enterprise asks about itself and needs none.
    """

    uscc: Uscc
    consent: Consent | None = None
    enterprise: EnterpriseFacts | None = None


class OffersRequest(Asked):
    """What an enterprise would ask for; every bank's indication comes back."""

    request_id: Identifier
    product: Product = "innovation_points"
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"


class Application(Asked):
    """An enterprise applies once; each chosen bank receives an order. ``share`` is what the banks may use."""

    request_id: Identifier
    banks: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    product: Product = "innovation_points"
    requested_amount_cny: AmountCny
    tenor_months: TenorMonths = 12
    purpose: Purpose = "working_capital"
    share: tuple[Share, ...] = Field(default=("points", "quota"), min_length=1, max_length=3)


class DueDiligence(Asked):
    """What a bank's people found on site."""

    visited_on: date
    findings: Text
    recommended: bool


class Grant(Asked):
    """The bank lends: how much, at what rate, for how long, and why."""

    amount_cny: AmountCny
    annual_rate: Annotated[float, Field(ge=0, le=0.36, allow_inf_nan=False)]
    tenor_months: TenorMonths
    reason: Text


class Reasoned(Asked):
    """A step that needs only its reason: declining or withdrawing."""

    reason: Text


class Override(Asked):
    """A person's decision instead of the counter's, until it expires."""

    decision: Literal["approve", "refer_human", "decline"]
    amount_cny: Annotated[int, Field(ge=0, le=1_000_000_000)]
    reason: Text
    expires_at: AwareDatetime


class ReleaseProposal(Asked):
    """A new policy for a bank (or for all, ``*``), or a model release, that somebody else must activate."""

    what: Literal["policy", "model"]
    owner: Annotated[str, Field(max_length=64, pattern=r"^(\*|[A-Za-z0-9._:-]+)$")]
    version: Identifier
    body: dict[str, object]
    reason: Text


class ReleaseActivation(Asked):
    """Let a proposed release in from a day on; never by its proposer."""

    release: Annotated[
        str, Field(max_length=140, pattern=r"^(policy|model):(\*|[A-Za-z0-9._:-]{1,64}):[A-Za-z0-9._:-]{1,64}$")
    ]
    effective_from: date
    reason: Text
