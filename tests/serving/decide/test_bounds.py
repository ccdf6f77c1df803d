"""What people find and decide stays within the request and the policy; what is unusual is a warning in the answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from data.requests import Application, DueDiligence, Grant, Override
from models.quota.engine import read_policy
from serving.applications.bank_applications import BankApplication
from serving.auth.access import RESERVED_HOLDERS
from serving.contract.instants import today_in
from serving.contract.refusals import Refusal
from serving.decide.bounds import check_application, check_grant, check_override, check_visit, warning
from serving.params import read_params

WARNINGS = (
    "grant_against_finding", "grant_above_quota", "grant_without_quota", "grant_rate_unusual", "grant_tenor_shorter",
    "stage_unknown", "override_against_decision", "override_above_quota",
)  # fmt: skip
pytestmark = pytest.mark.contract
PARAMS = read_params()
STANDARD = read_policy()
INDICATIONS = {
    "innovation_points": STANDARD.products["innovation_points"].model_copy(update={"annual_rate": 0.05}),
    "zheke": STANDARD.products["zheke"].model_copy(update={"annual_rate": 0.04, "cap_share": 0.5}),
}
POLICY = STANDARD.model_copy(
    update={"products": INDICATIONS, "max_annual_rate": 0.072, "stage_cap_wan": {"startup": 300.0, "growth": 500.0}}
)
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
STEPS: tuple[dict[str, Any], ...] = ({"state": "sent", "at": NOW.isoformat()},)
NO = {"state": "due_diligence", "at": NOW.isoformat(), "by": "Li Wei", "recommended": False}
YES = NO | {"recommended": True}
QUOTA = {"outcome": "preapproved", "quota": {"amount_cny": 2_000_000}}


def bank_application(
    *actions: dict[str, Any], stage: str = "startup", product: str = "innovation_points"
) -> BankApplication:
    request = {"requested_amount_cny": 4_000_000, "tenor_months": 12, "product": product}
    return BankApplication(
        "o", "a", "standard", "U", "due_diligence", "x", request, {}, {"growth_stage": stage}, (*STEPS, *actions)
    )


def grant(amount_cny: int = 2_000_000, rate: float = 0.05, months: int = 12) -> Grant:
    return Grant(amount_cny=amount_cny, annual_rate=rate, tenor_months=months, reason="r")


def codes(given: Grant, whose: BankApplication, calculated: Any = QUOTA, holder: str = "Wang Fang") -> list[str]:
    return [item["code"] for item in check_grant(given, whose, holder, POLICY, PARAMS, calculated)]


# grant, order, what is refused: the cap of a start-up is 300 wan, 400 wan over 12 months were applied for
REFUSED = {
    "more than the stage's cap": (grant(3_010_000), bank_application(YES), ["amount_cny"]),
    "more than applied for": (grant(4_010_000), bank_application(YES, stage="growth"), ["amount_cny"]),
    "more than both": (grant(9_000_000), bank_application(YES), ["amount_cny", "amount_cny"]),
    "more than the product's share of the cap": (
        grant(1_510_000),
        bank_application(YES, product="zheke"),
        ["amount_cny"],
    ),
    "longer than applied for": (grant(months=13), bank_application(YES), ["tenor_months"]),
    "dearer than any loan": (grant(rate=0.25), bank_application(YES), ["annual_rate"]),
    "36 % for 60 months where 12 were applied for": (
        grant(rate=0.36, months=60),
        bank_application(NO),
        ["tenor_months", "annual_rate"],
    ),
}


@pytest.mark.parametrize(("given", "whose", "where"), REFUSED.values(), ids=REFUSED)
def test_a_grant_out_of_bounds_is_refused_with_every_fault(
    given: Grant, whose: BankApplication, where: list[str]
) -> None:
    with pytest.raises(Refusal) as caught:
        codes(given, whose)
    assert (caught.value.key, [fault.where for fault in caught.value.faults]) == ("invalid-request", where)


# grant, order, calculated, warnings
ACCEPTED = {
    "as applied for, within the quota": (grant(), bank_application(YES), QUOTA, []),
    "at the cap, above the quota": (grant(3_000_000), bank_application(YES), QUOTA, ["grant_above_quota"]),
    "where the calculation declines": (
        grant(), bank_application(YES), {"outcome": "declined", "quota": {"amount_cny": 0}}, ["grant_above_quota"]
    ),
    "where nothing is calculated": (grant(), bank_application(YES), None, ["grant_without_quota"]),
    "at the policy's highest rate": (grant(rate=0.072), bank_application(YES), QUOTA, []),
    "a little more": (grant(rate=0.0721), bank_application(YES), QUOTA, ["grant_rate_unusual"]),
    "for nothing": (grant(rate=0.0), bank_application(YES), QUOTA, ["grant_rate_unusual"]),
    "at another product's lowest rate": (
        grant(1_500_000, rate=0.04), bank_application(YES, product="zheke"), QUOTA, [],
    ),
    "below the product's lowest rate": (grant(rate=0.04), bank_application(YES), QUOTA, ["grant_rate_unusual"]),
    "shorter": (grant(months=6), bank_application(YES), QUOTA, ["grant_tenor_shorter"]),
    "of an unknown stage": (grant(), bank_application(YES, stage="unknown"), QUOTA, ["stage_unknown"]),
    "against another's finding": (grant(), bank_application(NO), QUOTA, ["grant_against_finding"]),
    "against an earlier finding": (grant(), bank_application(NO, YES), QUOTA, ["grant_against_finding"]),
}  # fmt: skip


@pytest.mark.parametrize(("given", "whose", "calculated", "expected"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_unusual_in_a_grant_is_a_warning(
    given: Grant, whose: BankApplication, calculated: Any, expected: list[str]
) -> None:
    assert codes(given, whose, calculated) == expected


@pytest.mark.parametrize("holder", ["Li Wei", "LI  WEI", "li wei "])
@pytest.mark.parametrize("actions", [(NO,), (NO, YES), (NO, YES | {"by": "Zhao"})])
def test_nobody_grants_against_their_own_finding(holder: str, actions: tuple[dict[str, Any], ...]) -> None:
    """Also not after changing it; two people are needed."""
    with pytest.raises(Refusal) as caught:
        codes(grant(), bank_application(*actions), holder=holder)
    assert caught.value.key == "four-eyes"


REFERRED = {"outcome": "manual_review", "quota": {"amount_cny": 0}}


@pytest.mark.parametrize("holder", ["Li Wei", "LI  WEI"])
@pytest.mark.parametrize("calculated", [None, REFERRED, QUOTA | {"quota": {"amount_cny": 1_990_000}}])
def test_who_did_the_due_diligence_grants_no_more_than_was_calculated(holder: str, calculated: Any) -> None:
    """Also where another person did a part of it; somebody who did none of it may, with a warning."""
    for whose in (bank_application(YES), bank_application(YES, YES | {"by": "Zhao"})):
        with pytest.raises(Refusal) as caught:
            codes(grant(2_000_000), whose, calculated, holder)
        assert caught.value.key == "four-eyes"
        assert codes(grant(2_000_000), whose, calculated)
    assert codes(grant(2_000_000), bank_application(YES), QUOTA, holder) == []


def applied(**changes: Any) -> list[dict[str, str]]:
    given = Application(request_id="a", banks=("standard",), requested_amount_cny=10_000, **changes)
    policy = STANDARD.model_copy(update={"products": {"innovation_points": INDICATIONS["innovation_points"]}})
    return check_application(given, policy)


def test_what_the_bank_does_not_offer_is_a_warning_of_the_application() -> None:
    """The standard policy lends its points product over 1 to 36 months, not for refinancing; zheke is taken out."""
    assert applied() == []
    assert [one["code"] for one in applied(product="zheke")] == ["product_not_offered"]
    two = applied(purpose="refinancing", tenor_months=60)
    assert [one["code"] for one in two] == ["tenor_not_offered", "purpose_not_offered"]
    assert "a tenor of 60 months was requested" in two[0]["en"]
    assert "60 个月" in two[0]["zh"]


@pytest.mark.parametrize(
    ("visited_on", "holds"),
    [("1900-01-01", False), ("2026-11-09", False), ("2026-11-10", True), ("2026-11-26", True), ("2026-11-27", False)],
)
def test_a_visit_lies_between_the_application_and_today(visited_on: str, holds: bool) -> None:
    given = DueDiligence(visited_on=date.fromisoformat(visited_on), findings="f", recommended=True)
    if holds:
        check_visit(given, date(2026, 11, 10), date(2026, 11, 26))
        return
    with pytest.raises(Refusal) as caught:
        check_visit(given, date(2026, 11, 10), date(2026, 11, 26))
    assert caught.value.key == "invalid-request"


def overridden(
    outcome: str = "approved", amount_cny: int = 1_000_000, days: float = 30.0, calculated: str = "declined",
    cap_wan: float | None = 300.0, expires_at: datetime | None = None,
) -> list[str]:  # fmt: skip
    given = Override(
        outcome=outcome, amount_cny=amount_cny, reason="r", expires_at=expires_at or NOW + timedelta(days=days)
    )  # type: ignore[arg-type]
    quota = {"amount_cny": 800_000, "cap_wan": cap_wan, "limited_by": "pd_cutoff"}
    answer = {"outcome": calculated, "quota": quota}
    return [item["code"] for item in check_override(given, {"requested_amount_cny": 4_000_000}, answer, NOW, 366)]


@pytest.mark.parametrize(
    "bad",
    [
        {"amount_cny": 1_000_000_000},
        {"amount_cny": 4_010_000, "cap_wan": None},
        {"amount_cny": 3_010_000},
        {"amount_cny": 0},
        {"amount_cny": 9_999},
        {"outcome": "declined", "amount_cny": 5},
        {"days": 0.0},
        {"days": -1.0},
        {"days": 366.001},
    ],
)
def test_an_override_out_of_bounds_is_refused(bad: dict[str, Any]) -> None:
    """Above the request or the cap, of nothing, of money while declining, without an end within a year."""
    with pytest.raises(Refusal) as caught:
        overridden(**bad)
    assert caught.value.key == "invalid-request"


def test_what_is_unusual_in_an_override_is_a_warning() -> None:
    """Approving against the calculation, or more than it; declining needs no warning."""
    against = ["override_against_decision"]
    assert overridden() == against
    assert overridden(days=366.0, amount_cny=3_000_000) == against
    assert overridden(cap_wan=None) == ["stage_unknown", *against]
    assert overridden(calculated="manual_review") == against
    assert overridden(calculated="preapproved") == ["override_above_quota"]
    assert overridden(calculated="preapproved", amount_cny=800_000) == []
    assert overridden(outcome="declined", amount_cny=0) == []


def test_every_warning_is_said_in_both_languages_with_the_same_figures() -> None:
    """Every warning is a row of the reference texts, and its outcome is a word and no key."""
    given = {"decision": ("需人工审核", "manual review"), "amount": 250.5, "quota": 100.0, "rate": 0.2, "low": 0.03,
             "high": 0.1, "tenor": 1, "requested": 12}  # fmt: skip
    result = {code: warning(code, **given) for code in WARNINGS}
    assert result["grant_above_quota"]["zh"] == "批复 250.5 万元高于当日测算额度 100 万元（测算结果：需人工审核）。"
    assert result["grant_tenor_shorter"]["en"] == (
        "The granted tenor of 1 month is shorter than the 12 months applied for."
    )
    assert all(one["zh"] and one["en"] and "_" not in one["zh"] + one["en"] for one in result.values())
    assert set(RESERVED_HOLDERS) >= {"set-up", "clock"}


@pytest.fixture
def flow(shop: Any) -> Any:
    """A firm's order at one bank, and keys of two of its officers."""
    from serving.http.examples import examples

    uscc = shop.codes[0]
    firm = shop.key(uscc, "enterprise", holder="founder")
    officers = {name: shop.key("standard", holder=name) for name in ("li", "wang")}
    body = examples()["/v1/applications"]
    bank_application_id = shop.client.post("/v1/applications", json=body, headers=firm).json()["bank_applications"][0][
        "bank_application_id"
    ]

    def post(action: str, body: dict[str, Any], who: str) -> Any:
        return shop.client.post(
            f"/v1/bank-applications/{bank_application_id}/{action}", json=body, headers=officers[who]
        )

    return post


