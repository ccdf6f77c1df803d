"""A personal value that is sent: compared with the record only for who may read it, else refused whatever it is."""

from __future__ import annotations

import pytest

from tests.serving.decide.test_own_values import EVERYTHING, SCOPES, known

pytestmark = pytest.mark.law
FOUNDERS = "founder_team_score"
CALLERS = {  # the key's permissions beside the usual ones, and the consent's scopes; the last has the right
    "neither": ((), EVERYTHING[:4], False),
    "consent alone": ((), EVERYTHING, False),
    "permission alone": (("personal",), EVERYTHING[:4], False),
    "own values": (("own_values",), EVERYTHING, False),
    "own values and permission alone": (("own_values", "personal"), EVERYTHING[:4], False),
    "both": (("personal",), EVERYTHING, True),
}


@pytest.mark.parametrize(("more", "scope", "right"), CALLERS.values(), ids=CALLERS)
def test_a_personal_value_without_the_right_to_it_gets_one_answer_whatever_it_is(shop, more, scope, right):
    """Every tier, of a firm with one on record and of one without, on every route: only the right compares them."""
    cases, key = shop.worker.service.snapshot.cases, shop.key("standard", scopes=(*SCOPES[:-1], *more))
    with_one = next(code for code in shop.codes if known(cases[code].row[FOUNDERS]))
    without = next(code for code in shop.codes if not known(cases[code].row[FOUNDERS]))
    for uscc, tier in ((firm, tier) for firm in (with_one, without) for tier in range(6)):
        values = {"known_at": "2024-06-30", "indicators": {FOUNDERS: float(tier)}}
        quota = shop.body(uscc=uscc, request_id=f"{uscc}{tier}", enterprise=values) | {
            "consent": shop.consent(uscc, scope=scope)
        }
        points = {name: quota[name] for name in ("uscc", "consent", "enterprise")}
        for path, body, where in (
            ("/v1/quota", quota, ""), ("/v1/quota/batch", [quota | {"request_id": f"b{uscc}{tier}"}], "0."),
            ("/v1/points", points, ""), ("/v1/points/advice", points | {"target_points": 60}, ""),
        ):  # fmt: skip
            answer = shop.client.post(path, json=body, headers=key)
            if right:
                assert answer.status_code == (200 if tier == cases[uscc].row[FOUNDERS] else 409)
                continue
            (fault,) = answer.json()["faults"]
            assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
            assert fault == {
                "where": f"{where}enterprise.indicators.{FOUNDERS}",
                "found": f"{tier}.0",
                "allowed": "leave it out: it may be sent only with the permission personal "
                "(a bank also needs the firm's consent for personal data)",
                "allowed_zh": "请删去此项；具备 personal 权限（银行另需企业对个人信息的授权）方可报送",
            }
    assert right or shop.worker.ledger.counts("decision") == {}


def test_an_enterprise_sends_its_founders_value_with_the_permission_alone(shop):
    """Its own key without ``personal`` is answered alike; with it the record's value is no fault."""
    uscc, row = next((uscc, case.row) for uscc, case in shop.worker.service.snapshot.cases.items()
                     if known(case.row[FOUNDERS]))  # fmt: skip
    for more, statuses in (
        ((), [422] * 6),
        (("personal",), [200 if tier == row[FOUNDERS] else 409 for tier in range(6)]),
    ):
        key = shop.key(uscc, "enterprise", scopes=("points", *more))
        values = [{"known_at": "2024-06-30", "indicators": {FOUNDERS: float(tier)}} for tier in range(6)]
        bodies = [{"uscc": uscc, "enterprise": one} for one in values]
        found = [shop.client.post("/v1/points", json=body, headers=key).status_code for body in bodies]
        assert found == statuses
