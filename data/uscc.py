"""The unified social credit code (USCC) of a Chinese enterprise and its two check digits.

Source: GB 32100-2015 (whole code, 31-letter alphabet) and GB 11714-1997 (organisation code, positions 9-17).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18
# No administrative division starts with 00, so no authority can ever issue such a code.
FICTITIOUS_PREFIX = "91000000"


Rule = Literal["length", "letters", "organisation_digit", "digit"]


class UsccError(ValueError):
    """A code breaks a rule of USCCs; ``found`` breaks it, ``allowed`` would not."""

    def __init__(self, rule: Rule, found: str, allowed: str) -> None:
        self.rule, self.found, self.allowed = rule, found, allowed
        super().__init__(_BROKEN[rule].format(found=found, allowed=allowed))


_BROKEN: Mapping[Rule, str] = {
    "length": "a USCC has {allowed} characters, this has {found}",
    "letters": "characters {found} are not in the USCC alphabet {allowed}",
    "organisation_digit": "organisation check digit (position 17) is {found}, expected {allowed}",
    "digit": "check digit (position 18) is {found}, expected {allowed}",
}


@lru_cache(maxsize=65_536)  # the same enterprises occur in requests again and again
def _broken_rule(code: str) -> tuple[Rule, str, str] | None:
    """The first rule that ``code`` breaks, what it has there and what is allowed."""
    if len(code) != LENGTH:
        return "length", str(len(code)), str(LENGTH)
    if alien := sorted(set(code) - set(_ALPHABET)):
        return "letters", " ".join(alien), _ALPHABET
    if code[16] != (expected := organisation_check_digit(code[8:16])):
        return "organisation_digit", code[16], expected
    if code[17] != (expected := check_digit(code[:17])):
        return "digit", code[17], expected
    return None


def uscc_fault(code: str) -> str | None:
    """What is wrong with ``code``, in one sentence; ``None`` when both check digits hold."""
    broken = _broken_rule(code)
    return None if broken is None else str(UsccError(*broken))


def check_uscc(code: str) -> str:
    """The code itself; raises UsccError with the fault when a check digit does not hold."""
    if broken := _broken_rule(code):
        raise UsccError(*broken)
    return code


def check_digit(head: str) -> str:
    """Position 18 from the first 17 characters."""
    total = sum(_ALPHABET.index(letter) * weight for letter, weight in zip(head, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def organisation_check_digit(body: str) -> str:
    """Position 17 from the eight characters of the organisation code."""
    total = sum(
        _ORGANISATION_ALPHABET.index(letter) * weight
        for letter, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def fictitious_uscc(number: int) -> str:
    """A well-formed code that no authority can have issued, for synthetic enterprises (0 <= number < 10**8)."""
    if not 0 <= number < 10**8:
        raise ValueError(f"number must lie in [0, 10**8); got {number}")
    body = f"{number:08d}"
    head = FICTITIOUS_PREFIX + body + organisation_check_digit(body)
    return head + check_digit(head)


# The check digits are beyond a pattern; ``format`` is for tools that generate codes.
Uscc = Annotated[
    str,
    AfterValidator(check_uscc),
    WithJsonSchema({"type": "string", "format": "uscc", "pattern": f"^[{_ALPHABET}]{{{LENGTH}}}$"}),
]
