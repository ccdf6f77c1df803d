"""The quota: points, default risk, learned limit and a bank's policy make one decision that names what bound it.

On any doubt it refers to a human. It never approves what it does not fully know. Three doors, the same bits: one
case (``decide_row``), many requests (``decide``), and a table in, a table out (``decide_table``).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import pandas as pd

from data.codebook import Codebook, read_codebook
from data.requests import BANK_FACTS, BankFacts, QuotaRequest
from features.risk import changed_by_facts, risk_values_row, worst_where_missing
from models.points import PointsCard
from models.quota_answer import Part, Told, Wording
from models.quota_decision import QuotaDecision
from models.quota_judge import Measured, facts_of, judge, outside_of, plain_day, vetoes_of
from models.quota_limit import LimitModel
from models.quota_peers import Peers
from models.quota_policy import BankPolicy, read_policies, read_policy
from models.quota_table import decide_columns, measure_table
from models.quota_terms import TERMS, Facts
from models.quota_warranty import Warranty, no_warranty, read_warranties
from models.risk import RiskModel

__all__ = [
    "TERMS",
    "BankPolicy",
    "LimitModel",
    "QuotaDecision",
    "QuotaEngine",
    "QuotaRequest",
    "case_rows",
    "read_policies",
    "read_policy",
]


class Prepared(NamedTuple):
    """One case with everything that no bank and no amount changes: measured once, asked about often."""

    case: Measured
    told: Told


@dataclass(frozen=True)
class QuotaEngine:
    """Everything that a decision needs; the same object answers one request, a batch and a served call.

    peers : what the training cases looked like, told beside reasons and in warnings
    warranties : by policy version; a policy without one answers as refused, with its expert caps
    notices : warnings that every answer of the moment carries, such as a drift alarm
    """

    points: PointsCard
    risk: RiskModel
    limit: LimitModel
    peers: Peers
    codebook: Codebook
    warranties: Mapping[str, Warranty] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @classmethod
    def load(cls, artifacts: Path, codebook: Codebook | None = None) -> QuotaEngine:
        """Read and check the models; raises CardError or ModelFileError naming the file."""
        book = codebook or read_codebook()
        card = PointsCard.load(artifacts / "points/card.yaml")
        card.check(book)
        risk = RiskModel.load(artifacts / "risk/model", book)
        limit = LimitModel.load(artifacts / "quota/model", book)
        engine = cls(card, risk, limit, Peers.load(artifacts / "quota/model/peers.json"), book)
        return replace(engine, warranties=read_warranties(artifacts / "quota/warranty.json", engine.models_digest))

    @cached_property
    def models_digest(self) -> str:
        """One digest of the three models; a warranty holds only for those that it was issued with."""
        parts = (
            self.points.version, self.points.data_digest, self.points.reference_version, self.risk.version,
            self.risk.data_digest, self.risk.booster_text, str(sorted(self.risk.stages.items())),
            str(self.risk.calibration.card()), self.limit.version, self.limit.data_digest, self.limit.low_text,
            self.limit.median_text, str(self.limit.shift_log),
        )  # fmt: skip
        return sha256("\n".join(parts).encode()).hexdigest()

    def decide_row(
        self,
        row: Mapping[str, Any],
        known: Mapping[str, Any],
        request: QuotaRequest,
        policy: BankPolicy,
        *,
        reasons: bool = True,
    ) -> dict[str, Any]:
        """One decision as a plain dict in the field order of ``QuotaDecision``.

        row, known : one case and the day each value was known, as ``case_rows`` gives them
        reasons : False leaves the drivers out; what was hit and what bound is always told
        A bank's own facts about the enterprise are taken where they are worse than what was known.
        """
        prepared = self.prepare_row(with_bank_facts(row, request.bank_facts), known, reasons=reasons)
        return self.decide_prepared(prepared, request, policy)

    def decide_prepared(self, prepared: Prepared, request: QuotaRequest, policy: BankPolicy) -> dict[str, Any]:
        """``decide_row`` of a case that ``prepare_row`` has measured and ``with_facts`` has completed."""
        return self._answer(prepared, request, policy, request.bank_id)

    def offers(
        self, row: Mapping[str, Any], known: Mapping[str, Any], request: QuotaRequest, policies: Iterable[BankPolicy]
    ) -> list[dict[str, Any]]:
        """Every bank's decision on one request, the models asked once: largest amount first, then lowest rate."""
        prepared = self.prepare_row(with_bank_facts(row, request.bank_facts), known)
        answers = [self._answer(prepared, request, policy, policy.bank_id) for policy in policies]
        return sorted(
            answers,
            key=lambda answer: (
                -answer["quota"]["amount_wan"],
                answer["quota"]["annual_rate"] or 0.0,
                answer["bank_id"],
            ),
        )

    def decide(
        self, cases: pd.DataFrame, known_at: pd.DataFrame, requests: Sequence[QuotaRequest], policy: BankPolicy
    ) -> list[QuotaDecision]:
        """One decision per request; row i of ``cases`` and ``known_at`` belongs to request i."""
        if not len(cases) == len(known_at) == len(requests):
            raise ValueError(
                f"{len(cases)} cases, {len(known_at)} days known and {len(requests)} requests; give as many"
            )
        rows = case_rows(cases, known_at)
        return [
            QuotaDecision.model_validate(self.decide_row(row, known, request, policy))
            for (row, known), request in zip(rows, requests, strict=True)
        ]

    def decide_table(self, cases: pd.DataFrame, asked: pd.DataFrame, policy: BankPolicy) -> pd.DataFrame:
        """Decisions as columns, for tables of any length in chunks; row i of ``asked`` belongs to row i of ``cases``.

        asked : requested_amount_cny, and the bank's facts existing_debt_wan, overdue_days, guarantees_wan if known
        """
        measured = measure_table(cases, asked, self.points, self.risk, self.limit, self.codebook)
        return decide_columns(measured, asked, policy, self.warranty(policy), self.codebook)

    def decide_stream(
        self, chunks: Iterable[tuple[pd.DataFrame, pd.DataFrame]], policy: BankPolicy, *, workers: int = 1
    ) -> Iterator[pd.DataFrame]:
        """``decide_table`` of every chunk, in order; holds ``workers`` + 1 chunks at a time, however long the table."""
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[Future[pd.DataFrame]] = deque()
            for cases, asked in chunks:
                waiting.append(pool.submit(self.decide_table, cases, asked, policy))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def measure_row(self, row: Mapping[str, Any], known: Mapping[str, Any]) -> Measured:
        """What the three models say of one case, whatever the bank."""
        values = risk_values_row(row, self.codebook)
        model_row = worst_where_missing(values, self.codebook)
        shares = self.risk.contributions_row(model_row)
        vetoes, flags_known = vetoes_of(row)
        return Measured(
            row, known, facts_of(row), array("d", values), array("d", model_row), array("d", shares),
            *self.risk.predict_contributions(model_row, shares), self.limit.predict_row(model_row),
            self.points.score_row(row), vetoes, flags_known, outside_of(row, self.codebook),
        )  # fmt: skip

    def prepare_row(self, row: Mapping[str, Any], known: Mapping[str, Any], *, reasons: bool = True) -> Prepared:
        """``measure_row``, and what every answer says of the case."""
        case = self.measure_row(row, known)
        return Prepared(case, self._wording.tell(case, reasons=reasons))

    def prepare_often(self, row: Mapping[str, Any], known: Mapping[str, Any]) -> Prepared:
        """``prepare_row`` of a case that many will ask about: its part of the answer is written once."""
        case, told = self.prepare_row(row, known)
        return Prepared(case, told.write())

    def with_facts(self, prepared: Prepared, facts: BankFacts) -> Prepared:
        """``prepare_row`` of the case with the bank's own facts; only what they touch is measured again, to the bit."""
        case, told = prepared
        worse = worse_facts(case.row, facts)
        if not worse:
            return prepared
        if case.outside:  # rare, and the facts may change what is said of it
            case = self.measure_row({**case.row, **worse}, case.known)
            return Prepared(case, self._wording.tell(case, reasons=bool(told.drivers)))
        revenue, growth, research, debt, guarantees = case.facts
        known = Facts(
            revenue, growth, research, worse.get("existing_debt_wan", debt), worse.get("guarantees_wan", guarantees)
        )
        values, model_row, shares = case.values[:], case.model_row[:], case.shares[:]
        changed = changed_by_facts(worse, revenue, self.codebook)
        for place, value in changed:
            values[place] = value
            if value == value:  # without a revenue there is no ratio, and it stands at its worst end already
                model_row[place] = value
                shares[place] = self.risk.contribution_at(model_row, place)
        pd_12m, pd_low, pd_high, grade = self.risk.predict_contributions(model_row, shares)
        case = Measured(
            case.row, case.known, known, values, model_row, shares, pd_12m, pd_low, pd_high, grade,
            case.limits, case.score, case.vetoes, case.flags_known, case.outside,
        )  # fmt: skip
        return Prepared(case, self._wording.tell_again(told, case, [place for place, _ in changed]))

    def warranty(self, policy: BankPolicy) -> Warranty:
        """The policy's certificate; a refused one where nobody issued any."""
        return self.warranties.get(policy.version) or no_warranty(policy.version, policy.loss_cap, policy.delta)

    def _answer(self, prepared: Prepared, request: QuotaRequest, policy: BankPolicy, bank_id: str) -> dict[str, Any]:
        case, told = prepared
        issued = self.warranty(policy)
        judged = judge(case, request.uscc, request.requested_amount_cny, policy, issued)
        return self._wording.answer(case, told, judged, request, bank_id, policy, self._note(issued), issued)

    def _note(self, issued: Warranty) -> Part:
        note = self._notes.get(issued.policy)
        if note is None:
            note = self._notes[issued.policy] = Part(issued.answer())
        return note

    @cached_property
    def _notes(self) -> dict[str, Part]:
        return {}

    @cached_property
    def _wording(self) -> Wording:
        versions = {
            "points_card": self.points.version,
            "points_reference": self.points.reference_version,
            "risk_model": self.risk.version,
            "limit_model": self.limit.version,
            "policy": "",
            "codebook": self.codebook.digest[:12],
            "data": self.risk.data_digest[:12],
        }
        return Wording(
            self.codebook, self.risk.feature_names, self.peers, versions, self.risk.interval_level, self.notices
        )


def case_rows(cases: pd.DataFrame, known_at: pd.DataFrame) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each case and its days known as plain dicts, which is what ``decide_row`` takes."""
    days = [[plain_day(day) for day in known_at[key]] for key in known_at]
    keys = [str(key) for key in known_at]
    known: list[dict[str, Any]] = [dict(zip(keys, one, strict=True)) for one in zip(*days, strict=True)]
    rows = cast("list[dict[str, Any]]", cases.to_dict("records"))
    return list(zip(rows, known, strict=True))


def with_bank_facts(row: Mapping[str, Any], facts: BankFacts) -> Mapping[str, Any]:
    """The case with the bank's own facts where they are worse."""
    worse = worse_facts(row, facts)
    return {**row, **worse} if worse else row


def worse_facts(row: Mapping[str, Any], facts: BankFacts) -> dict[str, float]:
    """The bank's own facts where they are worse; a missing or impossible fact stays what it is.

    A bank that knows of no debt has not shown that there is none.
    """
    told = (facts.existing_debt_wan, float(facts.overdue_days), facts.guarantees_wan)
    return {
        key: value
        for key, value in zip(BANK_FACTS.values(), told, strict=True)
        if value > 0.0 and (known := row[key]) is not None and value > known >= 0.0
    }
