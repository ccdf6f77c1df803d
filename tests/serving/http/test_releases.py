"""A policy changes by two people, from a day on, and the ledger holds who for every day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.texts.figures import write_figure
from models.quota.engine import read_policies, read_policy
from serving.contract.instants import today_in
from serving.http.examples import examples
from serving.ledger.ledger import Draft, canonical_json
from serving.releases.releases import PROPOSED

pytestmark = pytest.mark.law


def today():
    """Now: the day may change while tests run."""
    return today_in("Asia/Shanghai")


@pytest.fixture
def zone(any_shop):
    """A running service with two operators and a bank."""
    keys = {name: any_shop.key("zone", "operator", holder=name) for name in ("li", "wang")}
    return any_shop, keys | {"bank": any_shop.key("standard")}


def propose(shop, key, version="standard-next", owner="standard", **changed):
    body = read_policy().model_dump(mode="json") | {"version": version, "bank_id": owner} | changed
    requested = {"what": "policy", "owner": owner, "version": version, "body": body, "reason": "r"}
    return shop.client.post("/v1/releases", json=requested, headers=key)


def activate(shop, key, release="policy:standard:standard-next", day=None):
    body = {"release": release, "effective_from": (day or today()).isoformat(), "reason": "r"}
    answer = shop.client.post("/v1/releases/activate", json=body, headers=key)
    shop.worker.refresh()
    return answer


def in_force(shop, key, **query):
    return shop.client.get("/v1/releases/in-force", params=query, headers=key)


def test_a_change_takes_two_people_and_then_answers_the_bank(zone):
    """The proposer cannot activate; after another one did, the next answer is under the new policy, and says so."""
    shop, keys = zone
    before = shop.client.post("/v1/quota", json=shop.body(request_id="a"), headers=keys["bank"]).json()
    assert propose(shop, keys["li"], min_points=130).status_code == 201
    same = shop.client.post("/v1/quota", json=shop.body(request_id="b"), headers=keys["bank"]).json()
    assert same["versions"]["policy"] == before["versions"]["policy"] == read_policy().version
    refused = activate(shop, keys["li"])
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    assert activate(shop, keys["wang"]).status_code == 201
    after = shop.client.post("/v1/quota", json=shop.body(request_id="c"), headers=keys["bank"]).json()
    assert after["versions"]["policy"] == "standard-next"


def test_a_request_chooses_no_policy(zone):
    """A stricter policy in force: no version that was in force before, for this bank or for all, is decided by."""
    shop, keys = zone
    shop.worker.refresh()
    old, body = read_policy().version, shop.body()
    first = shop.client.post("/v1/quota", json=body | {"policy_version": old}, headers=keys["bank"])
    assert first.status_code == 200
    propose(shop, keys["li"], exclusion_list=[body["uscc"]])
    activate(shop, keys["wang"])
    plain = shop.client.post("/v1/quota", json=body | {"request_id": "b"}, headers=keys["bank"]).json()
    assert plain["outcome"] == "declined"
    asserted = body | {"request_id": "c", "policy_version": "standard-next"}
    same = shop.client.post("/v1/quota", json=asserted, headers=keys["bank"]).json()
    assert {**same, "request_id": "b", "audit_id": plain["audit_id"]} == plain
    for number, version in enumerate((old, "growth-2024.2", "never")):
        other = body | {"request_id": f"d{number}", "policy_version": version}
        refused = shop.client.post("/v1/quota", json=other, headers=keys["bank"])
        (fault,) = refused.json()["faults"]
        assert (refused.status_code, fault["where"]) == (422, "policy_version")
        assert "standard-next" in fault["allowed"]
        assert "standard-next" in fault["allowed_zh"]
        batch = shop.client.post("/v1/quota/batch", json=[other], headers=keys["bank"]).json()
        assert [fault["where"] for fault in batch["faults"]] == ["0.policy_version"]
    again = shop.client.post("/v1/quota", json=body | {"policy_version": old}, headers=keys["bank"])
    assert again.content == first.content  # the very request that was answered then


def test_a_policy_proposed_before_a_check_existed_is_not_activated(zone):
    """A mistyped code excludes nobody: its proposal is refused, and one that is recorded already is not activated."""
    shop, keys = zone
    refused = propose(shop, keys["li"], exclusion_list=["91000000000032934u"])
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, "body.exclusion_list.0")
    body = read_policy().model_dump(mode="json") | {"version": "standard-next", "exclusion_list": ["x"]}
    signed = {"by": "li", "reason": "r", "body": body}
    content = {"what": "policy", "owner": "standard", "version": "standard-next", **signed}
    subject = "policy:standard:standard-next"
    shop.worker.ledger.append(
        [Draft(PROPOSED, "standard", subject, canonical_json(content), f"proposed:{subject}", "fingerprint")]
    )
    late = activate(shop, keys["wang"])
    assert (late.status_code, late.json()["faults"][0]["where"]) == (422, "body.exclusion_list.0")
    assert in_force(shop, keys["bank"]).json()["version"] == read_policy().version


def test_who_let_what_in_is_answered_for_every_day(zone):
    """Before the set-up nothing was in force; then the set-up; from its day on the new one, with both names."""
    shop, keys = zone
    propose(shop, keys["li"])
    later = today() + timedelta(days=10)
    activate(shop, keys["wang"], day=later)
    result = {
        day: in_force(shop, keys["li"], what="policy", owner="standard", on=day.isoformat())
        for day in (today() - timedelta(days=1), today(), later - timedelta(days=1), later)
    }
    assert [answer.status_code for answer in result.values()] == [404, 200, 200, 200]
    assert [answer.json()["activated_by"] for answer in list(result.values())[1:]] == ["set-up", "set-up", "wang"]
    assert result[later].json()["proposed_by"] == "li"
    assert [answer.json()["bootstrap"] for answer in list(result.values())[1:]] == [True, True, False]
    model = in_force(shop, keys["li"], what="model").json()
    assert model["version"] == shop.worker.service.models.release
    assert in_force(shop, keys["bank"]).json()["version"] == read_policy().version
    assert in_force(shop, keys["bank"], owner="growth").status_code == 403


def test_a_b_a_on_one_day_ends_with_a_and_a_repeat_says_that_it_changes_nothing(zone):
    """The bank is answered under what was activated last; the repeat is answered ``changed`` false and is no record."""
    shop, keys = zone
    for version in "ab":
        assert propose(shop, keys["li"], version=version).status_code == 201
    changed = []
    for number, version in enumerate("abaa"):
        before = shop.worker.ledger.tip()
        answer = activate(shop, keys["wang"], f"policy:standard:{version}")
        assert answer.status_code == 201
        changed.append((answer.json()["changed"], shop.worker.ledger.tip() - before))
        quota = shop.client.post("/v1/quota", json=shop.body(request_id=f"q{number}"), headers=keys["bank"]).json()
        assert quota["versions"]["policy"] == version
    assert changed == [(True, 1), (True, 1), (True, 1), (False, 0)]
    assert in_force(shop, keys["li"], what="policy", owner="standard").json()["version"] == "a"


def test_a_policy_that_is_not_yet_or_never_in_force_cannot_be_pinned(zone):
    """Proposed is not activated, and activated for next month is not today's."""
    shop, keys = zone
    propose(shop, keys["li"])
    pinned = shop.body(policy_version="standard-next")
    assert shop.client.post("/v1/quota", json=pinned, headers=keys["bank"]).status_code == 422
    activate(shop, keys["wang"], day=today() + timedelta(days=30))
    assert shop.client.post("/v1/quota", json=pinned, headers=keys["bank"]).status_code == 422


