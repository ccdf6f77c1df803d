"""The registry as its versions make it: in any order, at any instant, and computed again only for a new version."""

import datetime as dt
import itertools
from dataclasses import replace

from data.incubators.fields import RECORDS
from data.incubators.journal import Journal
from serving.incubators.board import Computed, RegistryBoard, RegistryState
from tests.serving.incubators.conftest import USCC
from tests.serving.incubators.planted_registry import CORRECTED, ENTERED, entries, entry_store

TICK = dt.timedelta(microseconds=1)


def mentors(state):
    rows = state.registry.reports.set_index("incubator_id")["mentors"]
    return rows.get("H002")


def test_any_order_of_arrival_makes_one_registry(tmp_path):
    made = entries(USCC)
    states = []
    for name, order in (("a", made), ("b", made[::-1]), ("c", made[5:] + made[:5])):
        store = entry_store(tmp_path / name, order)
        states.append(RegistryBoard(lambda store=store: store).current())
    for one in states:
        assert one.registry.reports.equals(states[0].registry.reports)
        assert one.registry.tenants.equals(states[0].registry.tenants)
    assert mentors(states[0]) == 3.0


def test_two_versions_of_one_instant_make_one_registry_in_either_order(tmp_path):
    """Two clerks corrected at the same microsecond: which of them counts does not depend on which came first."""
    made = entries(USCC)
    rival = replace(made[-1], by="zhao", values={**made[-1].values, "mentors": 7})
    found = []
    for name, order in (("a", [made[-1], rival]), ("b", [rival, made[-1]])):
        store = entry_store(tmp_path / name, [*made[:-1], *order])
        state = RegistryBoard(lambda store=store: store).current()
        found.append((mentors(state), len(state.journal.history("report", "H002 2023-12-31"))))
    assert found[0] == found[1]
    assert found[0][1] == 3


def test_it_is_replayed_as_it_was_known(tmp_path):
    """Entered on 20 January, corrected on 5 February: both instants included, a microsecond before neither."""
    store = entry_store(tmp_path, entries(USCC))
    board = RegistryBoard(lambda: store)
    known = {at: mentors(board.at(at)) for at in (ENTERED - TICK, ENTERED, CORRECTED - TICK, CORRECTED, None)}
    assert list(known.values()) == [None, 4.0, 4.0, 3.0, 3.0]
    assert board.at(ENTERED) is board.at(ENTERED)


def test_nothing_is_read_or_computed_again_without_a_new_version(tmp_path):
    made = entries(USCC)
    store = entry_store(tmp_path, made[:-1])
    board, count = RegistryBoard(lambda: store), itertools.count()
    first = board.current()
    assert [first.computed.once("n", lambda: next(count)) for _ in range(3)] == [0, 0, 0]
    assert board.current() is first
    store.append(made[-1:])
    second = board.current()
    assert (mentors(first), mentors(second), second.computed.once("n", lambda: next(count))) == (4.0, 3.0, 1)
    assert second.sequence > first.sequence


def test_a_record_that_others_contradict_is_counted_and_left_out(tmp_path):
    """The report of an incubator that is not registered is in no figure; it says why."""
    made = [one for one in entries(USCC) if one.record != "incubator" or one.key == "H001"]
    store = entry_store(tmp_path, made)
    state = RegistryBoard(lambda: store).current()
    assert list(state.registry.reports["incubator_id"]) == ["H001"]
    assert sorted(state.crossed["key"]) == ["H002 2023-12-31", "T002", "T003"]
    assert (state.simulated, state.reported_on) == (False, dt.date(2023, 12, 31))


def test_a_stored_record_that_breaks_a_newer_rule_takes_nothing_from_the_others(tmp_path):
    """Every stored row is served or in the quarantine with its reason; a broken incubator takes its own along."""
    made = entries(USCC)
    broken = {"T003": {"college_graduate_jobs": 9}, "H002 2023-12-31": {"staff": None}}
    stored = [replace(one, values=one.values | broken.get(one.key, {})) for one in made]
    store = entry_store(tmp_path / "rows", stored)
    state = RegistryBoard(lambda: store).current()
    assert sorted(state.registry.tenants["tenant_id"]) == ["T001", "T002"]
    assert list(state.registry.reports["incubator_id"]) == ["H001"]
    assert sorted(zip(state.crossed["key"], state.crossed["where"], strict=True)) == [
        ("H002 2023-12-31", "staff"), ("T003", "college_graduate_jobs"),
    ]  # fmt: skip
    assert state.crossed["reason_zh"].str.len().min() > 0
    old = [replace(one, values=one.values | ({"kind": "house"} if one.key == "H002" else {})) for one in made]
    store = entry_store(tmp_path / "parents", old)
    state = RegistryBoard(lambda: store).current()
    assert sorted(state.crossed["key"]) == ["H002", "H002 2023-12-31", "T002", "T003"]


def test_of_what_was_computed_the_latest_is_kept():
    computed, count = Computed(2), itertools.count()
    made = [computed.once(key, lambda: next(count)) for key in ("a", "b", "a", "c", "a", "b")]
    assert made == [0, 1, 0, 2, 0, 3]


def test_an_expected_registry_is_taken_only_if_the_store_holds_its_versions(tmp_path):
    made = entries(USCC)
    store = entry_store(tmp_path, made[:-1])
    board = RegistryBoard(lambda: store)
    before = board.current()
    other = RegistryState.of(Journal([*made[:-1], replace(made[-1], by="zhao")]))
    board.expect(other)
    store.append(made[-1:])
    after = board.current()
    assert after.registry is not other.registry
    assert (after.journal.entries[-1].by, mentors(before), mentors(after)) == ("li", 4.0, 3.0)


def test_a_state_from_an_earlier_one_is_the_state_of_its_versions(tmp_path):
    """Tables that no new version touches are taken over; the rest, and what contradicts what, is made again."""
    made = entries(USCC)
    first = RegistryState.of(Journal(made[:-3]))
    for n in (2, 1, 0):
        journal = Journal(made[: len(made) - n])
        again, fresh = RegistryState.of(journal, before=first), RegistryState.of(journal)
        for record in RECORDS:
            assert again.registry.table(record).equals(fresh.registry.table(record)), record
        assert again.crossed.equals(fresh.crossed)
    assert again.given["tenant"] is first.given["tenant"]
    assert RegistryState.of(journal, 0, ENTERED, first).registry.reports["mentors"].tolist() == [6.0, 4.0]
