"""A quota decision: a value that explains itself. It holds no clock and no chance, so it can be replayed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Outcome = Literal["indicative_approve", "refer_human", "decline", "insufficient_data"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Frozen):
    """One term of the minimum; exactly one binds."""

    name: str
    amount_wan: float
    binds: bool
    zh: str
    en: str


class Quota(_Frozen):
    """``amount_wan`` is a multiple of 10,000 yuan and not above any limit."""

    amount_wan: int
    amount_cny: int
    requested_cny: int
    currency: Literal["CNY"] = "CNY"
    valid_until: date | None
    limited_by: str


class Score(_Frozen):
    """Innovation points; None where the stage is unknown."""

    total: float | None
    base: float | None
    bonus: float | None
    dimensions: dict[str, float | None]
    percentile: float | None
    peer_key: str
    n_peers: int
    coverage: float
    stage5: str
    stage3: str
    size_class: str


class Risk(_Frozen):
    """Default within 12 months, and what it costs: expected loss = pd * lgd * ead."""

    pd_12m: float
    pd_low: float
    pd_high: float
    interval_level: float
    grade: str
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
    """Everything that must be at hand to give the same answer again."""

    points_card: str
    points_reference: str
    risk_model: str
    limit_model: str
    policy: str
    codebook: str
    data: str


class QuotaDecision(_Frozen):
    """The answer to one request. It is indicative: the bank decides after on-site due diligence."""

    request_id: str
    bank_id: str
    uscc: str
    as_of: date
    decision: Outcome
    binding: Literal[False] = False
    needs_onsite_dd: Literal[True] = True
    quota: Quota
    quota_trace: tuple[Limit, ...]
    score: Score
    risk: Risk | None
    reasons: tuple[Reason, ...]
    constraints_hit: tuple[str, ...]
    missing: tuple[str, ...]
    freshness: dict[str, date | None]
    warnings: tuple[str, ...]
    versions: Versions
    dispute_channel: str
