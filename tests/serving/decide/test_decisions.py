"""One request_id, one record: idempotency, overrides, and what the ledger holds of a decision."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from serving.decide.decisions import OVERRIDE, overridden_decisions, overrides_of
from serving.http.app import create_app
from serving.ledger.ledger import Record

pytestmark = pytest.mark.law
NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds")


async def post_all(shop, key, bodies):
    """All bodies at once, in one event loop."""
    transport = httpx.ASGITransport(create_app(shop.worker))
    async with httpx.AsyncClient(transport=transport, base_url="http://service", headers=key) as client:
        return await asyncio.gather(*(client.post("/v1/quota", json=body) for body in bodies))


def test_64_posts_at_once_make_one_record_and_64_equal_answers(any_shop):
    """The same request_id and body, however often and however raced, is one decision, byte for byte."""
    body = any_shop.body()
    answers = asyncio.run(post_all(any_shop, any_shop.key("standard"), [body] * 64))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert any_shop.worker.ledger.counts("decision") == {"standard": 1}
    assert any_shop.worker.ledger.verify().breaks == ()


def test_of_64_different_bodies_with_one_request_id_one_is_recorded(any_shop):
    """Raced from 64 sides, one body wins; every other one is a 409 that names the record."""
    bodies = [any_shop.body(requested_amount_cny=1_000_000 + position) for position in range(64)]
    answers = asyncio.run(post_all(any_shop, any_shop.key("standard"), bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 63
    assert any_shop.worker.ledger.counts("decision") == {"standard": 1}


def test_the_order_and_spacing_of_members_do_not_make_another_body(shop):
    """Two texts of one request are one request; one changed value is another."""
    key = shop.key("standard") | {"content-type": "application/json"}
    body = shop.body()
    first = shop.client.post("/v1/quota", content=json.dumps(body), headers=key)
    again = shop.client.post("/v1/quota", content=json.dumps(dict(reversed(body.items())), indent=3), headers=key)
    changed = shop.client.post("/v1/quota", content=json.dumps(body | {"tenor_months": 13}), headers=key)
    assert first.content == again.content
    assert changed.status_code == 409


def test_two_banks_may_use_the_same_request_id(shop):
    """A request_id is its bank's own."""
    one = shop.client.post("/v1/quota", json=shop.body(), headers=shop.key("standard"))
    other = shop.client.post("/v1/quota", json=shop.body(bank="growth"), headers=shop.key("growth"))
    assert (one.status_code, other.status_code) == (200, 200)
    assert one.json()["audit_id"] != other.json()["audit_id"]
    assert shop.worker.ledger.counts("decision") == {"standard": 1, "growth": 1}


def test_a_retry_in_a_batch_answers_what_was_recorded(shop):
    """A batch with an old request gives the old record's answer at its position, and records only the new ones."""
    key = shop.key("standard")
    first = shop.client.post("/v1/quota", json=shop.body(1), headers=key).json()
    batch = shop.client.post("/v1/quota/batch", json=[shop.body(position) for position in range(3)], headers=key).json()
    assert batch[1] == first
    assert shop.worker.ledger.counts("decision") == {"standard": 3}


def test_the_record_is_there_before_the_answer(any_shop):
    """What was answered is found at once, with its position in the chain."""
    key = any_shop.key("standard")
    answer = any_shop.client.post("/v1/quota", json=any_shop.body(), headers=key).json()
    result = any_shop.client.get(f"/v1/decisions/{answer['audit_id']}", headers=key).json()
    record = any_shop.worker.ledger.find(subject=answer["audit_id"])[0]
    assert result["answer"] == answer
    assert (result["record"], result["digest"]) == (record.seq, record.digest)
    assert set(record.content) == {"answer", "request", "inputs", "safeguard", "release", "code", "dates"}


def test_without_its_commit_there_is_no_answer(shop):
    """When the store refuses, the bank gets 503 and nothing was decided; afterwards the same request is answered."""
    key = shop.key("standard")
    with shop.worker.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE records RENAME TO gone")
    refused = shop.client.post("/v1/quota", json=shop.body(), headers=key)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "quota" not in refused.json()
    with shop.worker.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO records")
    assert shop.client.post("/v1/quota", json=shop.body(), headers=key).status_code == 200
    assert shop.worker.ledger.verify().breaks == ()


