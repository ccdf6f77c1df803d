"""Chains by HTTP: media, headers, queries, and what the ledger keeps."""

from __future__ import annotations

import pytest

from tests.serving.chain.planted import PATENT, WORLD

pytestmark = pytest.mark.contract
NODE = "/v1/chains/small/nodes/lens"


@pytest.fixture
def ask(shop):
    """GET with the zone's key."""
    key = shop.key("zone", "operator")
    return lambda path: shop.client.get(path, headers=key)


def test_a_picture_and_a_page_bring_their_style_and_may_load_nothing(ask):
    for path, media in (
        ("/v1/chains/small/fishbone.svg?width=400&lang=en", "image/svg+xml"),
        ("/v1/chains/small/page.html", "text/html; charset=utf-8"),
        (f"{NODE}/page.html?lang=en", "text/html; charset=utf-8"),
    ):
        answer = ask(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_list_is_a_file_with_a_name(ask):
    answer = ask(f"{NODE}/world_library.csv?lang=en")
    assert answer.headers["content-disposition"] == 'attachment; filename="small-lens-world_library.csv"'
    assert WORLD in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("query", "where"), [("width=319", "width"), ("width=a", "width"), ("lang=fr", "lang"), ("colour=red", "query")]
)
def test_a_wrong_query_is_named_with_what_is_allowed(ask, query, where):
    answer = ask(f"/v1/chains/small/fishbone.svg?{query}")
    assert (answer.status_code, answer.json()["faults"][0]["where"]) == (422, where)


def test_an_answer_is_recorded_with_its_digest_and_without_a_firm(shop):
    key = shop.key(shop.codes[0], "enterprise")
    answer = shop.client.post("/v1/placements", json={"uscc": shop.codes[0]}, headers=key)
    assert answer.json()["placements"][0]["node_id"] == "camera"
    shop.client.post("/v1/recommend/investors", json={"publication_number": PATENT}, headers=key)
    records = shop.worker.ledger.find(kind="chain_answer")
    assert [one.content["kind"] for one in records] == ["placements", "investors"]
    assert not any(shop.codes[0] in f"{one.owner}{one.body!r}" for one in records)
