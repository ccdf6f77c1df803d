"""What every campaign against the service needs: a ledger of its own, keys of ten banks, and requests that are valid.

The enterprises are those of the packed snapshot, so an answer is a decision and not a refusal.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.consents import public_key_text
from data.requests import GIVEN_BY_DEFAULT
from serving.auth.access import KeyRing
from serving.consents.giving import new_consent
from serving.consents.key import issuer_draft
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate

BANKS = ("standard", *(f"bank-{number}" for number in range(1, 10)))
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
PORTAL = "bench-portal"
PORTAL_KEY = Ed25519PrivateKey.from_private_bytes(b"a key that signs made-up firms.\n")  # 32 bytes, of no use elsewhere
AMOUNTS = (500_000, 1_000_000, 3_000_000, 8_000_000)


@dataclass(frozen=True)
class World:
    """One empty ledger with keys and a portal that signs consents, and enterprises to send requests about."""

    url: str
    usccs: tuple[str, ...]
    keys: dict[str, str]  # by bank; "enterprise" and "operator" for the others

    @classmethod
    def make(cls, url: str, artifacts: Path) -> World:
        """Migrate the ledger at ``url`` and issue the keys; ``artifacts`` holds the snapshot."""
        usccs = tuple(pd.read_parquet(artifacts / "snapshot/cases.parquet", columns=["uscc"])["uscc"])
        migrate(url)
        ledger = Ledger(url)
        ring = KeyRing(ledger)
        keys = {bank: ring.issue(bank, "bank", f"{bank} system") for bank in BANKS}
        keys["enterprise"] = ring.issue(usccs[0], "enterprise", "the firm")
        keys["operator"] = ring.issue("operator", "operator", "li")
        public = public_key_text(PORTAL_KEY.public_key())
        ledger.append([issuer_draft(PORTAL, "the benches' portal", public, "li")])
        ledger.close()
        return cls(url, usccs, keys)

    def quota(self, number: int, request_id: str, bank: str = BANKS[0]) -> dict[str, Any]:
        """A valid body of ``POST /v1/quota``; ``number`` picks enterprise and amount."""
        uscc = self.usccs[number % len(self.usccs)]
        return {
            "request_id": request_id,
            "uscc": uscc,
            "requested_amount_cny": AMOUNTS[number % len(AMOUNTS)],
            "tenor_months": 36,
            "purpose": "working_capital",
            "consent": self.consent(f"consent-{number}", uscc, bank),
            "bank_facts": {"existing_debt_wan": float(number % 7) * 10, "overdue_days": 0, "guarantees_wan": 0.0},
        }

    @staticmethod
    def consent(consent_id: str, uscc: str, bank: str) -> dict[str, Any]:
        """A consent of an enterprise for a bank, signed by a registered portal."""
        products = ("innovation_points", "zheke")
        made = new_consent(
            consent_id, uscc, bank, GIVEN_BY_DEFAULT, products, "the firm", FROM, UNTIL, PORTAL_KEY, PORTAL
        )
        return made.model_dump(mode="json")

    def quota_json(self, number: int, request_id: str, bank: str = BANKS[0]) -> bytes:
        """``quota`` as it is sent."""
        return orjson.dumps(self.quota(number, request_id, bank))

    def headers(self, holder: str = BANKS[0]) -> dict[str, str]:
        """The headers of a JSON request with this holder's key."""
        return {"Authorization": f"Bearer {self.keys[holder]}", "Content-Type": "application/json"}


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
