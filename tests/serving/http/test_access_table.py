"""Every route under every kind of key: one table, all of it; nobody sees what belongs to another."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from serving.contract.instants import today_in
from serving.http.access_table import CALLERS, EXPECTED, access_markdown
from serving.http.examples import examples
from serving.http.problems import MEDIA_TYPE
from serving.http.routes import OPERATIONS
from tests.serving.approvals.planted_release import NUMBER as CASE
from tests.serving.clearance.planted_release import NUMBER, EndedStream
from tests.serving.conftest import Shop, opened_shops

VISITED = "/v1/bank-applications/{bank_application_id}/due-diligence"

pytestmark = pytest.mark.contract


@pytest.fixture
def world(shop):
    """A world of the test's own."""
    return made_world(shop)


@pytest.fixture(scope="module")
def read_world(service, tmp_path_factory):
    """One world for the routes that read: what one of them answers changes nothing that another answers."""
    folder = tmp_path_factory.mktemp("read-world")
    with opened_shops(service, folder) as open_one:
        yield made_world(open_one(f"sqlite:///{folder / 'shop.sqlite'}"))


def made_world(shop: Shop):
    """A bank with a decision and a bank application, its enterprise, another bank and enterprise, two operators."""
    uscc, stranger = shop.codes[0], shop.codes[1]
    keys = {
        "own": shop.key("standard"),
        "firm": shop.key(uscc, "enterprise"),
        "other": shop.key("growth"),
        "other_firm": shop.key(stranger, "enterprise"),
        "operator": shop.key("zone", "operator", holder="wang"),
        "officer": shop.key("zone-office", "zone_officer", holder="zhao"),
        "analyst": shop.key("zone-office", "policy_analyst", holder="qian"),
        "unscoped": shop.key("standard", scopes=("personal",)),
        "wrong": {"authorization": "Bearer ip_00000000_nothing"},
        "none": {},
    }
    answer = shop.client.post("/v1/quota", json=shop.body(0), headers=keys["own"]).json()
    application = examples()["/v1/applications"]
    bank_applications = shop.client.post("/v1/applications", json=application, headers=keys["firm"]).json()[
        "bank_applications"
    ]
    shop.client.post("/v1/releases", json=examples()["/v1/releases"], headers=shop.key("zone", "operator", holder="li"))
    given = shop.client.post("/v1/consents", json=examples()["/v1/consents"], headers=keys["firm"]).json()
    path = {
        "consent_id": given["id"],
        "audit_id": answer["audit_id"],
        "bank_application_id": bank_applications[0]["bank_application_id"],
        "key": "not-found",
        "event_id": "E001",
        "demand_id": "own-0001",
        "chain_id": "small",
        "node_id": "lens",
        "list_name": "local_library",
        "firm_id": uscc,
        "uscc": uscc,
        "number": NUMBER,
        "webhook_id": "none",
        "incubator_id": "H001",
    }
    private = examples()["/v1/demands"] | {"demand_id": path["demand_id"], "visible_to": "invited"}
    shop.client.post("/v1/demands", json=private, headers=keys["firm"])
    shop.client.app.state.clearance_live = EndedStream()
    listed = shop.client.post("/v1/match/search", json={"text": "电芯密封涂层"}, headers=keys["firm"]).json()
    seen = {"query_id": listed["query_id"], "uscc": listed["suppliers"][0]["uscc"], "demand_id": None}
    outcome = examples()["/v1/match/outcomes"] | seen
    bodies = {
        "/v1/quota": shop.body(0),
        "/v1/quota/batch": [shop.body(0)],
        "/v1/points": {"uscc": uscc, "consent": shop.consent(uscc)},
        "/v1/points/advice": {"uscc": uscc, "consent": shop.consent(uscc), "target_points": 80},
        VISITED: examples()[VISITED] | {"visited_on": today_in("Asia/Shanghai").isoformat()},
        "/v1/portfolio": {"budget_wan": 100, "decisions": [answer["audit_id"]]},
        "/v1/applications": application | {"request_id": "apply-2"},
        "/v1/match/demands": {"uscc": uscc},
        "/v1/match/outcomes": outcome,
        "/v1/placements/corrections": examples()["/v1/placements/corrections"]
        | {"item_id": uscc, "chain_id": "small", "node_id": "lens"},
    }
    return shop, keys, path, examples() | bodies


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_answers_every_caller_as_the_table_says(request, route):
    """Own, other and no key, the firm's and the operator's: each status is the one that the table promises."""
    shop, keys, path, bodies = request.getfixturevalue("read_world" if route.method == "GET" else "world")
    target = route.path.format(**path | ({"number": CASE} if "/approvals/" in route.path else {}))
    if route.path.endswith("/grant"):
        visited, visitor = target.replace("grant", "due-diligence"), shop.key("standard", holder="a visitor")
        shop.client.post(visited, json=bodies[VISITED], headers=visitor)
    found = {}
    for caller in CALLERS:
        sent = bodies.get(route.path)
        if route.body is bytes:
            how = {"content": sent.encode(), "headers": keys[caller] | {"content-type": route.takes[0]}}
        else:
            how = {"json": sent, "headers": keys[caller]}
        answer = shop.client.request(route.method, target, **how)
        found[caller] = answer.status_code
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == MEDIA_TYPE
    assert found == EXPECTED[route.method, route.path]


