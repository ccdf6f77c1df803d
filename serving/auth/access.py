"""Who may call what: API keys, permissions and rate limits.

A key reads ``ip_<key id>_<secret>``; only the SHA-256 of its secret is stored (the secret has 256 random bits, so
a slow hash would add nothing). A caller may hold several valid keys at once: rotation issues the new key, gives
the old one an end date, and nobody waits. An end date only ever moves nearer: a key that has ended stays ended. A
running worker reads the store again every half second.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from data.texts.sentences import sentence
from data.uscc import uscc_fault
from serving.contract.refusals import Fault, Refusal
from serving.ledger.ledger import Ledger, metadata
from serving.ledger.store import LedgerError

Role = Literal["bank", "enterprise", "operator", "zone_officer", "policy_analyst"]
Permission = Literal[
    "quota", "points", "batch", "decisions", "bank_applications", "apply", "override", "release", "audit", "personal",
    "own_values", "match", "match_write", "chain", "chain_write", "clearance", "clearance_write",
    "approvals", "approvals_write",
    "incubators", "incubators_write",
    "firms", "reform", "accounts", "objections",
]  # fmt: skip
ROLES: tuple[str, ...] = get_args(Role)
PERMISSIONS: tuple[str, ...] = get_args(Permission)
ROLE_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "bank": ("quota", "points", "batch", "decisions", "bank_applications", "override"),
    "enterprise": (
        "points",
        "apply",
        "decisions",
        "bank_applications",
        "match",
        "match_write",
        "chain",
        "clearance",
        "clearance_write",
        "approvals",
        "incubators",
    ),
    "operator": (
        "release",
        "audit",
        "decisions",
        "points",
        "match",
        "match_write",
        "chain",
        "chain_write",
        "clearance",
        "clearance_write",
        "approvals",
        "approvals_write",
        "incubators",
        "incubators_write",
        "accounts",
    ),
    "zone_officer": (
        "points",
        "match",
        "match_write",
        "chain",
        "chain_write",
        "clearance",
        "clearance_write",
        "approvals",
        "approvals_write",
        "incubators",
        "incubators_write",
        "firms",
        "objections",
    ),
    "policy_analyst": ("firms", "reform", "chain", "approvals", "incubators"),
}
ZONE_SIDE = ("operator", "zone_officer")  # who sees what every firm of the zone filed
RESERVED_HOLDERS = ("bootstrap", "clock", "service", "set-up")  # written by the program itself
SIMILAR_SCRIPTS = ("ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LATIN", "LISU")  # letters that look alike
LONGEST_DAYS = 3_660.0
LONGEST_GRACE_HOURS = 24.0 * 366
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
# Letters and marks that are printable and show nothing: joiners, fillers, selectors of a variant.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
STALE_S = 10.0  # keys that were read longer ago than this are not accepted

keys_table = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.String(16), primary_key=True),
    sa.Column("caller", sa.String(80), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(80), nullable=False),
    sa.Column("secret_digest", sa.String(64), nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32), nullable=True),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; ``name`` is the bank's id, the enterprise's USCC or the zone's, ``holder`` the person or system."""

    name: str
    role: str
    holder: str
    key_id: str
    permissions: frozenset[str]

    @property
    def of_zone(self) -> bool:
        """Whether the caller acts for the zone and sees what every firm of it filed."""
        return self.role in ZONE_SIDE

    def need(self, permission: str, *roles: str) -> None:
        """Refuse unless the key carries ``permission`` and, where roles are given, has one of them."""
        faults = []
        if permission not in self.permissions:
            allowed = sentence("fault.key_with", permission=permission)
            faults.append(Fault("permission", f"this key has {sorted(self.permissions)}", allowed))
        if roles and self.role not in roles:
            faults.append(Fault("role", self.role, sentence("fault.one_of", list=list(roles))))
        if faults:
            raise Refusal("permission-missing", faults=faults)


@dataclass(frozen=True, slots=True)
class _Stored:
    caller: Caller
    secret_digest: str
    expires_at: str | None


