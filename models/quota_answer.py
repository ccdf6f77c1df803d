"""A judgement in the words and the order of ``QuotaDecision``, as a plain dict: what a service sends as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from data.codebook import Codebook
from data.requests import BankFacts, QuotaRequest
from models.quota_advice import rule_advice, shadow_price_cny, term_advice
from models.quota_judge import Judgement, Measured, plain_day
from models.quota_peers import Peers
from models.quota_policy import BankPolicy
from models.quota_reasons import ReasonBook, cut_reason, rule_reason, veto_reason
from models.quota_rules import RULES
from models.quota_terms import CNY_PER_WAN, TERMS, margin_wan
from models.quota_warranty import Warranty

DISPUTE_CHANNEL = (
    "The enterprise may object to any value or reason with the zone's points office. 企业可向园区积分办提出异议。"
)
N_BANK_FACTS = len(BankFacts.model_fields)
GAMING = "above 95 % of the stage, and no patent quality to match"
LEGACY_MICRO = "legacy_micro: older than 8 years and still under 500 wan revenue"


class Told(NamedTuple):
    """What every bank's answer says of one case alike, whatever is asked; shared between answers, so never changed.

    drivers : by the place of their feature
    leading : where the drivers are, and could be with a bank's own facts
    unheard : a share strictly between the two would be no driver
    """

    as_of: date
    drivers: dict[int, dict[str, Any]]
    score: dict[str, Any]
    missing: list[str]
    freshness: dict[str, date | None]
    sources: dict[str, date | None]
    warnings: list[str]
    leading: tuple[int, ...]
    unheard: tuple[float, float]

    def write(self) -> Told:
        """The same with its parts written, for a case that will be asked about often."""
        return self._replace(
            drivers={place: Part(driver) for place, driver in self.drivers.items()},
            score=Part(self.score),
            freshness=Part(self.freshness),
            sources=Part(self.sources),
        )


class Part(dict[str, Any]):
    """A part that many answers share, so never changed, with its JSON."""

    __slots__ = ("text",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.text = orjson.Fragment(orjson.dumps(members))


_TEXT = attrgetter("text")


def answer_json(answer: Mapping[str, Any]) -> bytes:
    """An answer as it is sent and recorded; parts that were written in advance are put in as they are."""
    return orjson.dumps(answer, _TEXT, orjson.OPT_PASSTHROUGH_SUBCLASS)


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

    @cached_property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """Each dimension with its member of a score."""
        return tuple((name, f"dim_{name}") for name in self.codebook.dimensions)

    def tell(self, case: Measured, *, reasons: bool) -> Told:
        """What is said of a case before any bank asks; without ``reasons`` the drivers are left out."""
        row, score, days = case.row, case.score, case.known
        as_of = plain_day(row["as_of"])
        if as_of is None:
            raise ValueError("the case has no day (as_of)")
        known = {key: day if (day := days[key]) is None or type(day) is date else plain_day(day) for key in self.keys}
        told_score = {
            "total": _known(score["total"]),
            "base": _known(score["base"]),
            "bonus": _known(score["bonus"]),
            "dimensions": {name: _known(score[member]) for name, member in self.dimensions},
            "percentile": _known(score["percentile"]),
            "peer_key": score["peer_key"],
            "n_peers": score["n_peers"],
            "coverage": score["coverage"],
            "stage5": row["stage5"],
            "stage3": row["stage3"],
            "size_class": row["size_class"],
        }
        drivers = self.reasons.drivers(case.shares, case.values, row["stage3"]) if reasons else {}
        return Told(
            as_of=as_of,
            drivers=drivers,
            score=told_score,
            missing=[key for key in self.keys if row[key] is None or row[key] != row[key]],
            freshness=known,
            sources=self._sources(known),
            warnings=self._warnings(case),
            leading=self.reasons.leading(case.shares, N_BANK_FACTS) if reasons else (),
            unheard=self.reasons.unheard(drivers),
        )

    def tell_again(self, told: Told, case: Measured, changed: Sequence[int]) -> Told:
        """``tell`` of a case in which at most N_BANK_FACTS risk features, at ``changed``, are others than before."""
        _, lows, highs = self.trained_ranges
        shares, values, drivers = case.shares, case.values, told.drivers
        weakest, strongest = told.unheard
        moved, plain = False, not told.warnings
        for place in changed:
            moved = moved or place in drivers or not weakest < shares[place] < strongest
            plain = plain and lows[place] <= values[place] <= highs[place]
        moved = moved and told.leading != ()
        if plain and not moved:
            return told
        if moved:
            worded = {place: driver for place, driver in drivers.items() if place not in changed}
            places = sorted({*told.leading, *changed})
            drivers = self.reasons.drivers(shares, values, case.row["stage3"], places, worded)
        return Told(
            told.as_of, drivers, told.score, told.missing, told.freshness, told.sources,
            told.warnings if plain else self._warnings(case), told.leading, told.unheard,
        )  # fmt: skip

    def answer(
        self,
        case: Measured,
        told: Told,
        judged: Judgement,
        request: QuotaRequest,
        bank_id: str,
        policy: BankPolicy,
        warranty: Mapping[str, Any],
        issued: Warranty,
    ) -> dict[str, Any]:
        """Fields in the order of ``QuotaDecision``."""
        approved, as_of = judged.outcome == "indicative_approve", told.as_of
        amount = judged.amount_wan
        ead_cny = amount * CNY_PER_WAN
        requested_wan = request.requested_amount_cny / CNY_PER_WAN
        margin = margin_wan(amount, judged.told) if approved else None
        capital = policy.capital_share * amount
        reasons = [veto_reason(fact.key, fact.zh, fact.en) for fact in case.vetoes]
        reasons += [rule_reason(name) for name in judged.hit if name != "veto"]
        if judged.limited_by in TERMS and amount < requested_wan:
            reasons.append(cut_reason(judged.limited_by, amount, requested_wan))
        reasons += told.drivers.values()
        bound = judged.limited_by
        return {
            "request_id": request.request_id,
            "bank_id": bank_id,
            "uscc": request.uscc,
            "as_of": as_of,
            "decision": judged.outcome,
            "binding": False,
            "needs_onsite_dd": True,
            "quota": {
                "amount_wan": amount,
                "amount_cny": ead_cny,
                "floor_wan": policy.base_quota_wan,
                "cap_wan": _known(judged.cap_wan),
                "requested_cny": request.requested_amount_cny,
                "currency": "CNY",
                "valid_until": as_of + timedelta(days=policy.validity_days) if approved else None,
                "limited_by": bound,
                "shadow_price_cny": shadow_price_cny(judged.smallest, bound, judged.told) if approved else None,
                "annual_rate": judged.told.rate if approved else None,
                "expected_margin_cny": None if margin is None else cents(margin * CNY_PER_WAN),
                "raroc": None if margin is None else margin / capital,
            },
            "quota_trace": [
                {"name": name, "amount_wan": cents(value), "binds": name == bound, "zh": zh, "en": en}
                for (name, (zh, en)), value in zip(TERMS.items(), judged.amounts, strict=False)
                if value == value
            ],
            "advice": _advice(case, judged, policy, issued),
            "warranty": warranty,
            "score": told.score,
            "risk": {
                "pd_12m": case.pd_12m,
                "pd_low": case.pd_low,
                "pd_high": case.pd_high,
                "interval_level": self.interval_level,
                "grade": case.grade,
                "lgd": policy.lgd,
                "ead_cny": ead_cny,
                "expected_loss_cny": cents(case.pd_12m * policy.lgd * ead_cny),
            },
            "reasons": reasons,
            "constraints_hit": list(judged.hit),
            "missing": told.missing,
            "freshness": told.freshness,
            "sources": told.sources,
            "warnings": told.warnings,
            "versions": self._versions_with(policy.version),
            "dispute_channel": DISPUTE_CHANNEL,
        }

    def _versions_with(self, policy: str) -> Part:
        held = self._signed.get(policy)
        if held is None:
            held = self._signed[policy] = Part({**self.versions, "policy": policy})
        return held

    @cached_property
    def _signed(self) -> dict[str, Part]:
        return {}

    def _sources(self, known: Mapping[str, Any]) -> dict[str, Any]:
        newest: dict[str, Any] = {}
        for key, agency in self.agencies:
            day, held = known[key], newest.get(agency)
            newest[agency] = day if held is None or (day is not None and day > held) else held
        return newest

    def _warnings(self, case: Measured) -> list[str]:
        row, stage = case.row, case.row["stage3"]
        names, lows, highs = self.trained_ranges
        told = [*case.outside]
        told += [
            f"untrained: {name} is {value:.4g}, training saw [{low:.4g}, {high:.4g}]"
            for name, value, low, high in zip(names, case.values, lows, highs, strict=True)
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


def cents(value: float) -> float:
    """To two decimals; written so that NumPy's rint gives the same bits."""
    return round(value * 100.0) / 100.0 if -inf < value < inf else value


