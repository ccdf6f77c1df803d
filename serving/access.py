"""Who may ask what: API keys, scopes and rate limits.

A key reads ``ip_<key id>_<secret>``; only the SHA-256 of its secret is stored (the secret has 256 random bits, so
a slow hash would add nothing). A principal may hold several valid keys at once: rotation issues the new key, gives
the old one an end date, and nobody waits. A running worker reads the store again every half second.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa

from serving.ledger import Ledger, metadata
from serving.ledger_store import LedgerError
from serving.problems import Fault, ProblemError

Role = Literal["bank", "enterprise", "operator"]
Scope = Literal[
    "quota", "points", "batch", "decisions", "orders", "apply", "override", "release", "audit", "personal", "own_values"
]  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)
SCOPES: tuple[str, ...] = get_args(Scope)
ROLE_SCOPES: dict[str, tuple[str, ...]] = {
    "bank": ("quota", "points", "batch", "decisions", "orders", "override"),
    "enterprise": ("points", "apply", "decisions", "orders"),
    "operator": ("release", "audit", "decisions", "points"),
}
STALE_S = 10.0  # keys that were read longer ago than this open nothing

keys_table = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("principal", sa.String(80), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(80), nullable=False),
    sa.Column("secret_digest", sa.String(64), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=True),
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a bank, an enterprise (``name`` is its USCC) or an operator; ``holder`` is the person or system."""

    name: str
    role: str
    holder: str
    key_id: str
    scopes: frozenset[str]

    def need(self, scope: str, *roles: str) -> None:
        """Refuse unless the key carries ``scope`` and, where roles are given, has one of them."""
        faults = []
        if scope not in self.scopes:
            faults.append(Fault("scope", f"this key has {sorted(self.scopes)}", f"a key with {scope!r}"))
        if roles and self.role not in roles:
            faults.append(Fault("role", self.role, " or ".join(roles)))
        if faults:
            raise ProblemError("scope-missing", faults=faults)


@dataclass(frozen=True, slots=True)
class _Stored:
    principal: Principal
    secret_digest: str
    expires_at: str | None


class KeyRing:
    """The keys of one store, as of the last ``refresh``.

    refreshed_elsewhere : a thread refreshes, so that no request ever waits for the store; else the first use reads
    """

    def __init__(self, ledger: Ledger, *, refreshed_elsewhere: bool = False) -> None:
        self.ledger = ledger
        self._lazy = not refreshed_elsewhere
        self._keys: dict[str, _Stored] = {}
        self._read_at: float | None = None

    def issue(
        self, principal: str, role: str, holder: str, scopes: Iterable[str] = (), days: float | None = None
    ) -> str:
        """Make a key and return it; it is shown this once."""
        wanted = tuple(scopes) or ROLE_SCOPES.get(role, ())
        alien = sorted(set(wanted) - set(SCOPES))
        if role not in ROLES or alien:
            raise ValueError(
                f"role {role!r} (allowed: {list(ROLES)}), unknown scopes {alien} (allowed: {list(SCOPES)})"
            )
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        row = {
            "key_id": key_id,
            "principal": principal,
            "role": role,
            "holder": holder,
            "secret_digest": _digest(secret),
            "scopes": " ".join(wanted),
            "created_at": now.isoformat(),
            "expires_at": (now + timedelta(days=days)).isoformat() if days is not None else None,
        }
        self._write(keys_table.insert().values(row))
        return f"ip_{key_id}_{secret}"

    def rotate(self, key_id: str, grace_hours: float) -> str:
        """A new key with the same rights; the old one ends after ``grace_hours``."""
        old = self._read().get(key_id)
        if old is None:
            raise ValueError(f"no key {key_id!r}")
        fresh = self.issue(old.principal.name, old.principal.role, old.principal.holder, sorted(old.principal.scopes))
        self.end(key_id, grace_hours)
        return fresh

    def end(self, key_id: str, in_hours: float = 0.0) -> None:
        """Let a key end, now or later."""
        end = (datetime.now(UTC) + timedelta(hours=in_hours)).isoformat()
        self._write(keys_table.update().where(keys_table.c.key_id == key_id).values(expires_at=end))

    def principal_of(self, authorization: str | None) -> Principal:
        """Who presents this ``Authorization: Bearer`` value; raises a 401 problem."""
        challenge = {"www-authenticate": "Bearer"}
        scheme, _, presented = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise ProblemError("key-missing", "send Authorization: Bearer <key>", headers=challenge)
        parts = presented.strip().split("_", 2)
        stored = self._known().get(parts[1]) if len(parts) == 3 and parts[0] == "ip" else None
        secret_digest = stored.secret_digest if stored else "0" * 64
        same = hmac.compare_digest(_digest(parts[-1]), secret_digest)
        if stored is None or not same or _is_over(stored.expires_at):
            raise ProblemError("key-unknown", headers=challenge)
        return stored.principal

    def refresh(self) -> None:
        """Read the store; raises LedgerError."""
        self._keys = self._read()
        self._read_at = time.monotonic()

    def _known(self) -> dict[str, _Stored]:
        try:
            if self._lazy and self._read_at is None:
                self.refresh()
        except LedgerError as fault:
            raise ProblemError("ledger-unavailable", "the key store does not answer") from fault
        if self._read_at is None or time.monotonic() - self._read_at > STALE_S:
            raise ProblemError("ledger-unavailable", f"the key store has not answered for {STALE_S:g} s")
        return self._keys

    def every(self) -> list[tuple[Principal, str | None]]:
        """Each key's holder and end date, by key id; secrets are in no list."""
        return [(stored.principal, stored.expires_at) for _, stored in sorted(self._read().items())]

    def _read(self) -> dict[str, _Stored]:
        try:
            with self.ledger.engine.connect() as connection:
                rows = connection.execute(sa.select(keys_table)).all()
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault
        return {
            row.key_id: _Stored(
                Principal(row.principal, row.role, row.holder, row.key_id, frozenset(row.scopes.split())),
                row.secret_digest,
                row.expires_at,
            )
            for row in rows
        }

    def _write(self, statement: sa.Executable) -> None:
        try:
            with self.ledger.engine.execution_options(writes=True).begin() as connection:
                connection.execute(statement)
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault


class RateLimit:
    """A token bucket for each principal, in this worker: ``rate_per_s`` refill, ``burst`` at once."""

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, principal: str, cost: float = 1.0) -> None:
        """Take ``cost`` tokens or raise a 429 problem that says when to come back."""
        now = time.monotonic()
        left, at = self._buckets.get(principal, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate_per_s)
        if left < cost:
            self._buckets[principal] = (left, now)
            wait_s = max(1, int((cost - left) / self.rate_per_s) + 1)
            fault = Fault("requests", f"more than {self.rate_per_s:g} per second", f"try again in {wait_s} s")
            raise ProblemError("too-many-requests", faults=[fault], headers={"retry-after": str(wait_s)})
        self._buckets[principal] = (left - cost, now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_over(expires_at: str | None) -> bool:
    return expires_at is not None and datetime.fromisoformat(expires_at) <= datetime.now(UTC)
