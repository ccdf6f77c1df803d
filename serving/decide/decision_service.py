"""The decision service without its rim: one case and one policy in, one answer as plain values out.

Whatever goes wrong inside the engine, the answer is a decision that refers to a human, never an error and never an
approval. Nothing here knows HTTP, keys or the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import structlog
import yaml

from data.code_version import source_digest
from data.codebook import read_codebook
from data.requests import PointsAdviceRequest, PointsRequest, QuotaRequest
from data.texts.sentences import joined, label, sentence
from features.columns import of_rows
from models.points.improve import Advice as PointsAdvice
from models.points.improve import advise
from models.quota.advice import plain_advice
from models.quota.answer import dispute_channel
from models.quota.certificate import not_assessed
from models.quota.decision import (
    Advice,
    CertificateNote,
    DecisionWarning,
    DisputeChannel,
    Points,
    Quota,
    QuotaDecision,
    Reason,
    Versions,
)
from models.quota.engine import NO_GRANTS, Prepared, QuotaEngine
from models.quota.policy import CreditPolicy
from models.quota.reasons import summary
from serving.clock import Clock
from serving.consents.check import Rights
from serving.contract.refusals import Fault, Refusal, shown
from serving.decide.drift import DriftWatch
from serving.decide.own_values import answer_of_record, record_is_stricter
from serving.decide.personal_points import without_personal
from serving.decide.points_history import PointsHistory
from serving.decide.safeguard import Doubts, safeguarded
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.safeguard_texts import safeguard_reason
from serving.decide.snapshot import FirmSnapshot, Observation
from serving.params import ServingParams, read_params
from serving.releases.packed import PARAMS, release_of
from serving.sent_values import contradiction_texts, unchecked_texts, worse_keys

log = structlog.get_logger("serving.decide.decision_service")


@dataclass(frozen=True)
class Models:
    """The engine of one release, its versions and days."""

    engine: QuotaEngine
    release: str
    model_day: str  # the last day it learned from
    reference_day: str  # whose firms the points compare with

    @classmethod
    def load(cls, folder: Path, params: Path | None = None) -> Models:
        """Read one folder of artefacts; ``params`` is the params.yaml it was made with, packed beside it if left out.

        Raises the error of the file that is wrong.
        """
        raw = yaml.safe_load((params or folder / PARAMS).read_text(encoding="utf-8"))
        model_day, reference_day = raw["assemble"]["observed_until"], raw["points"]["reference_vintage"]
        return cls(QuotaEngine.load(folder, read_codebook()), release_of(folder), model_day, reference_day)

    @property
    def versions(self) -> dict[str, str]:
        """Every version but the policy's, which each answer has of its own."""
        return {key: value for key, value in self._versions("").items() if key != "policy"}

    def decide(
        self,
        case: Observation,
        request: QuotaRequest,
        policy: CreditPolicy,
        facts: SafeguardFacts,
        prepared: Prepared | None = None,
    ) -> dict[str, Any]:
        """One answer, without its ``audit_id``; the same values always give the same bytes.

        prepared : the case as ``engine.prepare`` measured it before, if it did
        Where own values were taken, the outcome is never milder than that of the record alone.
        """
        answer = self._safeguarded(case, request, policy, facts, prepared)
        if case.record is not None:
            alone = self._safeguarded(case.record, request, policy, facts)
            if record_is_stricter(answer["outcome"], alone["outcome"]):
                answer = answer_of_record(alone, answer)
        if case.own.taken:
            answer["sources"] = case.sources(self.engine.codebook)
        answer["audit_id"] = None
        answer["release"] = self.release
        answer["own_values"] = list(case.own.taken)
        answer["own_values_refused"] = list(case.own.refused)
        return answer

    def _safeguarded(
        self,
        case: Observation,
        request: QuotaRequest,
        policy: CreditPolicy,
        facts: SafeguardFacts,
        prepared: Prepared | None = None,
    ) -> dict[str, Any]:
        """The engine's answer about one case after the safeguard."""
        case = case.under(policy.excluded_industries)
        try:
            measured = prepared or self.engine.prepare([case.row], [case.known])
            measured = replace(self.engine.with_facts(measured, request.bank_facts), brought=case.brought)
            answer = self.engine.decide_prepared(measured, request, policy, facts.covered_grants)
            beyond = bool(case.own.taken) and bool(self.engine.beyond_training(measured.measured.values)[0])
            sent = case.own.keys | worse_keys(case.row, measured.rows[0])
            doubts = Doubts(
                bool(case.outside) or beyond,
                contradiction_texts(measured.rows[0], sent),
                unchecked_texts(measured.rows[0], case.own.keys, brought=case.brought),
            )
            return safeguarded(answer, case.row, doubts, case.fresh_until, request, policy, facts)
        except Exception as fault:  # noqa: BLE001  # fail closed: no fault of a model may become an error or an approval
            log.error("calculation_failed", fault=type(fault).__name__)
            return self._without_result(case, request, policy, facts)

    def _without_result(
        self, case: Observation, request: QuotaRequest, policy: CreditPolicy, facts: SafeguardFacts
    ) -> dict[str, Any]:
        """The answer when the models fail: a referral with that reason."""
        row, failed = case.row, label("safeguard.calculation_failed")
        summary_zh, summary_en = summary("manual_review", failed)
        decision = QuotaDecision(
            request_id=request.request_id,
            bank_id=request.bank_id,
            uscc=request.uscc,
            as_of=row["as_of"].date(),
            outcome="manual_review",
            summary_zh=summary_zh,
            summary_en=summary_en,
            quota=Quota(
                amount_wan=0, amount_cny=0, base_need_wan=policy.base_need_wan, cap_wan=None,
                requested_cny=request.requested_amount_cny, tenor_months=request.tenor_months, valid_until=None,
                limited_by="calculation_failed", marginal_profit_cny=None, annual_rate=None, instalment_cny=None,
                expected_profit_cny=None, raroc=None,
            ),
            quota_trace=(),
            advice=(Advice(**plain_advice("calculation_failed", label("advice.review"))),),
            loss_certificate=CertificateNote(**not_assessed(policy.bank_id, policy.version, policy.digest).answer()),
            points=Points(
                total=None, base=None, bonus=None, dimensions=dict.fromkeys(self.engine.codebook.dimensions),
                percentile=None, peer_group="", n_peers=0, coverage=0.0, revenue_band=str(row["revenue_band"]),
                growth_stage=str(row["growth_stage"]), size_class=str(row["size_class"]),
            ),
            risk=None,
            reasons=(Reason(**safeguard_reason("calculation_failed", failed)),),
            constraints_hit=("calculation_failed",),
            missing=(),
            freshness={},
            sources={},
            warnings=() if facts.warning is None else (DecisionWarning(**facts.warning),),
            versions=Versions(**self._versions(policy.version)),
            dispute_channel=DisputeChannel(**dispute_channel()),
        )  # fmt: skip
        return decision.model_dump(mode="json")

    def _versions(self, policy: str) -> dict[str, str]:
        engine = self.engine
        return {
            "points_card": engine.points.version,
            "points_reference": engine.points.reference_version,
            "risk_model": engine.risk.version,
            "debt_capacity_model": engine.limit.version,
            "policy": policy,
            "codebook": engine.codebook.digest[:12],
            "data": engine.risk.data_digest[:12],
            "code": source_digest(),
        }


