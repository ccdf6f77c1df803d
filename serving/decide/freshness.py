"""Until when data are fresh: what each source delivered last, and for how long the codebook lets it count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from data.codebook import Codebook, read_credit_facts
from features.point_in_time import FACT_FRESHNESS_MONTHS

DAYS_PER_MONTH = 365.25 / 12


def fresh_until(known: Mapping[str, date | None], codebook: Codebook) -> date | None:
    """The last day on which every source of a case is fresh; None where no source has delivered anything.

    A source is an agency of indicators, of which its newest value counts, or a credit fact. It is fresh as long as
    the codebook has for the agency's most lasting indicator; a credit fact for ``FACT_FRESHNESS_MONTHS``.
    """
    ends = [day + timedelta(days=_days(FACT_FRESHNESS_MONTHS)) for key in _fact_keys() if (day := known.get(key))]
    for keys, months in _agencies(codebook):
        days = [day for key in keys if (day := known.get(key)) is not None]
        if days:
            ends.append(max(days) + timedelta(days=_days(months)))
    return min(ends, default=None)


def is_fresh(day: str, age_days: int, today: np.datetime64) -> bool:
    """Whether a day is neither after ``today`` nor more than ``age_days`` before it."""
    age = int((today - np.datetime64(day, "D")).astype(int))
    return 0 <= age <= age_days


def _days(months: int) -> int:
    return round(months * DAYS_PER_MONTH)


@cache
def _fact_keys() -> tuple[str, ...]:
    return tuple(fact.key for fact in read_credit_facts())


@cache
def _agencies(codebook: Codebook) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Of each agency, its indicators and the longest time that one of them stays fresh, in months."""
    by_agency: dict[str, list[Any]] = {}
    for item in codebook:
        by_agency.setdefault(item.agency, []).append(item)
    return tuple(
        (tuple(item.key for item in items), max(item.freshness_months for item in items))
        for items in by_agency.values()
    )