def test_a_grant_against_the_finding_over_http(flow: Any) -> None:
    """1900 is refused; the finder cannot grant; another officer can, and the answer lists what was unusual."""
    visit = {"visited_on": today_in(PARAMS.zone).isoformat(), "findings": "Stood still.", "recommended": False}
    old = flow("due-diligence", visit | {"visited_on": "1900-01-01"}, "li")
    assert (old.status_code, old.json()["faults"][0]["where"]) == (422, "visited_on")
    assert flow("due-diligence", visit, "li").status_code == 200
    wild = {"amount_cny": 1_000_000, "annual_rate": 0.36, "tenor_months": 60, "reason": "r"}
    assert flow("grant", wild, "wang").status_code == 422
    tame = wild | {"annual_rate": 0.05, "tenor_months": 12}
    refused = flow("grant", tame, "li")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    granted = flow("grant", tame, "wang")
    assert granted.status_code == 200, granted.text
    result = granted.json()
    assert "grant_against_finding" in [item["code"] for item in result["warnings"]]
    assert result["warnings"] == result["actions"][-1]["warnings"]
    assert all(item["zh"] and item["en"] for item in result["warnings"])


def test_an_override_over_http_is_bounded_and_warns(shop: Any) -> None:
    """A billion until 9999 is refused in one answer with both faults; within bounds the answer lists the warning."""
    key = shop.key("standard", holder="li")
    answers = [shop.client.post("/v1/quota", json=shop.body(position), headers=key).json() for position in range(40)]
    declined = next(answer for answer in answers if answer["outcome"] in ("declined", "manual_review"))
    path = f"/v1/decisions/{declined['audit_id']}/overrides"
    wild = {"outcome": "approved", "amount_cny": 10**9, "reason": "r", "expires_at": "9999-12-31T23:59:59-14:00"}
    refused = shop.client.post(path, json=wild, headers=key)
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["where"].endswith("expires_at")
    soon = (datetime.now(UTC) + timedelta(days=10)).isoformat(timespec="seconds")
    for amount_cny, status in ((10**9, 422), (0, 422), (500_000, 201)):
        made = shop.client.post(path, json=wild | {"expires_at": soon, "amount_cny": amount_cny}, headers=key)
        assert made.status_code == status, made.text
    assert "override_against_decision" in [item["code"] for item in made.json()["warnings"]]
    again = shop.client.get(f"/v1/decisions/{declined['audit_id']}", headers=key).json()
    assert again["overrides"][0]["warnings"] == made.json()["warnings"]


