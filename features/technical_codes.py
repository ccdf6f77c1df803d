"""Exact codes in a text: patent classes, industry classes, standards, CAS numbers, alloys and formulas.

Two texts that name one code mean one thing, so codes are compared as such and never by their letters. A code is
written in one form, ``kind:code``, whatever its spaces and case; a standard counts with and without its year.
"""

from __future__ import annotations

import re

_IPC = re.compile(r"(?<![A-Za-z0-9])([A-H]\d{2}[A-Z])(?:\s?(\d{1,4}/\d{2,6}))?(?![A-Za-z0-9])")
_INDUSTRY = re.compile(
    r"(?:GB/?T\s*4754(?:[-—]\d{4})?|国民经济行业(?:代码|分类)?|行业代码)[^A-Z0-9]{0,6}([A-T]?\d{2,4})(?!\d)"
)
_BODIES = (
    "GB|GBZ|GJB|ISO/IEC|ISO/TS|ISO|IEC|IEEE|ASTM|DIN|EN|JIS|ANSI|SAE|API|UL"
    "|YY|JB|HG|SJ|YD|QC|NB|DL|JT|CJ|HJ|SH|SY|TB|AQ|WS"
)
_STANDARD = re.compile(
    rf"(?<![A-Za-z])({_BODIES})((?:/[TZ])?)[ \-]?([A-Z]?\d{{2,6}}(?:\.\d{{1,3}})*)"
    r"(?:[-—–:：]((?:19|20)\d{2}))?(?![A-Za-z0-9])"
)
_CAS = re.compile(r"(?<![\d-])(\d{2,7})-(\d{2})-(\d)(?![\d-])")
_ALLOY = re.compile(
    r"(?<![A-Za-z0-9])("
    r"Ti-?\d{1,2}Al-?\d{1,2}V|TC\d{1,2}|TA\d{1,2}|GH\d{3,4}|(?:Inconel|Hastelloy|Incoloy)\s?[A-Z]?-?\d{2,4}"
    r"|[1-8]\d{3}-T\d{1,3}|(?:SUS|AISI)\s?\d{3}L?|(?:304|310|316|317|321|410|430|904)L?(?=不锈钢)|Q\d{3}[A-E]?(?=钢)"
    r"|\d{2}Cr\w{1,12}|AZ\d{2}[A-Z]?|ZL\d{3}"
    r")(?![A-Za-z0-9])"
)
_ELEMENTS = (
    "He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Sc|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Kr|Rb|Sr|Zr|Nb|Mo|Ru|Rh|Pd|Ag|Cd|In|Sn"
    "|Sb|Te|Xe|Cs|Ba|La|Ce|Pr|Nd|Sm|Eu|Gd|Tb|Dy|Ho|Er|Tm|Yb|Lu|Hf|Ta|Re|Os|Ir|Pt|Au|Hg|Tl|Pb|Bi|Th|H|B|C|N|O|F|P|S|K|V|Y|W|U|I"
)
_FORMULA = re.compile(rf"(?<![A-Za-z0-9-])((?:(?:{_ELEMENTS})\d{{0,2}}){{2,8}})(?![A-Za-z0-9])")
_TWO_ELEMENTS = frozenset(
    {"SiC", "GaN", "AlN", "InP", "GaAs", "TiN", "BN", "ZnO", "MgO", "NaCl", "HfC", "CdTe", "CoCr", "SiO", "NiTi"}
)


def technical_codes(text: str) -> frozenset[str]:
    """Every code of a text as ``kind:code``; kinds ipc, industry, standard, cas, alloy, formula.

    A CAS number counts only with the right check digit, a formula only with a digit in it or as one of a short list.
    A patent class counts with its subclass too.
    """
    found: set[str] = set()
    if not any(map(str.isdigit, text)) and not any(name in text for name in _TWO_ELEMENTS):
        return frozenset()
    for subclass, group in _IPC.findall(text):
        found.add(f"ipc:{subclass}")
        if group:
            found.add(f"ipc:{subclass}{group}")
    found |= {f"industry:{code.lstrip('ABCDEFGHIJKLMNOPQRST')}" for code in _INDUSTRY.findall(text)}
    for body, suffix, number, year in _STANDARD.findall(text):
        name = f"standard:{body}{suffix} {number}"
        found |= {name, f"{name}-{year}"} if year else {name}
    found |= {f"cas:{a}-{b}-{c}" for a, b, c in _CAS.findall(text) if is_cas(f"{a}-{b}-{c}")}
    found |= {f"alloy:{re.sub(r'[ -]', '', name).upper()}" for name in _ALLOY.findall(text)}
    for formula in _FORMULA.findall(text):
        if any(map(str.isdigit, formula)) or formula in _TWO_ELEMENTS:
            found.add(f"formula:{formula}")
    return frozenset(found)


def is_cas(number: str) -> bool:
    """Whether the last digit of a CAS number is its check digit.

    From the right, each digit before it counts as often as its place; the check digit is the sum modulo 10:
    7732-18-5 (water): 8 * 1 + 1 * 2 + 2 * 3 + 3 * 4 + 7 * 5 + 7 * 6 = 105, and 105 modulo 10 is 5.
    """
    first, second, check = number.split("-")
    digits = reversed(first + second)
    return sum(place * int(digit) for place, digit in enumerate(digits, start=1)) % 10 == int(check)
