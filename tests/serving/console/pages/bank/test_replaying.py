"""A bank replays its own decisions, and only these."""

from __future__ import annotations

import threading

import pytest

from serving.audit.packed_models import PackedModels
from serving.console.pages.bank.replaying import ModelsAtHand, NotReplayedError, own_record, replay_own
from serving.contract.refusals import Refusal
from serving.releases.packed import UnknownReleaseError


def nowhere(release):
    raise UnknownReleaseError(release)


def test_the_bank_gets_the_same_bytes_and_another_bank_finds_nothing(people):
    """The running release is at hand without a store; another bank's refusal is that of a number that never was."""
    worker = people.shop.worker
    audit_id = people.quota(people.apply()[0])["audit_id"]
    packed = ModelsAtHand(worker.service.models, nowhere)
    one = replay_own(worker.ledger, packed, people.view().caller, audit_id)
    assert one.identical
    assert one.differences == []
    for caller, wanted in ((people.view(bank="growth").caller, audit_id), (people.view().caller, "dec-never")):
        with pytest.raises(Refusal) as caught:
            replay_own(worker.ledger, packed, caller, wanted)
        assert caught.value.key == "not-found"
        assert caught.value.faults[0].found == wanted


def test_the_permission_is_needed(people):
    """A caller without the right to decisions, or of another role, is refused before anything is read."""
    from serving.auth.access import Caller

    for caller in (
        Caller("standard", "bank", "li", "k", frozenset({"quota"})),
        Caller("standard", "operator", "li", "k", frozenset({"decisions"})),
    ):
        with pytest.raises(Refusal) as caught:
            own_record(people.shop.worker.ledger, caller, "dec-any")
        assert caught.value.key == "permission-missing"


def test_a_release_that_is_gone_and_a_replay_that_takes_too_long_are_said(people):
    """Each by its own sentence; the thread that goes on is waited for by nobody."""
    worker = people.shop.worker
    audit_id, caller = people.quota(people.apply()[0])["audit_id"], people.view().caller
    done = threading.Event()

    class Slow(PackedModels):
        def models(self, release):
            done.wait(20)
            return worker.service.models

    gone = PackedModels(nowhere), 20.0, "bank.replay.no_release"
    for packed, limit_s, key in (gone, (Slow(), 0.1, "bank.replay.slow")):
        with pytest.raises(NotReplayedError) as caught:
            replay_own(worker.ledger, packed, caller, audit_id, limit_s=limit_s)
        assert caught.value.key == key
    done.set()
