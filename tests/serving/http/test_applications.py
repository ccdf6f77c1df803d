"""The bank application flow over HTTP, from the firm's points to the bank's grant, on both kinds of store."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from data.requests import QuotaRequest
from models.quota.engine import read_policies, read_policy
from serving.applications.bank_applications import overdue_drafts
from serving.contract.answers import BankApplicationAnswer, BankApplicationsAnswer, BanksAnswer, IndicationsAnswer
from serving.contract.instants import today_in
from serving.http.examples import examples

pytestmark = pytest.mark.contract
GRANT = {"amount_cny": 2_000_000, "annual_rate": 0.0435, "tenor_months": 12, "reason": "Orders in hand."}
WHY = {"reason": "The buyers did not confirm."}


def visit(**changes):
    """Of the day on which it is sent: the day may change while tests run."""
    day = today_in("Asia/Shanghai").isoformat()
    return {"visited_on": day, "findings": "Two lines running.", "recommended": True} | changes


def application(*banks, **changes):
    return examples()["/v1/applications"] | {"banks": list(banks or ("standard", "growth"))} | changes


class Flow:
    """A firm and two banks."""

    def __init__(self, shop, position=0):
        self.shop, self.uscc = shop, shop.codes[position]
        self.firm = shop.key(self.uscc, "enterprise", holder="founder")
        self.banks = {name: shop.key(name, holder=f"{name} officer") for name in ("standard", "growth")}

    def apply(self, *banks, **changes):
        return self.shop.client.post("/v1/applications", json=application(*banks, **changes), headers=self.firm)

    def action(self, bank_application_id, action, body, key):
        """The answer to one action; body: None for a visit of today."""
        path = f"/v1/bank-applications/{bank_application_id}/{action}"
        return self.shop.client.post(path, json=visit() if body is None else body, headers=key)


def test_one_application_many_bank_applications_each_bank_decides_and_the_firm_sees_it(any_shop):
    """Points looked up, banks chosen, applied once; one bank grants after due diligence, the other declines."""
    flow = Flow(any_shop)
    points = any_shop.client.post("/v1/points", json={"uscc": flow.uscc}, headers=flow.firm).json()
    offered = BanksAnswer.model_validate_json(any_shop.client.get("/v1/banks", headers=flow.firm).content).banks
    assert {"standard", "growth"} <= {bank.bank_id for bank in offered}
    answer = flow.apply()
    assert answer.status_code == 201, answer.text
    one, other = answer.json()["bank_applications"]
    BankApplicationAnswer.model_validate(one | {"consent": one["consent"]}, strict=False)
    assert (one["bank_id"], other["bank_id"]) == ("standard", "growth")
    assert one["points"]["points"]["total"] == points["points"]["total"]
    assert one["next_actions"] == ["record_due_diligence", "decline", "withdraw", "expire"]
    seen = any_shop.client.get("/v1/bank-applications", headers=flow.banks["standard"]).json()["bank_applications"]
    assert [bank_application["bank_application_id"] for bank_application in seen] == [one["bank_application_id"]]
    assert (
        flow.action(one["bank_application_id"], "due-diligence", None, flow.banks["standard"]).json()["state"]
        == "due_diligence"
    )
    second = any_shop.key("standard", holder="second officer")
    assert flow.action(one["bank_application_id"], "grant", GRANT, second).json()["state"] == "granted"
    assert flow.action(other["bank_application_id"], "decline", WHY, flow.banks["growth"]).json()["state"] == "declined"
    mine = any_shop.client.get("/v1/bank-applications", headers=flow.firm).json()["bank_applications"]
    assert [bank_application["state"] for bank_application in mine] == ["granted", "declined"]
    assert (mine[0]["actions"][-1]["amount_cny"], mine[0]["actions"][-1]["by"]) == (2_000_000, "second officer")
    assert mine[1]["actions"][-1]["reason"] == WHY["reason"]
    assert any_shop.worker.ledger.verify().breaks == ()
    kept = Counter(record.owner for record in any_shop.worker.ledger.scan("bank_application_action"))
    assert kept == {"standard": 3, "growth": 2}


def test_the_consent_in_an_order_opens_the_quota_for_that_bank_alone(any_shop):
    """The bank uses the bank application's consent as it is; the other bank cannot use it."""
    flow = Flow(any_shop)
    one, other = flow.apply().json()["bank_applications"]
    body = {"request_id": "q1", "uscc": flow.uscc, "requested_amount_cny": 3_000_000}
    granted = any_shop.client.post("/v1/quota", json=body | {"consent": one["consent"]}, headers=flow.banks["standard"])
    stolen = any_shop.client.post("/v1/quota", json=body | {"consent": one["consent"]}, headers=flow.banks["growth"])
    own = any_shop.client.post("/v1/quota", json=body | {"consent": other["consent"]}, headers=flow.banks["growth"])
    assert (granted.status_code, stolen.status_code, own.status_code) == (200, 403, 200)


