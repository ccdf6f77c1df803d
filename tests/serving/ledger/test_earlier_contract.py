"""Records of the contract's first version are read by today's names; a record of today comes out as it went in."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
import sqlalchemy as sa

from models.quota.policy import CreditPolicy, read_policy
from serving.applications.bank_applications import read_bank_application
from serving.auth.access import KeyRing
from serving.ledger.chain import Record
from serving.ledger.earlier_contract import CONSTRAINTS, MEMBERS, OUTCOMES, RULES, current
from serving.ledger.ledger import Draft, Ledger
from serving.ledger.store import migrate, open_engine

pytestmark = pytest.mark.contract
ANSWER_BEFORE = {
    "decision": "refer_human", "binding": False,
    "quota": {"floor_wan": 50.0, "limited_by": "points", "shadow_price_cny": None, "expected_margin_cny": None},
    "quota_trace": [
        {"name": "points", "amount_wan": 100.0, "binds": True}, {"name": "hurdle", "amount_wan": 9.0, "binds": False},
    ],
    "advice": [{"constraint": "points", "change": None}],
    "warranty": {"status": "refused", "pd_zero": None},
    "score": {"total": 19.0, "dimensions": {"growth": 3.0}, "peer_key": "growth", "stage3": "mature",
              "stage5": "mature"},
    "risk": {"grade": "B1"},
    "reasons": [
        {"code": "rule.points", "indicator": "points"}, {"code": "guard.rules_floor", "indicator": "rules_floor"},
        {"code": "risk.rd_expense", "indicator": "rd_expense"},
    ],
    "constraints_hit": ["points", "hurdle", "rules_floor"],
    "warnings": [{"code": "untrained"}, {"code": "legacy_micro"}],
    "versions": {"limit_model": "l1"},
}  # fmt: skip
ANSWER = {
    "outcome": "manual_review", "indicative": True,
    "quota": {
        "base_need_wan": 50.0, "limited_by": "min_points", "marginal_profit_cny": None, "expected_profit_cny": None
    },
    "quota_trace": [
        {"name": "points_cap", "amount_wan": 100.0, "limiting": True},
        {"name": "raroc", "amount_wan": 9.0, "limiting": False},
    ],
    "advice": [{"constraint": "min_points", "change": None}],
    "loss_certificate": {"status": "refused", "taper_end_pd": None},
    "points": {
        "total": 19.0, "dimensions": {"operations": 3.0}, "peer_group": "growth", "growth_stage": "stable",
        "revenue_band": "mature",
    },
    "risk": {"risk_grade": "B1"},
    "reasons": [
        {"code": "rule.min_points", "indicator": "min_points"},
        {"code": "safeguard.rule_conflict", "indicator": "rule_conflict"},
        {"code": "risk.rd_expense", "indicator": "rd_expense"},
    ],
    "constraints_hit": ["min_points", "min_raroc", "rule_conflict"],
    "warnings": [{"code": "outside_training"}, {"code": "legacy_micro"}],
    "versions": {"debt_capacity_model": "l1"},
}  # fmt: skip


def record(body: object) -> Record:
    """A record with this body."""
    return Record(1, "decision", "standard", "d", None, "", "", orjson.dumps(body), "", "")


def test_an_answer_of_the_first_contract_is_read_by_todays_names_in_its_order():
    """Members, outcomes, stages, constraints, rules, codes; ``binding`` false is ``indicative`` true."""
    found = record({"answer": ANSWER_BEFORE, "guard": {"today": "2026-01-01"}}).content
    assert orjson.dumps(found) == orjson.dumps({"answer": ANSWER, "safeguard": {"today": "2026-01-01"}})


def test_points_that_bound_the_amount_were_a_constraint():
    """Where no rule of that name was hit, "points" was the cap by points, in the amount's reason as well."""
    reason = {"code": "limit.points", "indicator": "points"}
    before = ANSWER_BEFORE | {"constraints_hit": [], "reasons": [reason], "decision": "indicative_approve"}
    found = current(before)
    assert (found["outcome"], found["quota"]["limited_by"]) == ("preapproved", "points_cap")
    assert found["reasons"] == [{"code": "constraint.points_cap", "indicator": "points_cap"}]
    assert found["advice"][0]["constraint"] == "points_cap"


