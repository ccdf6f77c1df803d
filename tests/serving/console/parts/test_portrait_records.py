"""What services hold of a firm, and that nobody's quota is shown without the firm's consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from serving.clock import Clock
from serving.consents.check import QUOTAS_SEEN
from serving.consents.zone import zone_consent_of
from serving.console.demo_applications import demo_codes
from serving.console.parts.portrait_records import (
    declarations,
    ladder_of,
    matched_demands,
    nodes,
    objections,
    shared_quotas,
)
from serving.contract.refusals import Refusal
from tests.serving.console.planted_firms import hrefs, shown_words

NOTHING_SHARED = "没有授权园区查看"


def firm_gives(office, firm, request_id, days=1, path="/v1/consents/zone", **more):
    """A consent that a firm of the snapshot gives over the API."""
    body = {"request_id": request_id, "valid_days": days} | more
    return office.view("enterprise", firm=firm).api.post(path, body)


def seen_by(office, firm, role="zone_officer", lang="zh"):
    return shown_words(shared_quotas(office.view(role, lang), office.shop.codes[firm]))


def decided(office, firm, bank="standard", amount_cny=3_000_000, name="q"):
    """A bank's own quota of the firm."""
    body = office.shop.body(firm, bank, request_id=f"{name}-{firm}", requested_amount_cny=amount_cny)
    answer = office.shop.client.post("/v1/quota", json=body, headers=office.shop.key(bank))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_a_consent_for_the_zone_no_result_is_read(office):
    """Not even with a bank's consent in force and a decision under it."""
    firm_gives(office, 20, "for-bank", path="/v1/consents", bank_id="standard")
    decided(office, 20)
    assert NOTHING_SHARED in seen_by(office, 20)
    assert not office.shop.worker.ledger.find(kind=QUOTAS_SEEN, holding=(office.shop.codes[20],))


def test_under_the_consent_each_bank_has_its_newest_result(office):
    """The bank's decision as it was answered; of a bank that decided nothing, what the firm was indicated."""
    codes = office.shop.codes
    firm = next(at for at in map(codes.index, demo_codes(office.shop.worker, "standard")) if at not in range(20, 28))
    view = office.view("enterprise", firm=firm)
    indicated = view.api.post("/v1/indications", {"request_id": "i", "requested_amount_cny": 3_000_000})["indications"]
    quota = decided(office, firm)["quota"]
    assert quota["amount_wan"] > 0
    firm_gives(office, firm, "for-zone")
    zh, en = seen_by(office, firm), seen_by(office, firm, lang="en")
    assert "标准示例银行\n银行测算\n" in zh
    assert "Standard" in en
    assert "Calculated for the bank" in en
    amounts = {one["bank_id"]: one["amount_wan"] for one in indicated} | {"standard": quota["amount_wan"]}
    for bank_id, amount in amounts.items():
        name = next(one["name_zh"] for one in indicated if one["bank_id"] == bank_id)
        row = zh.split(f"{name}\n")[-1].split("\n")
        assert row[2] == f"{amount:,} 万元", (bank_id, row)
        assert row[0] == ("银行测算" if bank_id == "standard" else "企业自行测算（参考）")
    last = date.fromisoformat(quota["valid_until"])
    assert f"{last.year}年{last.month}月{last.day}日" in zh


def test_a_quota_is_over_by_the_day_of_the_service_that_calculated_it(office, monkeypatch):
    """Not by the calendar's, on which every quota of a set day is past."""
    worker, codes = office.shop.worker, office.shop.codes
    firm = [at for at in map(codes.index, demo_codes(worker, "standard")) if at not in range(20, 28)][1]
    quota = decided(office, firm, name="dated")["quota"]
    firm_gives(office, firm, "dated")
    assert "已过" not in seen_by(office, firm)
    last = date.fromisoformat(quota["valid_until"])
    for day, is_past in ((last, False), (last + timedelta(days=1), True)):
        monkeypatch.setattr(worker, "service", replace(worker.service, clock=Clock("Asia/Shanghai", day)))
        assert ("已过" in seen_by(office, firm)) == is_past