def test_the_firm_sees_every_banks_indication_and_each_is_the_banks_own_decision(any_shop):
    """One call, ten banks, best first; each amount is what that bank's quota route answers; recorded once."""
    shop = any_shop
    uscc = next(
        code
        for code in shop.codes
        if shop.worker.service.quota(
            QuotaRequest(request_id="x", uscc=code, requested_amount_cny=3_000_000), read_policy()
        )["quota"]["amount_wan"]
    )
    firm, requested = shop.key(uscc, "enterprise"), {"request_id": "ask-1", "requested_amount_cny": 3_000_000}
    answer = shop.client.post("/v1/indications", json=requested, headers=firm)
    again = shop.client.post("/v1/indications", json=requested, headers=firm)
    changed = shop.client.post("/v1/indications", json=requested | {"tenor_months": 24}, headers=firm)
    result = IndicationsAnswer.model_validate_json(answer.content)
    assert (answer.content, changed.status_code) == (again.content, 409)
    assert {one.bank_id for one in result.indications} == {policy.bank_id for policy in read_policies()}
    assert [offer.amount_wan for offer in result.indications] == sorted(
        (o.amount_wan for o in result.indications), reverse=True
    )
    for bank in ("standard", "growth"):
        body = shop.body(uscc=uscc, bank=bank)
        quota = shop.client.post("/v1/quota", json=body, headers=shop.key(bank)).json()
        offer = next(offer for offer in result.indications if offer.bank_id == bank)
        assert (offer.outcome, offer.amount_wan) == (quota["outcome"], quota["quota"]["amount_wan"])
    assert shop.worker.ledger.counts("indications") == {uscc: 1}


def test_applying_twice_is_applying_once_and_a_changed_application_is_refused(any_shop):
    """Same request_id and body: the same bank applications. Other banks under that request_id: 409, nothing new."""
    flow = Flow(any_shop)
    first, again = flow.apply("standard"), flow.apply("standard")
    assert first.content == again.content
    changed = flow.apply("standard", "growth")
    assert changed.status_code == 409
    assert any_shop.worker.ledger.counts("bank_application_action") == {"standard": 1}


ILLEGAL = {
    "a grant without due diligence": (("grant", GRANT),),
    "due diligence after a decline": (("decline", WHY), ("due-diligence", None)),
    "a second decline": (("decline", WHY), ("decline", WHY)),
    "a grant after withdrawal": (("due-diligence", None), ("withdraw", WHY), ("grant", GRANT)),
}


@pytest.mark.parametrize("actions", ILLEGAL.values(), ids=ILLEGAL)
def test_an_illegal_action_is_a_409_that_says_what_is_allowed(shop, actions):
    """The state stays as it was, and nothing is recorded."""
    flow = Flow(shop)
    bank_application_id = flow.apply("standard").json()["bank_applications"][0]["bank_application_id"]
    for action, body in actions[:-1]:
        key = flow.firm if action == "withdraw" else flow.banks["standard"]
        assert flow.action(bank_application_id, action, body, key).status_code == 200
    before = shop.worker.ledger.tip()
    refused = flow.action(bank_application_id, *actions[-1], flow.banks["standard"])
    assert refused.status_code == 409
    assert "only in one of these states: " in refused.json()["faults"][0]["allowed"]
    assert shop.worker.ledger.tip() == before


