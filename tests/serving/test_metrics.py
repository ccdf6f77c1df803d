"""Figures count what happened, by route template and outcome."""

from __future__ import annotations

import pytest

from serving.metrics import Metrics

pytestmark = pytest.mark.contract


def figures(metrics):
    lines = [line.rsplit(" ", 1) for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_answers_fall_into_the_buckets_of_their_time():
    """Each bucket holds what took at most its time, the ends included."""
    metrics = Metrics()
    for seconds in (0.0, 0.0005, 0.00050001, 0.003, 0.25, 5.0, 9.0):
        metrics.answered("/v1/quota", 200, seconds)
    found = figures(metrics)
    bucket = 'service_latency_seconds_bucket{{le="{}",route="/v1/quota"}}'
    assert [found[bucket.format(end)] for end in ("0.0005", "0.001", "0.004", "0.256", "5.0", "+Inf")] == [
        2, 3, 4, 5, 6, 7,
    ]  # fmt: skip
    assert found['service_latency_seconds_count{route="/v1/quota"}'] == 7
    assert found['service_answers_total{route="/v1/quota",status="200"}'] == 7


def test_the_ledgers_state_is_news_only_when_it_changes():
    """So that an outage is logged once."""
    metrics = Metrics()
    assert [metrics.ledger_up(up=up) for up in (True, True, False, False, True)] == [True, False, True, False, True]
    assert figures(metrics)["service_ledger_up"] == 1


def test_drift_refusals_decisions_and_failures_are_shown():
    """An unknown index is -1, which no index is."""
    metrics = Metrics()
    metrics.refused("not-found")
    metrics.decided("declined")
    metrics.ledger_failed()
    metrics.drift(None, alarm=True)
    found = figures(metrics)
    assert found['service_refusals_total{problem="not-found"}'] == 1
    assert found['service_decisions_total{outcome="declined"}'] == 1
    assert (found["service_ledger_failures_total"], found["service_drift_psi"], found["service_drift_alarm"]) == (
        1, -1, 1,
    )  # fmt: skip
