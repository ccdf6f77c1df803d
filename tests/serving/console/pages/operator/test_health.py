"""Health: what is ready, what the upkeep does, and figures of the routes."""

from __future__ import annotations

import pytest

from serving.console.pages.operator import health
from tests.serving.console.pages.operator.conftest import waits, words

pytestmark = pytest.mark.contract


def test_a_ready_service_shows_its_routes(operator, shop, console):
    shop.client.get("/healthz")
    shop.client.get("/v1/banks")  # refused: no key
    view = operator("li")
    page = words(health.layout(view))
    assert "服务就绪" in page
    assert "写入台账" in page
    rows = {row.route: row for row in health.route_figures(view.api.raw("GET", "/metrics").text)}
    assert (rows["/healthz"].answers, rows["/v1/banks"].refused) == (1, 1)
    assert waits(console, view)["服务未就绪"] == 0


def test_a_fault_of_the_upkeep_is_shown_in_both_languages(operator, shop, console, monkeypatch):
    first = shop.worker.upkeep[0]  # its own next turn, which goes well, would end a fault noted in it
    fault = property(lambda one: f"{one.name}: OSError" if one is first else None)
    monkeypatch.setattr(type(first), "fault", fault)
    for lang, words_of in (("zh", "服务未就绪"), ("en", "Not ready")):
        page = words(health.layout(operator("li", lang=lang)))
        assert words_of in page
        assert ("异常" if lang == "zh" else "Failing") in page
    assert waits(console, operator())["服务未就绪"] == 1
