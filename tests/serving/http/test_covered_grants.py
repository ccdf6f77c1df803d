"""A loss certificate holds for a bank's next N loans: when they are granted, every later answer is without it."""

from __future__ import annotations

import asyncio

import orjson
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.requests import QuotaRequest
from data.uscc import fictitious_uscc
from models.quota.engine import read_policy
from serving.__main__ import app
from serving.audit.packed_models import PackedModels
from serving.audit.replay import replay_record, replay_since
from serving.ledger.chain import DECISION
from serving.ledger.store import LEDGER_URL
from tests.serving.conftest import AMOUNT
from tests.serving.decide.test_own_values import sent
from tests.serving.http.test_applications import GRANT, Flow
from tests.serving.http.test_quota import ENTERPRISE, OUTSIDER

pytestmark = pytest.mark.law
USED_UP = (
    "损失率验证已用完：验证适用于本行今后 2 笔贷款，均已发放；本次测算执行专家额度上限。",
    "The certificate is used up: it covered the bank's next 2 loans, and all of them have been granted. Expert caps "
    "apply to this calculation.",
)


@pytest.fixture(scope="module")
def decided(certified, service):
    """The position of a firm whose quota the certificate of standard tapers, with that quota and the one without."""
    policy = read_policy()
    for position, code in enumerate(service.snapshot.cases):
        request = QuotaRequest(request_id="x", uscc=code, **AMOUNT)
        with_one, without = (one.quota(request, policy)["quota"] for one in (certified.service, service))
        if 0 < with_one["amount_wan"] < without["amount_wan"]:
            return position, with_one, without
    raise AssertionError("no firm whose quota a certificate moves")


class Bank:
    """One bank and a firm that applies to it, at one service."""

    def __init__(self, shop, position, name="standard"):
        self.shop, self.name, self.flow = shop, name, Flow(shop, position)
        self.officer, self.second = (shop.key(name, holder=f"{name} {who}") for who in ("li", "wang"))

    def quota(self, request_id, **changes):
        body = {"request_id": request_id, "uscc": self.flow.uscc, **AMOUNT}
        body |= {"consent": self.shop.consent(changes.get("uscc", self.flow.uscc), self.name)} | changes
        answer = self.shop.client.post("/v1/quota", json=body, headers=self.officer)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def granted(self, request_id, amount_cny=500_000, **changes):
        """The record of a grant by another person than the visitor, after an application of its own."""
        (one,) = self.flow.apply(self.name, request_id=request_id, **changes).json()["bank_applications"]
        self.flow.action(one["bank_application_id"], "due-diligence", None, self.officer)
        body = GRANT | {"amount_cny": amount_cny, "tenor_months": changes.get("tenor_months", 12)}
        answer = self.flow.action(one["bank_application_id"], "grant", body, self.second)
        assert answer.status_code == 200, answer.text
        return answer.json()["actions"][-1]


def is_used_up(answer):
    issued = answer["loss_certificate"]
    texts = zip((issued["text_zh"], issued["text_en"]), USED_UP, strict=True)
    said = {text.startswith(why) for text, why in texts}
    assert len(said) == 1
    if said == {True}:
        assert (issued["status"], issued["covered"], issued["covered_wan"]) == ("certified", False, 0.0)
    return said == {True}