def test_a_record_of_today_comes_out_as_it_went_in():
    """No name of today is one of before."""
    assert current(ANSWER) == ANSWER
    assert not set(MEMBERS) & set(MEMBERS.values())
    assert not {*OUTCOMES} & {*OUTCOMES.values()}
    assert not ({*CONSTRAINTS} | {*RULES}) & ({*CONSTRAINTS.values()} | {*RULES.values()})


def test_an_override_and_a_policy_of_the_first_contract():
    """A person's decision with what was calculated; a bank's whole policy, valid as it is today."""
    assert current({"decision": "approve", "counter": "decline"}) == {"outcome": "approved", "calculated": "declined"}
    policy = read_policy().model_dump(mode="json")
    before = {"stable": "mature", **{new: old for old, new in MEMBERS.items() if old not in ("floor_wan", "mature")}}

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {before.get(key, key): renamed(item) for key, item in value.items()}
        return value

    old = renamed(policy)
    assert {"blacklist", "hurdle_raroc", "base_quota_wan"} <= set(old)
    assert CreditPolicy.model_validate(current(old)) == read_policy()


def test_a_bank_application_of_the_first_contract_is_found_and_read(ledger: Ledger):
    """Its records have the kind of before; they are listed, counted and read."""
    first = {
        "order_id": "ord-1", "application_id": "app-1", "bank_id": "standard", "uscc": "U", "expires_at": "x",
        "request": {}, "consent": {}, "points": {"score": {"total": 1.0}, "stage3": "mature"}, "state": "sent",
    }  # fmt: skip
    later = {"order_id": "ord-1", "state": "declined", "step": "decline", "note": {"by": "li"}}
    for number, body in enumerate((first, later)):
        ledger.append([Draft("order_step", "standard", "ord-1", orjson.dumps(body), f"order:ord-1:{number}")])
    found = read_bank_application(ledger, "ord-1")
    assert (found.bank_application_id, found.state, len(found.actions)) == ("ord-1", "declined", 2)
    assert found.seen == {"points": {"total": 1.0}, "growth_stage": "stable"}
    assert ledger.counts("bank_application_action") == {"standard": 1}
    assert [one.content.get("action") for one in ledger.scan("bank_application_action")] == [None, "decline"]
    assert ledger.verify().breaks == ()


def test_keys_of_the_first_contract_keep_their_rights(ledger_url: str):
    """The migration renames columns of the key store, and the permission "orders"."""
    book = Ledger(ledger_url)
    key = KeyRing(book).issue("standard", "bank", "li", ("quota", "bank_applications"))
    book.close()
    engine = open_engine(ledger_url)
    first = {"alembic_version", "records", "deadlines", "write_trials", "api_keys"}
    later = sorted({*sa.inspect(engine).get_table_names()} - first)
    with engine.execution_options(writes=True).begin() as connection:
        for statement in (
            *(f"DROP TABLE {name}" for name in later),
            "UPDATE api_keys SET permissions = replace(permissions, 'bank_applications', 'orders')",
            "ALTER TABLE api_keys RENAME COLUMN caller TO principal",
            "ALTER TABLE api_keys RENAME COLUMN permissions TO scopes",
            "ALTER TABLE write_trials RENAME COLUMN id TO place",
            "UPDATE alembic_version SET version_num = '0003'",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()
    migrate(ledger_url)
    again = Ledger(ledger_url)
    caller = KeyRing(again).caller_of(f"Bearer {key}")
    assert (caller.name, caller.permissions) == ("standard", {"quota", "bank_applications"})
    assert again.append([]) == []
    again.close()


def test_the_day_of_a_record_is_no_name():
    """Values that are no names stay: days, numbers, lists, texts that hold one."""
    day = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    body = {"at": day, "reasons_given": ["points", "decline"], "n": 1.5, "none": None, "text": "a decline"}
    assert current(body) == body
