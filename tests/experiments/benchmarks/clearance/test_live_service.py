"""A service that does not come up says why, and ends."""

import pytest

from experiments.benchmarks.clearance import live_service


class NoWorld:
    def __init__(self):
        self.keys = {"operator": "none"}

    @classmethod
    def make(cls, url, artifacts):
        return cls()


def test_a_service_that_ends_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(live_service, "World", NoWorld)
    monkeypatch.setattr(live_service.sys, "executable", "false")  # a program that ends at once
    with (
        pytest.raises(live_service.LiveServiceError, match="not ready"),
        live_service.service(tmp_path / "none", tmp_path / "none.yaml", tmp_path),
    ):
        pytest.fail("it is not ready")


def test_the_bar_is_of_both_ways_to_see_a_message(monkeypatch, tmp_path):
    from contextlib import nullcontext

    from experiments.benchmarks.clearance.live import LiveReport, Spread

    quick, slow, lost = Spread(50, 0, 0.01, 0.1, 0.2), Spread(50, 0, 0.01, 0.3, 0.4), Spread(49, 1, 0.01, 0.1, 0.2)
    monkeypatch.setattr(live_service, "service", lambda *_: nullcontext(("http://nowhere", "key")))

    def found(state, stream, rate=50.0):
        async def measured(*_, **__):
            return LiveReport(rate, quick, state, stream, slow)

        monkeypatch.setattr(live_service, "measure", measured)
        return live_service.run(tmp_path, tmp_path, 1)["holds"]

    assert found(quick, quick)
    assert not found(slow, quick)
    assert not found(quick, slow)
    assert not found(quick, lost)
    assert not found(quick, quick, rate=40.0)