BAD = {
    "a bank that is none": ({"banks": ["standard", "bank-x"]}, "banks among"),
    "a bank twice": ({"banks": ["standard", "standard"]}, "each bank once"),
    "no bank": ({"banks": []}, "at least 1"),
    "nothing to share": ({"share": []}, "at least 1"),
    "an amount in words": ({"requested_amount_cny": "much"}, "integer"),
}


@pytest.mark.parametrize(("change", "result"), BAD.values(), ids=BAD)
def test_an_application_that_is_none_is_refused(shop, change, result):
    """Each fault is a 422 that says what is allowed; no order is sent."""
    answer = Flow(shop).apply(**change)
    assert answer.status_code == 422
    assert result in answer.text
    assert shop.worker.ledger.counts("bank_application_action") == {}


def test_a_grant_above_what_was_requested_or_a_visit_to_come_is_refused(shop):
    """A bank may give less, not more, and cannot have visited tomorrow."""
    flow = Flow(shop)
    bank_application_id = flow.apply("standard").json()["bank_applications"][0]["bank_application_id"]
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    early = flow.action(bank_application_id, "due-diligence", visit(visited_on=tomorrow), flow.banks["standard"])
    flow.action(bank_application_id, "due-diligence", None, flow.banks["standard"])
    much = flow.action(bank_application_id, "grant", GRANT | {"amount_cny": 900_000_000}, flow.banks["standard"])
    assert (early.status_code, much.status_code) == (422, 422)


def test_overdue_bank_applications_are_closed_by_the_sweep_and_take_no_step(shop, monkeypatch):
    """Past its day a bank application expires, once, and the firm sees it."""
    flow = Flow(shop)
    bank_application_id = flow.apply("standard").json()["bank_applications"][0]["bank_application_id"]
    late = datetime.now(UTC) + timedelta(days=31)
    shop.worker.ledger.append(overdue_drafts(shop.worker.ledger, late))
    assert flow.action(bank_application_id, "due-diligence", None, flow.banks["standard"]).status_code == 409
    result = shop.client.get(f"/v1/bank-applications/{bank_application_id}", headers=flow.firm).json()
    assert (result["state"], result["next_actions"]) == ("expired", [])
    operator = shop.key("zone", "operator")
    assert shop.client.post("/v1/bank-applications/expire", headers=operator).json() == {"expired": 0}


def test_the_founder_tier_is_in_an_order_only_if_the_firm_shares_it_with_a_key_that_may(shop):
    """Sharing ``personal`` takes both the firm's word and the scope of its key."""
    uscc = next(code for code in shop.codes if shop.worker.service.snapshot.cases[code].row["founder_team_score"] >= 0)

    def founder(scopes, share, request_id):
        key = shop.key(uscc, "enterprise", scopes)
        body = application("standard", share=share, request_id=request_id)
        bank_applications = shop.client.post("/v1/applications", json=body, headers=key).json()["bank_applications"]
        rows = bank_applications[0]["points"]["indicators"]
        return next(row for row in rows if row["key"] == "founder_team_score")["value"]

    everything = ["points", "quota", "personal"]
    assert founder(("apply",), everything, "a") is None
    assert founder(("apply", "personal"), ["points"], "b") is None
    assert founder(("apply", "personal"), everything, "c") is not None


def ended(flow, bank_application):
    """The firm ends the bank application's consent."""
    path = f"/v1/consents/{bank_application['consent']['id']}/revoke"
    assert flow.shop.client.post(path, json={"reason": "no longer"}, headers=flow.firm).status_code == 200
    flow.shop.worker.refresh()


