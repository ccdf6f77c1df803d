"""The form of a demand: what is empty is left out, what is missing is said, and a posted one opens its page."""

from __future__ import annotations

import dash
import pytest

from serving.console.parts.demand_form import MEMBERS, demand_body, demand_form, register_demand_form
from tests.serving.console.planted_views import PLAIN, Views, by_id, registered, words

pytestmark = pytest.mark.behaviour
VALUES = {"title": "难题", "problem": " 风机机头突然坏了 ", "budget_wan": "", "deadline": None, "visible_to": "invited"}


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def test_the_body_holds_what_was_given():
    """Texts without blanks around them, a budget as a number; the problem stays, so that its lack is refused."""
    assert demand_body("N-1", VALUES) == {
        "demand_id": "N-1", "title": "难题", "problem": "风机机头突然坏了", "visible_to": "invited",
    }  # fmt: skip
    assert demand_body("N-1", {"budget_wan": 5}) == {"demand_id": "N-1", "problem": "", "budget_wan": 5.0}


def test_every_field_has_a_label_and_only_the_zone_names_the_firm(views):
    """Both languages; the day before today cannot be chosen."""
    for lang in ("zh", "en"):
        shown = demand_form(views.of("enterprise", PLAIN, lang), "own")
        assert all(by_id(shown, f"own-{name}").label for name in MEMBERS)
    assert "own-uscc" not in str(shown)
    shown = demand_form(views.of(), "zone", firm_field=True)
    assert by_id(shown, "zone-uscc").required
    assert by_id(shown, "zone-deadline").minDate == "2024-06-30"


def test_a_firm_posts_its_own_and_is_led_to_it(views):
    """The demand is its own and private; without a problem the form says what to do, and nothing is posted."""
    made = registered(
        register_demand_form, "own", roles=("enterprise",), permission="match_write", after="/demands/{demand_id}"
    )
    view, post = views.of("enterprise", PLAIN), made.callbacks["post"]
    href, missing = post(view, 1, "N-1", *(VALUES.get(name) for name in MEMBERS))
    assert (href, missing) == ("/console/demands/N-1", None)
    row = view.api.get("/v1/demands/N-1")
    assert (row["uscc"], row["visible_to"]) == (PLAIN, "invited")
    stays, missing = post(view, 1, "N-2", *(None for _ in MEMBERS))
    assert stays is dash.no_update
    assert "请填写" in words(missing)
    assert made.allowed["post"] == (("enterprise",), "match_write")
