"""Answers of the decision service: their types and their OpenAPI schemas."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.consents import Consent, ZoneConsent
from models.quota.decision import QuotaDecision
from models.quota.policy import ProductTerms


class AnswerPart(BaseModel):
    """An answer: frozen, nothing extra."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class QuotaAnswer(QuotaDecision):
    """A decision as it is sent: ``audit_id`` names its record, ``release`` the exact model files behind it.

    own_values : members of ``enterprise`` that were taken from the request; no agency delivered them
    own_values_refused : members of ``enterprise`` that were not taken, as the record is worse or the value too old
    """

    audit_id: str | None
    release: str
    own_values: list[str]
    own_values_refused: list[str]


class GivenConsent(AnswerPart):
    """A consent that was given here; ``key_ended``: the key that signed it is no longer accepted."""

    consent: Consent | ZoneConsent
    state: Literal["in_force", "expired", "revoked", "key_ended"]


class Revocation(AnswerPart):
    """The end of a consent before its term."""

    consent_id: str
    issuer: str
    reason: str
    by: str
    revoked_at: str


class ConsentsAnswer(AnswerPart):
    """An enterprise's consents and revocations, oldest first."""

    consents: list[GivenConsent]
    revocations: list[Revocation]


class UseAnswer(AnswerPart):
    """One record under a consent: a decision, a bank application, a list, a day on which points or quotas were read.

    bank_id : None where the zone's officers read the quotas
    """

    kind: Literal["decision", "bank_application_action", "points_seen", "match_list", "quotas_seen"]
    bank_id: str | None
    id: str
    recorded_at: str


class RevokedAnswer(Revocation):
    """A revocation, and all that was recorded under its consent; nothing is after it."""

    used: list[UseAnswer]


class IssuerAnswer(AnswerPart):
    """A public key (32 bytes in base64) whose signatures of consents are taken, or were until ``ended_at``."""

    issuer: str
    key_id: str
    name: str
    public_key: str
    service: bool
    registered_at: str
    ended_at: str | None


class IssuersAnswer(AnswerPart):
    """Every key that was ever registered, by issuer."""

    issuers: list[IssuerAnswer]


class WarningAnswer(AnswerPart):
    """What is unusual about a person's action, though it was accepted."""

    code: str
    zh: str
    en: str


class OverrideAnswer(AnswerPart):
    """A person's decision beside the calculated one.

    pending : it approves what was declined, and no other person of the bank has recorded the same decision, amount and
        end yet; until then it is not active. It is neither once its person says otherwise or another decision counts
    confirmed_by : the first other person who recorded the same
    """

    audit_id: str
    outcome: str
    amount_cny: int
    reason: str
    by: str
    recorded_at: str
    expires_at: str
    active: bool
    pending: bool
    confirmed_by: str | None
    warnings: list[WarningAnswer] = []


class DecisionAnswer(AnswerPart):
    """A recorded decision: the answer as it was sent, its position in the ledger, and every override."""

    audit_id: str
    record: int
    recorded_at: str
    digest: str
    answer: QuotaAnswer
    overrides: list[OverrideAnswer]


class BankApplicationAnswer(AnswerPart):
    """One bank's bank application, as the bank and the enterprise read it."""

    bank_application_id: str
    application_id: str
    bank_id: str
    uscc: str
    state: Literal["sent", "due_diligence", "granted", "declined", "withdrawn", "expired"]
    expires_at: str
    request: dict[str, Any]
    consent: Consent
    points: dict[str, Any] | None = Field(
        description="Null to the bank once the bank application's consent does not hold."
    )
    actions: list[dict[str, Any]]
    warnings: list[WarningAnswer] = Field(description="Of the last action.")
    next_actions: list[str]


class BankApplicationsAnswer(AnswerPart):
    """Bank applications, oldest first unless the newest are wanted.

    count : how many fit in all, of which these may be a part, whoever asks; null for a page of one ``state`` after
        which others follow: the last page has the number
    """

    bank_applications: list[BankApplicationAnswer]
    count: int | None


