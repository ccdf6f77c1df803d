"""Everything that one worker holds: the counter, the ledger and its writer, keys, policies, rates and figures.

Threads keep keys and releases fresh, let overdue orders expire and sign checkpoints, so that no request waits for a
read of the store; while one of them fails the worker is not ready. When the ledger cannot be reached at the start the
desk opens anyway, answers 503, and tries again.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.code_version import code_version
from data.consents import SERVICE, Consent, key_id_of
from data.requests import OffersRequest, QuotaRequest
from data.texts.sentences import label
from models.quota.answer import answer_json
from models.quota.policy import read_policies
from models.quota.warnings import warning
from serving.applications.orders import expire_overdue
from serving.auth.access import STALE_S, KeyRing, RateLimit
from serving.consents.check import REVOKED, ConsentBook, points_seen_draft, revoked_refusal
from serving.consents.key import ConsentKeyError, open_key
from serving.contract.refusals import Refusal
from serving.decide.counter import Counter
from serving.decide.decisions import (
    answer_of,
    audit_id_of,
    check_same_request,
    code_json,
    decision_draft,
    fingerprint_of,
)
from serving.decide.own_values import Rights
from serving.http.metrics import Figures
from serving.ledger.checkpoint import FOLDER, KEY_FILE, Notary, Signer
from serving.ledger.ledger import Draft, Ledger, digest_of
from serving.ledger.store import LedgerError, migrate, read_url
from serving.ledger.writer import LedgerWriter, Receipt
from serving.releases.policies import PolicyBook, set_up
from serving.runtime.upkeep import Repeated, faults_of

LEDGER_URL, LEDGER_MODE = "IP_LEDGER_URL", "IP_LEDGER"
DEFAULT_LEDGER = "artifacts/ledger/counter.sqlite"
T = TypeVar("T")
REFRESH_S = 0.5
LOADED_WITHIN_S = (
    2.0 * REFRESH_S
)  # an activation is read by every worker: a round that had begun, then one that takes it
SWEEP_S = 60.0
STORE_LIMIT_S = 30.0  # a store that takes longer counts as away
SLICE = 25  # requests of a batch between two chances for others
log = structlog.get_logger("serving.runtime.desk")


def ledger_url() -> str:
    """Where the ledger is: IP_LEDGER_URL, or a SQLite file under the working directory."""
    return os.environ.get(LEDGER_URL) or f"sqlite:///{Path(DEFAULT_LEDGER).resolve()}"


class Question(NamedTuple):
    """A request whose consent was checked, what its caller may do with own values, and its number in a batch."""

    request: QuotaRequest
    rights: Rights
    where: str = ""  # as "3."; empty outside a batch


class Desk:
    """Opened once per worker; ``close`` writes what was taken and stops."""

    def __init__(
        self, counter: Counter, url: str, *, recording: bool = True, signer: Signer | None = None, notes: str = ""
    ) -> None:
        self.counter = counter
        self.params = counter.params
        self.recording = recording
        self.code = code_version()  # before the first record: sources may change on the disk later
        self.ledger = Ledger(url)
        self.writer = LedgerWriter(self.ledger, self.params.commit_batch, self.params.waiting_limit)
        self.keys = KeyRing(self.ledger, refreshed_elsewhere=True)
        self.policies = PolicyBook(self.params.today)
        self.limit = RateLimit(self.params.rate_per_s, self.params.burst)
        self.figures = Figures()
        self.consents = ConsentBook()
        self._key: Ed25519PrivateKey | None = None
        self._key_fault = ""
        self._opened = False
        self._fresh_at = time.monotonic()
        with suppress(LedgerError):  # it is logged, and tried again
            self.refresh()
        self.upkeep = [
            Repeated("keys and releases", self._keep_fresh, REFRESH_S),
            Repeated("expiry", self._expire, SWEEP_S),
        ]
        if signer is not None:
            self._notary = Notary(self.ledger, signer, Path(notes) if notes else beside_ledger(url))
            self.upkeep.append(Repeated("checkpoint", self._sign, self.params.checkpoint_every_s / 10, at_once=True))

    @classmethod
    def from_environment(cls, counter: Counter) -> Desk:
        """The desk that the service opens; ``IP_LEDGER=off`` is for benchmarks and says so in every answer."""
        mode = os.environ.get(LEDGER_MODE, "on")
        if mode not in ("on", "off"):
            raise ValueError(f"{LEDGER_MODE} is {mode!r}; allowed: on, off")
        signer = Signer.load(Path(os.environ[KEY_FILE])) if os.environ.get(KEY_FILE) else None
        if signer is None:
            log.info("checkpoints_off", reason=f"{KEY_FILE} names no private key")
        return cls(counter, ledger_url(), recording=mode == "on", signer=signer, notes=os.environ.get(FOLDER, ""))

    def refresh(self) -> None:
        """Open the ledger if it is not open yet, and read keys and releases.

        Raises LedgerError when the ledger is away, which is logged once.
        """
        try:
            if not self._opened:
                migrate(self.ledger.url)
                models = self.counter.models
                set_up(self.ledger, read_policies(), models.release, models.versions, self.params.today())
                self._opened = True
                log.info(
                    "ledger_open", release=self.counter.models.release, code=self.code.digest, commit=self.code.commit
                )
            self.keys.refresh()
            self.policies.refresh(self.ledger)
            self.consents.refresh(self.ledger)
            self._refresh_key()
        except LedgerError as fault:
            if self.figures.ledger_up(up=False):
                log.error("ledger_away", fault=str(fault).split("\n")[0][:200])
            raise
        self.figures.ledger_up(up=True)
        self._fresh_at = time.monotonic()

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

    def ready(self) -> Counter:
        """The counter, or the 503 problem that says what is missing."""
        if not self._opened:
            raise Refusal("ledger-unavailable", "the ledger has not been reached yet")
        if time.monotonic() - self._fresh_at > STALE_S:
            raise Refusal("ledger-unavailable", f"keys and policies have not been read for {STALE_S:g} s")
        if not self.policies.is_released(self.counter.models.release):
            detail = f"model {self.counter.models.release} is packed but was never activated: propose and activate it"
            raise Refusal("not-ready", detail)
        return self.counter

    async def check(self) -> None:
        """A 503 problem unless this worker can answer, the store answers, and nothing of its upkeep fails."""
        self.ready()
        await self.read(self.ledger.ping)
        faults = [fault for fault in (self.writer.fault, *faults_of(self.upkeep)) if fault is not None]
        if faults:
            raise Refusal("not-ready", "; ".join(faults))

    async def write(self, drafts: Sequence[Draft]) -> Receipt:
        """Commit drafts; a 503 problem when that is not certain."""
        try:
            async with asyncio.timeout(STORE_LIMIT_S):
                return await self.writer.write(drafts)
        except (LedgerError, TimeoutError) as fault:
            self.figures.ledger_failed()
            raise _away(fault) from fault

    async def decide(self, questions: Sequence[Question]) -> list[bytes]:
        """Decide and record; one answer per question, in order, each as its record has it.

        A long batch lets other requests in between its slices. All its records are committed together; one whose
        consent was revoked meanwhile is not written, and none is answered.
        """
        counter = self.ready()
        known = {bank: counter.facts(bank) for bank in {request.bank_id for request, _, _ in questions}}
        texts, drafts, decided = [], [], []
        for number, (request, rights, where) in enumerate(questions):
            if number and number % SLICE == 0:
                await asyncio.sleep(0)
            try:
                policy = self.policies.policy_of(request.bank_id, request.policy_version)
                if request.enterprise is None:
                    case = counter.snapshot.case_of(request)
                else:  # building a case takes milliseconds
                    case = await asyncio.to_thread(counter.snapshot.case_of, request, rights)
            except Refusal as problem:
                raise problem.at(where) from problem
            facts = known[request.bank_id]
            answer = counter.models.decide(case, request, policy, facts)
            decided.append((request, answer))
            if not self.recording:
                answer["warnings"] = [*answer["warnings"], warning("ledger_off", label("warning.ledger_off"))]
                texts.append(answer_json(answer))
                continue
            answer["audit_id"] = audit_id_of(request.bank_id, request.request_id)
            text = answer_json(answer)
            texts.append(text)
            drafts.append(decision_draft(request, text, case.inputs, facts, answer))
        if drafts:
            receipt = await self.write(drafts)
            for number, (record, fresh) in enumerate(receipt):
                request, _, where = questions[number]
                if fresh:
                    continue
                if record.kind != REVOKED or request.consent is None:
                    check_same_request(record, drafts[number].fingerprint)
                    texts[number] = answer_of(record)
                elif (answered := await self.recorded(request)) is not None:
                    texts[number] = answered
                else:
                    raise revoked_refusal(request.consent, record.recorded_at).at(where)
            decided = [one for one, (_, fresh) in zip(decided, receipt, strict=True) if fresh]
        for request, answer in decided:
            self.figures.decided(answer["decision"])
            counter.watch(request, answer)
        return texts

    async def recorded(self, request: QuotaRequest) -> bytes | None:
        """What this very request was answered before, whatever its consent was; None if it never was."""
        key = f"decision:{audit_id_of(request.bank_id, request.request_id)}"
        record = await self.read(lambda: self.ledger.by_key(key))
        return answer_of(record) if record is not None and record.fingerprint == fingerprint_of(request) else None

    async def note_points_seen(self, consent: Consent, bank: str, *, personal: bool) -> None:
        """Record that a bank read points today; a 403 problem when the consent was revoked meanwhile."""
        if self.recording:
            draft = points_seen_draft(consent, bank, str(self.params.today()), personal=personal)
            ((record, _),) = await self.write([draft])
            if record.kind == REVOKED:
                raise revoked_refusal(consent, record.recorded_at)

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs what enterprises give here; a 503 problem that says why there is none in use."""
        self.ready()
        if self._key is None or self.consents.live_key(SERVICE, key_id_of(self._key.public_key())) is None:
            raise Refusal("not-ready", "the service has no consent key in use: an operator rotates it")
        return self._key

    async def tell_once(self, kind: str, owner: str, asked: OffersRequest, answer: bytes) -> bytes:
        """Record an answer before it is sent; the same request again gets the recorded one."""
        request, subject = asked.model_dump_json().encode(), "ask-" + audit_id_of(owner, asked.request_id)[4:]
        body = b'{"answer":%b,"request":%b,"code":%b}' % (answer, request, code_json())
        draft = Draft(kind, owner, subject, body, f"{kind}:{subject}", digest_of(request))
        ((record, fresh),) = await self.write([draft])
        if fresh:
            return answer
        check_same_request(record, draft.fingerprint)
        return answer_of(record)

    async def read(self, call: Callable[[], T]) -> T:
        """A read of the store, on a thread; a 503 problem when the store does not answer."""
        try:
            async with asyncio.timeout(STORE_LIMIT_S):
                return await asyncio.to_thread(call)
        except (LedgerError, TimeoutError) as fault:
            raise _away(fault) from fault

    def close(self) -> None:
        """Stop the upkeep, write what was taken, give the connections back."""
        for work in self.upkeep:
            work.stop()
        self.figures.flush()
        self.writer.close()
        self.ledger.close()
        log.info("desk_closed")

    def _keep_fresh(self) -> None:
        self.refresh()
        if self.writer.fault is not None:  # nothing else may come to be written while this worker is not ready
            self.writer.submit([]).exception(timeout=STORE_LIMIT_S)
        self.figures.flush()
        self.figures.drift(self.counter.drift.largest_psi, alarm=self.counter.drift.any_alarm)

    def _expire(self) -> None:
        if self._opened:
            expire_overdue(self.ledger, datetime.now(UTC))

    def _sign(self) -> None:
        """A new checkpoint once the newest is old enough, whichever worker wrote that."""
        if not self._opened or time.time() - self._notary.newest_at() < self.params.checkpoint_every_s:
            return
        signed = self._notary.sign()
        if signed is not None:
            log.info("checkpoint", file=str(signed[0].name), note=signed[1])


def beside_ledger(url: str) -> Path:
    """Where checkpoints lie when no folder is named: beside a SQLite file, else where the default ledger would be."""
    parsed = read_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else DEFAULT_LEDGER
    return Path(str(file)).parent / "checkpoints"


def _away(fault: Exception) -> Refusal:
    told = str(fault)[:200] or f"the ledger has not answered for {STORE_LIMIT_S:g} s"
    return Refusal("ledger-unavailable", told, headers={"retry-after": "1"})
