"""Figures of routes from the service's own exposition."""

from __future__ import annotations

from serving.console.service_figures import refusals, route_figures
from serving.metrics import Metrics


def test_answers_refusals_and_times_by_route():
    """Three answers of 3, 3 and 300 ms: a mean of 102, half within 4 ms, 99 % within 512 ms."""
    metrics = Metrics()
    for status, seconds in ((200, 0.003), (200, 0.003), (403, 0.3)):
        metrics.answered("/v1/quota", status, seconds)
    metrics.answered("/v1/banks", 500, 9.0)
    metrics.refused("not-yours")
    quota, banks = route_figures(metrics.text().decode())
    assert (quota.route, quota.answers, quota.refused, quota.broken) == ("/v1/quota", 3, 1, 0)
    assert (round(quota.mean_ms), quota.p50_ms, quota.p99_ms) == (102, 4.0, 512.0)
    assert (banks.broken, banks.p50_ms, banks.p99_ms) == (1, None, None)
    assert refusals(metrics.text().decode()) == {"not-yours": 1}


def test_nothing_answered_is_no_row():
    assert route_figures(Metrics().text().decode()) == []
