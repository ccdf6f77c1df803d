"""How a figure is written for a person, in Chinese and in English: the one list of number formats.

Money comes in 10,000 yuan (wan): Chinese writes it in that unit, English in yuan, both rounded alike. What is offered
is rounded down, what is needed is rounded up. Units such as 万元 or CNY are in the sentence, not in the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from math import ceil, floor, isfinite, log10
from typing import Any

from data.money import CNY_PER_WAN

Text = tuple[str, str]  # Chinese, English
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ISO_DATES: ContextVar[bool] = ContextVar("iso_dates", default=False)
ROUND_FREE = 7  # decimals beyond which a difference is floating-point noise


def _down(value: float, decimals: int) -> float:
    return floor(round(value * 10.0**decimals, ROUND_FREE)) / 10.0**decimals + 0.0


def _up(value: float, decimals: int) -> float:
    return ceil(round(value * 10.0**decimals, ROUND_FREE)) / 10.0**decimals + 0.0


def _near(value: float, decimals: int) -> float:
    return round(value, decimals) + 0.0  # never -0


def _both(text: str) -> Text:
    return text, text


def money_in(value_wan: float, rounding: Callable[[float, int], float] = _near) -> float:
    """The amount in 10,000 yuan as it is shown: whole, or to one decimal where it is under 10."""
    shown = rounding(value_wan, 1) if abs(value_wan) < 10.0 else rounding(value_wan, 0)
    return shown if abs(shown) < 10.0 else rounding(shown, 0)


def _money(rounding: Callable[[float, int], float]) -> Callable[[float], Text]:
    def write(value_wan: float) -> Text:
        shown = money_in(value_wan, rounding)
        zh = f"{shown:,.1f}" if 0.0 < abs(shown) < 10.0 and shown != round(shown) else f"{shown:,.0f}"
        return zh, f"{round(shown * 10_000):,}"

    return write


def _exact_money(value_wan: float) -> Text:
    """An amount that somebody else named: to the yuan, as it was given."""
    zh = f"{value_wan:,.4f}".rstrip("0").rstrip(".")
    return zh, f"{round(value_wan * 10_000):,}"


def _percent(decimals: int, rounding: Callable[[float, int], float] = _near, sign: str = "") -> Callable[[float], Text]:
    least = 10.0**-decimals

    def write(share: float) -> Text:
        shown = rounding(share * 100.0, decimals)
        if decimals == 2 and shown == 0.0 and share > 0.0:
            return _both(f"<{least:.{decimals}f}%")
        return _both(f"{shown:{sign},.{decimals}f}%")

    return write


def _probability(share: float) -> Text:
    """In percent with one decimal; what is neither impossible nor certain is never written as 0 or 100 %."""
    if 0.0 < share < 0.0005:
        return _both("<0.1%")
    return _both(">99.9%") if 0.9995 <= share < 1.0 else _percent(1)(share)


def _fixed(decimals: int, rounding: Callable[[float, int], float] = _near) -> Callable[[float], Text]:
    return lambda value: _both(f"{rounding(value, decimals):,.{decimals}f}")


def _signed(decimals: int, per: float = 1.0) -> Callable[[float], Text]:
    def write(value: float) -> Text:
        shown = _near(value * per, decimals)
        return _both(f"{shown:{'+' if shown else ''},.{decimals}f}")

    return write


def _cny(wan_decimals: int, en_per_wan: float, sign: str = "") -> Callable[[float], Text]:
    """Yuan as 万元 and as a larger English unit, the same digits in both; the units are in the sentence."""
    en_decimals = wan_decimals - round(log10(en_per_wan))

    def write(value_cny: float) -> Text:
        wan = _near(value_cny / CNY_PER_WAN, wan_decimals)
        plus = sign if wan else ""
        return f"{wan:{plus},.{wan_decimals}f}", f"{wan * en_per_wan:{plus},.{en_decimals}f}"

    return write


def _as_given(value: float) -> Text:
    """A number that somebody wrote down: without the zeros at its end."""
    return _both(f"{_near(value, 6):,.6f}".rstrip("0").rstrip("."))


def _given_share(share: float) -> Text:
    """A share that somebody wrote down, in percent."""
    return _both(f"{_as_given(share * 100.0)[0]}%")


def _short(rounding: Callable[[float, int], float] = _near) -> Callable[[float], Text]:
    """At most two decimals, without the zeros at their end."""
    return lambda value: _both(f"{rounding(value, 2):,.2f}".rstrip("0").rstrip("."))


def _text(value: str | Text) -> Text:
    return (value, value) if isinstance(value, str) else value


def _name(value: str | Text) -> Text:
    zh, en = _text(value)
    return zh, en[:1].upper() + en[1:]


def _list(values: Sequence[str | Text]) -> Text:
    pairs = [_text(value) for value in values]
    return "、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)


@contextmanager
def iso_dates() -> Iterator[None]:
    """Dates in sentences as ``2024-06-30`` within this block, as records of earlier versions have them."""
    token = _ISO_DATES.set(True)
    try:
        yield
    finally:
        _ISO_DATES.reset(token)


def _date(value: date) -> Text:
    """A day as a person reads it: 2024年6月30日, 30 June 2024."""
    if _ISO_DATES.get():
        return _both(value.isoformat()[:10])
    return f"{value.year}年{value.month}月{value.day}日", f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def _moment(value: str) -> Text:
    """A day or a minute that was written down, as 2024-06-30 or 2024-06-30 09:30: its day as a person reads it."""
    (zh, en), rest = _date(date.fromisoformat(value[:10])), value[10:]
    return zh + rest, en + rest


# By the name that a placeholder carries after its colon.
FORMATS: Mapping[str, Callable[[Any], Text]] = {
    "money": _money(_near),
    "offer": _money(_down),
    "needed": _money(_up),
    "exact_money": _exact_money,
    "rate": _percent(2),
    "rate_down": _percent(2, _down),
    "rate_up": _percent(2, _up),
    "share": _percent(1),
    "share_down": _percent(1, _down),
    "share_up": _percent(1, _up),
    "signed_share": _percent(1, sign="+"),
    "whole_share": _percent(0),
    "probability": _probability,
    "points": _fixed(1),
    "points_down": _fixed(1, _down),
    "points_up": _fixed(1, _up),
    "number": _fixed(0),
    "as_given": _as_given,
    "given_share": _given_share,
    "short": _short(),
    "short_down": _short(_down),
    "short_up": _short(_up),
    "cny_total": _cny(0, 0.01),  # of many firms: 万元, CNY million
    "cny_total_change": _cny(0, 0.01, "+"),
    "cny_firm": _cny(2, 10.0),  # of one firm: 万元, CNY thousand
    "cny_firm_change": _cny(2, 10.0, "+"),
    "points_change": _signed(2),
    "percentage_points": _signed(2, 100.0),
    "spread_points": _fixed(2, lambda share, decimals: _near(share * 100.0, decimals)),
    "tenths": _fixed(1),
    "hundredths": _fixed(2),
    "date": _date,
    "moment": _moment,
    "text": _text,
    "name": _name,
    "list": _list,
}


def write_figure(kind: str, value: Any) -> Text:
    """One figure in both languages; a number that is not finite has no text, so it is an error."""
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} cannot be written as {kind}: only finite figures are in a sentence")
    return FORMATS[kind](value)