class UnknownKeyError(ValueError):
    """No key has this id, or it has ended."""


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
        self, caller: str, role: str, holder: str, permissions: Iterable[str] = (), days: float | None = None
    ) -> str:
        """Make a key and return it; it is shown this once. Raises ValueError with everything that is wrong."""
        wanted = tuple(permissions) or ROLE_PERMISSIONS.get(role, ())
        alien = sorted(set(wanted) - set(PERMISSIONS))
        faults = [] if role in ROLES else [f"role {role!r}; allowed: {list(ROLES)}"]
        faults += [f"unknown permissions {alien}; allowed: {list(PERMISSIONS)}"] if alien else []
        faults += [fault for fault in (caller_fault(caller, role), holder_fault(holder)) if fault]
        if days is not None and not 0 < days <= LONGEST_DAYS:
            faults.append(f"days {days:g}; allowed: more than 0, at most {LONGEST_DAYS:g}")
        if faults:
            raise ValueError("; ".join(faults))
        ends = datetime.now(UTC) + timedelta(days=days) if days is not None else None
        with self._changing() as connection:
            return _insert(connection, Caller(caller, role, holder, "", frozenset(wanted)), ends)

    def rotate(self, key_id: str, grace_hours: float) -> str:
        """A new key with the same rights and the same end; the old one ends after ``grace_hours``, or earlier.

        Raises UnknownKeyError when there is no such key or it has ended.
        """
        if not 0 <= grace_hours <= LONGEST_GRACE_HOURS:
            raise ValueError(f"grace hours {grace_hours:g}; allowed: 0 to {LONGEST_GRACE_HOURS:g}")
        with self._changing() as connection:
            old = _lock(connection, key_id)
            if _is_over(old.expires_at):
                raise UnknownKeyError(f"key {old.caller.key_id} ended at {old.expires_at}: issue a new one")
            ends = None if old.expires_at is None else datetime.fromisoformat(old.expires_at)
            fresh = _insert(connection, old.caller, ends)
            _bring_forward(connection, old, datetime.now(UTC) + timedelta(hours=grace_hours))
        return fresh

    def end(self, key_id: str) -> datetime:
        """Let a key end now; returns its end, which lies earlier when it had ended. Raises UnknownKeyError."""
        with self._changing() as connection:
            return _bring_forward(connection, _lock(connection, key_id), datetime.now(UTC))

    def caller_of(self, authorization: str | None) -> Caller:
        """Who presents this ``Authorization: Bearer`` value; raises a Refusal when nobody known does."""
        scheme, _, presented = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise Refusal("key-missing", "send Authorization: Bearer <key>")
        parts = presented.strip().split("_", 2)
        stored = self._known().get(parts[1]) if len(parts) == 3 and parts[0] == "ip" else None
        secret_digest = stored.secret_digest if stored else "0" * 64
        same = hmac.compare_digest(_digest(parts[-1]), secret_digest)
        if stored is None or not same or _is_over(stored.expires_at):
            raise Refusal("key-unknown")
        return stored.caller

    def refresh(self) -> None:
        """Read the store; raises LedgerError."""
        self._keys = self._read()
        self._read_at = time.monotonic()

    def _known(self) -> dict[str, _Stored]:
        try:
            if self._lazy and self._read_at is None:
                self.refresh()
        except LedgerError as fault:
            raise Refusal("ledger-unavailable", "the key store does not answer") from fault
        if self._read_at is None or time.monotonic() - self._read_at > STALE_S:
            raise Refusal("ledger-unavailable", f"the key store has not answered for {STALE_S:g} s")
        return self._keys

    def every(self) -> list[tuple[Caller, str | None]]:
        """Each key's holder and end date, by key id; secrets are in no list."""
        return [(stored.caller, stored.expires_at) for _, stored in sorted(self._read().items())]

    def _read(self) -> dict[str, _Stored]:
        try:
            with self.ledger.engine.connect() as connection:
                rows = connection.execute(sa.select(keys_table)).all()
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault
        return {row.key_id: _stored(row) for row in rows}

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """One transaction that nobody else's change of a key comes between."""
        try:
            with self.ledger.engine.execution_options(writes=True).begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault


