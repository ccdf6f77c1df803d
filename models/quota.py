"""The quota: points, default risk, learned limit and a bank's policy make one decision that names what bound it.

On any doubt it refers to a human. It never approves what it does not fully know.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import Codebook, read_codebook, read_credit_facts
from data.requests import QuotaRequest
from features.risk import risk_values
from models.points import PointsCard
from models.quota_decision import Limit, Outcome, Quota, QuotaDecision, Reason, Risk, Score, Versions
from models.quota_limit import LimitModel
from models.quota_policy import BankPolicy, read_policy
from models.quota_reasons import driver_reason, veto_reason
from models.risk import ModelFileError, RiskModel

__all__ = ["BankPolicy", "LimitModel", "QuotaDecision", "QuotaEngine", "QuotaRequest", "read_policy"]

CNY_PER_WAN = 10_000
DISPUTE_CHANNEL = (
    "The enterprise may object to any value or reason with the zone's points office. 企业可向园区积分办提出异议。"
)
REASONS_EACH_WAY = 4
NEED_FACTS = ("revenue_wan", "existing_debt_wan")  # without them nobody knows what the firm can use


@dataclass(frozen=True)
class QuotaEngine:
    """Everything that a decision needs; the same object answers one request, a batch and a served call.

    medians : median of each risk feature by stage, told beside a reason
    """

    points: PointsCard
    risk: RiskModel
    limit: LimitModel
    medians: Mapping[str, Mapping[str, float]]
    codebook: Codebook

    @classmethod
    def load(cls, artifacts: Path, codebook: Codebook | None = None) -> QuotaEngine:
        """Read and check the three models; raises CardError or ModelFileError naming the file."""
        book = codebook or read_codebook()
        card = PointsCard.load(artifacts / "points/card.yaml")
        card.check(book)
        path = artifacts / "quota/model/peers.json"
        try:
            medians = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise ModelFileError(f"{path.name} cannot be read: {fault}") from fault
        risk = RiskModel.load(artifacts / "risk/model", book)
        return cls(card, risk, LimitModel.load(artifacts / "quota/model", book), medians, book)

    def decide(
        self, cases: pd.DataFrame, known_at: pd.DataFrame, requests: Sequence[QuotaRequest], policy: BankPolicy
    ) -> list[QuotaDecision]:
        """One decision per request; row i of ``cases`` and ``known_at`` belongs to request i.

        A bank's own facts about the enterprise are taken where they are worse than what was known.
        """
        if not len(cases) == len(known_at) == len(requests):
            raise ValueError(
                f"{len(cases)} cases, {len(known_at)} days known and {len(requests)} requests; give as many"
            )
        if not requests:
            return []
        frame = _with_bank_facts(cases.reset_index(drop=True), requests)
        scores = self.points.score(frame, self.codebook).to_dict("records")
        risks = self.risk.predict(frame, self.codebook).to_dict("records")
        limits = self.limit.predict(frame, self.codebook).to_dict("records")
        drivers = self.risk.contributions(frame, self.codebook).to_numpy()
        measured = risk_values(frame, self.codebook).to_numpy()
        rows = frame.to_dict("records")
        known = known_at.reset_index(drop=True).to_dict("records")
        return [
            self._decide_one(request, row, days, score, risk, limit, driver, value, policy)
            for request, row, days, score, risk, limit, driver, value in zip(
                requests, rows, known, scores, risks, limits, drivers, measured, strict=True
            )
        ]

    def _decide_one(
        self,
        request: QuotaRequest,
        row: Mapping[str, Any],
        days: Mapping[str, Any],
        score: Mapping[str, Any],
        risk: Mapping[str, Any],
        limit: Mapping[str, Any],
        drivers: np.ndarray,
        measured: np.ndarray,
        policy: BankPolicy,
    ) -> QuotaDecision:
        stage = str(row["stage3"])
        terms = _terms(request, row, risk, limit, policy, stage)
        outcome, hit, limited_by, amount = _judge(row, score, risk, terms, policy, stage)
        approved = outcome == "indicative_approve"
        quota_wan = amount if approved else 0
        ead_cny = quota_wan * CNY_PER_WAN
        as_of = pd.Timestamp(row["as_of"])
        vetoes = [fact for fact in read_credit_facts() if fact.veto and row[fact.key] == 1]
        reasons = tuple(veto_reason(fact.key, fact.zh, fact.en) for fact in vetoes)
        reasons += self._reasons(stage, drivers, measured)
        indicators = self.codebook.keys
        return QuotaDecision(
            request_id=request.request_id,
            bank_id=request.bank_id,
            uscc=request.uscc,
            as_of=as_of.date(),
            decision=outcome,
            quota=Quota(
                amount_wan=quota_wan,
                amount_cny=ead_cny,
                requested_cny=request.requested_amount_cny,
                valid_until=(as_of + pd.Timedelta(days=policy.validity_days)).date() if approved else None,
                limited_by=limited_by,
            ),
            quota_trace=tuple(
                Limit(
                    name=name,
                    amount_wan=round(value, 2),
                    binds=name == limited_by,
                    zh=TERMS[name][0],
                    en=TERMS[name][1],
                )
                for name, value in terms.items()
                if not math.isnan(value)
            ),
            score=_score(score, row, self.codebook),
            risk=Risk(
                pd_12m=risk["pd_12m"],
                pd_low=risk["pd_low"],
                pd_high=risk["pd_high"],
                interval_level=self.risk.interval_level,
                grade=risk["grade"],
                lgd=policy.lgd,
                ead_cny=ead_cny,
                expected_loss_cny=round(risk["pd_12m"] * policy.lgd * ead_cny, 2),
            ),
            reasons=reasons,
            constraints_hit=hit,
            missing=tuple(key for key in indicators if _is_missing(row[key])),
            freshness={key: None if pd.isna(days[key]) else pd.Timestamp(days[key]).date() for key in indicators},
            warnings=_warnings(row, self.codebook),
            versions=Versions(
                points_card=self.points.version,
                points_reference=self.points.reference_version,
                risk_model=self.risk.version,
                limit_model=self.limit.version,
                policy=policy.version,
                codebook=self.codebook.digest[:12],
                data=self.risk.data_digest[:12],
            ),
            dispute_channel=DISPUTE_CHANNEL,
        )

    def _reasons(self, stage: str, drivers: np.ndarray, measured: np.ndarray) -> tuple[Reason, ...]:
        """The strongest drivers of the default log-odds each way, exact, the negative ones first."""
        medians = self.medians.get(stage, {})
        order = np.argsort(-np.abs(drivers), kind="stable")
        chosen = [place for place in order if drivers[place] > 0][:REASONS_EACH_WAY]
        chosen += [place for place in order if drivers[place] < 0][:REASONS_EACH_WAY]
        return tuple(
            driver_reason(
                self.risk.feature_names[place],
                float(drivers[place]),
                float(measured[place]),
                medians.get(self.risk.feature_names[place]),
            )
            for place in chosen
        )


TERMS: Mapping[str, tuple[str, str]] = {
    "learned_limit": ("模型学习的可承受债务，减存量贷款", "learned supportable debt less existing debt"),
    "need": ("资金需求，减存量贷款", "working-capital or R&D need less existing debt"),
    "expected_loss": ("预期损失预算 / (PD × LGD)", "expected-loss budget / (PD x LGD)"),
    "stage_cap": ("成长阶段上限", "cap of the stage of growth"),
    "requested": ("申请金额", "requested amount"),
}
RULES = ("veto", "coverage", "stage_unknown", "facts_missing", "pd_cutoff", "pd_interval", "points", "min_quota")


def _terms(
    request: QuotaRequest,
    row: Mapping[str, Any],
    risk: Mapping[str, Any],
    limit: Mapping[str, Any],
    policy: BankPolicy,
    stage: str,
) -> dict[str, float]:
    """Every term of the minimum, in 10,000 yuan; NaN where a term cannot be known.

    need = max(revenue * (1 + growth) / turns, rd share * R&D expense, published base) - existing debt
    The regulatory formula also takes the margin off; we leave it, for a better margin must never cut a quota.
    source: working-capital annex of the loan rules, design facts section 1.5
    """
    debt = float(row["existing_debt_wan"])
    growth = float(np.clip(np.nan_to_num(row["revenue_growth"], nan=0.0), -0.5, 0.5))
    working = float(row["revenue_wan"]) * (1 + growth) / policy.working_capital_turns
    research = policy.rd_need_share * float(np.nan_to_num(row["rd_expense"], nan=0.0))
    return {
        "learned_limit": max(float(limit["limit_low_wan"]) - debt, 0.0) if not math.isnan(debt) else math.nan,
        "need": max(max(working, research, policy.base_quota_wan) - debt, 0.0)
        if not math.isnan(working + debt)
        else math.nan,
        "expected_loss": policy.el_budget_wan / (float(risk["pd_12m"]) * policy.lgd),
        "stage_cap": policy.stage_cap_wan.get(stage, math.nan),
        "requested": request.requested_amount_cny / CNY_PER_WAN,
    }


def _judge(
    row: Mapping[str, Any],
    score: Mapping[str, Any],
    risk: Mapping[str, Any],
    terms: Mapping[str, float],
    policy: BankPolicy,
    stage: str,
) -> tuple[Outcome, tuple[str, ...], str, int]:
    """Outcome, every rule that was hit, what bound, and the amount in 10,000 yuan. Approval is the last branch."""
    hit: list[str] = []
    if any(fact.veto and row[fact.key] == 1 for fact in read_credit_facts()):
        hit.append("veto")
    if score["coverage"] < policy.min_coverage:
        hit.append("coverage")
    if stage not in policy.stage_cap_wan or _is_missing(score["total"]):
        hit.append("stage_unknown")
    if any(_is_missing(row[key]) for key in NEED_FACTS) or any(math.isnan(value) for value in terms.values()):
        hit.append("facts_missing")
    if any(fact.veto and _is_missing(row[fact.key]) for fact in read_credit_facts()):
        hit.append("facts_missing")
    if risk["pd_12m"] > policy.pd_cutoff:
        hit.append("pd_cutoff")
    if (
        risk["pd_low"] <= policy.pd_cutoff < risk["pd_high"]
        or risk["pd_high"] - risk["pd_low"] > policy.max_pd_interval_width
    ):
        hit.append("pd_interval")
    if not _is_missing(score["total"]) and score["total"] < policy.min_points:
        hit.append("points")
    hit = list(dict.fromkeys(hit))
    usable = {name: value for name, value in terms.items() if not math.isnan(value)}
    limited_by = min(usable, key=lambda name: usable[name])
    amount = math.floor(usable[limited_by] + 1e-9)
    if "veto" in hit:
        return "decline", tuple(hit), "veto", 0
    for rule in ("coverage", "stage_unknown", "facts_missing"):
        if rule in hit:
            return "insufficient_data", tuple(hit), rule, 0
    if "pd_interval" in hit:
        return "refer_human", tuple(hit), "pd_interval", 0
    if "pd_cutoff" in hit:
        return "decline", tuple(hit), "pd_cutoff", 0
    if "points" in hit:
        return "refer_human", tuple(hit), "points", 0
    if amount < policy.min_quota_wan:
        return "decline", (*hit, "min_quota"), limited_by, 0
    return "indicative_approve", tuple(hit), limited_by, amount


def _with_bank_facts(cases: pd.DataFrame, requests: Sequence[QuotaRequest]) -> pd.DataFrame:
    given = {
        "existing_debt_wan": [request.bank_facts.existing_debt_wan for request in requests],
        "overdue_days_max_24m": [float(request.bank_facts.overdue_days) for request in requests],
        "guarantees_wan": [request.bank_facts.guarantees_wan for request in requests],
    }
    # A missing fact stays missing: a bank that knows of no debt has not shown that there is none.
    worse = {key: np.where(cases[key].isna(), np.nan, np.fmax(cases[key], values)) for key, values in given.items()}
    return cases.assign(**worse)


def _score(score: Mapping[str, Any], row: Mapping[str, Any], codebook: Codebook) -> Score:
    return Score(
        total=_known(score["total"]),
        base=_known(score["base"]),
        bonus=_known(score["bonus"]),
        dimensions={name: _known(score[f"dim_{name}"]) for name in codebook.dimensions},
        percentile=_known(score["percentile"]),
        peer_key=score["peer_key"],
        n_peers=int(score["n_peers"]),
        coverage=float(score["coverage"]),
        stage5=str(row["stage5"]),
        stage3=str(row["stage3"]),
        size_class=str(row["size_class"]),
    )


def _warnings(row: Mapping[str, Any], codebook: Codebook) -> tuple[str, ...]:
    outside = [
        f"{item.key}: {row[item.key]:.6g} is outside [{item.low:g}, {item.high:g}] {item.unit}"
        for item in codebook
        if not _is_missing(row[item.key]) and not item.low <= row[item.key] <= item.high
    ]
    return (
        *outside,
        *(["legacy_micro: older than 8 years and still under 500 wan revenue"] if row["legacy_micro"] else []),
    )


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
