"""The number of a freight container and its check digit.

Source: ISO 6346:2022, annex A: letters have the values 10 to 38 without the multiples of 11, the position i (from 0)
weighs 2**i, and the sum modulo 11, then modulo 10, is the last digit.
"""

from __future__ import annotations

import re

_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_VALUES = dict(zip("0123456789", range(10), strict=True))
_VALUES |= dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (value for value in range(10, 39) if value % 11), strict=True),
)


def check_digit(head: str) -> int:
    """Position 11 from the first 10 characters, capital letters and digits."""
    return sum(_VALUES[letter] << position for position, letter in enumerate(head)) % 11 % 10


def has_form(number: str) -> bool:
    """Whether it is three letters of an owner, one of U, J and Z, six digits and a check digit."""
    return _FORM.fullmatch(number) is not None