def key_id_of(text: str) -> str:
    """The id in what a person typed: an id, or a whole key, whose secret is repeated nowhere.

    Raises UnknownKeyError for anything else, without showing it.
    """
    parts = text.strip().split("_", 2)
    found = parts[1] if len(parts) == 3 and parts[0] == "ip" else text.strip()
    if not _KEY_ID.fullmatch(found):
        raise UnknownKeyError(f"no key id in these {len(text)} characters; a key id is 8 hexadecimal digits")
    return found


def holder_name(holder: str) -> str:
    """A holder's name as it is compared: NFKC, without case, punctuation and marks that nobody sees, one space
    between words.

    Names of letters that look alike in two scripts differ; ``holder_fault`` refuses only a name that mixes scripts.
    """
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", holder).casefold())
    return " ".join("".join(letter for letter in plain if unicodedata.category(letter)[0] != "P").split())


def holder_fault(holder: str) -> str | None:
    """What is wrong with the name of a person or system; None when nothing is."""
    if not holder_name(holder) or len(holder) > 64 or not holder.isprintable():
        return f"a holder's name of {len(holder)} characters; allowed: 1 to 64 printable ones, not punctuation alone"
    if len(scripts := _similar_scripts(holder)) > 1:
        return f"holder {holder!r} mixes letters of {' and '.join(scripts)}; allowed: one of these scripts in one name"
    if holder_name(holder) in map(holder_name, RESERVED_HOLDERS):
        return f"holder {holder!r} is reserved; allowed: any name but {list(RESERVED_HOLDERS)}"
    return None


def _similar_scripts(holder: str) -> list[str]:
    """Which of the scripts whose letters look alike the name uses, as their letters' Unicode names begin."""
    letters = (unicodedata.name(letter, "").partition(" ")[0] for letter in unicodedata.normalize("NFKC", holder))
    return sorted(set(letters) & set(SIMILAR_SCRIPTS))


def caller_fault(caller: str, role: str) -> str | None:
    """What is wrong with the name of whom a key or an account acts for; None when nothing is."""
    if role == "enterprise":
        fault = uscc_fault(caller)
        return None if fault is None else f"an enterprise is named by its USCC: {fault}"
    if _NAME.fullmatch(caller):
        return None
    shown = repr(caller[:80])
    return f"caller {shown}; allowed: 1 to 64 letters, digits, dots, colons, hyphens and underscores"


def _insert(connection: sa.Connection, whose: Caller, ends: datetime | None) -> str:
    key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = {
        "key_id": key_id,
        "caller": whose.name,
        "role": whose.role,
        "holder": whose.holder,
        "secret_digest": _digest(secret),
        "permissions": " ".join(sorted(whose.permissions)),
        "created_at": datetime.now(UTC).isoformat(),
        "expires_at": None if ends is None else ends.isoformat(),
    }
    connection.execute(keys_table.insert().values(row))
    return f"ip_{key_id}_{secret}"


def _lock(connection: sa.Connection, key_id: str) -> _Stored:
    row = connection.execute(sa.select(keys_table).where(keys_table.c.key_id == key_id).with_for_update()).one_or_none()
    if row is None:
        raise UnknownKeyError(f"there is no key {key_id}")
    return _stored(row)


def _bring_forward(connection: sa.Connection, key: _Stored, end: datetime) -> datetime:
    """The key's end, now at the latest ``end``."""
    if key.expires_at is not None and datetime.fromisoformat(key.expires_at) <= end:
        return datetime.fromisoformat(key.expires_at)
    of_key = keys_table.c.key_id == key.caller.key_id
    connection.execute(keys_table.update().where(of_key).values(expires_at=end.isoformat()))
    return end


def _stored(row: sa.Row[Any]) -> _Stored:
    whose = Caller(row.caller, row.role, row.holder, row.key_id, frozenset(row.permissions.split()))
    return _Stored(whose, row.secret_digest, row.expires_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_over(expires_at: str | None) -> bool:
    return expires_at is not None and datetime.fromisoformat(expires_at) <= datetime.now(UTC)
