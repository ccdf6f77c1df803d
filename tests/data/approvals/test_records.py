"""An event of a case: equal content has equal digests, whatever the order of its values."""

import dataclasses
import datetime as dt

import pytest

from data.approvals.records import EVENT_KINDS, ApprovalEvent

pytestmark = pytest.mark.law
AT = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
EVENT = ApprovalEvent(
    "2026-0001", "suspended", AT, "2026-03-02 09:30", "water_permit", "water", "", "E7", {"reason": "r", "basis": "b"}
)


def test_a_digest_is_of_the_content_and_not_of_the_order_of_values():
    turned = dataclasses.replace(EVENT, values={"basis": "b", "reason": "r"})
    assert turned.digest == EVENT.digest
    for name, value in (
        ("case_number", "2"), ("kind", "resumed"), ("at_text", ""), ("item", ""), ("office", ""), ("activity", "a"),
        ("officer", ""), ("values", {"reason": "r"}),
    ):  # fmt: skip
        assert dataclasses.replace(EVENT, **{name: value}).digest != EVENT.digest, name


def test_an_officer_is_not_in_the_text_of_an_event():
    assert "E7" not in repr(EVENT)


def test_every_kind_is_there_once():
    assert len(set(EVENT_KINDS)) == len(EVENT_KINDS) == 16
