"""The unified social credit code (USCC) of a Chinese enterprise and its two check digits.

Source: GB 32100-2015 (whole code, 31-letter alphabet) and GB 11714-1997 (organisation code, positions 9-17).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18
# No administrative division starts with 00, so no authority can ever issue such a code.
FICTITIOUS_PREFIX = "91000000"


@lru_cache(maxsize=65_536)  # the same enterprises occur in requests again and again
def uscc_fault(code: str) -> str | None:
    """What is wrong with ``code``, in one sentence; ``None`` when both check digits hold."""
    if len(code) != LENGTH:
        return f"a USCC has {LENGTH} characters, this has {len(code)}"
    alien = sorted(set(code) - set(_ALPHABET))
    if alien:
        return f"characters {alien} are not in the USCC alphabet {_ALPHABET}"
    expected = organisation_check_digit(code[8:16])
    if code[16] != expected:
        return f"organisation check digit (position 17) is {code[16]}, expected {expected}"
    expected = check_digit(code[:17])
    if code[17] != expected:
        return f"check digit (position 18) is {code[17]}, expected {expected}"
    return None


def check_uscc(code: str) -> str:
    """The code itself; raises ValueError with the fault when a check digit does not hold."""
    if fault := uscc_fault(code):
        raise ValueError(fault)
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