def test_the_third_request_gets_the_expert_caps_and_says_so_wherever_it_is_made(
    certified, open_shop, ledger_url, decided
):
    """Two grants of two are covered; one of 18 months and one of another product between them do not count."""
    position, certified_quota, expert_quota = decided
    shop = open_shop(ledger_url, **certified.parts)
    bank, other, digest = Bank(shop, position), Bank(shop, position, "growth"), certified.digests["standard"]
    most = expert_quota["amount_cny"]

    def unspent(request_id):
        answer = bank.quota(request_id)
        assert {**answer["quota"], "valid_until": 0} == {**certified_quota, "valid_until": 0}
        assert answer["loss_certificate"]["covered_wan"] == certified_quota["amount_wan"]
        return not is_used_up(answer)

    assert unspent("q0")
    first = bank.granted("a1", most)
    counted = {"counted_cny": most, "total_cny": most, "short": False}
    assert first["certificate"] == {"digest": digest, "number": 1, "within": True} | counted
    assert "grant_above_quota" in [one["code"] for one in first["warnings"]]
    assert "certificate" not in bank.granted("a2", tenor_months=18)
    assert "certificate" not in bank.granted("a3", product="zheke")
    assert unspent("q1")
    last = bank.granted("a4")
    second = last["certificate"]
    assert (second["number"], second["within"], second["total_cny"]) == (2, True, most + 500_000)
    answer = bank.quota("q2")
    assert is_used_up(answer)
    assert second["short"]  # two loans of 27,300 wan in all, as the certificate needs
    for one in (last, answer):
        (missed,) = [found for found in one["warnings"] if found["code"] == "certificate_total_short"]
        assert f"CNY {most + 500_000:,}, below the CNY 273,000,000" in missed["en"]
    assert {**answer["quota"], "valid_until": 0} == {**expert_quota, "valid_until": 0}
    bodies = [shop.body(position, request_id=f"b{number}") for number in range(2)]
    batch = shop.client.post("/v1/quota/batch", json=bodies, headers=bank.officer).json()
    assert [is_used_up(one) for one in batch] == [True, True]
    assert [one["quota"] for one in batch] == [answer["quota"]] * 2
    assert is_used_up(bank.quota("q3", uscc=OUTSIDER, enterprise=ENTERPRISE))
    assert not is_used_up(other.quota("q4"))
    offers = shop.client.post("/v1/indications", json={"request_id": "i", **AMOUNT}, headers=bank.flow.firm).json()
    amounts = {one["bank_id"]: one["amount_wan"] for one in offers["indications"]}
    assert amounts["standard"] == expert_quota["amount_wan"]
    assert amounts["growth"] == other.quota("q5")["quota"]["amount_wan"]
    third = bank.granted("a5", most)
    assert "certificate" not in third
    (used_up,) = [one for one in third["warnings"] if one["code"] == "certificate_used_up"]
    assert (used_up["zh"], used_up["en"]) == USED_UP
    (above,) = [one for one in third["warnings"] if one["code"] == "grant_above_quota"]
    earlier = most + 3 * 500_000
    assert f"running loans of CNY {earlier:,} to the firm are together above the quota of CNY {most:,}" in above["en"]
    assert shop.worker.covered_grants.counts("standard") == {digest: 2}
    assert other.granted("a6")["certificate"]["number"] == 1


def test_every_worker_and_a_restarted_one_count_what_the_ledger_holds(
    certified, open_shop, ledger_url, decided, monkeypatch
):
    """The worker of a grant counts it at once, another when it grants or reads again, a new one from its start."""
    for module in ("serving.decide.worker", "serving.auth.access", "serving.consents.check"):
        monkeypatch.setattr(f"{module}.STALE_S", 3_600.0)
    position = decided[0]
    one, two = (Bank(open_shop(ledger_url, **certified.parts), position) for _ in range(2))
    for bank in (one, two):
        bank.shop.worker.refresh()
        bank.shop.worker.upkeep[0].stop()  # what is read now is read by what the test does
    assert one.granted("a1")["certificate"]["number"] == 1
    assert one.shop.worker.covered_grants.counts("standard") == {certified.digests["standard"]: 1}
    assert two.shop.worker.covered_grants.counts("standard") == {}
    assert two.granted("a2")["certificate"]["number"] == 2
    assert is_used_up(two.quota("q1"))
    assert not is_used_up(one.quota("q2"))
    one.shop.worker.refresh()
    assert is_used_up(one.quota("q3"))
    restarted = Bank(open_shop(ledger_url, **certified.parts), position)
    assert is_used_up(restarted.quota("q4"))


