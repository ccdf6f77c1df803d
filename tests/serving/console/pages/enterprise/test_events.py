"""Match events with what came of them for the enterprise itself."""

from __future__ import annotations

from serving.console.pages.enterprise.events import events_of, layout, waiting
from tests.serving.console.pages.enterprise.conftest import words


def test_events_are_listed_with_the_enterprises_own_steps(view_of):
    view = view_of(0)
    found = events_of(view)
    shown = words(layout(view))
    assert found
    for one in found:
        assert one["theme"] in shown
    assert waiting(view)[0].count == sum(
        one["state"] == "upcoming" and one["invited"] > one["accepted"] for one in found
    )
