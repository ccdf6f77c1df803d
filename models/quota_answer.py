"""A decision in the words and the order of ``QuotaDecision``, as a plain dict: what a service sends as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import compress
from math import inf
from typing import Any

import orjson

from data.codebook import Codebook
from data.requests import QuotaRequest
from models.quota_advice import rule_advice, term_advice
from models.quota_certificate import LossCertificate
from models.quota_decide import Decided
from models.quota_measure import Measured, ranges, veto_facts
from models.quota_peers import Peers
from models.quota_policy import BankPolicy
from models.quota_reasons import ReasonBook, cut_reason, rule_reason, veto_reason
from models.quota_rules import RULES
from models.quota_terms import CNY_PER_WAN, TERMS, cents

DISPUTE_CHANNEL = (
    "The enterprise may object to any value or reason with the zone's points office. 企业可向园区积分办提出异议。"
)
GAMING = "above 95 % of the stage, and no patent quality to match"
LEGACY_MICRO = "legacy_micro: older than 8 years and still under 500 wan revenue"
RULE_NAMES = tuple(RULES)


@dataclass(frozen=True)
class Prepared:
    """n cases, measured: everything that no bank and no amount changes.

    rows, known : the cases, and the day each of their values was known
    """

    rows: Sequence[Mapping[str, Any]]
    known: Sequence[Mapping[str, Any]]
    measured: Measured

    def take(self, at: int) -> Prepared:
        """One of the cases."""
        some = slice(at, at + 1)
        return Prepared(self.rows[some], self.known[some], self.measured.take(some))


def answer_json(answer: Mapping[str, Any]) -> bytes:
    """An answer as it is sent and recorded."""
    return orjson.dumps(answer)


@dataclass(frozen=True)
class Wording:
    """Everything an answer says beside the figures, put together once.

    notices : warnings that hold for every answer of the moment, such as a drift alarm
    """

    codebook: Codebook
    feature_names: tuple[str, ...]
    peers: Peers
    versions: Mapping[str, str]
    interval_level: float
    notices: tuple[str, ...]

    @cached_property
    def reasons(self) -> ReasonBook:
        """The words of every driver."""
        return ReasonBook(self.feature_names, self.peers.median)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The indicators."""
        return self.codebook.keys

    @cached_property
    def agencies(self) -> tuple[tuple[str, str], ...]:
        """Each indicator with the agency that delivers it."""
        return tuple((item.key, item.agency) for item in self.codebook)

    @cached_property
    def trained_ranges(self) -> tuple[tuple[str, ...], list[float], list[float]]:
        """Every feature, and the ends of what training saw; without ends where it is not told."""
        low, high = self.peers.low, self.peers.high
        names = self.feature_names
        return names, [low.get(name, -inf) for name in names], [high.get(name, inf) for name in names]

    def answer(
        self,
        at: int,
        cases: Prepared,
        decided: Decided,
        request: QuotaRequest,
        policy: BankPolicy,
        issued: LossCertificate,
    ) -> dict[str, Any]:
        """Decision ``at`` of the cases, with its fields in the order of ``QuotaDecision``."""
        row, measured = cases.rows[at], cases.measured
        as_of = plain_day(row["as_of"])
        if as_of is None:
            raise ValueError("the case has no day (as_of)")
        known = {key: plain_day(cases.known[at][key]) for key in self.keys}
        figures = {name: column[at].item() for name, column in measured.columns.items() if column.dtype.kind in "fi"}
        outcome, bound = decided.outcome[at], decided.limited_by[at]
        approved = outcome == "indicative_approve"
        amount = int(decided.amount_wan[at])
        ead_cny = amount * CNY_PER_WAN
        return {
            "request_id": request.request_id,
            "bank_id": request.bank_id,
            "uscc": request.uscc,
            "as_of": as_of,
            "decision": outcome,
            "binding": False,
            "needs_onsite_dd": True,
            "quota": {
                "amount_wan": amount,
                "amount_cny": ead_cny,
                "floor_wan": policy.base_quota_wan,
                "cap_wan": _known(decided.cap_wan[at]),
                "requested_cny": request.requested_amount_cny,
                "tenor_months": request.tenor_months,
                "currency": "CNY",
                "valid_until": as_of + timedelta(days=policy.validity_days) if approved else None,
                "limited_by": bound,
                "shadow_price_cny": _known(decided.shadow_price_cny[at]),
                "annual_rate": _known(decided.annual_rate[at]),
                "instalment_cny": _known(decided.instalment_cny[at]),
                "expected_margin_cny": _known(decided.expected_margin_cny[at]),
                "raroc": _known(decided.raroc[at]),
            },
            "quota_trace": [
                {"name": name, "amount_wan": value, "binds": name == bound, "zh": zh, "en": en}
                for (name, (zh, en)), value in zip(TERMS.items(), cents(decided.terms[at]).tolist(), strict=True)
                if value == value
            ],
            "advice": _advice(at, measured, decided, policy, issued),
            "warranty": issued.answer(bool(decided.within[at]), decided.covered_wan[at].item()),
            "score": {
                "total": _known(figures["total"]),
                "base": _known(figures["base"]),
                "bonus": _known(figures["bonus"]),
                "dimensions": {name: _known(figures[f"dim_{name}"]) for name in self.codebook.dimensions},
                "percentile": _known(figures["percentile"]),
                "peer_key": measured["peer_key"][at],
                "n_peers": figures["n_peers"],
                "coverage": figures["coverage"],
                "stage5": row["stage5"],
                "stage3": row["stage3"],
                "size_class": row["size_class"],
            },
            "risk": {
                "pd_12m": figures["pd_12m"],
                "pd_low": figures["pd_low"],
                "pd_high": figures["pd_high"],
                "interval_level": self.interval_level,
                "pd_tenor": decided.pd_tenor[at].item(),
                "grade": measured["grade"][at],
                "lgd": policy.lgd,
                "ead_cny": ead_cny,
                "expected_loss_cny": decided.expected_loss_cny[at].item(),
            },
            "reasons": self._reasons(at, row, measured, decided, request),
            "constraints_hit": _hit(at, decided),
            "missing": [key for key in self.keys if row[key] is None or row[key] != row[key]],
            "freshness": known,
            "sources": self._sources(known),
            "warnings": self._warnings(at, row, measured),
            "versions": {**self.versions, "policy": policy.version},
            "dispute_channel": DISPUTE_CHANNEL,
        }

    def _reasons(
        self, at: int, row: Mapping[str, Any], measured: Measured, decided: Decided, request: QuotaRequest
    ) -> list[dict[str, Any]]:
        """What was hit, what cut the amount, and the drivers of the default risk where reasons were asked for."""
        bound, amount = decided.limited_by[at], int(decided.amount_wan[at])
        requested_wan = request.requested_amount_cny / CNY_PER_WAN
        raised = zip(veto_facts(), measured.veto[at].tolist(), strict=True)
        reasons = [veto_reason(fact.key, fact.zh, fact.en) for fact, is_raised in raised if is_raised]
        reasons += [rule_reason(name) for name in _hit(at, decided) if name != "veto"]
        if bound in TERMS and amount < requested_wan:
            reasons.append(cut_reason(bound, amount, requested_wan))
        if len(measured.shares):
            shares, values = measured.shares[at].tolist(), measured.values[at].tolist()
            reasons += self.reasons.drivers(shares, values, row["stage3"])
        return reasons

    def _sources(self, known: Mapping[str, Any]) -> dict[str, Any]:
        newest: dict[str, Any] = {}
        for key, agency in self.agencies:
            day, held = known[key], newest.get(agency)
            newest[agency] = day if held is None or (day is not None and day > held) else held
        return newest

    def _warnings(self, at: int, row: Mapping[str, Any], measured: Measured) -> list[str]:
        stage = row["stage3"]
        names, lows, highs = self.trained_ranges
        told = []
        for one, is_outside in zip(ranges(self.codebook), measured.outside[at].tolist(), strict=True):
            if is_outside:
                found = "outside" if one.personal else f"{row[one.key]:.6g} is outside"
                told.append(f"{one.key}: {found} [{one.low:g}, {one.high:g}] {one.unit}")
        told += [
            f"untrained: {name} is {value:.4g}, training saw [{low:.4g}, {high:.4g}]"
            for name, value, low, high in zip(names, measured.values[at].tolist(), lows, highs, strict=True)
            if not low <= value <= high and value == value  # NaN
        ]
        if row["legacy_micro"]:
            told.append(LEGACY_MICRO)
        rights, quality = row.get("other_ip_count"), row.get("patent_quality_index")
        usual = self.peers.p95.get(stage, {}).get("other_ip_count")
        middling = self.peers.median.get(stage, {}).get("patent_quality_index")
        if usual is not None and middling is not None and rights is not None and rights > usual:
            matched = quality is not None and quality >= middling
            told += [] if matched else [f"gaming_suspected: {rights:.0f} class-II rights, {GAMING}"]
        told += self.notices
        return told


