"""What is taken is whole and fits the others; what is refused says why, and leaves nothing behind."""

import datetime as dt

import pandas as pd
import pytest

from data.events import EventStore
from data.incubators.journal import Journal
from data.incubators.tables import checked_table
from serving.incubators.board import RegistryBoard, RegistryState
from serving.incubators.store import EntryStore
from serving.incubators.taking import TICK, fitting, later, take
from tests.serving.incubators.conftest import USCC
from tests.serving.incubators.planted_registry import entries, first_versions, tables

AT = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def opened(own_service):
    return own_service.stores.get(), own_service.board


def voucher(name, step, amount, day, voucher_id="V-1"):
    return {"entry_id": name, "voucher_id": voucher_id, "step": step, "amount_cny": amount, "day": day,
            "tenant_id": "T001", "synthetic": False}  # fmt: skip


def taken(opened, record, rows, why=""):
    store, board = opened
    return take(store, board, {record: checked_table(record, pd.DataFrame(rows, dtype=object))}, "li", AT, why)


def test_first_versions_are_new_the_same_are_known_others_need_a_reason(opened):
    rows = tables(USCC)["tenant"]
    rows[2] = rows[2] | {"jobs": 9}
    first = taken(opened, "tenant", rows)
    assert (first.new, first.known, list(first.refused["key"]), first.differs) == (0, 2, ["T003"], {"T003"})
    second = taken(opened, "tenant", rows, why="counted again")
    assert (second.new, second.known, len(second.refused)) == (1, 2, 0)
    versions = opened[1].current().journal.history("tenant", "T003")
    assert [(one.values["jobs"], one.by, one.why) for one in versions] == [
        (8, "set-up", ""),
        (9, "li", "counted again"),
    ]


def test_an_old_version_sent_again_is_known_and_changes_nothing(opened):
    """The report as it was before its correction, such as from a queue that tries again."""
    again = taken(opened, "report", tables(USCC)["report"])
    assert (again.new, again.known) == (0, 2)
    assert opened[1].current().registry.reports["mentors"].tolist() == [6.0, 3.0]


def test_a_voucher_is_never_used_beyond_what_is_left(opened):
    """5,000 issued and 1,200.25 redeemed: of 3,799.75 that are left 3,000 fit, and then 800 do not."""
    rows = [voucher("a", "redeemed", 3_000, "2024-02-01"), voucher("b", "redeemed", 800, "2024-02-02")]
    found = taken(opened, "voucher", rows)
    assert (found.new, list(found.refused["key"])) == (1, ["b"])
    assert opened[1].current().ledger.balances()["left_cny"].tolist() == [799.75]


def test_what_would_contradict_a_record_that_was_taken_is_refused(opened):
    """Entered late for 10 January, 4,000 redeemed would leave too little for what was redeemed on the 18th."""
    found = taken(opened, "voucher", [voucher("a", "redeemed", 4_000, "2024-01-10")])
    assert (found.new, list(found.refused["key"])) == (0, ["a"])
    assert "left" in found.refused["reason_en"].iloc[0]
    both = [voucher("a", "redeemed", 4_000, "2024-01-10"), voucher("c", "issued", 10, "2024-01-10", "V-2")]
    found = taken(opened, "voucher", both)
    assert (found.new, list(found.refused["key"])) == (1, ["a"])


def test_a_redemption_that_arrives_after_the_expiry_is_taken_where_it_fits(opened):
    """5,000 - 1,200.25 redeemed - 3,000 expired leave 799.75: as much was redeemed before, and no fen more."""
    assert taken(opened, "voucher", [voucher("e", "expired", 3_000, "2024-02-20")]).new == 1
    found = taken(opened, "voucher", [voucher("a", "redeemed", 799.76, "2024-02-01")])
    assert (found.new, list(found.refused["key"])) == (0, ["a"])
    assert taken(opened, "voucher", [voucher("b", "redeemed", 799.75, "2024-02-01")]).new == 1
    (one,) = opened[1].current().ledger.balances().to_dict("records")
    assert [one[f"{step}_cny"] for step in ("issued", "redeemed", "expired", "left")] == [5_000, 2_000, 3_000, 0]


def test_a_record_of_nobody_is_refused_and_quarantined(opened):
    row = tables(USCC)["report"][0] | {"incubator_id": "H999"}
    found = taken(opened, "report", [row, row | {"staff": -1}])
    assert (found.new, found.quarantined) == (0, 2)
    assert "H999" in found.refused["reason_en"].iloc[1]
    assert taken(opened, "report", [row]).quarantined == 0


def test_records_that_need_each_other_are_taken_together():
    """Issued and redeemed in one file, the redeemed one first."""
    made = first_versions(tables(USCC))
    state = RegistryState.of(Journal(one for one in made if one.record != "voucher"))
    vouchers = [one for one in made if one.record == "voucher"]
    assert fitting(state, vouchers[::-1])[:2] == (vouchers[::-1], [])
    kept, rows, then = fitting(state, vouchers[1:])
    assert (kept, [row["key"] for row in rows], then) == ([], ["V-1002"], state)
    assert fitting(state, []) == ([], [], state)


def test_a_version_is_behind_the_newest_one_whatever_the_clock_says():
    one = entries(USCC)[-1]
    assert later(one, [one]).at == one.at + TICK
    assert later(one, []) is one


def test_two_workers_never_use_the_same_voucher_twice(opened, tmp_path, monkeypatch):
    """3,799.75 are left; while one worker checks 3,000, another stores 3,000: the first has to check again."""
    board = opened[1]
    other = EntryStore(EventStore(f"sqlite:///{tmp_path / 'incubators.sqlite'}"))
    usual = board.expect

    def overtaken(state):
        monkeypatch.setattr(board, "expect", usual)
        rows = [voucher("b", "redeemed", 3_000, "2024-02-01")]
        assert taken((other, RegistryBoard(lambda: other)), "voucher", rows).new == 1
        usual(state)

    monkeypatch.setattr(board, "expect", overtaken)
    found = taken(opened, "voucher", [voucher("a", "redeemed", 3_000, "2024-02-01")])
    assert (found.new, list(found.refused["key"])) == (0, ["a"])
    state = board.current()
    assert (state.ledger.balances()["left_cny"].tolist(), len(state.crossed)) == ([799.75], 0)
    other.store.close()
