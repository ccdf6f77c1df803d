"""Keys are stored hashed, rotate without a gap, carry scopes, and are rated per principal."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from serving.access import ROLE_SCOPES, KeyRing, RateLimit
from serving.ledger import Ledger
from serving.problems import ProblemError

pytestmark = pytest.mark.contract


def test_a_key_opens_only_as_issued(sqlite_ledger: Ledger) -> None:
    """The issued key names its principal; any other text is a 401."""
    ring = KeyRing(sqlite_ledger)
    key = ring.issue("bank-a", "bank", "bank-a system")
    principal = ring.principal_of(f"Bearer {key}")
    assert (principal.name, principal.scopes) == ("bank-a", frozenset(ROLE_SCOPES["bank"]))
    for wrong in (None, "", "Bearer", f"Basic {key}", f"Bearer {key}x", "Bearer ip_00000000_x", "Bearer ☃"):
        with pytest.raises(ProblemError) as caught:
            ring.principal_of(wrong)
        assert caught.value.kind.status == 401


def test_the_secret_is_not_in_the_store(sqlite_ledger: Ledger) -> None:
    """No column of the key table holds the secret."""
    key = KeyRing(sqlite_ledger).issue("bank-a", "bank", "bank-a system")
    with sqlite_ledger.engine.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM api_keys")).one()
    assert all(key.split("_", 2)[2] not in str(value) for value in row)


def test_rotation_leaves_no_gap_and_an_ended_key_stays_out(sqlite_ledger: Ledger) -> None:
    """Old and new key are both valid during the grace time; after an end without grace the old one is refused."""
    ring = KeyRing(sqlite_ledger)
    old = ring.issue("bank-a", "bank", "bank-a system")
    fresh = ring.rotate(old.split("_")[1], grace_hours=1)
    later = KeyRing(sqlite_ledger)
    assert later.principal_of(f"Bearer {old}").name == later.principal_of(f"Bearer {fresh}").name == "bank-a"
    ring.end(old.split("_")[1])
    with pytest.raises(ProblemError):
        KeyRing(sqlite_ledger).principal_of(f"Bearer {old}")
    assert KeyRing(sqlite_ledger).principal_of(f"Bearer {fresh}").name == "bank-a"


def test_a_missing_scope_is_named(sqlite_ledger: Ledger) -> None:
    """The refusal lists what the key has and what is needed, scope and role at once."""
    ring = KeyRing(sqlite_ledger)
    principal = ring.principal_of("Bearer " + ring.issue("bank-a", "bank", "x", ["quota"]))
    principal.need("quota", "bank")
    with pytest.raises(ProblemError) as caught:
        principal.need("release", "operator")
    assert [fault.where for fault in caught.value.faults] == ["scope", "role"]


def test_unknown_roles_and_scopes_are_refused_at_issue(sqlite_ledger: Ledger) -> None:
    """A typing error never becomes a key."""
    with pytest.raises(ValueError, match="allowed"):
        KeyRing(sqlite_ledger).issue("bank-a", "bank", "x", ["quotas"])


def test_one_bank_cannot_use_up_another_banks_rate() -> None:
    """Buckets are per principal, and the refusal says when to come back."""
    limit = RateLimit(rate_per_s=0.001, burst=2)
    limit.take("bank-a")
    limit.take("bank-a")
    with pytest.raises(ProblemError) as caught:
        limit.take("bank-a")
    assert caught.value.kind.status == 429
    assert int(caught.value.headers["retry-after"]) >= 1
    limit.take("bank-b")
