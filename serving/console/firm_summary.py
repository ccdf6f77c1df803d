"""Figures of all firms together: how many of what, points, quotas, and how old each source is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from serving.console.firms import FirmTable

POINTS_STEP = 10
MOST_POINTS = 130


class QuotaSum(NamedTuple):
    """Firms of a stage, those of them with a quota, and what the quotas add up to in 10,000 yuan."""

    stage: str
    firms: int
    with_quota: int
    sum_wan: float


class SourceAge(NamedTuple):
    """An agency, the firms that it delivered for, median and 90th percentile of the days since; NaN for none."""

    agency: str
    firms: int
    median_days: float
    late_days: float


def counts(table: FirmTable, column: str) -> dict[str, int]:
    """Firms by each key of a coded column, in its order, also keys that no firm has; they add up to all firms."""
    found = table.frame[column].value_counts(sort=False)
    listed = {str(key): int(count) for key, count in found.items()}
    missing = len(table) - sum(listed.values())
    return listed | ({"": missing} if missing else {})


def chain_counts(table: FirmTable) -> dict[str, int]:
    """Firms on each chain, and under "" those on none; a firm on two chains counts on both."""
    on_chains = {key: rows for key, rows in table.placed.items() if "/" not in key}
    anywhere = np.unique(np.concatenate([*on_chains.values(), np.empty(0, dtype=np.int64)]))
    return {key: len(rows) for key, rows in on_chains.items()} | {"": len(table) - len(anywhere)}


def points_histogram(table: FirmTable) -> list[tuple[int, int]]:
    """Firms by points: (lower end, count) of each step of 10, the last with 130; firms without points are in none."""
    points = table.frame["points"].to_numpy()
    edges = np.arange(0, MOST_POINTS + 1, POINTS_STEP)
    found, _ = np.histogram(points[~np.isnan(points)], bins=edges)
    return list(zip(edges[:-1].tolist(), found.tolist(), strict=True))


def quotas(table: FirmTable) -> list[QuotaSum]:
    """Quotas by growth stage, in the order of the stages."""
    frame = table.frame
    found = []
    for stage in frame["stage"].cat.categories:
        own = frame.loc[frame["stage"] == stage, "quota_wan"]
        found.append(QuotaSum(str(stage), len(own), int((own > 0).sum()), float(own.sum())))
    return found


def source_ages(table: FirmTable) -> list[SourceAge]:
    """How old what each agency delivered last is, over the firms that it delivered for."""
    found = []
    for at, agency in enumerate(table.agencies):
        days = table.source_days[:, at]
        known = days[~np.isnan(days)]
        median, late = np.quantile(known, (0.5, 0.9)).tolist() if len(known) else (float("nan"), float("nan"))
        found.append(SourceAge(agency, len(known), median, late))
    return found