def test_an_override_has_a_person_a_reason_and_an_end_and_is_counted(any_shop):
    """It is beside the decision, never instead of it, and the override rate counts it."""
    shop, key = any_shop, any_shop.key("standard", holder="li")
    answers = [shop.client.post("/v1/quota", json=shop.body(position), headers=key).json() for position in range(4)]
    path = f"/v1/decisions/{answers[0]['audit_id']}"
    override = {"outcome": "declined", "amount_cny": 0, "reason": "Stood still.", "expires_at": NEXT_MONTH}
    made = shop.client.post(f"{path}/overrides", json=override, headers=key)
    again = shop.client.post(f"{path}/overrides", json=override, headers=key)
    assert (made.status_code, again.json()) == (201, made.json())
    result = shop.client.get(path, headers=key).json()
    assert result["answer"] == answers[0]
    assert [(item["by"], item["active"]) for item in result["overrides"]] == [("li", True)]
    seen = shop.client.get("/v1/monitoring", headers=shop.key("zone", "operator")).json()
    assert seen["override_rate"] == {"standard": 0.25}
    other = shop.key("standard", holder="wang")
    assert shop.client.post(f"{path}/overrides", json=override, headers=other).status_code == 201
    seen = shop.client.get("/v1/monitoring", headers=shop.key("zone", "operator")).json()
    assert (seen["overrides"], seen["override_rate"]) == ({"standard": 1}, {"standard": 0.25})


def test_who_decides_again_as_before_another_decided_otherwise_is_recorded_again(any_shop):
    """The last active one counts: the same words after another decision are a new one, sent twice they are one."""
    shop, li, wang = any_shop, *(any_shop.key("standard", holder=name) for name in ("li", "wang"))
    path = f"/v1/decisions/{shop.client.post('/v1/quota', json=shop.body(), headers=li).json()['audit_id']}"
    less = {"outcome": "manual_review", "amount_cny": 0, "reason": "A visit first.", "expires_at": NEXT_MONTH}
    none = less | {"outcome": "declined", "reason": "Stood still."}

    def record(body, key):
        answer = shop.client.post(f"{path}/overrides", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()["recorded_at"]

    first = record(less, li)
    assert record(less, li) == first
    record(none, wang)
    third = record(less, li)
    assert record(less, li) == third != first
    found = [(one["by"], one["outcome"]) for one in shop.client.get(path, headers=li).json()["overrides"]]
    assert found == [("li", "manual_review"), ("wang", "declined"), ("li", "manual_review")]


@pytest.mark.parametrize(
    "change", [{"expires_at": "2020-01-01T00:00:00Z"}, {"reason": ""}, {"amount_cny": 5}, {"outcome": "maybe"}]
)
def test_an_override_without_an_end_ahead_or_a_reason_is_refused(shop, change):
    """An override that has ended already, says nothing, or lends while declining, is none."""
    key = shop.key("standard")
    answer = shop.client.post("/v1/quota", json=shop.body(), headers=key).json()
    good = {"outcome": "declined", "amount_cny": 0, "reason": "r", "expires_at": NEXT_MONTH}
    path = f"/v1/decisions/{answer['audit_id']}/overrides"
    assert shop.client.post(path, json=good | change, headers=key).status_code == 422


def an_override(owner, subject, by, outcome, calculated, expires_at=NEXT_MONTH):
    """A record of an override with what decides whether it counts."""
    body = {"audit_id": subject, "outcome": outcome, "amount_cny": 10_000, "by": by, "expires_at": expires_at}
    body |= {"calculated": calculated, "reason": "Seen.", "warnings": []}
    return Record(1, OVERRIDE, owner, subject, None, "", "2026-01-01T00:00:00+00:00", json.dumps(body).encode(), "", "")


def test_a_decision_counts_as_overridden_once_and_not_before_the_second_person():
    """Of bank a: one confirmed by a second person, one that waits for it, one refused by a person and long ended."""
    records = [
        an_override("a", "dec-1", "Li", "approved", "declined"),
        an_override("a", "dec-1", "Wang", "approved", "declined"),
        an_override("a", "dec-2", "Li", "approved", "declined"),
        an_override("a", "dec-3", "Li", "declined", "preapproved", "2025-01-01T00:00:00+00:00"),
        an_override("b", "dec-4", "Zhao", "approved", "declined"),
    ]
    assert overridden_decisions(records) == {"a": 2}
    assert overridden_decisions([]) == {}


A, B, C = "Li", "Wang", "Zhao"
YES, LESS, NO = ("approved", 200), ("approved", 100), ("declined", 0)


def counted(*said):
    """Of a declined decision's overrides, each a person and what they said: what counts of each in the end."""
    records = []
    for by, (outcome, amount) in said:
        record = an_override("a", "dec-1", by, outcome, "declined")
        body = record.content | {"amount_cny": amount * 10_000}
        records.append(record._replace(body=json.dumps(body).encode()))
    found = overrides_of(records, datetime.now(UTC))
    assert not any(one["active"] and one["pending"] for one in found)
    return ["counts" if one["active"] else "waits" if one["pending"] else "ended" for one in found]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(A, YES), (B, YES)], ["counts", "counts"]),
        # Who withdrew confirms nothing, and who approved before it says so again.
        ([(B, YES), (B, NO), (A, YES)], ["ended", "counts", "waits"]),
        ([(A, YES), (B, YES), (A, NO), (A, YES)], ["ended", "ended", "counts", "waits"]),
        ([(A, YES), (B, YES), (A, NO), (A, YES), (B, YES)], ["ended", "ended", "counts", "counts", "counts"]),
        ([(A, YES), (B, YES), (C, NO), (A, YES)], ["ended", "ended", "counts", "waits"]),
        ([(A, YES), (B, ("manual_review", 0)), (B, YES)], ["ended", "counts", "waits"]),
        # Another amount is another word of that person, and where two agree on it, of nobody else.
        ([(A, YES), (B, YES), (B, LESS)], ["waits", "ended", "waits"]),
        ([(A, YES), (A, LESS), (B, YES)], ["ended", "waits", "waits"]),
        ([(A, YES), (C, LESS), (B, YES)], ["counts", "ended", "counts"]),
        ([(A, YES), (B, YES), (A, LESS), (C, LESS), (A, YES)], ["ended", "ended", "ended", "waits", "waits"]),
    ],
)  # fmt: skip
def test_an_approval_of_a_decline_counts_while_the_last_words_of_two_people_agree(said, expected):
    """One person alone approves nothing, whatever somebody said before they or another decided otherwise."""
    assert counted(*said) == expected


