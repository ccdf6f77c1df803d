"""Facts of firms for the ladder: columns of intervals, each value with its day and its source.

A fact that is known is an interval of one point. One of which only an end is known (``at least the valid invention
patents``) keeps that end. One that is unknown reaches from minus to plus infinity; it is never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from data.ladder.fact_catalogue import Fact, Subject, read_fact_catalogue
from data.ladder.rule_parts import LadderError

Floats = npt.NDArray[np.float64]
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True, eq=False)
class LadderFacts:
    """Facts of n firms, k facts in the order of the catalogue.

    low, high : ends of the intervals, both (n, k); equal where the fact is known
    day : data date, (n, k), NaT where none is given; source : index into ``sources``, (n, k)
    subject : whose catalogue the columns are of; ``firm_ids`` are then the identifiers of that subject
    """

    firm_ids: tuple[str, ...]
    low: Floats
    high: Floats
    day: npt.NDArray[np.datetime64]
    source: npt.NDArray[np.int16]
    sources: tuple[str, ...]
    subject: Subject = "firm"

    @classmethod
    def unknown(cls, firm_ids: Sequence[str], subject: Subject = "firm") -> LadderFacts:
        """Firms of which nothing is known."""
        shape = (len(firm_ids), len(read_fact_catalogue(subject)))
        return cls(
            tuple(firm_ids),
            np.full(shape, -np.inf),
            np.full(shape, np.inf),
            np.full(shape, NO_DAY),
            np.zeros(shape, np.int16),
            ("",),
            subject,
        )

    def __len__(self) -> int:
        return len(self.firm_ids)

    def with_facts(
        self, ends: Mapping[str, tuple[Floats, Floats]], day: date | npt.NDArray[np.datetime64] | None, source: str
    ) -> LadderFacts:
        """These facts with others put in for every firm: low and high, both (n,); NaN is an unknown end."""
        low, high, days, origin = self.low.copy(), self.high.copy(), self.day.copy(), self.source.copy()
        sources = self.sources if source in self.sources else (*self.sources, source)
        for key, (lower, upper) in ends.items():
            at = column(key, self.subject)
            low[:, at], high[:, at] = (
                np.where(np.isnan(lower), -np.inf, lower),
                np.where(np.isnan(upper), np.inf, upper),
            )
            days[:, at] = NO_DAY if day is None else np.asarray(day, dtype="datetime64[D]")
            origin[:, at] = sources.index(source)
        if (low > high).any():
            raise LadderError(
                f"{[key for key in ends if (low > high)[:, column(key, self.subject)].any()]}: low is above high"
            )
        return replace(self, low=low, high=high, day=days, source=origin, sources=sources)

    def take(self, rows: npt.ArrayLike) -> LadderFacts:
        """Some firms, by position or by mask."""
        at = np.arange(len(self))[np.asarray(rows)]
        ids = tuple(self.firm_ids[row] for row in at)
        return replace(
            self, firm_ids=ids, low=self.low[at], high=self.high[at], day=self.day[at], source=self.source[at]
        )

    def at(self, on_date: date) -> LadderFacts:
        """The facts as known on a day: later ones are unknown, and years and days go on from their data date."""
        today = np.datetime64(on_date, "D")
        later = self.day > today
        low, high = np.where(later, -np.inf, self.low), np.where(later, np.inf, self.high)
        for at, fact in enumerate(read_fact_catalogue(self.subject).values()):
            if fact.grows:
                dated = ~np.isnat(self.day[:, at]) & ~later[:, at]
                days = np.where(dated, (today - np.where(dated, self.day[:, at], today)).astype(float), 0.0)
                low[:, at], high[:, at] = low[:, at] + days * fact.per_day, high[:, at] + days * fact.per_day
        return replace(self, low=low, high=high)

    def ends(self, key: str) -> tuple[Floats, Floats]:
        """Low and high of one fact, both (n,)."""
        at = column(key, self.subject)
        return self.low[:, at], self.high[:, at]

    def known(self, key: str) -> npt.NDArray[np.bool_]:
        """Whether the value is known, (n,)."""
        low, high = self.ends(key)
        return np.asarray(low == high)

    def origin(self, key: str, row: int) -> tuple[str | None, str | None]:
        """Data date and source of one firm's fact; None where there is none."""
        at = column(key, self.subject)
        if np.isinf(self.low[row, at]) and np.isinf(self.high[row, at]):
            return None, None
        day = self.day[row, at]
        return None if np.isnat(day) else str(day), self.sources[self.source[row, at]] or None


def column(key: str, subject: Subject = "firm") -> int:
    """Position of a fact in the subject's columns; raises LadderError naming the facts there are."""
    keys = list(read_fact_catalogue(subject))
    if key not in keys:
        raise LadderError(f"no fact {key!r}; there are {keys}")
    return keys.index(key)


def checked(fact: Fact, value: Any) -> float:
    """One end in the fact's unit; raises LadderError, for a ratio with the mistake that is made most."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not fact.low <= number <= fact.high:
        hint = f"; a ratio is a fraction: write {number:g} % as {number / 100:g}" if fact.unit == "ratio" else ""
        raise LadderError(f"{fact.key} is {value!r}, allowed: {fact.low:g} to {fact.high:g} {fact.unit}{hint}")
    if fact.whole and number != int(number):
        raise LadderError(f"{fact.key} is {value!r}, allowed: a whole number ({fact.unit})")
    return number
