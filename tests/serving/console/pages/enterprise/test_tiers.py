"""The ladder shows the enterprise's own tier, the next one and what is missing."""

from __future__ import annotations

from serving.console.pages.enterprise.tiers import layout
from tests.serving.console.pages.enterprise.conftest import words


def test_the_page_shows_tier_next_step_and_every_rule(view_of, shop):
    view = view_of(2)
    answer = view.api.get(f"/v1/firms/{shop.codes[2]}/ladder")
    shown = words(layout(view))
    assert "下一步" in shown
    for rule in answer["rules"]:
        for clause in rule["clauses"]:
            assert clause["zh"] in shown
        for change in rule["way"]["changes"]:
            assert change["text_zh"] in shown
