"""A caller's fault is a 4xx on both kinds of store, and HEAD answers as GET without a body."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from serving.auth.access import ROLE_PERMISSIONS
from serving.http.examples import examples
from serving.http.problems import MEDIA_TYPE
from serving.http.routes import OPERATIONS
from tests.serving.clearance.planted_release import EndedStream

pytestmark = pytest.mark.contract
LETTERS = {
    "NUL": "\0",
    "a NUL inside": "a\0b",
    "a line feed": "a\n",
    "delete": "\x7f",
    "long": "x" * 5_000,
    "other": "企业☃",
}


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_no_letter_in_a_path_is_a_fault_of_ours(any_shop, text):
    """Every route with a name in its path, for every kind of caller: not found, with no word of a driver."""
    shop = any_shop
    keys = {
        "bank": shop.key("standard", scopes=(*ROLE_PERMISSIONS["bank"], "chain")),
        "enterprise": shop.key(shop.codes[0], "enterprise"),
        **{role: shop.key("zone", role) for role in ("operator", "zone_officer", "policy_analyst")},
    }  # fmt: skip
    for route in (route for route in OPERATIONS if "{" in route.path):
        head, _, rest = route.path.partition("{")
        target = head + quote(text) + rest.partition("}")[2]
        for role in route.roles or ("bank",):
            answer = shop.client.request(route.method, target, json=examples().get(route.path), headers=keys[role])
            assert answer.status_code == 404, (route.method, route.path, answer.text)
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert "psycopg" not in answer.text


BODIES = {
    "NUL in a release": ("/v1/releases/activate", {"release": "policy:*:\0"}),
    "NUL in a kind": ("/v1/releases/activate", {"release": "\0olicy:*:v"}),
    "a release without its parts": ("/v1/releases/activate", {"release": "policy"}),
    "a long release": ("/v1/releases/activate", {"release": f"policy:{'b' * 65}:v"}),
    "a long owner": ("/v1/releases", {"owner": "b" * 65}),
    "NUL in an owner": ("/v1/releases", {"owner": "b\0"}),
    "NUL in a version": ("/v1/releases", {"version": "b\0"}),
}


@pytest.mark.parametrize(("path", "change"), BODIES.values(), ids=BODIES)
def test_what_a_store_cannot_hold_is_refused_by_the_contract(any_shop, path, change):
    key = any_shop.key("zone", "operator", holder="li")
    answer = any_shop.client.post(path, json=examples()[path] | change, headers=key)
    assert answer.status_code == 422, answer.text
    assert "psycopg" not in answer.text


def test_the_longest_names_of_the_contract_fit_both_stores(any_shop):
    """Owner and version of 64 letters, holder and caller of 64: proposed, activated and in force."""
    shop, owner, version = any_shop, "b" * 64, "v" * 64
    li, wang = (shop.key("z" * 64, "operator", holder=name * 64) for name in "lw")
    body = examples()["/v1/releases"]
    policy = body["body"] | {"version": version, "bank_id": owner}
    made = shop.client.post(
        "/v1/releases", json=body | {"owner": owner, "version": version, "body": policy}, headers=li
    )
    assert made.status_code == 201, made.text
    given = examples()["/v1/releases/activate"] | {"release": f"policy:{owner}:{version}"}
    assert shop.client.post("/v1/releases/activate", json=given, headers=wang).status_code == 201
    assert shop.worker.ledger.verify().breaks == ()


def test_texts_with_nul_are_recorded_on_both_stores(any_shop):
    """A reason is JSON inside a record; NUL in it is written as its escape and comes back."""
    key = any_shop.key("standard")
    audit_id = any_shop.client.post("/v1/quota", json=any_shop.body(), headers=key).json()["audit_id"]
    override = examples()["/v1/decisions/{audit_id}/overrides"] | {"reason": "a\0b"}
    answer = any_shop.client.post(f"/v1/decisions/{audit_id}/overrides", json=override, headers=key)
    assert answer.status_code == 201, answer.text
    assert any_shop.worker.ledger.find(kind="override")[0].content["reason"] == "a\0b"
    assert any_shop.worker.ledger.verify().breaks == ()


@pytest.mark.parametrize(
    "route", [route for route in OPERATIONS if route.method == "GET"], ids=lambda route: route.path
)
def test_head_is_get_without_its_body(shop, route):
    """Same status and headers, no body, for a caller with and without a key; the refusals too."""
    target = (
        route.path.replace("{key}", "four-eyes")
        .replace("{audit_id}", "dec-none")
        .replace("{bank_application_id}", "bap-none")
    )
    shop.client.app.state.clearance_live = EndedStream()
    role = route.roles[-1] if route.roles else "bank"
    key = shop.key(shop.codes[0] if role == "enterprise" else "standard", role)
    for headers in (key, {}):
        whole, head = shop.client.get(target, headers=headers), shop.client.head(target, headers=headers)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        names = ("content-type", "cache-control", "x-frame-options")
        assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]
        if route.path != "/metrics":
            assert head.headers["content-length"] == whole.headers["content-length"]


def test_head_is_allowed_where_get_is(shop):
    """The methods of a route name it; a route that only takes a body refuses it."""
    assert shop.client.delete("/healthz").headers["allow"] == "GET, HEAD"
    refused = shop.client.head("/v1/quota")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