@dataclass(frozen=True)
class DecisionService:
    """What one worker decides with: models, snapshot, and the watch on who applies.

    prepared : model outputs for every packed enterprise, by USCC, the same for every request about it
    history : points of the same enterprises on former days
    """

    models: Models
    snapshot: FirmSnapshot
    prepared: Mapping[str, Prepared]
    drift: DriftWatch
    params: ServingParams
    clock: Clock
    history: PointsHistory

    @classmethod
    def load(cls, folder: Path, params: Path | None = None, clock: Clock | None = None) -> DecisionService:
        """Read everything from one folder of artefacts; raises the error of the file that is wrong.

        clock : the operator's by default, see ``serving.clock``
        """
        numbers = read_params(params or folder / PARAMS)
        day = clock or Clock.from_environment(numbers.zone)
        models = Models.load(folder, params)
        snapshot = FirmSnapshot.load(folder / "snapshot", models.engine.codebook, day)
        cases = snapshot.cases.values()
        measured = models.engine.prepare([case.row for case in cases], [case.known for case in cases])
        prepared = {uscc: measured.take(number) for number, uscc in enumerate(snapshot.cases)}
        watch = read_watch(folder, models, numbers)
        history = PointsHistory.load(folder / "snapshot", models.engine.points, models.engine.codebook)
        return cls(models, snapshot, prepared, watch, numbers, day, history)

    def facts(self, bank_id: str, *grants: Mapping[str, int]) -> SafeguardFacts:
        """What is known now beside the case of a request of this bank; its covered grants as its ledger has them."""
        return safeguard_facts(self.models, self.params, self.clock, *grants, drift_alarm=self.drift.alarm(bank_id))

    def decide(
        self, case: Observation, request: QuotaRequest, policy: CreditPolicy, facts: SafeguardFacts
    ) -> dict[str, Any]:
        """One answer about a case of this snapshot, before it is recorded."""
        held = self.prepared.get(request.uscc)
        prepared = held if held is not None and held.rows[0] is case.row else None  # not with values that were sent
        return self.models.decide(case, request, policy, facts, prepared)

    def quota(
        self, request: QuotaRequest, policy: CreditPolicy, covered_grants: Mapping[str, int] = NO_GRANTS
    ) -> dict[str, Any]:
        """One answer by its request and the bank's covered grants alone, before it is recorded."""
        facts = self.facts(request.bank_id, covered_grants)
        return self.decide(self.snapshot.case_of(request), request, policy, facts)

    def watch(self, request: QuotaRequest, answer: Mapping[str, Any]) -> None:
        """Let the drift watch see an answer that went out; a firm that the bank brought along does not count."""
        if request.enterprise is None and answer["risk"] is not None:
            self.drift.see(request.bank_id, request.uscc, answer["risk"]["pd_12m"])

    def points(self, request: PointsRequest, rights: Rights) -> dict[str, Any]:
        """Points, what each indicator earned, and what was missing; what is personal only with the right to it."""
        case = self.snapshot.case_of(request, rights)
        row = case.row
        book, card = self.models.engine.codebook, self.models.engine.points
        earned = card.earned(cases := of_rows([row]))
        score = card.score_columns(cases, earned)
        answer = {
            "uscc": request.uscc,
            "as_of": f"{row['as_of']:%Y-%m-%d}",
            "revenue_band": row["revenue_band"],
            "growth_stage": row["growth_stage"],
            "points": {key: _plain(value[0]) for key, value in score.items()},
            "personal_excluded": False,
            "indicators": [
                {
                    "key": item.key,
                    "zh": item.zh,
                    "en": item.en,
                    "unit": item.unit,
                    "value": _plain(row[item.key]),
                    "points": _plain(earned.points[item.key][0]),
                    "missing": _plain(row[item.key]) is None,
                }
                for item in book
            ],
            "own_values": list(case.own.taken),
            "own_values_refused": list(case.own.refused),
            "versions": {"card": card.version, "reference": card.reference_version},
        }
        return answer if rights.personal else without_personal(answer, book)

    def points_advice(self, request: PointsAdviceRequest, rights: Rights) -> dict[str, Any]:
        """The fewest changes that reach the target, and the points that scoring the changed case gives.

        A target above the full marks of the stage's card is refused. No indicator that advice names is personal, and
        without the right to them personal indicators earn nothing, as in ``points``.
        """
        case, target = self.snapshot.case_of(request, rights), request.target_points
        book, card = self.models.engine.codebook, self.models.engine.points
        hidden = () if rights.personal else (item.key for item in book if item.personal)
        row = {**case.row, **dict.fromkeys(hidden, float("nan"))}
        stage, now = str(row["growth_stage"]), _plain(card.score_columns(of_rows([row]))["total"][0])
        advice: PointsAdvice | None = None
        if stage not in card.points:
            text = sentence("advice.points_target.no_stage")
        elif target > (most := card.full_marks(stage)):
            raise Refusal.invalid(Fault("target_points", shown(target), sentence("fault.target_points", most=most)))
        else:
            advice = advise(card, row, book, target)
            kind = "short" if not advice.reached else "reachable" if advice.changes else "reached"
            note = () if rights.personal else (label("advice.points_target.without_personal"),)
            text = joined(sentence(f"advice.points_target.{kind}", now=now, then=advice.total), *note)
        return {
            "uscc": request.uscc,
            "as_of": f"{case.row['as_of']:%Y-%m-%d}",
            "growth_stage": stage,
            "target_points": target,
            "points_now": now,
            "personal_excluded": not rights.personal,
            "points_then": None if advice is None else advice.total,
            "reached": advice is not None and advice.reached,
            "text_zh": text[0],
            "text_en": text[1],
            "changes": [] if advice is None else [change.as_dict() for change in advice.changes],
            "own_values": list(case.own.taken),
            "own_values_refused": list(case.own.refused),
            "versions": {"card": card.version, "reference": card.reference_version},
        }


