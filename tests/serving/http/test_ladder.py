"""The ladder by HTTP."""

from __future__ import annotations

import pytest

from data.uscc import fictitious_uscc
from serving.contract import ladder_answers

pytestmark = pytest.mark.contract


def test_a_firm_reads_its_own_ladder_and_no_other(shop):
    key = shop.key(shop.codes[0], "enterprise")
    own = shop.client.get(f"/v1/firms/{shop.codes[0]}/ladder", headers=key)
    answer = ladder_answers.LadderAnswer.model_validate_json(own.content)
    assert {"tech_sme", "hnte", "star"} <= {rule.tier for rule in answer.rules}
    for other in (shop.codes[1], fictitious_uscc(99), "nothing"):
        refused = shop.client.get(f"/v1/firms/{other}/ladder", headers=key)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-enterprise")


@pytest.mark.parametrize(
    ("query", "where", "status"),
    [
        ("on=yesterday", "on", 422),
        ("on=1800-01-01", "on", 422),
        ("tier=nothing", "tier", 422),
        ("version=1", "version", 404),
    ],
)
def test_a_wrong_query_is_named(shop, query, where, status):
    answer = shop.client.get(f"/v1/firms/{shop.codes[0]}/ladder?{query}", headers=shop.key("zone", "operator"))
    assert (answer.status_code, answer.json()["faults"][0]["where"]) == (status, where)
