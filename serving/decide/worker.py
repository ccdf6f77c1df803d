"""Everything that one worker process holds: the decision service, the ledger and its writer, keys, policies, consents.

Threads keep keys, releases and the count of covered grants fresh, let overdue bank applications expire, see whether the
store can be written and sign checkpoints, so that no request waits for a read of the store; while one of them fails the
worker is not ready. When the ledger cannot be reached at the start the worker answers 'unavailable' and tries again.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.code_version import code_version
from data.consents import SERVICE, Consent, ZoneConsent, key_id_of
from data.requests import IndicationsRequest, QuotaRequest
from data.texts.sentences import label
from models.quota.answer import answer_json
from models.quota.policy import read_policies
from models.quota.warnings import warning
from serving.applications.bank_applications import expire_overdue
from serving.applications.certificate_count import CoveredGrants
from serving.auth.access import STALE_S, KeyRing
from serving.auth.rate_limit import RateLimit
from serving.consents.check import REVOKED, ConsentBook, Rights, points_seen_draft, revoked_refusal
from serving.consents.key import ConsentKeyError, open_key
from serving.consents.zone import quotas_seen_draft
from serving.contract.refusals import Refusal
from serving.decide.decision_service import DecisionService
from serving.decide.decisions import (
    answer_of,
    audit_id_of,
    check_same_request,
    decision_draft,
    fingerprint_of,
    indications_draft,
)
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.upkeep import Repeated, faults_of
from serving.ledger.checkpoint import FOLDER, KEY_FILE, LedgerChangedError, Notary, Signer
from serving.ledger.ledger import Draft, Ledger, Record
from serving.ledger.store import LedgerError, checkpoint_folder, ledger_url, migrate
from serving.ledger.writer import LedgerWriter, Receipt
from serving.metrics import Metrics
from serving.releases.policies import PolicyBook, set_up

LEDGER_MODE = "IP_LEDGER"
T = TypeVar("T")
REFRESH_S = 0.5
LOADED_WITHIN_S = 2.0 * REFRESH_S  # every worker has read an activation: a round that had begun, and one that takes it
SWEEP_S = 60.0
TRIAL_S = 5.0  # without a commit, after which the worker writes to see whether it can
TRIAL_LIMIT_S = 5.0  # in which a trial must be back
STORE_LIMIT_S = 30.0  # a store that takes longer counts as away
SLICE = 25  # requests of a batch between two chances for others
log = structlog.get_logger("serving.decide.worker")


class CheckedRequest(NamedTuple):
    """A request whose consent was checked, what its caller may do with own values, and its number in a batch."""

    request: QuotaRequest
    rights: Rights
    where: str = ""  # as "3."; empty outside a batch


class Worker:
    """Opened once per process; ``close`` writes what was taken and stops.

    recording : without it nothing is written, and every answer has a warning
    signer : signs checkpoints of the ledger into ``notes``, by default a folder beside it
    """

    def __init__(
        self, service: DecisionService, url: str, *, recording: bool = True, signer: Signer | None = None,
        notes: Path | None = None,
    ) -> None:  # fmt: skip
        self.service = service
        self.params = service.params
        self.recording = recording
        self.code = code_version()  # before the first record: sources may change on the disk later
        self.ledger = Ledger(url)
        self.writer = LedgerWriter(self.ledger, self.params.commit_batch, self.params.waiting_limit)
        self.keys = KeyRing(self.ledger, refreshed_elsewhere=True)
        self.policies = PolicyBook(self.params.today)
        self.limit = RateLimit(self.params.rate_per_s, self.params.burst)
        self.metrics = Metrics()
        self.consents = ConsentBook()
        self.covered_grants = CoveredGrants()
        self._key: Ed25519PrivateKey | None = None
        self._key_fault = ""
        self._opened = False
        self._fresh_at = time.monotonic()
        with suppress(LedgerError):  # it is logged, and tried again
            self.refresh()
        self.upkeep = [
            Repeated("keys and releases", self._keep_fresh, REFRESH_S),
            Repeated("expiry", self._expire, SWEEP_S),
            Repeated("ledger writer", self._try_writing, REFRESH_S),
        ]
        if signer is not None:
            self._notary = Notary(self.ledger, signer, notes or checkpoint_folder(url))
            self.upkeep.append(Repeated("checkpoint", self._sign, self.params.checkpoint_every_s / 10, at_once=True))

    @classmethod
    def from_environment(cls, service: DecisionService) -> Worker:
        """The worker by the environment; ``IP_LEDGER=off`` is for benchmarks, with a warning in every answer."""
        mode = os.environ.get(LEDGER_MODE, "on")
        if mode not in ("on", "off"):
            raise ValueError(f"{LEDGER_MODE} is {mode!r}; allowed: on, off")
        signer = Signer.load(Path(os.environ[KEY_FILE])) if os.environ.get(KEY_FILE) else None
        if signer is None:
            log.info("checkpoints_off", reason=f"{KEY_FILE} names no private key")
        notes = Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None
        return cls(service, ledger_url(), recording=mode == "on", signer=signer, notes=notes)

    def refresh(self) -> None:
        """Open the ledger if it is not open yet, and read keys, releases, consents and covered grants.

        Raises LedgerError when the ledger is away, which is logged once.
        """
        models = self.service.models
        try:
            if not self._opened:
                migrate(self.ledger.url)
                set_up(self.ledger, read_policies, models.release, models.versions, self.params.today())
            self.keys.refresh()
            self.policies.refresh(self.ledger)
            self.consents.refresh(self.ledger)
            self.refresh_covered_grants()
            self._refresh_key()
        except LedgerError as fault:
            if self.metrics.ledger_up(up=False):
                log.error("ledger_away", fault=str(fault).split("\n")[0][:200])
            raise
        self.metrics.ledger_up(up=True)
        self._fresh_at = time.monotonic()
        if not self._opened:  # only now: a store whose releases are not read yet is not open
            self._opened = True
            log.info("ledger_open", release=models.release, code=self.code.digest, commit=self.code.commit)

    def refresh_covered_grants(self) -> None:
        """Read what banks have granted under their certificates since the last time; raises LedgerError."""
        self.covered_grants.refresh(self.ledger, self.policies.banks)

    def facts(self, bank_id: str) -> SafeguardFacts:
        """What is known now beside the case of a request of this bank; a Refusal where it is too old to answer."""
        return self.ready().facts(bank_id, self.covered_grants.counts(bank_id), self.covered_grants.short(bank_id))

    def _refresh_key(self) -> None:
        """Read the service's consent key again, which may have been rotated; a missing one is logged, once."""
        try:
            key = open_key(self.ledger, self.consents)
        except ConsentKeyError as fault:
            self._key = None
            if self._key_fault != str(fault):
                log.error("consent_key_missing", fault=str(fault))
            self._key_fault = str(fault)
            return
        if (SERVICE, key_id_of(key.public_key())) not in self.consents.issuers:
            self.consents.refresh(self.ledger)  # it was registered just now
        self._key, self._key_fault = key, ""

    def ready(self) -> DecisionService:
        """The decision service; raises a Refusal that names what is missing before it may answer."""
        if not self._opened:
            raise Refusal("ledger-unavailable", "the ledger has not been reached yet")
        if time.monotonic() - self._fresh_at > STALE_S:
            raise Refusal("ledger-unavailable", f"keys and policies have not been read for {STALE_S:g} s")
        release = self.service.models.release
        if not self.policies.is_released(release):
            raise Refusal("not-ready", f"model {release} is packed but was never activated: propose and activate it")
        return self.service

    async def check(self) -> None:
        """Raise a Refusal unless this worker can answer, the store answers, and nothing of its upkeep fails."""
        self.ready()
        await self.read(self.ledger.ping)
        faults = [fault for fault in (self.writer.fault, *faults_of(self.upkeep)) if fault is not None]
        if faults:
            changed = any(isinstance(work.raised, LedgerChangedError) for work in self.upkeep)
            raise Refusal("ledger-changed" if changed else "not-ready", "; ".join(faults))

    async def read(self, call: Callable[[], T]) -> T:
        """A read of the store, on a thread; raises a Refusal when the store does not answer."""
        try:
            async with asyncio.timeout(STORE_LIMIT_S):
                return await asyncio.to_thread(call)
        except (LedgerError, TimeoutError) as fault:
            raise _unavailable(fault) from fault

    async def write(self, drafts: Sequence[Draft]) -> Receipt:
        """Commit drafts; raises a Refusal when that is not certain."""
        return await self._committed(self.writer.write(drafts))

    async def settle(self, work: Callable[[], Sequence[Draft]]) -> Receipt:
        """Commit what ``work`` drafts by what it reads while nobody else writes; what it raises undoes it."""
        return await self._committed(asyncio.to_thread(self.ledger.settle, work))

    async def _committed(self, commit: Awaitable[Receipt]) -> Receipt:
        try:
            async with asyncio.timeout(STORE_LIMIT_S):
                return await commit
        except (LedgerError, TimeoutError) as fault:
            self.metrics.ledger_failed()
            raise _unavailable(fault) from fault

    async def decide(self, checked: Sequence[CheckedRequest]) -> list[bytes]:
        """Decide and record; one answer per request, in order, each as its record has it.

        A long batch lets other requests in between its slices. All its records are committed together; one whose
        consent was revoked meanwhile is not written, and none is answered.
        """
        service = self.ready()
        facts = {bank: self.facts(bank) for bank in {item.request.bank_id for item in checked}}
        answers: list[dict[str, Any]] = []
        drafts: list[Draft] = []
        for number, item in enumerate(checked):
            if number and number % SLICE == 0:
                await asyncio.sleep(0)
            try:
                answer, draft = await self._decided(service, item, facts[item.request.bank_id])
            except Refusal as refusal:
                raise refusal.at(item.where) from refusal
            answers.append(answer)
            drafts.append(draft)
        texts, fresh = [answer_json(answer) for answer in answers], [True] * len(answers)
        if self.recording and drafts:
            for number, (record, new) in enumerate(await self.write(drafts)):
                fresh[number] = new
                if not new:
                    texts[number] = await self._answered_before(checked[number], record, drafts[number])
        for item, answer, new in zip(checked, answers, fresh, strict=True):
            if new:
                self.metrics.decided(answer["outcome"])
                service.watch(item.request, answer)
        return texts

    async def _decided(
        self, service: DecisionService, item: CheckedRequest, facts: SafeguardFacts
    ) -> tuple[dict[str, Any], Draft]:
        """One answer and the record of it; without recording the answer has a warning."""
        request = item.request
        policy = self.policies.policy_of(request.bank_id, request.policy_version)
        if request.enterprise is None:
            case = service.snapshot.case_of(request)
        else:  # building a case takes milliseconds
            case = await asyncio.to_thread(service.snapshot.case_of, request, item.rights)
        answer = service.decide(case, request, policy, facts)
        if self.recording:
            answer["audit_id"] = audit_id_of(request.bank_id, request.request_id)
        else:
            answer["warnings"] = [*answer["warnings"], warning("ledger_off", label("warning.ledger_off"))]
        return answer, decision_draft(request, answer, case.inputs, facts)

    async def _answered_before(self, item: CheckedRequest, record: Record, draft: Draft) -> bytes:
        """What is answered when ``draft`` was not written because of ``record``."""
        consent = item.request.consent
        if record.kind != REVOKED or consent is None:
            check_same_request(record, draft.fingerprint)
            return answer_of(record)
        answered = await self.recorded(item.request, same_consent=True)
        if answered is None:
            raise revoked_refusal(consent.id, record.recorded_at).at(item.where)
        return answered

    async def recorded(self, request: QuotaRequest, *, same_consent: bool) -> bytes | None:
        """What this very request was answered before, by ``same_consent`` under the consent that it brings, or None."""
        key = f"decision:{audit_id_of(request.bank_id, request.request_id)}"
        record = await self.read(lambda: self.ledger.by_key(key))
        if record is None or record.fingerprint != fingerprint_of(request):
            return None
        consent = None if request.consent is None else request.consent.model_dump(mode="json")
        return None if same_consent and record.content["request"]["consent"] != consent else answer_of(record)

    async def record_points_seen(self, consent: Consent, bank: str, *, personal: bool) -> None:
        """Record that a bank read points today; raises a Refusal when the consent was revoked meanwhile."""
        if self.recording:
            draft = points_seen_draft(consent, bank, str(self.params.today()), personal=personal)
            ((record, _),) = await self.write([draft])
            if record.kind == REVOKED:
                raise revoked_refusal(consent.id, record.recorded_at)

    async def record_quotas_seen(self, consent: ZoneConsent, holder: str) -> None:
        """Record that an officer reads banks' quotas today; raises a Refusal when the consent was revoked meanwhile."""
        if self.recording:
            ((record, _),) = await self.write([quotas_seen_draft(consent, holder, str(self.params.today()))])
            if record.kind == REVOKED:
                raise revoked_refusal(consent.id, record.recorded_at)

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs what enterprises give here; raises a Refusal when there is none in use."""
        self.ready()
        if self._key is None or self.consents.live_key(SERVICE, key_id_of(self._key.public_key())) is None:
            raise Refusal("not-ready", "the service has no consent key in use: an operator rotates it")
        return self._key

    async def record_indications(self, uscc: str, request: IndicationsRequest, answer: Mapping[str, Any]) -> bytes:
        """Record what an enterprise is shown before it is sent; the same request again gets the recorded answer."""
        draft = indications_draft(uscc, request, answer)
        ((record, fresh),) = await self.write([draft])
        if not fresh:
            check_same_request(record, draft.fingerprint)
        return answer_of(record)

    def close(self) -> None:
        """Stop the upkeep, write what was taken, give the connections back."""
        for work in self.upkeep:
            work.stop()
        self.writer.close()
        self.ledger.close()
        log.info("worker_closed")

    def _keep_fresh(self) -> None:
        self.refresh()
        self.metrics.drift(self.service.drift.largest_psi, alarm=self.service.drift.any_alarm)

    def _try_writing(self) -> None:
        """A trial of the store after a fault and when nothing was written for a while: a full disk lets itself be read.

        Raises what the trial met, also when it is not back in time.
        """
        if self._opened and (self.writer.fault is not None or self.writer.idle_s > TRIAL_S):
            self.writer.submit([]).result(timeout=TRIAL_LIMIT_S)

    def _expire(self) -> None:
        if self._opened:
            expire_overdue(self.ledger, datetime.now(UTC))

    def _sign(self) -> None:
        """Hold the ledger against its newest checkpoint, then sign one once that is old enough, whoever wrote it."""
        self._notary.check()
        if not self._opened or time.time() - self._notary.newest_at() < self.params.checkpoint_every_s:
            return
        signed = self._notary.sign()
        if signed is not None:
            log.info("checkpoint", file=str(signed[0].name), note=signed[1])


def _unavailable(fault: Exception) -> Refusal:
    detail = str(fault)[:200] or f"the ledger has not answered for {STORE_LIMIT_S:g} s"
    return Refusal("ledger-unavailable", detail, retry_after_s=1)
