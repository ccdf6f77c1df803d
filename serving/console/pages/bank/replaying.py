"""A bank replays its own decision: by the audit's replay, on a thread of its own, within a bound of time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from data.texts.sentences import label
from serving.audit.packed_models import PackedModels
from serving.audit.replay import Replayed, ReplayError, replay_record
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.decide.decision_service import Models
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger, Record
from serving.releases.packed import UnknownReleaseError, from_bento_store

REPLAY_LIMIT_S = 20.0
_THREADS = ThreadPoolExecutor(2, "replay")  # so many at once; another one waits within its own bound


class NotReplayedError(RuntimeError):
    """A decision of the bank that could not be decided again; ``key`` names the sentence that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class ModelsAtHand(PackedModels):
    """The models of the release that answers as they are in memory, those of other releases from the store."""

    def __init__(self, running: Models, folder_of: Callable[[str], Path] = from_bento_store) -> None:
        super().__init__(folder_of)
        self._running = running

    def models(self, release: str) -> Models:
        """The models of one release; raises UnknownReleaseError."""
        return self._running if release == self._running.release else super().models(release)


def own_record(ledger: Ledger, caller: Caller, audit_id: str) -> Record:
    """The record of one decision of the caller's bank; raises a Refusal: what another bank decided is not found."""
    caller.need("decisions", "bank")
    record = ledger.by_key(f"{DECISION}:{audit_id}")
    if record is None or record.owner != caller.name:
        raise Refusal("not-found", faults=[Fault("audit_id", audit_id[:60], label("fault.own_decision"))])
    return record


def replay_own(
    ledger: Ledger, packed: PackedModels, caller: Caller, audit_id: str, limit_s: float = REPLAY_LIMIT_S
) -> Replayed:
    """Decide a decision of the caller's bank again, with the policy and the release of its day.

    raises : Refusal where it is not the bank's own; NotReplayedError where release or policy is no longer at hand, or
        it took longer than ``limit_s`` seconds, waiting for a free thread included
    """
    record = own_record(ledger, caller, audit_id)
    work = _THREADS.submit(replay_record, ledger, packed, record)
    try:
        return work.result(limit_s)
    except TimeoutError as fault:
        work.cancel()
        raise NotReplayedError("bank.replay.slow") from fault
    except UnknownReleaseError as fault:
        raise NotReplayedError("bank.replay.no_release") from fault
    except ReplayError as fault:
        raise NotReplayedError("bank.replay.no_policy") from fault
