"""What a bank asks: the request side of the quota contract, one definition for library, API and tests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.uscc import Uscc

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
MoneyWan = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Consent(_Frozen):
    """The enterprise's authorisation to use its data for this purpose."""

    id: Identifier
    scope: tuple[Literal["points", "quota", "personal"], ...] = Field(min_length=1)
    granted_by: Annotated[str, Field(min_length=1, max_length=64)]
    granted_at: datetime
    expires_at: datetime
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BankFacts(_Frozen):
    """What the asking bank knows of the enterprise and we do not; money in 10,000 yuan."""

    existing_debt_wan: MoneyWan = 0.0
    overdue_days: Annotated[int, Field(ge=0, le=3650)] = 0
    guarantees_wan: MoneyWan = 0.0


class EnterpriseFacts(_Frozen):
    """An enterprise that the packed snapshot does not hold; indicators and credit facts by codebook key.

    A key that is left out is unknown, which never helps.
    """

    industry: Annotated[str, Field(min_length=1, max_length=64)]
    size_rule: Annotated[str, Field(min_length=1, max_length=64)]
    founded_on: date
    indicators: dict[str, Annotated[float, Field(allow_inf_nan=False, strict=True)]]
    credit_facts: dict[str, Annotated[float, Field(allow_inf_nan=False, strict=True)]]
    known_at: date


class QuotaRequest(_Frozen):
    """One application for a quota; ``request_id`` makes it idempotent."""

    request_id: Identifier
    bank_id: Identifier = "standard"
    product: Literal["innovation_points", "zheke"] = "innovation_points"
    uscc: Uscc
    as_of: date | None = None
    requested_amount_cny: Annotated[int, Field(ge=10_000, le=1_000_000_000, strict=True)]
    tenor_months: Annotated[int, Field(ge=1, le=60, strict=True)] = 12
    purpose: Annotated[str, Field(min_length=1, max_length=200)] = "working capital"
    consent: Consent | None = None
    bank_facts: BankFacts = BankFacts()
    enterprise: EnterpriseFacts | None = None
    policy_version: Identifier | None = None

    @model_validator(mode="after")
    def _dates_in_order(self) -> QuotaRequest:
        if self.consent and self.consent.expires_at <= self.consent.granted_at:
            raise ValueError("consent expires before it was granted")
        if self.enterprise and self.as_of and self.enterprise.known_at > self.as_of:
            raise ValueError(f"enterprise.known_at {self.enterprise.known_at} is after as_of {self.as_of}")
        if self.enterprise and self.enterprise.founded_on > self.enterprise.known_at:
            raise ValueError(f"enterprise.founded_on {self.enterprise.founded_on} is after it was known")
        return self


class PointsRequest(_Frozen):
    """Whose points: an enterprise of the snapshot by its code, or one whose indicators are given."""

    uscc: Uscc
    enterprise: EnterpriseFacts | None = None
