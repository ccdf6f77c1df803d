"""The quota: points, default risk, debt capacity and a bank's policy make one decision with its limiting constraint.

Missing or invalid input leads to manual review, never to approval. One case (``decide_row``), many
requests (``decide``) and a table (``decide_table``) go through the same functions over columns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.code_version import source_digest
from data.codebook import Codebook, read_codebook, read_credit_facts
from data.requests import BANK_FACTS, BankFacts, QuotaRequest
from features.columns import Columns, of_rows
from models.content_digest import content_digest
from models.points.card import PointsCard
from models.quota.answer import Prepared, Wording
from models.quota.certificate import LossCertificate, not_assessed, read_certificates
from models.quota.constraints import CONSTRAINTS
from models.quota.debt_capacity import DebtCapacityModel
from models.quota.decide import REQUEST_MEMBERS, decide_columns
from models.quota.decision import QuotaDecision
from models.quota.measure import Measured, measure, with_worse_facts, worse_facts
from models.quota.peers import Peers
from models.quota.policy import CreditPolicy, read_policies, read_policy
from models.quota.warnings import beyond_training
from models.risk.model import RiskModel

__all__ = [
    "CONSTRAINTS",
    "CreditPolicy",
    "DebtCapacityModel",
    "Prepared",
    "QuotaDecision",
    "QuotaEngine",
    "QuotaRequest",
    "case_rows",
    "read_policies",
    "read_policy",
]
NO_GRANTS: Mapping[str, int] = MappingProxyType({})
BROUGHT = "brought"  # column of a table's requests


@dataclass(frozen=True)
class QuotaEngine:
    """Everything that a decision needs; the same object answers one request, a batch and a served call.

    peers : statistics of the training cases, shown beside reasons and in warnings
    certificates : by digest of the policy; one without any answers as not assessed, with its expert caps
    """

    points: PointsCard
    risk: RiskModel
    limit: DebtCapacityModel
    peers: Peers
    codebook: Codebook
    certificates: Mapping[str, LossCertificate] = field(default_factory=dict)

    @classmethod
    def load(cls, artifacts: Path, codebook: Codebook | None = None) -> QuotaEngine:
        """Read and check the models; raises CardError or ModelFileError naming the file."""
        book = codebook or read_codebook()
        card = PointsCard.load(artifacts / "points/card.yaml")
        card.check(book)
        risk = RiskModel.load(artifacts / "risk/model", book)
        limit = DebtCapacityModel.load(artifacts / "quota/model", book)
        engine = cls(card, risk, limit, Peers.load(artifacts / "quota/model/peers.json"), book)
        issued = read_certificates(artifacts / "quota/certificates.json", engine.models_digest)
        return replace(engine, certificates=issued)

    @cached_property
    def models_digest(self) -> str:
        """One digest of all that the models hold: every point on the card, every grade, curve and tree.

        Whatever was issued for some models holds for these alone.
        """
        whole = (self.points, self.risk, self.limit, self.peers, self.codebook.digest, read_credit_facts())
        return content_digest(whole)

    def decide_row(
        self,
        row: Mapping[str, Any],
        known: Mapping[str, Any],
        request: QuotaRequest,
        policy: CreditPolicy,
        *,
        reasons: bool = True,
    ) -> dict[str, Any]:
        """One decision as a plain dict in the field order of ``QuotaDecision``.

        row, known : one case and the day each value was known, as ``case_rows`` gives them
        reasons : False leaves the drivers out; the rules hit and the limiting constraint are always named
        A bank's own facts about the enterprise are taken where they are worse than what was known.
        """
        prepared = self.prepare([with_bank_facts(row, request.bank_facts)], [known], reasons=reasons)
        return self.decide_prepared(prepared, request, policy)

    def decide_prepared(
        self,
        prepared: Prepared,
        request: QuotaRequest,
        policy: CreditPolicy,
        covered_grants: Mapping[str, int] = NO_GRANTS,
    ) -> dict[str, Any]:
        """``decide_row`` of one case that ``prepare`` has measured and ``with_facts`` has completed."""
        return self.answers(prepared, [request], policy, covered_grants)[0]

    def answers(
        self,
        prepared: Prepared,
        requests: Sequence[QuotaRequest],
        policy: CreditPolicy,
        covered_grants: Mapping[str, int] = NO_GRANTS,
    ) -> list[dict[str, Any]]:
        """One answer per request, as plain dicts; case i belongs to request i, whose bank facts it has already.

        covered_grants : by digest of a certificate, how many of the bank's loans it has covered before
        """
        issued, granted = self.issued(policy, covered_grants)
        requested = {name: np.array([getattr(request, name) for request in requests]) for name in REQUEST_MEMBERS}
        in_force = issued.after(granted, brought=prepared.brought)
        decided = decide_columns(prepared.measured, requested, policy, in_force)
        return [
            self._wording.answer(at, prepared, decided, request, policy, issued, granted)
            for at, request in enumerate(requests)
        ]

    def indications(
        self, row: Mapping[str, Any], known: Mapping[str, Any], request: QuotaRequest, policies: Iterable[CreditPolicy]
    ) -> list[dict[str, Any]]:
        """Every bank's decision on one request, from one run of the models: largest amount first, then lowest rate."""
        prepared = self.prepare([with_bank_facts(row, request.bank_facts)], [known])
        answers = [
            self.decide_prepared(prepared, request.model_copy(update={"bank_id": policy.bank_id}), policy)
            for policy in policies
        ]
        return sorted(
            answers,
            key=lambda answer: (
                -answer["quota"]["amount_wan"],
                answer["quota"]["annual_rate"] or 0.0,
                answer["bank_id"],
            ),
        )

    def decide(
        self, cases: pd.DataFrame, known_at: pd.DataFrame, requests: Sequence[QuotaRequest], policy: CreditPolicy
    ) -> list[QuotaDecision]:
        """One decision per request; row i of ``cases`` and ``known_at`` belongs to request i."""
        if not len(cases) == len(known_at) == len(requests):
            raise ValueError(
                f"{len(cases)} cases, {len(known_at)} days known and {len(requests)} requests; give as many"
            )
        if not requests:
            return []
        facts = {name: [getattr(request.bank_facts, name) for request in requests] for name in BANK_FACTS}
        rows, known = zip(*case_rows(with_worse_facts(cases, facts), known_at), strict=True)
        prepared = self.prepare(rows, known)
        return [QuotaDecision.model_validate(answer) for answer in self.answers(prepared, requests, policy)]

    def decide_table(
        self,
        cases: pd.DataFrame,
        requested: pd.DataFrame,
        policy: CreditPolicy,
        covered_grants: Mapping[str, int] = NO_GRANTS,
    ) -> pd.DataFrame:
        """Decisions as columns, for tables of any length; row i of ``requested`` belongs to row i of ``cases``.

        requested : requested_amount_cny; tenor_months, product and purpose where they are not a request's defaults; and
        the bank's facts existing_debt_wan, overdue_days, guarantees_wan if known; BROUGHT, whether no agency's record
        holds the firm, where one does not
        covered_grants : as for ``answers``
        """
        measured = self.measure(cases, requested).without_reasons()
        issued, granted = self.issued(policy, covered_grants)
        columns = {str(name): requested[name].to_numpy() for name in requested}
        brought = columns.pop(BROUGHT, np.zeros(len(measured), dtype=bool))

        def decided(rows: slice | npt.NDArray[np.bool_], *, brought: bool) -> pd.DataFrame:
            some, own = measured.take(rows), {name: column[rows] for name, column in columns.items()}
            return decide_columns(some, own, policy, issued.after(granted, brought=brought)).table(some)

        if brought.all() or not brought.any():
            return decided(slice(None), brought=bool(brought.any()))
        parts = [
            decided(rows, brought=own).set_axis(np.flatnonzero(rows))
            for own, rows in ((False, ~brought), (True, brought))
        ]
        return pd.concat(parts).sort_index()

    def decide_stream(
        self,
        chunks: Iterable[tuple[pd.DataFrame, pd.DataFrame]],
        policy: CreditPolicy,
        covered_grants: Mapping[str, int] = NO_GRANTS,
        *,
        workers: int = 1,
    ) -> Iterator[pd.DataFrame]:
        """``decide_table`` of every chunk, in order; holds ``workers`` + 1 chunks at a time, however long the table."""
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[Future[pd.DataFrame]] = deque()
            for cases, requested in chunks:
                waiting.append(pool.submit(self.decide_table, cases, requested, policy, covered_grants))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def measure(self, cases: pd.DataFrame, facts: pd.DataFrame | None = None, *, reasons: bool = False) -> Measured:
        """What the three models conclude of the cases, whatever the bank.

        facts : the banks' own facts by member of ``BankFacts``, taken where they are worse; row i belongs to case i
        """
        if facts is not None:
            if len(cases) != len(facts):
                raise ValueError(f"{len(cases)} cases and {len(facts)} requests; give as many")
            cases = with_worse_facts(cases, {str(name): facts[name].to_numpy() for name in facts})
        return measure(cases, self.points, self.risk, self.limit, self.codebook, reasons=reasons)

    def prepare(
        self, rows: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]], *, reasons: bool = True
    ) -> Prepared:
        """Cases as ``case_rows`` gives them, measured once for every request about them."""
        measured = measure(of_rows(rows), self.points, self.risk, self.limit, self.codebook, reasons=reasons)
        return Prepared(rows, known, measured)

    def with_facts(self, prepared: Prepared, facts: BankFacts) -> Prepared:
        """One prepared case with the bank's own facts; it is measured again where they are worse."""
        row = prepared.rows[0]
        worse = with_bank_facts(row, facts)
        if worse is row:
            return prepared
        return self.prepare([worse], prepared.known, reasons=len(prepared.measured.shares) > 0)

    def beyond_training(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which cases hold a value beyond all that the models learned from, as their warning has it; shape (n,).

        values : risk features as ``Measured`` holds them, shape (n, p)
        """
        return np.asarray(beyond_training(self.risk.feature_names, values, self.peers).any(axis=1))

    def certificate(self, policy: CreditPolicy) -> LossCertificate:
        """The certificate of this policy to the byte and these models; not assessed where nobody issued any."""
        return self.certificates.get(policy.digest) or not_assessed(policy.bank_id, policy.version, policy.digest)

    def issued(self, policy: CreditPolicy, covered_grants: Mapping[str, int]) -> tuple[LossCertificate, int]:
        """The certificate of this policy, and how many of the bank's loans it has covered."""
        one = self.certificate(policy)
        return one, covered_grants.get(one.digest, 0) if covered_grants else 0

    @cached_property
    def _wording(self) -> Wording:
        versions = {
            "points_card": self.points.version,
            "points_reference": self.points.reference_version,
            "risk_model": self.risk.version,
            "debt_capacity_model": self.limit.version,
            "policy": "",
            "codebook": self.codebook.digest[:12],
            "data": self.risk.data_digest[:12],
            "code": source_digest(),
        }
        return Wording(
            self.codebook, self.risk.feature_names, self.peers, versions, self.risk.interval_level, self._measured
        )  # fmt: skip

    def _measured(self, cases: Columns) -> Measured:
        return measure(cases, self.points, self.risk, self.limit, self.codebook)


def case_rows(cases: pd.DataFrame, known_at: pd.DataFrame) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each case and its days known as plain dicts, which is what ``decide_row`` takes."""
    days = known_at.to_numpy("datetime64[D]").tolist()  # dates, None where a value is unknown
    known: list[dict[str, Any]] = [dict(zip(known_at.columns, one, strict=True)) for one in days]
    rows = cast("list[dict[str, Any]]", cases.to_dict("records"))
    return list(zip(rows, known, strict=True))


def with_bank_facts(row: Mapping[str, Any], facts: BankFacts) -> Mapping[str, Any]:
    """The case with the bank's own facts where they are worse; the very same row where none is."""
    known = {key: np.array([row[key]], dtype=float) for key in BANK_FACTS.values()}  # None is NaN
    worse = worse_facts(known, {member: [getattr(facts, member)] for member in BANK_FACTS})
    changed = {key: value.item() for key, value in worse.items() if value > known.get(key, 0.0)}
    return {**row, **changed} if changed else row