@pytest.mark.parametrize("seen_by_worker", [True, False], ids=["read already", "not read yet"])
def test_a_revoked_consent_ends_the_banks_look_and_its_way_to_a_grant(any_shop, monkeypatch, seen_by_worker):
    """No points, no due diligence, no grant; decline and withdraw stay, and the firm goes on reading its own."""
    flow = Flow(any_shop)
    one, other = flow.apply().json()["bank_applications"]
    bank, bank_application_id = flow.banks["standard"], one["bank_application_id"]
    path = f"/v1/bank-applications/{bank_application_id}"
    assert any_shop.client.get(path, headers=bank).json()["points"] == one["points"]
    assert flow.action(bank_application_id, "due-diligence", None, bank).status_code == 200
    ended(flow, one)
    before = any_shop.worker.ledger.counts("bank_application_action")
    second = any_shop.key("standard", holder="second officer")
    if not seen_by_worker:
        monkeypatch.setattr(any_shop.worker.consents, "revoked_at", lambda _: None)
    for action, body in (("due-diligence", None), ("grant", GRANT)):
        refused = flow.action(bank_application_id, action, body, second)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/consent-invalid")
        assert [fault["where"] for fault in refused.json()["faults"]] == ["consent.revoked"]
    assert any_shop.worker.ledger.counts("bank_application_action") == before
    if seen_by_worker:
        result = any_shop.client.get(path, headers=bank).json()
        (listed,) = any_shop.client.get("/v1/bank-applications", headers=bank).json()["bank_applications"]
        assert (
            result == listed == BankApplicationAnswer.model_validate_json(orjson.dumps(result)).model_dump(mode="json")
        )
        assert (result["points"], result["next_actions"]) == (None, ["decline", "withdraw", "expire"])
    assert any_shop.client.get(path, headers=flow.firm).json()["points"] == one["points"]
    declined = flow.action(bank_application_id, "decline", WHY, bank)
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert flow.action(other["bank_application_id"], "withdraw", WHY, flow.firm).json()["state"] == "withdrawn"


def test_no_points_are_shown_once_the_revocation_was_answered_by_another_worker(open_shop, ledger_url, monkeypatch):
    """The bank's worker has read nothing since; it reads revocations when it is asked, one application or the list."""
    for module in ("serving.decide.worker", "serving.auth.access", "serving.consents.check"):
        monkeypatch.setattr(f"{module}.STALE_S", 3_600.0)
    theirs, ours = open_shop(ledger_url), open_shop(ledger_url)
    flow = Flow(theirs)
    (one,) = flow.apply("standard").json()["bank_applications"]
    ours.worker.refresh()
    ours.worker.upkeep[0].stop()
    bank, path = flow.banks["standard"], f"/v1/bank-applications/{one['bank_application_id']}"
    assert ours.client.get(path, headers=bank).json()["points"] == one["points"]
    revoke = f"/v1/consents/{one['consent']['id']}/revoke"
    assert theirs.client.post(revoke, json={"reason": "no longer"}, headers=flow.firm).status_code == 200
    assert ours.client.get(path, headers=bank).json()["points"] is None
    (listed,) = ours.client.get("/v1/bank-applications", headers=bank).json()["bank_applications"]
    assert listed["points"] is None


def test_an_application_for_what_a_bank_does_not_offer_says_so(shop):
    """Each bank's own policy: a warning in the answer and in the record, also where the bank reads it."""
    policies = shop.worker.policies.banks
    lacking = next(name for name, policy in policies.items() if "zheke" not in policy.products)
    having = next(
        name for name, policy in policies.items()
        if (offer := policy.products.get("zheke")) and offer.min_tenor_months <= 12 <= offer.max_tenor_months
        and "working_capital" in offer.purposes
    )  # fmt: skip
    answer = Flow(shop).apply(lacking, having, product="zheke", tenor_months=12, purpose="working_capital")
    assert answer.status_code == 201
    one, other = answer.json()["bank_applications"]
    assert [warning["code"] for warning in one["warnings"]] == ["product_not_offered"]
    assert "does not offer this product" in one["warnings"][0]["en"]
    assert other["warnings"] == []
    path = f"/v1/bank-applications/{one['bank_application_id']}"
    read = shop.client.get(path, headers=shop.key(lacking)).json()
    assert read["warnings"] == read["actions"][0]["warnings"] == one["warnings"]