def test_one_person_alone_approves_nothing_that_was_declined(any_shop: Any) -> None:
    """The first approval is pending, also said twice; another amount or end confirms nothing; another person does."""
    shop, holders = any_shop, ("li", "LI", "wang")
    li, same, wang = (shop.key("standard", holder=name) for name in holders)
    answers = [shop.client.post("/v1/quota", json=shop.body(position), headers=li).json() for position in range(40)]
    declined = next(answer for answer in answers if answer["outcome"] == "declined")
    path = f"/v1/decisions/{declined['audit_id']}"
    until = (datetime.now(UTC) + timedelta(days=10)).isoformat(timespec="seconds")
    later = (datetime.now(UTC) + timedelta(days=11)).isoformat(timespec="seconds")

    def post(key: dict[str, str], amount_cny: int = 500_000, reason: str = "friend", expires_at: str = until) -> Any:
        body = {"outcome": "approved", "amount_cny": amount_cny, "reason": reason, "expires_at": expires_at}
        answer = shop.client.post(f"{path}/overrides", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()

    first = post(li)
    assert (first["active"], first["pending"], first["confirmed_by"]) == (False, True, None)
    assert "override_pending" in [item["code"] for item in first["warnings"]]
    for alone in (post(li, reason="again"), post(same), post(wang, 400_000), post(wang, expires_at=later)):
        assert (alone["active"], alone["pending"]) == (False, True)
    second = post(wang, reason="I visited the plant.")
    assert (second["active"], second["pending"], second["confirmed_by"]) == (True, False, "li")
    result = shop.client.get(path, headers=li).json()["overrides"]
    waiting = [[one["code"] for one in item["warnings"]].count("override_pending") for item in (first, second)]
    assert waiting == [1, 0]
    assert all(("override_pending" in str(item["warnings"])) is item["pending"] for item in result)
    active = [(item["by"], item["amount_cny"], item["confirmed_by"]) for item in result if item["active"]]
    assert active == [("li", 500_000, "wang")] * 2 + [("LI", 500_000, "wang"), ("wang", 500_000, "li")]


def test_a_grant_on_a_declined_order_takes_two(shop: Any) -> None:
    """Whoever did the due diligence cannot grant it; another officer can, and the answer says what is unusual."""
    from tests.serving.http.test_applications import GRANT, application, visit

    li, wang = (shop.key("standard", holder=name) for name in ("li", "wang"))
    for uscc in shop.codes[:40]:
        quota = shop.client.post("/v1/quota", json=shop.body(uscc=uscc) | {"request_id": uscc}, headers=li).json()
        if quota["outcome"] == "declined" and (quota["quota"]["cap_wan"] or 0) >= 50:
            break
    firm = shop.key(uscc, "enterprise", holder="founder")
    sent = shop.client.post("/v1/applications", json=application("standard"), headers=firm).json()
    path = f"/v1/bank-applications/{sent['bank_applications'][0]['bank_application_id']}"
    assert shop.client.post(f"{path}/due-diligence", json=visit(), headers=li).status_code == 200
    body = GRANT | {"amount_cny": 100_000}
    refused = shop.client.post(f"{path}/grant", json=body, headers=li)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/four-eyes")
    (fault,) = refused.json()["faults"]
    assert "尽职调查" in fault["allowed_zh"]
    assert "due diligence" in fault["allowed"]
    assert "activate" not in refused.text
    granted = shop.client.post(f"{path}/grant", json=body, headers=wang)
    assert granted.status_code == 200, granted.text
    assert "grant_above_quota" in [item["code"] for item in granted.json()["warnings"]]
