"""Every service of a release is opened into the state, and closed again."""

from __future__ import annotations

from types import SimpleNamespace

from starlette.datastructures import State

from serving.clock import Clock
from serving.runtime.services import close_services, open_services


class Counted(SimpleNamespace):
    """A worker of which only the clock and the end are wanted."""

    def close(self) -> None:
        self.closed += 1


def test_a_release_without_capabilities_opens_services_that_say_so(tmp_path, monkeypatch):
    """Nothing is read until it is wanted; the worker is set last and closed once."""
    monkeypatch.setenv("IP_EVENTS_URL", f"sqlite:///{tmp_path / 'events.sqlite'}")
    worker = Counted(service=SimpleNamespace(clock=Clock.from_environment("Asia/Shanghai")), closed=0)
    state = State()
    open_services(state, tmp_path, worker)
    assert state.worker is worker
    for name in ("matching", "chain", "clearance", "approvals", "incubators"):
        assert getattr(state, name) is not None
    close_services(state)
    assert worker.closed == 1


def test_what_was_never_opened_is_not_closed():
    """A process that did not get its models may end."""
    close_services(State({"worker": None}))
