"""The campaigns' requests are valid ones, of every bank and with a signature that the ledger's issuer made."""

from __future__ import annotations

import json
import socket

import pytest

from data.requests import QuotaRequest
from experiments.benchmarks.serving.oracle import faults
from experiments.benchmarks.serving.world import AMOUNTS, BANKS, World, free_port
from serving.auth.access import KeyRing
from serving.ledger.ledger import Ledger

pytestmark = pytest.mark.contract


def test_every_bank_has_a_key_of_its_own_and_so_have_the_firm_and_the_operator(small_world: World) -> None:
    """Ten banks, twelve different keys, each in the ledger."""
    assert set(small_world.keys) == {*BANKS, "enterprise", "operator"}
    assert len(set(small_world.keys.values())) == 12
    ledger = Ledger(small_world.url)
    assert len(KeyRing(ledger).every()) == 12
    ledger.close()
    assert small_world.headers("bank-3")["Authorization"] == f"Bearer {small_world.keys['bank-3']}"


def test_a_request_is_valid_and_its_number_picks_firm_and_amount(small_world: World) -> None:
    """Number 5 of three firms and four amounts: the third firm and the second amount."""
    body = small_world.quota(5, "r5", "bank-2")
    assert QuotaRequest.model_validate_json(small_world.quota_json(5, "r5", "bank-2")).uscc == small_world.usccs[2]
    assert body["requested_amount_cny"] == AMOUNTS[1]
    assert faults(body, "bank-2", set(small_world.usccs), set(), "2024-06-30") == []
    assert faults(body, "bank-1", set(small_world.usccs), set(), "2024-06-30") == ["consent for another bank"]
    assert json.loads(small_world.quota_json(5, "r5", "bank-2")) == body


def test_a_free_port_can_be_bound() -> None:
    """Nobody listens there."""
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", free_port()))