class BankAnswer(AnswerPart):
    """A bank that an enterprise may choose; annual_rate : the lowest of its products, before any premium."""

    bank_id: str
    name_zh: str
    name_en: str
    policy: str
    stage_cap_wan: dict[str, float]
    annual_rate: float
    products: dict[str, ProductTerms]


class BanksAnswer(AnswerPart):
    """Every bank with a policy, by its id."""

    banks: list[BankAnswer]


class Indication(AnswerPart):
    """One bank's indication: what its policy in force today would allow. It is no offer of the bank."""

    bank_id: str
    name_zh: str
    name_en: str
    policy: str
    outcome: str
    amount_wan: int
    annual_rate: float | None
    limited_by: str


class IndicationsAnswer(AnswerPart):
    """Every bank's indication, the largest amount first, then the lowest rate; each is indicative."""

    uscc: str
    as_of: date
    indicative: Literal[True]
    requested_cny: int
    indications: list[Indication]


class ShareAnswer(AnswerPart):
    """One decision's share of a budget; quota_wan : 0 where nothing valid was approved."""

    audit_id: str
    uscc: str
    quota_wan: int
    amount_wan: int


class LimitAnswer(AnswerPart):
    """A limit of a portfolio; marginal_profit_cny : what 10,000 yuan more of it would earn a year, about."""

    limit: str
    most_wan: float
    used_wan: float
    marginal_profit_cny: float
    text_zh: str
    text_en: str


class PortfolioAnswer(AnswerPart):
    """A budget shared among decisions; expected_profit_cny : a year, after the cost of each loan."""

    budget_wan: float
    amount_wan: int
    expected_profit_cny: float
    text_zh: str
    text_en: str
    loans: list[ShareAnswer]
    limits: list[LimitAnswer]
    policy: str


class ExpiredAnswer(AnswerPart):
    """How many overdue bank applications were closed."""

    expired: int


class ReleaseAnswer(AnswerPart):
    """A proposed or activated release.

    changed : for an activation; false when the release was in force on that day already, and nothing was recorded
    warnings : of an activation: when it takes effect, and which calendar its day is of
    bootstrap : a first release of an empty ledger, which nobody proposed and nobody reviewed
    """

    release: str
    what: str
    owner: str
    version: str
    by: str
    reason: str
    proposed_by: str | None = None
    effective_from: str | None = None
    record: int
    recorded_at: str
    bootstrap: bool = False
    changed: bool | None = None
    warnings: list[WarningAnswer] = []


class ReleasesAnswer(AnswerPart):
    """Proposals and activations, oldest first."""

    releases: list[ReleaseAnswer]


class InForceAnswer(AnswerPart):
    """What was in force on a day, and who activated it; ``bootstrap``: a first release that nobody reviewed."""

    what: str
    version: str
    owner: str
    effective_from: str
    proposed_by: str
    activated_by: str
    activated_at: str
    record: int
    bootstrap: bool


class MonitoringAnswer(AnswerPart):
    """Figures for a supervisor: decisions, overrides, drift."""

    decisions: dict[str, int]
    overrides: dict[str, int]
    override_rate: dict[str, float]
    drift: dict[str, Any]
    release: str
    shadow: list[dict[str, Any]] = Field(description="Finished challenger runs with their verdicts.")


class HealthAnswer(AnswerPart):
    """The process runs, or is ready to answer."""

    status: Literal["ok", "ready"]


class FaultAnswer(AnswerPart):
    """One thing wrong: where, what was found, what is allowed."""

    where: str
    found: str
    allowed: str
    allowed_zh: str


class ProblemAnswer(AnswerPart):
    """RFC 9457 problem details, in English and Chinese."""

    type: str
    title: str
    title_zh: str
    status: int
    detail: str
    detail_zh: str
    faults: list[FaultAnswer] | None = None