def test_an_activation_says_when_it_takes_effect_and_by_which_calendar(zone):
    """The clock of the tests is set to 2024-06-30; releases follow the real day all the same, and say so."""
    shop, keys = zone
    assert shop.worker.service.clock.today() < today()
    propose(shop, keys["li"])
    early = activate(shop, keys["wang"], day=shop.worker.service.clock.today())
    assert early.status_code == 422
    assert "real calendar" in early.json()["detail"]
    assert "实际日历" in early.json()["detail_zh"]
    for _ in range(2):  # also where nothing changes
        warnings = {one["code"]: one for one in activate(shop, keys["wang"]).json()["warnings"]}
        assert f"from {write_figure('date', today())[1]} on" in warnings["release_effect"]["en"]
        assert "within 1.0 seconds" in warnings["release_effect"]["en"]
        assert "2024年6月30日" in warnings["clock_not_for_releases"]["zh"]
    real = shop.client.get("/v1/releases", headers=keys["li"]).json()["releases"]
    assert all(one["warnings"] == [] for one in real if "warnings" in one)


def test_a_version_is_never_changed(zone):
    """The same version with another body is a 409; with the same body from the same person it is the same proposal."""
    shop, keys = zone
    first, again = propose(shop, keys["li"]), propose(shop, keys["li"])
    assert first.json() == again.json()
    assert propose(shop, keys["li"], min_points=99).status_code == 409
    assert propose(shop, keys["wang"]).status_code == 409