def test_of_two_grants_at_one_moment_the_one_beyond_the_number_is_decided_by_the_expert_caps(
    certified, open_shop, ledger_url, decided, monkeypatch
):
    """Both asked for while one loan is left: who is recorded second has no certificate, and is told so."""
    position, certified_quota, expert_quota = decided
    one, two = (Bank(open_shop(ledger_url, **certified.parts), position) for _ in range(2))
    assert one.granted("a1")["certificate"]["number"] == 1
    settle = two.shop.worker.settle

    async def overtaken(work):
        monkeypatch.setattr(two.shop.worker, "settle", settle)
        assert (await asyncio.to_thread(one.granted, "a2"))["certificate"]["number"] == 2
        return await settle(work)

    monkeypatch.setattr(two.shop.worker, "settle", overtaken)
    late = two.granted("a3", certified_quota["amount_cny"] + 10_000)
    assert "certificate" not in late
    codes = [warning["code"] for warning in late["warnings"]]
    assert "certificate_used_up" in codes
    assert "certificate_total_short" not in codes
    (above,) = [warning for warning in late["warnings"] if warning["code"] == "grant_above_quota"]
    assert f"above the quota of CNY {expert_quota['amount_cny']:,}" in above["en"]
    assert "total CNY 1,000,000, below" in str(two.quota("q1")["warnings"])


def test_a_table_is_decided_without_it_too_and_every_decision_replays(
    certified, service, open_shop, trained, decided, sqlite_url, monkeypatch, tmp_path
):
    """The job's amounts are those of the release without certificates; the count is in the records, and is needed."""
    monkeypatch.setenv(LEDGER_URL, sqlite_url)
    bank, source = Bank(open_shop(sqlite_url, **certified.parts), decided[0]), tmp_path / "in.parquet"
    trained.snapshot.frame.head(decided[0] + 40).assign(**AMOUNT).to_parquet(source, index=False)

    def table(folder, name):
        target = tmp_path / f"{name}.parquet"
        done = CliRunner().invoke(app, ["batch", str(source), str(target), "--artifacts", str(folder)])
        assert done.exit_code == 0, done.output
        (*_, record) = bank.shop.worker.ledger.find(kind="table_job")
        return pd.read_parquet(target), record.content["safeguard"]["covered_grants"]

    bank.quota("q0")
    bank.granted("a1")
    before, counts = table(certified.folder, "before")
    assert counts == {certified.digests["standard"]: 1}
    bank.granted("a2")
    bank.quota("q1")
    after, counts = table(certified.folder, "after")
    assert counts == {certified.digests["standard"]: 2}
    without, _ = table(trained.folder, "without")
    why = f"{USED_UP[0]} {USED_UP[1]}"
    calculated = after["outcome"] != "insufficient_data"
    assert after["warnings"].str.contains(why, regex=False).equals(calculated)
    missed = "they total CNY 1,000,000, below the CNY 273,000,000"
    assert after["warnings"].str.contains(missed, regex=False).all()
    assert not before["warnings"].str.contains("273,000,000", regex=False).any()
    assert not before["warnings"].str.contains(why, regex=False).any()
    assert (before["covered_wan"] > 0.0).any()
    assert (after["covered_wan"] == 0.0).all()
    assert not before["amount_wan"].equals(after["amount_wan"])
    pd.testing.assert_frame_equal(after.drop(columns="warnings"), without.drop(columns="warnings"))

    ledger, packed = bank.shop.worker.ledger, PackedModels(lambda _: certified.folder)
    replayed = list(replay_since(ledger, packed))
    assert [one.identical for one in replayed] == [True, True]
    last = list(ledger.scan(DECISION))[-1]
    content = last.content
    assert content["safeguard"].pop("covered_grants") == counts
    uncounted = replay_record(ledger, packed, last._replace(body=orjson.dumps(content)))
    assert not uncounted.identical
    assert uncounted.replayed["quota"]["amount_wan"] == decided[1]["amount_wan"]


