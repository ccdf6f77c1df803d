"""The service's own Prometheus figures as rows: requests, refusals and waiting times by route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

LATENCY, ANSWERS, REFUSALS = "service_latency_seconds", "service_answers", "service_refusals"


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """Of one route since the start; times in milliseconds.

    p50_ms, p99_ms : upper end of the bucket in which that share of the answers lies; None beyond the last bucket
    """

    route: str
    answers: int
    refused: int
    broken: int
    mean_ms: float
    p50_ms: float | None
    p99_ms: float | None


def route_figures(exposition: str) -> list[RouteFigures]:
    """A row for each route that answered, the busiest first."""
    buckets: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    sums: dict[str, float] = defaultdict(float)
    by_status: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for sample in _samples(exposition):
        name, labels, value = sample
        if name == f"{LATENCY}_bucket":
            buckets[labels["route"]][float(labels["le"])] += value
        elif name == f"{LATENCY}_sum":
            sums[labels["route"]] += value
        elif name == f"{ANSWERS}_total":
            by_status[labels["route"]][labels["status"]] += int(value)
    rows = []
    for route, held in buckets.items():
        count = int(max(held.values(), default=0))
        if not count:
            continue
        statuses = by_status[route]
        rows.append(
            RouteFigures(
                route,
                count,
                sum(n for status, n in statuses.items() if status.startswith("4")),
                sum(n for status, n in statuses.items() if status.startswith("5")),
                1_000.0 * sums[route] / count,
                _within(held, 0.5 * count),
                _within(held, 0.99 * count),
            )
        )
    return sorted(rows, key=lambda row: -row.answers)


def refusals(exposition: str) -> dict[str, int]:
    """How often each problem was answered."""
    found: dict[str, int] = defaultdict(int)
    for name, labels, value in _samples(exposition):
        if name == f"{REFUSALS}_total":
            found[labels["problem"]] += int(value)
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _within(buckets: dict[float, float], count: float) -> float | None:
    """The end in milliseconds of the first bucket by which ``count`` answers were given; None for the open one."""
    end = min((end for end, n in buckets.items() if n >= count), default=float("inf"))
    return None if end == float("inf") else 1_000.0 * end


def _samples(exposition: str) -> Iterable[tuple[str, dict[str, str], float]]:
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value
