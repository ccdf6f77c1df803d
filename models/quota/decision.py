"""A quota decision: a value that explains itself. It holds no clock and no chance, so it can be replayed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.quota.certificate import CertificateStatement

Outcome = Literal["preapproved", "manual_review", "declined", "insufficient_data"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Constraint(_Frozen):
    """One of the amounts whose minimum the quota is; one is limiting, or none where a rule or a check decided."""

    name: str
    amount_wan: float
    limiting: bool
    zh: str
    en: str


class Quota(_Frozen):
    """``amount_wan`` is a multiple of 10,000 yuan and not above any limit.

    base_need_wan : the published base that lifts the need, and nothing else; cap_wan : the cap of the stage
    limited_by : the limiting constraint, or the rule that decided instead
    marginal_profit_cny : yuan a year that the bank would earn on 10,000 yuan more of the limiting constraint
    annual_rate, expected_profit_cny, raroc : a year; instalment_cny : level payment at each month's end of the tenor
    """

    amount_wan: int
    amount_cny: int
    base_need_wan: float
    cap_wan: float | None
    requested_cny: int
    tenor_months: int
    currency: Literal["CNY"] = "CNY"
    valid_until: date | None
    limited_by: str
    marginal_profit_cny: float | None
    annual_rate: float | None
    instalment_cny: float | None
    expected_profit_cny: float | None
    raroc: float | None


class Advice(_Frozen):
    """What would raise the quota: ``change`` moved from ``now`` to ``needed`` (in ``unit``) makes it ``quota_wan``.

    constraint : the term or rule that it answers. Each piece of advice holds alone, other things equal; one without
    an amount promises none. Another product or purpose (``change``) has no figures: the text names it. Where several
    terms of the request have to change together, ``change`` is the first of them, the text names all and says what
    they give, and ``quota_wan`` and ``gain_wan`` are null.
    """

    constraint: str
    change: str | None
    unit: str
    now: float | None
    needed: float | None
    quota_wan: int | None
    gain_wan: int | None
    text_zh: str
    text_en: str


class CertificateNote(_Frozen):
    """The loss certificate of the policy behind the amount, and whether this amount lies within its limits.

    loss_cap, delta, bound : of the expected loss rate; the realised rate of the next loans is among the statements
    covered : False where the expert caps applied; covered_wan : what of the amount is covered
    certificate : its digest
    approved_share : smallest share of a vintage's granted loans that would still be approved under it
    """

    status: Literal["certified", "refused"]
    loss_cap: float
    delta: float
    n: int
    n_needed: int | None
    bound: float | None
    taper_end_pd: float | None
    method: str
    cohort: str
    covered: bool
    covered_wan: float
    largest_wan: float | None
    total_wan: float | None
    tenor_months: int
    approved_share: float | None
    statements: tuple[CertificateStatement, ...]
    certificate: str
    text_zh: str
    text_en: str


class Points(_Frozen):
    """Innovation points; None where the stage is unknown."""

    total: float | None
    base: float | None
    bonus: float | None
    dimensions: dict[str, float | None]
    percentile: float | None
    peer_group: str
    n_peers: int
    coverage: float
    revenue_band: str
    growth_stage: str
    size_class: str


class Risk(_Frozen):
    """Default within 12 months and within the tenor, and what it costs: expected loss = pd_tenor * lgd * ead.

    pd_tenor : 1 - (1 - pd_12m) ** (tenor / 12), as if the risk were the same in every month of the tenor
    """

    pd_12m: float
    pd_low: float
    pd_high: float
    interval_level: float
    pd_tenor: float
    risk_grade: str
    lgd: float
    ead_cny: int
    expected_loss_cny: float


class Reason(_Frozen):
    """One driver of the decision: ``contribution`` is the exact share of the default log-odds (0 for a rule)."""

    code: str
    indicator: str
    direction: Literal["positive", "negative"]
    contribution: float
    value: float | None
    peer_median: float | None
    text_zh: str
    text_en: str


class Versions(_Frozen):
    """Everything that is needed to give the same answer again; ``code``: see ``data.code_version``."""

    points_card: str
    points_reference: str
    risk_model: str
    debt_capacity_model: str
    policy: str
    codebook: str
    data: str
    code: str


class DecisionWarning(_Frozen):
    """A note on the decision; ``code`` names its kind."""

    code: str
    zh: str
    en: str


class DisputeChannel(_Frozen):
    """Where the firm may object to data or reasons."""

    zh: str
    en: str


class QuotaDecision(_Frozen):
    """The answer to one request. It is indicative: the bank decides after on-site due diligence.

    missing : keys of the unknown indicators and credit facts, and "invoices" where no invoice feature is known
    freshness : the day each indicator was known; sources : the newest of them by agency
    """

    request_id: str
    bank_id: str
    uscc: str
    as_of: date
    outcome: Outcome
    summary_zh: str
    summary_en: str
    indicative: Literal[True] = True
    needs_onsite_dd: Literal[True] = True
    quota: Quota
    quota_trace: tuple[Constraint, ...]
    advice: tuple[Advice, ...]
    loss_certificate: CertificateNote
    points: Points
    risk: Risk | None
    reasons: tuple[Reason, ...]
    constraints_hit: tuple[str, ...]  # where needed data are missing, none that compares a model's figures
    missing: tuple[str, ...]
    freshness: dict[str, date | None]
    sources: dict[str, date | None]
    warnings: tuple[DecisionWarning, ...]
    versions: Versions
    dispute_channel: DisputeChannel
