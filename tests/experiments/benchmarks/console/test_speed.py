"""Figures of waiting times and of bytes over the wire."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from experiments.benchmarks.console.speed import Wire, quantiles


def test_bytes_are_those_that_came_and_not_those_of_the_cache():
    """A request that the cache answered adds nothing; each reading begins anew."""
    said = {}
    session = SimpleNamespace(send=lambda name: None, on=said.__setitem__)
    wire = Wire().watch(session)
    for size in (1_200, 0, 300):
        said["Network.loadingFinished"]({"encodedDataLength": size})
    assert (wire.requests, wire.taken(), wire.taken()) == (2, 1_500, 0)


def test_quantiles_of_a_hundred_waits():
    """Of 1 to 101 hundredths of a second the median is .51 and the 99th percentile 1.0."""
    found = quantiles([one / 100 for one in range(1, 102)])
    assert (found["n"], found["p50_s"], found["p99_s"]) == (101, pytest.approx(0.51), pytest.approx(1.0))