def plain_day(value: Any) -> date | None:
    """A date, from a date or a pandas time; None where unknown."""
    if value is None or type(value) is date:
        return value
    return value.date() if value == value else None  # NaT is unequal to itself


def _hit(at: int, decided: Decided) -> list[str]:
    return list(compress(RULE_NAMES, decided.hit[at].tolist()))


def _advice(
    at: int, measured: Measured, decided: Decided, policy: BankPolicy, issued: LossCertificate
) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    total, coverage, pd_12m, pd_high = (
        measured[name][at].item() for name in ("total", "coverage", "pd_12m", "pd_high")
    )
    for name in _hit(at, decided):
        if name in ("pd_cutoff", "pd_interval"):
            text = (
                f"违约概率区间上限降至 {policy.pd_cutoff:.2%} 以下",
                f"an upper end of the PD interval under {policy.pd_cutoff:.2%}",
            )
            steps.append(rule_advice(name, pd_high, policy.pd_cutoff, "pd_high", text))
        elif name == "points":
            text = (f"积分提高到 {policy.min_points:g}", f"raise the points to {policy.min_points:g}")
            steps.append(rule_advice(name, total, policy.min_points, "points", text))
        elif name == "coverage":
            text = (
                f"指标完整度达到 {policy.min_coverage:.0%}",
                f"let {policy.min_coverage:.0%} of the weight be known",
            )
            steps.append(rule_advice(name, coverage, policy.min_coverage, "share", text))
        elif name not in ("min_quota", "hurdle"):
            steps.append(rule_advice(name, None, None, "rule", (f"消除：{RULES[name].zh}", f"clear: {RULES[name].en}")))
    cap = decided.cap_wan[at].item()
    if steps or not decided.limited_by[at] or cap != cap:
        return steps
    return term_advice(
        decided.terms[at].tolist(), int(decided.amount_wan[at]), decided.share[at].item(), pd_12m, issued.taper_end_pd,
        total, policy, cap,
    )  # fmt: skip


def _known(value: Any) -> float | None:
    return float(value) if value == value else None