def read_watch(folder: Path, models: Models, params: ServingParams) -> DriftWatch:
    """The drift watch whose reference is the snapshot packed in ``folder``."""
    population = pd.read_parquet(folder / "snapshot/cases.parquet")
    pd_12m = models.engine.risk.predict(population, models.engine.codebook)["pd_12m"]
    packed = dict(zip(population["uscc"].astype(str), pd_12m.tolist(), strict=True))
    return DriftWatch(packed, params.watch, params.drift_usual_rank, params.drift_minimum)


def safeguard_facts(
    models: Models, params: ServingParams, clock: Clock, covered_grants: Mapping[str, int] = NO_GRANTS,
    covered_short: Mapping[str, int] = NO_GRANTS, *, drift_alarm: bool,
) -> SafeguardFacts:  # fmt: skip
    """What the safeguard knows of every case alike on the day of the request."""
    return SafeguardFacts(
        today=clock.today().isoformat(),
        clock_set=clock.pinned is not None,
        drift_alarm=drift_alarm,
        model_day=models.model_day,
        model_age_days=params.model_age_days,
        reference_day=models.reference_day,
        reference_age_days=params.reference_age_days,
        data_age_days=params.data_age_days,
        covered_grants=dict(covered_grants),
        covered_short=dict(covered_short),
    )


def _plain(value: Any) -> Any:
    """NaN as null, numpy numbers as Python's."""
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if number != number else number
