"""Demands and events over HTTP: what is posted is recorded in the ledger without the firm, and listed at once."""

from __future__ import annotations

import pytest

from serving.http.demands import DEMANDS
from serving.http.examples import examples
from serving.matching.demands import DEMAND_CLOSED, DEMAND_POSTED
from serving.matching.events import EVENT_ANNOUNCED

pytestmark = pytest.mark.behaviour


def test_a_firm_posts_lists_suppliers_and_closes(shop):
    """Each step answers; the ledger has a record of each and no firm in it."""
    uscc = shop.codes[3]
    key, zone = shop.key(uscc, "enterprise"), shop.key("zone", "zone_officer")
    body = examples()["/v1/demands"]
    posted = shop.client.post("/v1/demands", json=body, headers=key)
    assert (posted.status_code, posted.json()["state"], posted.json()["uscc"]) == (201, "open", uscc)
    suppliers = shop.client.post("/v1/match/suppliers", json={"demand_id": body["demand_id"]}, headers=key).json()
    assert suppliers["suppliers"]
    listed = shop.client.get("/v1/demands", headers=zone).json()["demands"]
    assert next(row for row in listed if row["demand_id"] == body["demand_id"])["proposed"] is True
    one = f"/v1/demands/{body['demand_id']}"
    closed = shop.client.post(f"{one}/close", json={"reason": "已经解决"}, headers=key)
    assert closed.json()["state"] == "closed"
    assert shop.client.get(one, headers=zone).json()["closed_reason"] == "已经解决"
    for kind in (DEMAND_POSTED, DEMAND_CLOSED):
        (record,) = [one for one in shop.worker.ledger.find(subject=body["demand_id"]) if one.kind == kind]
        assert uscc.encode() not in record.body


def test_the_zone_announces_an_event_and_a_firm_sees_it(shop):
    """With its seats for the zone; a firm learns of no other firm's number."""
    zone = shop.key("zone", "zone_officer")
    body = examples()["/v1/match/events"]
    assert shop.client.post("/v1/match/events", json=body, headers=zone).json()["free_seats"] == 40
    seen = shop.client.get("/v1/match/events", headers=shop.key(shop.codes[0], "enterprise")).json()["events"]
    assert next(row for row in seen if row["event_id"] == body["event_id"])["free_seats"] is None
    assert [one.kind for one in shop.worker.ledger.find(subject=body["event_id"])] == [EVENT_ANNOUNCED]


def test_every_route_names_its_permission():
    """Reading needs match, writing match_write."""
    assert {route.method: route.permission for route in DEMANDS} == {"GET": "match", "POST": "match_write"}