def test_an_approval_does_not_come_back_when_what_ended_it_has_ended():
    """Declined until yesterday: the two approvals of before count no more, and count as an override that was made."""
    over = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    records = [an_override("a", "dec-1", by, "approved", "declined") for by in (A, B)]
    records.append(an_override("a", "dec-1", B, "declined", "declined", over))
    assert [(one["active"], one["pending"]) for one in overrides_of(records, datetime.now(UTC))] == [(False, False)] * 3
    assert overridden_decisions(records) == {"a": 1}
    less = an_override("a", "dec-2", A, "approved", "declined")
    alone = [less, less._replace(body=less.body.replace(b"10000,", b"20000,"))]
    assert overridden_decisions(alone) == {}


def test_who_withdrew_can_confirm_again_and_the_other_says_so_anew(any_shop):
    """The same words after a decline are a record of their own, though sent before, and are confirmed anew."""
    shop, li, wang = any_shop, *(any_shop.key("standard", holder=name) for name in ("li", "wang"))
    answers = (shop.client.post("/v1/quota", json=shop.body(position), headers=li).json() for position in range(40))
    path = f"/v1/decisions/{next(one for one in answers if one['outcome'] == 'declined')['audit_id']}"
    yes = {"outcome": "approved", "amount_cny": 500_000, "reason": "Seen.", "expires_at": NEXT_MONTH}

    def record(key, **change):
        answer = shop.client.post(f"{path}/overrides", json=yes | change, headers=key)
        assert answer.status_code == 201, answer.text
        return answer.json()

    record(li)
    assert record(wang)["confirmed_by"] == "li"
    record(wang, outcome="declined", amount_cny=0)
    again = record(li)
    assert (again["active"], again["pending"], again["confirmed_by"]) == (False, True, None)
    assert record(li)["recorded_at"] == again["recorded_at"]
    assert record(wang)["active"]
    shown = shop.client.get(path, headers=li).json()["overrides"]
    assert [one["active"] for one in shown] == [False, False, True, True, True]
