"""Figures for Prometheus: latency by route, decisions by outcome, refusals, drift, the ledger. No bank is named.

With several workers ``PROMETHEUS_MULTIPROC_DIR`` is set before this module is loaded; then any worker shows the sum of
all.
"""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 2.0, 5.0)


class Metrics:
    """One worker's figures."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self.registry = own
        self._latency = Histogram(
            "service_latency_seconds", "Time to answer, by route.", ["route"], buckets=_BUCKETS, registry=own
        )
        self._answers = Counter("service_answers", "Answers by route and status.", ["route", "status"], registry=own)
        self._refusals = Counter("service_refusals", "Refusals by problem.", ["problem"], registry=own)
        self._decisions = Counter("service_decisions", "Decisions by outcome.", ["outcome"], registry=own)
        self._failures = Counter("service_ledger_failures", "Commits that failed.", registry=own)
        self._up = Gauge("service_ledger_up", "1 if the ledger answers.", registry=own, multiprocess_mode="livemin")
        self._psi = Gauge(
            "service_drift_psi", "Largest PSI of a bank.", registry=own, multiprocess_mode="livemostrecent"
        )
        self._alarm = Gauge(
            "service_drift_alarm", "1 if any bank's has drifted.", registry=own, multiprocess_mode="livemax"
        )
        self._was_up: bool | None = None

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._latency.labels(route).observe(seconds)
        self._answers.labels(route, str(status)).inc()

    def refused(self, problem: str) -> None:
        """Count one refusal."""
        self._refusals.labels(problem).inc()

    def decided(self, outcome: str) -> None:
        """Count one decision that was answered for the first time."""
        self._decisions.labels(outcome).inc()

    def ledger_up(self, *, up: bool) -> bool:
        """Note whether the ledger answers; returns whether that is news."""
        self._up.set(1 if up else 0)
        news, self._was_up = up != self._was_up, up
        return news

    def ledger_failed(self) -> None:
        """Count a commit that failed."""
        self._failures.inc()

    def drift(self, index: float | None, *, alarm: bool) -> None:
        """Note the largest stability index of a bank, and whether any bank's applicants have drifted."""
        self._psi.set(-1.0 if index is None else index)
        self._alarm.set(1 if alarm else 0)

    def text(self) -> bytes:
        """The exposition that Prometheus reads."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            every_worker = CollectorRegistry()
            multiprocess.MultiProcessCollector(every_worker)  # type: ignore[no-untyped-call]
            return generate_latest(every_worker)
        return generate_latest(self.registry)