def test_what_was_granted_before_the_revocation_stays(shop):
    """The grant is a record; only the look at the points ends."""
    flow = Flow(shop)
    (one,) = flow.apply("standard").json()["bank_applications"]
    bank, second = flow.banks["standard"], shop.key("standard", holder="second officer")
    flow.action(one["bank_application_id"], "due-diligence", None, bank)
    assert flow.action(one["bank_application_id"], "grant", GRANT, second).json()["state"] == "granted"
    ended(flow, one)
    result = shop.client.get(f"/v1/bank-applications/{one['bank_application_id']}", headers=bank).json()
    assert (result["state"], result["points"], result["actions"][-1]["amount_cny"]) == ("granted", None, 2_000_000)
    assert flow.action(one["bank_application_id"], "grant", GRANT, second).status_code == 409


def test_a_banks_key_without_the_permission_reads_no_personal_points_in_an_order_that_shares_them(shop):
    """The firm shared them; the bank's own key must have the permission as well, as for points."""
    uscc = next(code for code in shop.codes if shop.worker.service.snapshot.cases[code].row["founder_team_score"] >= 0)
    firm = shop.key(uscc, "enterprise", ("apply", "bank_applications", "personal"))
    body = application("standard", share=["points", "quota", "personal"])
    (one,) = shop.client.post("/v1/applications", json=body, headers=firm).json()["bank_applications"]
    keys = {"wide": shop.key("standard", scopes=("bank_applications", "personal")), "plain": shop.key("standard")}
    for name, key in keys.items():
        (result,) = shop.client.get("/v1/bank-applications", headers=key).json()["bank_applications"]
        values = [row["value"] for row in result["points"]["indicators"] if row["key"] == "founder_team_score"]
        assert (values == [None]) is result["points"]["personal_excluded"] is (name == "plain")
        assert (result["points"] == one["points"]) is (name == "wide")


def test_a_bank_reads_its_list_page_by_page(shop):
    """Three applications in pages of two, in both orders, with how many there are; without a count all of them."""
    for firm in range(3):
        key = shop.key(shop.codes[firm], "enterprise")
        body = {"request_id": "page", "banks": ["standard"], "requested_amount_cny": 1_000_000 * (firm + 1)}
        assert shop.client.post("/v1/applications", json=body, headers=key).status_code == 201
    bank = shop.key("standard")

    def page(**query):
        answer = shop.client.get("/v1/bank-applications", params=query, headers=bank)
        assert answer.status_code == 200, answer.text
        found = BankApplicationsAnswer.model_validate_json(answer.content)
        return [one.request["requested_amount_cny"] // 1_000_000 for one in found.bank_applications], found.count

    assert page() == ([1, 2, 3], 3)
    assert page(count=2) == ([1, 2], 3)
    assert page(count=2, after=2) == ([3], 3)
    assert page(count=2, order="newest") == ([3, 2], 3)
    assert page(count=2, state="sent") == ([1, 2], None)
    assert page(state="granted") == ([], 0)
    assert page(due_before="2000-01-01") == ([], 0)
    assert page(due_before="2199-12-31", order="newest") == ([3, 2, 1], 3)


@pytest.mark.parametrize(
    "query", ["state=open", "state=", "order=up", "count=1001", "count=-1", "after=x", "due_before=soon", "page=2"]
)
def test_a_part_that_there_is_not_is_refused_by_its_name(shop, query):
    answer = shop.client.get(f"/v1/bank-applications?{query}", headers=shop.key("standard"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["faults"][0]["where"] in (query.partition("=")[0], "query")