def _advice(case: Measured, judged: Judgement, policy: BankPolicy, issued: Warranty) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    score = case.score
    for name in judged.hit:
        if name in ("pd_cutoff", "pd_interval"):
            text = (
                f"违约概率区间上限降至 {policy.pd_cutoff:.2%} 以下",
                f"an upper end of the PD interval under {policy.pd_cutoff:.2%}",
            )
            steps.append(rule_advice(name, case.pd_high, policy.pd_cutoff, "pd_high", text))
        elif name == "points":
            text = (f"积分提高到 {policy.min_points:g}", f"raise the points to {policy.min_points:g}")
            steps.append(rule_advice(name, score["total"], policy.min_points, "points", text))
        elif name == "coverage":
            text = (
                f"指标完整度达到 {policy.min_coverage:.0%}",
                f"let {policy.min_coverage:.0%} of the weight be known",
            )
            steps.append(rule_advice(name, score["coverage"], policy.min_coverage, "share", text))
        elif name not in ("min_quota", "hurdle"):
            steps.append(rule_advice(name, None, None, "rule", (f"消除：{RULES[name].zh}", f"clear: {RULES[name].en}")))
    if steps or not judged.limited_by or judged.cap_wan != judged.cap_wan:
        return steps
    return term_advice(
        judged.amounts, judged.amount_wan, judged.share, case.pd_12m, issued.pd_zero, score["total"], policy,
        judged.cap_wan,
    )  # fmt: skip


def _known(value: float) -> float | None:
    return value if value == value else None
