"""What a person calls a quantity and how its value is shown: indicators, credit facts and risk features.

The rows are in ``data/reference/drivers.csv``; names of indicators and credit facts are the codebook's. A feature that
a model reads as a logarithm is shown as the figure behind it: 3.443 of log(1 + revenue) is 30 万元.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import expm1, inf, isfinite
from pathlib import Path
from typing import Literal, get_args

from data.codebook import read_codebook, read_credit_facts, read_rows, reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, SentenceError, make_sentence, read_sentences, sentence

Scale = Literal["as_is", "log1p", "growth", "level"]
Worse = Literal["L", "H", "-"]


@dataclass(frozen=True)
class Quantity:
    """One row: a name, and how a value of it is written.

    scale : as_is; log1p of the figure; growth, (a - b) / (a + b) of a year's figure a and the year's before b, shown as
            a / b - 1; level, a number that means a named level
    low, high : ends, in the figure shown, at which "below" or "over" is written
    worse : whether low (L) or high (H) values go with a higher default risk; "-" where that is left to the data
    """

    key: str
    name: Text
    scale: Scale
    value: Sentence
    low: float
    high: float
    worse: Worse

    def text(self, value: float) -> Text:
        """The value as a person reads it, in Chinese and English; one that is not finite is called invalid."""
        if not isfinite(value):
            return sentence("value.invalid")
        if self.scale == "growth" and abs(value) >= 1.0:
            return sentence("value.started" if value > 0.0 else "value.stopped")
        if self.scale == "level" and (named := read_sentences().get(f"level.{self.key}.{value:g}")):
            return named.fill({})
        figure = self.figure(value)
        if figure >= self.high:
            return sentence("value.above", limit=self.value.fill({"x": self.high}))
        if figure <= self.low:
            return sentence("value.below", limit=self.value.fill({"x": self.low}))
        return self.value.fill({"x": figure})

    def plain_text(self, value: float) -> Text:
        """``text`` without names of levels: an end of a range, or a value that may lie outside it."""
        return self.value.fill({"x": self.figure(value)})

    def figure(self, value: float) -> float:
        """The figure that a person reads, from the value that a model reads."""
        if self.scale == "log1p":
            return expm1(value)
        return 2.0 * value / (1.0 - value) if self.scale == "growth" and value < 1.0 else value

    def agrees(self, raises: bool, value: float, median: float) -> bool:
        """Whether the value's side of the median is the side that raises (or lowers) default risk."""
        if self.worse == "-" or self.text(value) == self.text(median):
            return False
        return (value < median if self.worse == "L" else value > median) is raises


@cache
def read_quantities(path: Path | None = None) -> Mapping[str, Quantity]:
    """Every quantity that an answer may show; raises SentenceError with every fault."""
    source = path or reference_path("drivers.csv")
    known: dict[str, Text] = {item.key: (item.zh, item.en) for item in read_codebook()}
    known |= {fact.key: (fact.zh, fact.en) for fact in read_credit_facts()}
    rows = read_rows(source)
    found: dict[str, Quantity] = {}
    faults = []
    for line, row in enumerate(rows, start=2):
        key, zh, en = row["key"], row["zh"], row["en"]
        if bool(zh) != bool(en) or bool(zh) == (key in known):
            faults.append(f"line {line}, {key}: a name is here in both languages, or in the codebook alone")
        if row["scale"] not in get_args(Scale) or row["worse"] not in get_args(Worse) or key in found:
            faults.append(f"line {line}, {key}: scale {row['scale']!r} or worse {row['worse']!r}, or a second row")
        try:
            found[key] = Quantity(
                key=key,
                name=known.get(key, (zh, en)),
                scale=row["scale"],  # type: ignore[arg-type]  # checked above
                value=make_sentence(key, row["zh_value"], row["en_value"]),
                low=float(row["low"] or -inf),
                high=float(row["high"] or inf),
                worse=row["worse"],  # type: ignore[arg-type]  # checked above
            )
        except ValueError as fault:
            faults.append(f"line {line}, {key}: {fault}")
    faults += [f"{key} has no row" for key in known if key not in found]
    if faults:
        raise SentenceError(f"{source.name} breaks its rules:\n  " + "\n  ".join(faults))
    return found
