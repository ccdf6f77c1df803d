"""Cases in memory follow what arrives: what is new is folded alone, and clocks of running cases follow the hours."""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import pytest

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from data.events import EventStore
from models.approvals.cases import case_table
from models.approvals.fold import fold
from serving.approvals.board import Board
from serving.approvals.store import CaseStore
from tests.serving.approvals.planted_release import ENDED, NOW, NUMBER, OTHER, event, planted_store

HOUR = dt.timedelta(hours=1)


@dataclass
class Table:
    """In place of a table of cases: the state of each alone."""

    frame: pd.DataFrame

    def row(self, index):
        return self.frame.iloc[index].to_dict()


@pytest.fixture
def store(tmp_path):
    made = planted_store(tmp_path, "F", "G")
    yield made
    made.store.close()


@pytest.fixture
def board(store):
    """A board that notes which cases are folded, and when."""
    folded = []

    def tabulate(events, at):
        numbers = sorted({one.case_number for one in events})
        folded.append((numbers, at))
        states = [fold([one for one in events if one.case_number == number]) for number in numbers]
        rows = [{"case_number": one.case_number, "status": one.status, "is_closed": one.closed_at is not None,
                 "delivery_due_on": one.decided_at, "delivered_at": one.delivered_at, "at": at}
                for one in states]  # fmt: skip
        return Table(pd.DataFrame(rows))

    made = Board(lambda: store, tabulate)
    made.folded = folded
    return made


def test_what_arrives_is_there_with_the_next_look_and_folded_alone(board, store):
    assert [one.number for one in board.find(NUMBER, NOW)] == [NUMBER]
    assert board.find("none", NOW) == []
    assert board.folded == [([NUMBER, OTHER, ENDED], NOW)]
    store.receive([event(OTHER, "withdrawn", "2024-06-18T09:00:00+08:00")], "zone", NOW)
    assert board.find(OTHER, NOW)[0].row["status"] == "withdrawn"
    assert board.folded[1:] == [([OTHER], NOW)]
    assert board.key(NOW)[0] == store.newest()


def test_the_table_has_each_case_once_with_its_newest_state(board, store):
    first = board.current(NOW).frame
    assert sorted(first["case_number"]) == [NUMBER, OTHER, ENDED]
    store.receive([event(OTHER, "withdrawn", "2024-06-18T09:00:00+08:00")], "zone", NOW)
    store.receive([event("new", "applied", "2024-06-18T09:00:00+08:00")], "zone", NOW)
    frame = board.current(NOW).frame.set_index("case_number")["status"].to_dict()
    assert frame == {NUMBER: "accepted", OTHER: "withdrawn", ENDED: "delivered", "new": "applied"}
    assert sorted(first["case_number"]) == [NUMBER, OTHER, ENDED]  # what was given out before stays as it was


def test_with_the_next_hour_running_cases_are_read_again_and_ended_ones_are_not(board):
    board.current(NOW)
    board.current(NOW + HOUR / 3)
    assert len(board.folded) == 1
    frame = board.current(NOW + HOUR).frame.set_index("case_number")["at"]
    assert board.folded[1:] == [([NUMBER, OTHER], NOW + HOUR)]
    assert frame[NUMBER] == NOW + HOUR
    assert frame[ENDED] == NOW


def test_one_number_of_two_sources_is_two_cases(board, store):
    store.receive([event(NUMBER, "applied", "2024-06-18T09:00:00+08:00")], "another", NOW)
    assert [(one.source, one.row["status"]) for one in board.find(NUMBER, NOW)] == [
        ("another", "applied"), ("zone", "accepted"),
    ]  # fmt: skip
    assert len(board.current(NOW).frame) == 4


def test_an_event_is_dated_by_its_first_arrival(board, store):
    """Each event of this case came twice in one call and once more now."""
    before = board.find(NUMBER, NOW)[0].received
    store.receive([one.event for one in store.of_case(NUMBER)], "zone", NOW + HOUR)
    assert board.find(NUMBER, NOW)[0].received == before
    assert max(before.values()) < NOW


def test_an_empty_store_has_no_cases(tmp_path):
    empty = CaseStore(EventStore(f"sqlite:///{tmp_path / 'empty.sqlite'}"))
    board = Board(lambda: empty, lambda events, at: case_table(events, Catalogue(()), WorkCalendar.load(), now=at))
    assert board.find("any", NOW) == []
    frame = board.current(NOW).frame
    assert frame.empty
    assert {"source", "case_number", "applicant", "accepted_at"} <= set(frame)
    empty.receive([event("new", "applied", "2024-06-18T09:00:00+08:00")], "zone", NOW)
    assert list(board.current(NOW).frame["case_number"]) == ["new"]


def test_an_event_that_is_still_to_come_counts_once_its_instant_is_there(tmp_path):
    """A sender's clock is ten minutes ahead: the acceptance counts with the next look after its instant."""
    store = CaseStore(EventStore(f"sqlite:///{tmp_path / 'ahead.sqlite'}"))
    board = Board(lambda: store, lambda events, at: case_table(events, Catalogue(()), WorkCalendar.load(), now=at))
    store.receive([event("A", "applied", "2024-06-18T09:00:00+08:00"),
                   event("A", "accepted", "2024-06-21T11:10:00+08:00")], "zone", NOW)  # fmt: skip
    statuses = [board.find("A", NOW + dt.timedelta(minutes=minutes))[0].row["status"] for minutes in (0, 9, 11)]
    assert statuses == ["applied", "applied", "accepted"]


def test_a_case_waits_for_delivery_after_it_has_ended(tmp_path):
    """Decided on 3 June, to be delivered within ten working days: on 25 June it is late, without any event."""
    store = CaseStore(EventStore(f"sqlite:///{tmp_path / 'delivery.sqlite'}"))
    board = Board(lambda: store, lambda events, at: case_table(events, Catalogue(()), WorkCalendar.load(), now=at))
    decided = event("A", "decided", "2024-06-03T10:00:00+08:00", values={"outcome": "granted"})
    store.receive([event("A", "accepted", "2024-06-03T09:00:00+08:00"), decided], "zone", NOW)
    looks = [dt.datetime(2024, 6, day, 3, tzinfo=dt.UTC) for day in (7, 25)]
    assert [board.find("A", at)[0].row["delivery_late"] for at in looks] == [False, True]
    assert [bool(board.current(at).frame["delivery_late"].iloc[0]) for at in looks[1:]] == [True]


def test_events_are_not_lost_where_their_table_cannot_be_made(board, store):
    """The look fails, and the next one reads them again: they are not taken for read."""
    board.current(NOW)
    tabulate, board.tabulate = board.tabulate, None
    store.receive([event("new", "applied", "2024-06-18T09:00:00+08:00")], "zone", NOW)
    with pytest.raises(TypeError):
        board.find("new", NOW)
    board.tabulate = tabulate
    assert [one.row["status"] for one in board.find("new", NOW)] == ["applied"]
