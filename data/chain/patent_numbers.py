"""Numbers of patents: publication numbers of seven offices, and Chinese application numbers with their check digit.

Sources: WIPO ST.16 (kind codes), ZC 0007-2012 and ZC 0008-2012 (Chinese publication numbers and kinds),
ZC 0006-2003 (Chinese application numbers).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

# Office -> form of what follows its two letters, with an example. An older form is allowed beside the newer one.
FORMS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "CN": ((r"\d{7,9}(?:[ABC]\d?|[UY]\d?|S\d?|D)", "CN114081026A"),),
    "US": (
        (r"\d{5,8}(?:A|B[1-9])", "US11234567B2"),
        (r"20\d{2}\d{7}A[1-9]", "US20210123456A1"),
        (r"(?:D\d{5,7}S1?|RE\d{5,6}E1?|PP?\d{4,6}P[1-9]?)", "USD912345S1"),
    ),
    "EP": ((r"\d{7}(?:A[1-9]|B[1-9])", "EP3456789A1"),),
    "WO": ((r"(?:19|20)\d{2}\d{6}A[1-9]", "WO2021123456A1"), (r"\d{2}\d{5}A[1-9]", "WO9912345A1")),
    "JP": (
        (r"(?:(?:19|20)\d{2}\d{6}[AU]|[SHR]\d{6,8}[AU])", "JP2021123456A"),
        (r"\d{6,7}(?:B[1-9]|U|Y[1-9]|S)", "JP6912345B2"),
        (r"WO20\d{2}\d{6}A1", "JPWO2019123456A1"),
    ),
    "KR": ((r"(?:10|20|30)?(?:19|20)\d{2}\d{7}[AUS]", "KR20210012345A"), (r"[1-3]0\d{7}(?:B1|Y1|S)?", "KR102345678B1")),
    "TW": ((r"[IM]?\d{6}(?:A|B|U|Y)", "TWI712345B"), (r"20\d{7}A", "TW202112345A"), (r"D\d{6}S", "TWD212345S")),
}
# Type of application by the digit after the year; 8 and 9 are international applications (PCT) for a patent, a model.
APPLICATION_TYPES: Mapping[str, str] = {
    "1": "invention",
    "2": "utility_model",
    "3": "design",
    "8": "invention",
    "9": "utility_model",
}
LAST_WITHOUT_CHECK_DIGIT = 1988  # applications of the years 1985 to 1988 were numbered without one
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_REMAINDERS = "0123456789X"
_SEPARATORS = re.compile(r"[\s,/-]+")
_PATTERNS = {office: re.compile("|".join(form for form, _ in forms)) for office, forms in FORMS.items()}
_APPLICATION = re.compile(r"(?:CN|ZL)?(\d{12}|\d{8})\.?([\dX]?)")


class PatentNumberError(ValueError):
    """A number has no known form or a wrong check digit; the message names what was found and what is allowed."""


@dataclass(frozen=True, slots=True)
class PublicationNumber:
    """A publication number in parts: ``office`` as CN, ``serial`` as 114081026, ``kind`` as A (WIPO ST.16)."""

    office: str
    serial: str
    kind: str

    def __str__(self) -> str:
        """The number as it is written without spaces: CN114081026A."""
        return self.office + self.serial + self.kind


@dataclass(frozen=True, slots=True)
class ApplicationNumber:
    """A Chinese application number in parts; ``type_digit`` is a key of ``APPLICATION_TYPES``.

    serial : 5 digits until 2003, 7 since; check_digit : 0 to 9 or X
    """

    year: int
    type_digit: str
    serial: str
    check_digit: str

    def __str__(self) -> str:
        """The number with its check digit, as 201710601862.3 or 95115608.X."""
        year = str(self.year) if len(self.serial) == 7 else f"{self.year % 100:02d}"
        return f"{year}{self.type_digit}{self.serial}.{self.check_digit}"


@lru_cache(maxsize=65_536)
def parse_publication_number(text: str) -> PublicationNumber:
    """The parts of a number such as "cn 114081026 a"; spaces, commas, slashes and hyphens between parts are left out.

    raises : PatentNumberError that names the allowed forms, of the office where its letters are known
    """
    found = _normal(text)
    pattern = _PATTERNS.get(found[:2])
    if pattern is None or not pattern.fullmatch(found[2:]):
        offices = [found[:2]] if pattern else list(FORMS)
        examples = ", ".join(example for office in offices for _, example in FORMS[office])
        raise PatentNumberError(
            f"publication number {text!r:.60} has no known form{_hint(found)}; allowed: as {examples}"
        )
    rest = found[2:]
    kind = re.search(r"[A-Z]\d?$", rest)
    end = kind.start() if kind else len(rest)
    return PublicationNumber(found[:2], rest[:end], rest[end:])


@lru_cache(maxsize=65_536)
def parse_application_number(text: str) -> ApplicationNumber:
    """The parts of a Chinese application number such as "ZL201710601862.3"; CN, ZL and the point may be left out.

    A number of the years to 1988 may be without its check digit, which is then added.
    raises : PatentNumberError for another form, an unknown type of application, a missing or wrong check digit
    """
    match = _APPLICATION.fullmatch(_normal(text))
    if match is None:
        allowed = "8 digits (until 2003) or 12, then a check digit, as 95115608.X or 201710601862.3"
        raise PatentNumberError(f"application number {text!r:.60} has no known form; allowed: {allowed}")
    digits, given = match.groups()
    long = len(digits) == 12
    year, type_digit = (int(digits[:4]), digits[4]) if long else (1900 + int(digits[:2]), digits[2])
    if not long and year < 1985:
        year += 100
    first, last = (2003, 2099) if long else (1985, 2003)
    if not first <= year <= last:
        raise PatentNumberError(f"application number {text!r}: year is {year}, {first} to {last} is allowed")
    if type_digit not in APPLICATION_TYPES:
        raise PatentNumberError(
            f"application number {text!r}: type of application is {type_digit}, allowed: {list(APPLICATION_TYPES)}"
        )
    expected = application_check_digit(digits)
    if given != expected and (given or year > LAST_WITHOUT_CHECK_DIGIT):
        found = f"is {given}" if given else "is missing"
        raise PatentNumberError(f"application number {text!r}: check digit {found}, expected {expected}")
    return ApplicationNumber(year, type_digit, digits[5 if long else 3 :], expected)


def normal_publication_number(text: str) -> str:
    """The number without spaces, as "cn 114081026 a" -> "CN114081026A"; raises PatentNumberError."""
    return str(parse_publication_number(text))


def normal_application_number(text: str) -> str:
    """A Chinese number with its point, as "ZL2017106018623" -> "201710601862.3"; raises PatentNumberError.

    A number that begins with the letters of another office has no check digit, and is kept without spaces.
    """
    found = _normal(text)
    if found[:2] in FORMS and found[:2] != "CN":
        return found
    return str(parse_application_number(text))


def application_check_digit(digits: str) -> str:
    """Check digit of the 8 or 12 digits of a Chinese application number.

    sum of digit i times weight i, modulo 11;   weights 2 3 4 5 6 7 8 9 2 3 4 5;   10 is written X
    """
    if len(digits) not in (8, 12) or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"8 or 12 digits are needed, got {digits!r}")
    return _REMAINDERS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11]


def _hint(found: str) -> str:
    try:
        return f", it is the application number {parse_application_number(found)}"
    except PatentNumberError:
        return ", its last letter (kind) is missing" if found[:2] in FORMS and found[2:].isdigit() else ""


def _normal(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
