"""What belongs to another looks, on every route that names an object, like what is not there.

``serving.http.access_table`` says who is answered how; here the two answers are compared, in status and in body.
"""

from __future__ import annotations

import re

import pytest

from data.uscc import fictitious_uscc
from serving.http.access_table import EXPECTED
from serving.http.routes import OPERATIONS
from tests.serving.approvals.planted_release import NUMBER as CASE
from tests.serving.http.test_access_table import world

pytestmark = pytest.mark.contract
__all__ = ["world"]
# Routes of an object that one bank or firm owns, and who of the others reaches the route; by hand.
OWNED: dict[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/v1/decisions/{audit_id}"): ("other", "other_firm"),
    ("POST", "/v1/decisions/{audit_id}/overrides"): ("other",),
    ("POST", "/v1/consents/{consent_id}/revoke"): ("other_firm",),
    ("GET", "/v1/bank-applications/{bank_application_id}"): ("other", "other_firm"),
    ("POST", "/v1/bank-applications/{bank_application_id}/due-diligence"): ("other",),
    ("POST", "/v1/bank-applications/{bank_application_id}/grant"): ("other",),
    ("POST", "/v1/bank-applications/{bank_application_id}/decline"): ("other",),
    ("POST", "/v1/bank-applications/{bank_application_id}/withdraw"): ("other_firm",),
    ("GET", "/v1/points/{uscc}/history"): ("other_firm",),
    ("GET", "/v1/firms/{uscc}/ladder"): ("other_firm",),
    ("GET", "/v1/clearance/declarations/{number}"): ("other_firm",),
    ("GET", "/v1/clearance/declarations/{number}/forecast"): ("other_firm",),
    ("GET", "/v1/clearance/declarations/{number}/page.html"): ("other_firm",),
    ("GET", "/v1/clearance/declarations/{number}/sheet.html"): ("other_firm",),
    ("GET", "/v1/clearance/declarations/{number}/sheet.pdf"): ("other_firm",),
    ("GET", "/v1/demands/{demand_id}"): ("other_firm",),
    ("POST", "/v1/demands/{demand_id}/close"): ("other_firm",),
    ("GET", "/v1/approvals/cases/{number}"): ("other_firm",),
    ("GET", "/v1/approvals/cases/{number}/page.html"): ("other_firm",),
    ("GET", "/v1/incubators/{incubator_id}"): ("other_firm",),
    ("GET", "/v1/incubators/{incubator_id}/page.html"): ("other_firm",),
}
# Routes of what is everybody's of the zone, or of the zone's side alone: nothing there belongs to one bank or firm.
SHARED = (
    "/v1/match/events/{event_id}/invitations", "/v1/chains/{chain_id}/fishbone.svg", "/v1/chains/{chain_id}/page.html",
    "/v1/chains/{chain_id}/nodes/{node_id}", "/v1/chains/{chain_id}/nodes/{node_id}/page.html",
    "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.csv", "/v1/chains/{chain_id}/nodes/{node_id}/{list_name}.xlsx",
    "/v1/chains/{chain_id}/nodes/{node_id}/campaigns", "/v1/chains/{chain_id}/removals/{firm_id}",
    "/v1/clearance/webhooks/{webhook_id}/disable", "/v1/incubators/{incubator_id}/recognition", "/problems/{key}",
)  # fmt: skip


def test_every_route_that_names_an_object_has_its_row():
    """A new one is owned, or said to be shared; whoever of the others reaches it gets 404 by the table of access."""
    named = {(one.method, one.path) for one in OPERATIONS if "{" in one.path}
    assert {path for _, path in named - set(OWNED)} == set(SHARED)
    assert set(OWNED) <= named
    for route, others in OWNED.items():
        found = {one for one in ("other", "other_firm") if EXPECTED[route][one] != 403}
        assert found == set(others), route
        assert {EXPECTED[route][one] for one in others} == {404}, route


def test_anothers_object_is_answered_as_one_that_there_is_not(world):
    """But for the identifier itself, every byte; the owner is answered about it, by the table of access."""
    shop, keys, path, bodies = world
    wrong = {}
    for (method, route), others in OWNED.items():
        known = path | ({"number": CASE} if "/approvals/" in route else {})
        (part,) = re.findall(r"{(\w+)}", route)
        name = known[part]
        never = f"{name[:-1]}{'0' if name[-1] != '0' else '1'}" if part != "uscc" else fictitious_uscc(87_654_321)
        for who in others:
            hidden, absent = (
                shop.client.request(
                    method, route.replace(f"{{{part}}}", one), json=bodies.get(route), headers=keys[who]
                )
                for one in (name, never)
            )
            if hidden.text.replace(name, "ID") != absent.text.replace(never, "ID") or hidden.status_code != 404:
                wrong[route, who] = hidden.text, absent.text
    assert wrong == {}
