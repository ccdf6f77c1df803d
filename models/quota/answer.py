"""A decision with the members of ``QuotaDecision`` in their order, as a plain dict that a service can send."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from data.codebook import Codebook, read_credit_facts
from data.money import CNY_PER_WAN
from data.requests import QuotaRequest
from data.texts.sentences import label
from features.columns import Columns, of_rows
from features.invoices.features import INVOICE_FEATURES
from features.risk import monotone_signs
from models.quota.certificate import LossCertificate
from models.quota.constraints import CONSTRAINTS, cents
from models.quota.decide import REQUEST_MEMBERS, Decided
from models.quota.drivers import DriverBook
from models.quota.levers import Situation
from models.quota.measure import Measured
from models.quota.peers import Peers
from models.quota.policy import CreditPolicy
from models.quota.reasons import Explanation
from models.quota.warnings import brought_warnings, of_the_case, outside_texts, outside_training, warning

INVOICES = "invoices"  # among what is missing: the source as a whole


def dispute_channel() -> dict[str, str]:
    """Where the firm may object, in both languages."""
    zh, en = label("dispute_channel")
    return {"zh": zh, "en": en}


@dataclass(frozen=True)
class Prepared:
    """n cases, measured: everything that no bank and no amount changes.

    rows, known : the cases, and the day each of their values was known
    brought : whether no agency's record holds any of the firms, so that a caller alone vouches for all values
    """

    rows: Sequence[Mapping[str, Any]]
    known: Sequence[Mapping[str, Any]]
    measured: Measured
    brought: bool = False

    def take(self, at: int) -> Prepared:
        """One of the cases."""
        some = slice(at, at + 1)
        return Prepared(self.rows[some], self.known[some], self.measured.take(some), self.brought)


def answer_json(answer: Mapping[str, Any]) -> bytes:
    """An answer as it is sent and recorded."""
    return orjson.dumps(answer)


@dataclass(frozen=True)
class Wording:
    """All texts of an answer beside its figures, put together once.

    measure : asks the models about cases, for what they make of a firm whose credit facts have changed
    """

    codebook: Codebook
    feature_names: tuple[str, ...]
    peers: Peers
    versions: Mapping[str, str]
    interval_level: float
    measure: Callable[[Columns], Measured]

    @cached_property
    def drivers(self) -> DriverBook:
        """What moved a firm's default risk, in sentences."""
        return DriverBook(self.feature_names, monotone_signs(self.codebook), self.peers.median)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The indicators."""
        return self.codebook.keys

    @cached_property
    def agencies(self) -> tuple[tuple[str, str], ...]:
        """Each indicator with the agency that delivers it."""
        return tuple((item.key, item.agency) for item in self.codebook)

    def answer(
        self,
        at: int,
        cases: Prepared,
        decided: Decided,
        request: QuotaRequest,
        policy: CreditPolicy,
        issued: LossCertificate,
        granted: int,
    ) -> dict[str, Any]:
        """Decision ``at`` of the cases, with its fields in the order of ``QuotaDecision``.

        granted : how many of the bank's loans the certificate has covered before
        """
        row, measured, brought = cases.rows[at], cases.measured, cases.brought
        as_of = plain_day(row["as_of"])
        if as_of is None:
            raise ValueError("the case has no day (as_of)")
        known = {key: plain_day(cases.known[at][key]) for key in self.keys}
        figures = {name: column[at].item() for name, column in measured.columns.items() if column.dtype.kind in "fi"}
        outcome, bound = decided.outcome[at], decided.limited_by[at]
        approved = outcome == "preapproved"
        amount = int(decided.amount_wan[at])
        within = bool(decided.within[at]) if amount else None
        ead_cny = amount * CNY_PER_WAN
        valid_until = as_of + timedelta(days=policy.validity_days) if approved else None
        requested = {name: getattr(request, name) for name in REQUEST_MEMBERS}
        in_force = issued.after(granted, brought=brought)
        situation = Situation(
            measured.take(slice(at, at + 1)), requested, policy, in_force, partial(self._again, row)
        )  # fmt: skip
        explanation = Explanation(row, situation, decided, at, self.codebook)
        reasons = explanation.reasons()
        summary_zh, summary_en = explanation.summary(reasons, valid_until)
        return {
            "request_id": request.request_id,
            "bank_id": request.bank_id,
            "uscc": request.uscc,
            "as_of": as_of,
            "outcome": outcome,
            "summary_zh": summary_zh,
            "summary_en": summary_en,
            "indicative": True,
            "needs_onsite_dd": True,
            "quota": {
                "amount_wan": amount,
                "amount_cny": ead_cny,
                "base_need_wan": policy.base_need_wan,
                "cap_wan": _known(decided.cap_wan[at]),
                "requested_cny": request.requested_amount_cny,
                "tenor_months": request.tenor_months,
                "currency": "CNY",
                "valid_until": valid_until,
                "limited_by": bound,
                "marginal_profit_cny": _known(decided.marginal_profit_cny[at]),
                "annual_rate": _known(decided.annual_rate[at]),
                "instalment_cny": _known(decided.instalment_cny[at]),
                "expected_profit_cny": _known(decided.expected_profit_cny[at]),
                "raroc": _known(decided.raroc[at]),
            },
            "quota_trace": [
                {"name": name, "amount_wan": value, "limiting": name == bound, "zh": zh, "en": en}
                for name, value in zip(CONSTRAINTS, cents(decided.terms[at]).tolist(), strict=True)
                if value == value
                for zh, en in [label(f"constraint.{name}.label")]
            ],
            "advice": explanation.advice(),
            "loss_certificate": issued.answer(within, decided.covered_wan[at].item(), granted, brought=brought),
            "points": {
                "total": _known(figures["total"]),
                "base": _known(figures["base"]),
                "bonus": _known(figures["bonus"]),
                "dimensions": {name: _known(figures[f"dim_{name}"]) for name in self.codebook.dimensions},
                "percentile": _known(figures["percentile"]),
                "peer_group": measured["peer_group"][at],
                "n_peers": figures["n_peers"],
                "coverage": figures["coverage"],
                "revenue_band": row["revenue_band"],
                "growth_stage": row["growth_stage"],
                "size_class": row["size_class"],
            },
            "risk": {
                "pd_12m": figures["pd_12m"],
                "pd_low": figures["pd_low"],
                "pd_high": figures["pd_high"],
                "interval_level": self.interval_level,
                "pd_tenor": decided.pd_tenor[at].item(),
                "risk_grade": measured["risk_grade"][at],
                "lgd": policy.lgd,
                "ead_cny": ead_cny,
                "expected_loss_cny": decided.expected_loss_cny[at].item(),
            },
            "reasons": reasons + self._drivers(at, row, measured),
            "constraints_hit": list(explanation.counted),
            "missing": _missing(row, self.codebook),
            "freshness": known,
            "sources": self._sources(known),
            "warnings": [*brought_warnings(brought=brought), *self._warnings(at, row, measured)],
            "versions": {**self.versions, "policy": policy.version},
            "dispute_channel": dispute_channel(),
        }

    def _again(self, row: Mapping[str, Any], facts: Mapping[str, npt.NDArray[np.float64]]) -> Measured:
        """The case with k values of each of these credit facts in place of its own, as the models measure it."""
        count = len(next(iter(facts.values())))
        return self.measure({name: np.repeat(value, count) for name, value in of_rows([row]).items()} | dict(facts))

    def _drivers(self, at: int, row: Mapping[str, Any], measured: Measured) -> list[dict[str, Any]]:
        """The risk drivers, where reasons were requested."""
        if not len(measured.shares):
            return []
        return self.drivers.drivers(measured.shares[at].tolist(), measured.values[at].tolist(), row["growth_stage"])

    def _sources(self, known: Mapping[str, Any]) -> dict[str, Any]:
        newest: dict[str, Any] = {}
        for key, agency in self.agencies:
            day, held = known[key], newest.get(agency)
            newest[agency] = day if held is None or (day is not None and day > held) else held
        return newest

    def _warnings(self, at: int, row: Mapping[str, Any], measured: Measured) -> list[dict[str, str]]:
        outside = outside_texts(row, measured.outside[at], self.codebook)
        return [
            *(warning("out_of_range", text) for text in outside),
            *outside_training(self.feature_names, measured.values[at].tolist(), self.peers),
            *of_the_case(row, self.peers),
        ]


def _missing(row: Mapping[str, Any], book: Codebook) -> list[str]:
    """Keys of the indicators and credit facts that are unknown; INVOICES where no invoice feature is known."""

    def unknown(key: str) -> bool:
        value = row.get(key)
        return value is None or bool(value != value)

    keys = (*book.keys, *(fact.key for fact in read_credit_facts()))
    missing = [key for key in keys if unknown(key)]
    return [*missing, INVOICES] if all(unknown(name) for name in INVOICE_FEATURES) else missing


def plain_day(value: Any) -> date | None:
    """A date, from a date or a pandas time; None where unknown."""
    if value is None or type(value) is date:
        return value
    return value.date() if value == value else None  # NaT is unequal to itself


def _known(value: Any) -> float | None:
    return float(value) if value == value else None
