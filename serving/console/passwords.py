"""Passwords: what is allowed, and Argon2id digests of them.

A password is compared in Unicode's NFKC form. A process hashes two at a time, so that many sign-ins at once
take no more memory than two.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 128  # characters
LEAST_DIFFERENT = 5  # characters
REFUSED = (
    "123456789012", "1234567890123", "12345678901234", "1234567890abc", "0123456789012", "111111111111",
    "qwertyuiop12", "qwertyuiop123", "qwertyuiopas", "qwertyuiopasdf", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv",
    "q1w2e3r4t5y6", "password1234", "password12345", "passwordpassword", "administrator", "adminadmin123",
    "iloveyou1234", "woaini1314520", "woaini5201314", "zhongguo1234", "hangzhou1234", "beijing123456",
    "letmeinletmein", "welcome12345", "changeme1234", "abcdefghijkl", "abcd12345678", "aa1234567890",
)  # fmt: skip
_AT_ONCE = threading.BoundedSemaphore(2)


class Passwords:
    """Argon2id with its parameters; a digest made with others is taken and made anew at the next sign-in."""

    def __init__(self, *, passes: int = 2, memory_kib: int = 47_104) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def digest(self, password: str) -> str:
        """The digest to keep."""
        with _AT_ONCE:
            return self._hasher.hash(_form(password))

    def fits(self, digest: str | None, password: str) -> bool:
        """Whether the password is the one of the digest; without a digest it takes as long, and is not."""
        with _AT_ONCE:
            try:
                return self._hasher.verify(digest or self._nobody, _form(password)) and digest is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_old(self, digest: str) -> bool:
        """Whether the digest was made with other parameters."""
        return self._hasher.check_needs_rehash(digest)


@cache
def usual_passwords() -> Passwords:
    """With the parameters of this process: some 70 ms and 46 MiB each."""
    return Passwords()


def first_password() -> str:
    """A random password of 96 bits, for one sign-in."""
    return secrets.token_urlsafe(12)


def password_fault(password: str, *names: str) -> str | None:
    """The key of what is wrong with a new password, None when nothing is; ``names`` may not be in it."""
    form = _form(password)
    plain = form.casefold()
    if len(form) < LEAST:
        return "accounts.password.short"
    if len(form) > MOST:
        return "accounts.password.long"
    if plain in REFUSED or len(set(plain)) < LEAST_DIFFERENT:
        return "accounts.password.common"
    if any(len(name) > 2 and name.casefold() in plain for name in names):
        return "accounts.password.name"
    return None


def _form(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