def test_a_decision_of_before_covered_grants_were_counted_replays(certified, open_shop, sqlite_url, decided):
    """Its record has no count, and it was decided as if none was granted."""
    bank = Bank(open_shop(sqlite_url, **certified.parts), decided[0])
    bank.quota("q0")
    ledger, packed = bank.shop.worker.ledger, PackedModels(lambda _: certified.folder)
    (record,) = ledger.scan(DECISION)
    content = record.content
    del content["safeguard"]["covered_grants"], content["safeguard"]["covered_short"]
    assert replay_record(ledger, packed, record._replace(body=orjson.dumps(content))).identical


NOT_ON_RECORD = "No agency's record holds this firm, so the certificate does not cover it; expert caps apply."
NO_AGENCY = (
    "No agency's record holds this firm: every value was sent by the caller, and no agency delivered any of them."
)


def test_a_firm_that_nobody_recorded_is_not_covered_in_an_answer_or_a_table(
    certified, service, open_shop, sqlite_url, decided, trained, monkeypatch, tmp_path
):
    """All values of a covered firm sent for an invented code: what is lent without any certificate, with a warning."""
    shop = open_shop(sqlite_url, **certified.parts)
    bank = Bank(shop, decided[0])
    case = shop.worker.service.snapshot.cases[bank.flow.uscc]
    known, invented = bank.quota("q0"), fictitious_uscc(77_000_001)
    body = {"uscc": invented, "enterprise": sent(case.row, shop.worker.service.models.engine.codebook)}
    brought = bank.quota("q1", **body)
    assert known["loss_certificate"]["covered"]
    assert not [one for one in known["warnings"] if one["code"] == "brought"]
    said = brought["loss_certificate"]
    assert (said["status"], said["covered"], said["covered_wan"]) == ("certified", False, 0.0)
    assert said["text_en"].startswith(NOT_ON_RECORD)
    assert [one["en"] for one in brought["warnings"] if one["code"] == "brought"] == [NO_AGENCY]
    request = QuotaRequest.model_validate_json(orjson.dumps({"request_id": "x", **AMOUNT, **body}))
    plain = service.quota(request, read_policy())
    assert brought["quota"] == orjson.loads(orjson.dumps(plain["quota"]))
    ledger, packed = shop.worker.ledger, PackedModels(lambda _: certified.folder)
    assert [one.identical for one in replay_since(ledger, packed)] == [True, True]

    monkeypatch.setenv(LEDGER_URL, sqlite_url)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame = trained.snapshot.frame.head(decided[0] + 40).assign(**AMOUNT)
    outsiders = frame.assign(uscc=[fictitious_uscc(78_000_000 + number) for number in range(len(frame))])
    pd.concat([frame, outsiders]).to_parquet(source, index=False)
    tables = []
    for folder in (certified.folder, trained.folder):
        done = CliRunner().invoke(app, ["batch", str(source), str(target), "--artifacts", str(folder)])
        assert done.exit_code == 0, done.output
        tables.append(pd.read_parquet(target))
    inside, outside = tables[0].head(len(frame)), tables[0].tail(len(frame))
    assert (inside["covered_wan"] > 0.0).any()
    assert not inside["warnings"].str.contains("No agency").any()
    assert (outside["covered_wan"] == 0.0).all()
    for text in (NOT_ON_RECORD, NO_AGENCY):
        assert outside["warnings"].str.contains(text, regex=False).all()
    numbers = ["outcome", "amount_wan", "limited_by", "findings"]
    pd.testing.assert_frame_equal(outside[numbers], tables[1].tail(len(frame))[numbers])
    assert (outside["outcome"] == "preapproved").any()
    assert not tables[1]["warnings"].str.contains(NOT_ON_RECORD, regex=False).any()
