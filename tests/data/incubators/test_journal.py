"""Versions of records: nothing is overwritten, and every instant can be had again."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from data.incubators.journal import Entry, EntryError, Journal, key_of

pytestmark = pytest.mark.law


def instant(day):
    return dt.datetime(2022, 3, day, tzinfo=dt.UTC)


@pytest.fixture
def journal(records):
    """An incubator, a voucher, and two corrections of the voucher."""
    voucher = records["voucher"]
    return (
        Journal()
        .append(Entry("incubator", "Z1", instant(1), "clerk", "", records["incubator"]))
        .append(Entry("voucher", "E1", instant(2), "clerk", "", voucher))
        .append(Entry("voucher", "E1", instant(5), "clerk", "misread", voucher | {"amount_cny": 500}))
        .append(Entry("voucher", "E1", instant(9), "chief", "as filed", voucher | {"amount_cny": 5_500}))
    )


def test_a_correction_is_a_version_and_every_instant_is_replayed(journal):
    """Who, when and why of each version stay; the registry of an instant has the version of then."""
    history = journal.history("voucher", "E1")
    assert [(one.by, one.why, one.values["amount_cny"]) for one in history] == [
        ("clerk", "", 5_000.0), ("clerk", "misread", 500), ("chief", "as filed", 5_500)
    ]  # fmt: skip
    found = {day: journal.table("voucher", instant(day)).rows["amount_cny"].tolist() for day in (1, 4, 5, 9)}
    assert found == {1: [], 4: [5_000], 5: [500], 9: [5_500]}
    assert journal.table("voucher").rows["amount_cny"].tolist() == [5_500]


def test_any_order_and_any_repetition_of_the_entries_is_one_journal(journal):
    """As they may come from a store."""
    for seed in range(20):
        entries = [*journal.entries, *journal.entries[:2]]
        random.Random(seed).shuffle(entries)
        assert Journal(entries).entries == journal.entries


def test_the_same_entry_again_changes_nothing(journal):
    """As when an answer was lost and the request is sent once more."""
    assert journal.append(journal.entries[-1]) is journal
    assert Entry.of(journal.entries[1].as_dict()) == journal.entries[1]


def test_a_withdrawn_record_leaves_the_registry_and_keeps_its_history(journal):
    """It is there again at every earlier instant."""
    gone = journal.append(Entry("voucher", "E1", instant(20), "chief", "filed by mistake", {}))
    assert len(gone.table("voucher").rows) == 0
    assert len(gone.table("voucher", instant(19)).rows) == 1
    assert len(gone.history("voucher", "E1")) == 4


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"why": " "}, "why"),
        ({"by": ""}, "by"),
        ({"at": instant(9)}, "at"),
        ({"at": instant(3)}, "at"),
        ({"key": "E2"}, "key"),
        ({"values": {"entry_id": "E1"}}, "amount_cny"),
        ({"key": "E9", "values": {}}, "key"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused(journal, records, change, where):
    """A correction has a reason and a name, and comes after what it corrects."""
    sent = {"record": "voucher", "key": "E1", "at": instant(12), "by": "clerk", "why": "late figure"}
    with pytest.raises(EntryError) as refused:
        journal.append(Entry(**(sent | {"values": records["voucher"] | {"amount_cny": 8}} | change)))
    assert where in {one.where for one in refused.value.faults}


def test_the_key_of_a_record_is_its_key_columns(records):
    """A day is written as 2021-12-31."""
    assert {record: key_of(record, values) for record, values in records.items()} == {
        "incubator": "Z1", "tenant": "T1", "report": "Z1 2021-12-31", "voucher": "E1"
    }  # fmt: skip


def test_a_record_that_breaks_a_newer_rule_is_parted_with_its_reason_and_the_rest_is_read(journal, records):
    """Rules become stricter: what was stored by the rules of its day neither counts nor hides the others."""
    old = Entry("tenant", "T2", instant(1), "clerk", "", records["tenant"] | {"tenant_id": "T2", "jobs": 4})
    good = Entry("tenant", "T1", instant(1), "clerk", "", records["tenant"])
    stored = Journal([*journal.entries, old, good])
    made = stored.table("tenant")
    assert made.rows["tenant_id"].tolist() == stored.table("tenant").rows["tenant_id"].tolist() == ["T1"]
    assert made.quarantine[["record", "key", "where", "found"]].to_numpy().tolist() == [
        ["tenant", "T2", "college_graduate_jobs", "5"]
    ]
    assert len(stored.history("tenant", "T2")) == 1
    mended = stored.append(Entry("tenant", "T2", instant(3), "chief", "misread", old.values | {"jobs": 5}))
    assert (len(mended.table("tenant").rows), len(mended.table("tenant").quarantine)) == (2, 0)
    assert len(mended.table("tenant", instant(2)).quarantine) == 1