def test_another_firms_consent_opens_nothing(office):
    firm_gives(office, 22, "mine")
    decided(office, 22)
    decided(office, 23)
    assert NOTHING_SHARED in seen_by(office, 23)
    assert "标准示例银行" in seen_by(office, 22)


def test_after_its_revocation_nothing_is_shown_and_the_firm_sees_who_looked(office):
    """Each officer and day once; what the officer read is among the uses."""
    given = firm_gives(office, 24, "short")
    decided(office, 24)
    assert "标准示例银行" in seen_by(office, 24)
    seen_by(office, 24)
    firm = office.view("enterprise", firm=24)
    ended = firm.api.post(f"/v1/consents/{given['id']}/revoke", {"reason": "no longer"})
    assert [(one["kind"], one["bank_id"], one["id"]) for one in ended["used"]] == [(QUOTAS_SEEN, None, given["id"])]
    assert NOTHING_SHARED in seen_by(office, 24)


def test_a_consent_that_is_revoked_while_the_page_is_made_shows_nothing(office, monkeypatch):
    """The look is recorded before anything is read, and is not recorded after the revocation."""
    given = firm_gives(office, 25, "raced")
    decided(office, 25)
    worker = office.shop.worker
    held = zone_consent_of(worker.ledger, office.shop.codes[25], worker.consents)
    office.view("enterprise", firm=25).api.post(f"/v1/consents/{given['id']}/revoke", {"reason": "raced"})
    monkeypatch.setattr("serving.console.parts.portrait_records.zone_consent_of", lambda *_: held)
    shown = seen_by(office, 25)
    assert "已于" in shown
    assert "标准示例银行" not in shown


def test_an_analyst_reads_no_banks_result(office):
    firm_gives(office, 26, "officers-only")
    with pytest.raises(Refusal) as refused:
        seen_by(office, 26, "policy_analyst")
    assert refused.value.key == "permission-missing"


def test_a_firm_without_any_result_is_said_to_have_none(office):
    firm_gives(office, 27, "early")
    assert "目前还没有银行测算过" in seen_by(office, 27)


def test_the_ladder_is_that_of_the_api_under_the_officers_heading(office):
    shown = shown_words(ladder_of(office.view(), office.shop.codes[0]))
    assert "梯度培育和下一步" in shown
    assert "科技型中小企业" in shown


def test_nodes_name_the_chain_and_link_to_the_node(office):
    view, uscc = office.view(), office.shop.codes[0]
    part = nodes(view, uscc)
    placed = view.api.post("/v1/placements", {"uscc": uscc})["placements"][0]
    assert placed[f"name_{view.lang}"] in shown_words(part)
    assert view.href(f"/chains/{placed['chain_id']}/nodes/{placed['node_id']}") in hrefs(part)
    assert "没有把该企业归入" in shown_words(nodes(view, office.shop.codes[-1]))


def test_demands_are_those_of_the_api_or_words(office):
    view, uscc = office.view(), office.shop.codes[0]
    answer = view.api.post("/v1/match/demands", {"uscc": uscc, "count": 10})
    shown = shown_words(matched_demands(view, uscc))
    for one in answer["demands"]:
        assert one["title"] in shown
    assert answer["demands"] or "没有合适的公开需求" in shown


def test_declarations_are_the_firms_own(office):
    view = office.view()
    own = office.console.state.clearance.declarations(office.shop.codes[0]).declarations
    shown = declarations(view, office.shop.codes[0])
    assert own["declaration_id"].iloc[0] in shown_words(shown)
    assert "没有该企业的报关单" in shown_words(declarations(view, office.shop.codes[5]))


def test_objections_are_for_the_officers_alone(office):
    assert "没有提出异议" in shown_words(objections(office.view(), office.shop.codes[0]))
    with pytest.raises(Refusal):
        objections(office.view("policy_analyst"), office.shop.codes[0])
