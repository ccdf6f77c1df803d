"""How likely each investor is to fund a firm: a weighted sum of columns, and the share of such pairs that came true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import betaincinv

from models.chain.investors.columns import COLUMNS, ColumnParams, Flags, PastDeals, columns
from models.chain.investors.funding import Doubles, Ids, Query
from models.content_digest import content_digest

FILE = "model.json"
CELLS = 20_000_000  # numbers of columns that are held at once
LEVEL = 0.9  # of the intervals
JEFFREYS = 0.5  # of each outcome, added to what was seen


class InvestorModelError(ValueError):
    """The model's file is missing, corrupt or made for other columns."""


@dataclass(frozen=True)
class Band:
    """Pairs of firm and investor by log-odds, of windows later than those that the model learned from.

    low_log_odds : of the band; the next band begins where it ends; pairs : seen; funded : those that came true
    """

    low_log_odds: float
    pairs: int
    funded: int

    @property
    def probability(self) -> tuple[float, float, float]:
        """The share that came true and its 90 % interval; Jeffreys' for a share: Beta(funded + .5, others + .5)."""
        above, below = self.funded + JEFFREYS, self.pairs - self.funded + JEFFREYS
        low, high = (float(betaincinv(above, below, tail)) for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        return above / (above + below), low, high


@dataclass(frozen=True)
class Comparison:
    """Recall at 50 of ours less that of plain popularity (deals of the last two years), paired by firm, 90 % interval.

    firms : of the window that was kept for it; first_day, last_day : of that window, ISO 8601
    ours, popularity : mean recall at 50 over firms; unseen_share : of all new investors, without an earlier deal
    """

    ours: float
    popularity: float
    gain: float
    low: float
    high: float
    firms: int
    unseen_share: float
    first_day: str
    last_day: str

    @property
    def popularity_as_good(self) -> bool:
        """Whether a gain is not shown: the interval holds 0 or lies below."""
        return not self.low > 0.0


@dataclass(frozen=True)
class InvestorModel:
    """weights : of COLUMNS; window_days : within which a firm's investors were looked for; bands : by rising log-odds.

    trained_before : the first day that nothing of was learned, ISO 8601
    """

    intercept: float
    weights: tuple[float, ...]
    params: ColumnParams
    bands: tuple[Band, ...]
    comparison: Comparison
    window_days: int
    trained_before: str
    encoder_digest: str

    @property
    def digest(self) -> str:
        """Of every figure of the model."""
        return content_digest(asdict(self))

    def log_odds(self, found: Doubles) -> Doubles:
        """Of columns of shape (..., len(COLUMNS))."""
        return np.asarray(self.intercept + found @ np.array(self.weights))

    def scores(self, past: PastDeals, query: Query) -> tuple[Doubles, Flags]:
        """Log-odds of every investor of the past deals for each row, and whether it may be proposed."""
        parts = [(self.log_odds(found), allowed) for _, found, allowed in column_parts(past, query)]
        if not parts:
            empty = (0, len(past.investors))
            return np.empty(empty), np.empty(empty, bool)
        return np.concatenate([one for one, _ in parts]), np.concatenate([one for _, one in parts])

    def band(self, log_odds: float) -> Band:
        """The band of a log-odds; below the first band it is the first."""
        starts = [one.low_log_odds for one in self.bands]
        return self.bands[max(int(np.searchsorted(starts, log_odds, "right")) - 1, 0)]

    def save(self, folder: Path) -> None:
        """Write ``model.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        value = {"columns": COLUMNS, **asdict(self)}
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> InvestorModel:
        """Read ``model.json``; raises InvestorModelError."""
        try:
            raw: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
            found = tuple(raw.pop("columns"))
            if found != COLUMNS:
                raise InvestorModelError(f"{folder / FILE}: columns are {found}; the code has {COLUMNS}")
            parts = {
                "weights": tuple(raw["weights"]),
                "params": ColumnParams(**raw["params"]),
                "bands": tuple(Band(**one) for one in raw["bands"]),
                "comparison": Comparison(**raw["comparison"]),
            }
            return cls(**{**raw, **parts})
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as fault:
            raise InvestorModelError(f"{folder / FILE} cannot be read: {fault}") from fault


def column_parts(past: PastDeals, query: Query) -> Iterator[tuple[Ids, Doubles, Flags]]:
    """Rows of the query with their columns and whether each investor may be proposed, a bounded number at once."""
    size = max(1, CELLS // (len(COLUMNS) * max(len(past.investors), 1)))
    for start in range(0, len(query), size):
        rows = np.arange(start, min(start + size, len(query)))
        yield (rows, *columns(past, query.take(rows)))


def bands_of(log_odds: Doubles, funded: Flags, least: int) -> tuple[Band, ...]:
    """Bands of at least ``least`` funded pairs each, joined until their shares rise (pool adjacent violators).

    log_odds, funded : (pairs,)
    """
    order = np.argsort(log_odds, kind="stable")
    ranked, came = log_odds[order], funded[order].astype(int)
    seen = np.cumsum(came)
    ends = np.flatnonzero(np.append(np.diff(ranked) > 0, True)) + 1  # equal log-odds stay together
    bands: list[Band] = []
    start = before = 0
    while (at := int(np.searchsorted(seen[ends - 1], before + least))) < len(ends):
        end = int(ends[at])
        _append(bands, Band(float(ranked[start]), end - start, int(seen[end - 1]) - before))
        start, before = end, int(seen[end - 1])
    if start < len(ranked):
        rest = Band(float(ranked[start]), len(ranked) - start, int(seen[-1]) - before)
        if bands and rest.funded < least:
            rest = _joined(bands.pop(), rest)
        _append(bands, rest)
    return tuple(bands)


def _append(bands: list[Band], one: Band) -> None:
    while bands and bands[-1].funded * one.pairs >= one.funded * bands[-1].pairs:
        one = _joined(bands.pop(), one)
    bands.append(one)


def _joined(first: Band, second: Band) -> Band:
    return Band(first.low_log_odds, first.pairs + second.pairs, first.funded + second.funded)