def test_the_table_names_every_route_once_and_is_printed_whole():
    """A new route without its line in the table does not pass."""
    assert set(EXPECTED) == {(route.method, route.path) for route in OPERATIONS}
    text = access_markdown()
    assert all(f"| {route.method} | `{route.path}` |" in text for route in OPERATIONS)


def test_the_zones_other_roles_have_nothing_of_quotas_decisions_consents_and_releases():
    """An officer's and an analyst's key are refused wherever a bank's business or the service's own is at stake."""
    shut = ("/v1/quota", "/v1/decisions", "/v1/portfolio", "/v1/consents", "/v1/indications", "/v1/applications")
    shut += ("/v1/bank-applications", "/v1/releases", "/v1/monitoring", "/metrics", "/v1/clearance/webhooks")
    of_those = [row for (_, path), row in EXPECTED.items() if path.startswith(shut)]
    assert len(of_those) >= 24
    assert all((row["officer"], row["analyst"]) == (403, 403) for row in of_those)
    written = [row["analyst"] for (method, path), row in EXPECTED.items() if method == "POST"]
    assert set(written) == {403}  # an analyst changes nothing over the API


def test_no_route_but_the_open_ones_answers_without_a_key(world):
    """What is open is alive, ready, the contract and the words of its problems."""
    open_paths = {route.path for route in OPERATIONS if not route.roles}
    assert open_paths == {"/healthz", "/readyz", "/openapi.json", "/problems/{key}"}


def test_what_is_anothers_looks_like_what_is_not_there(world):
    """What another bank has is answered as what never was, but for the id in the request."""
    shop, keys, path, _ = world
    for there, never in (
        (f"/v1/decisions/{path['audit_id']}", "/v1/decisions/dec-000000000000000000000000"),
        (f"/v1/bank-applications/{path['bank_application_id']}", "/v1/bank-applications/bap-00000000000000000000"),
    ):
        hidden, absent = (shop.client.get(target, headers=keys["other"]) for target in (there, never))
        assert hidden.status_code == absent.status_code == 404
        result = hidden.text.replace(there.rsplit("/", 1)[1], "ID")
        assert result == absent.text.replace(never.rsplit("/", 1)[1], "ID")


def test_a_bank_lists_only_its_own_bank_applications_and_a_firm_only_its_own(world):
    """One application, two lists: the bank's and the firm's; everybody else's is empty."""
    shop, keys, path, _ = world
    seen = {
        caller: [
            bank_application["bank_application_id"]
            for bank_application in shop.client.get("/v1/bank-applications", headers=keys[caller]).json()[
                "bank_applications"
            ]
        ]
        for caller in ("own", "firm", "other", "other_firm")
    }
    assert seen == {
        "own": [path["bank_application_id"]],
        "firm": [path["bank_application_id"]],
        "other": [],
        "other_firm": [],
    }


def test_a_firm_reads_only_about_itself(world):
    """Naming another enterprise is refused, whether it exists or not."""
    shop, keys, _, _ = world
    for uscc in (shop.codes[1], fictitious_uscc(77)):
        assert shop.client.post("/v1/points", json={"uscc": uscc}, headers=keys["firm"]).status_code == 403