def test_nothing_is_let_in_for_the_past(zone):
    """What was decided stays decided: an activation dates from today or later."""
    shop, keys = zone
    propose(shop, keys["li"])
    assert activate(shop, keys["wang"], day=today() - timedelta(days=1)).status_code == 422


def test_a_proposed_policy_that_is_none_is_refused_with_every_fault(shop):
    """The body is checked when it is proposed, not at a bank's request."""
    key = shop.key("zone", "operator")
    good = examples()["/v1/releases"]
    bad = good | {"body": good["body"] | {"pd_cutoff": 7, "lgd": "much", "colour": "red"}}
    answer = shop.client.post("/v1/releases", json=bad, headers=key)
    assert answer.status_code == 422
    assert {fault["where"] for fault in answer.json()["faults"]} >= {"body.pd_cutoff", "body.lgd", "body.colour"}
    other = good | {"body": good["body"] | {"version": "another"}}
    assert shop.client.post("/v1/releases", json=other, headers=key).status_code == 422


def test_every_packed_bank_has_its_own_policy_from_the_first_day(shop):
    """Ten files, ten banks, each answered under its own; a bank without a file under the standard one."""
    for policy in read_policies():
        assert shop.worker.policies.policy_of(policy.bank_id) == policy
    assert shop.worker.policies.policy_of("newcomer") == read_policy()


def test_a_second_start_sets_nothing_up_again(open_shop, ledger_url):
    """Two workers, one after another, and the ledger holds the first releases once."""
    first = open_shop(ledger_url).worker.ledger.tip()
    assert open_shop(ledger_url).worker.ledger.tip() == first


def test_a_policy_is_proposed_for_the_bank_that_it_names_or_for_everybody(zone):
    """Another bank's policy is refused, beside a wrong version; everybody's may name any bank."""
    shop, keys = zone
    refused = propose(shop, keys["li"], owner="growth", bank_id="standard", version="v-2")
    assert refused.status_code == 422
    assert [fault["where"] for fault in refused.json()["faults"]] == ["body.bank_id"]
    other = read_policy().model_dump(mode="json") | {"version": "v-2"}
    requested = {"what": "policy", "owner": "growth", "version": "v-3", "body": other, "reason": "r"}
    both = shop.client.post("/v1/releases", json=requested, headers=keys["li"]).json()["faults"]
    assert [fault["where"] for fault in both] == ["body.version", "body.bank_id"]
    everybody = {**requested, "owner": "*", "version": "v-2"}
    assert shop.client.post("/v1/releases", json=everybody, headers=keys["li"]).status_code == 201


def test_what_a_release_should_have_been_is_said_in_both_languages(zone):
    """Of four eyes, of a release and of a day; no Chinese text is the English one."""
    shop, keys = zone
    assert propose(shop, keys["li"]).status_code == 201
    past = today() - timedelta(days=1)
    refused = [
        activate(shop, keys["li"]),
        activate(shop, keys["wang"], "policy:standard:none"),
        activate(shop, keys["wang"], day=past),
        shop.client.get("/v1/releases/in-force", params={"on": "1990-01-01"}, headers=keys["bank"]),
        shop.client.post("/v1/quota", json=shop.body(as_of="1999-01-01"), headers=keys["bank"]),
        shop.client.post(
            "/v1/points",
            json={
                "uscc": shop.codes[0],
                "consent": shop.consent(shop.codes[0]),
                "enterprise": {"industry": "magic", "known_at": "2024-01-01"},
            },
            headers=keys["bank"],
        ),
    ]
    assert [answer.status_code for answer in refused] == [403, 404, 422, 404, 422, 422]
    assert refused[0].json()["title"] == "Another person must do this"
    for answer in refused:
        for fault in answer.json()["faults"]:
            assert any("\u4e00" <= character <= "\u9fff" for character in fault["allowed_zh"]), fault
            assert fault["allowed"].isascii(), fault
