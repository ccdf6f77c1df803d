"""The state of a declaration: traces worked by hand, and the same state for every order of arrival."""

import csv
import dataclasses
import datetime as dt
import itertools
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clearance.dialects import COLUMNS, Dialects
from data.clearance.records import CaseEvent
from data.codebook import reference_path
from models.clearance.fold import fold, fold_table
from models.clearance.group import group_ids

BEIJING = dt.timezone(dt.timedelta(hours=8))
NO = (("seq_no", "I20180000000001"),)


def event(code, clock="", *, day=12, dialect="single_window", keys=NO, note="", office="2901", **values):
    """An event on a day of December 2018, Beijing time; no instant where no time is given."""
    at = dt.datetime.fromisoformat(f"2018-12-{day}T{clock}").replace(tzinfo=BEIJING) if clock else None
    return CaseEvent(keys, dialect, code, at, f"{day} {clock}", note, office, values)


def utc(clock, day=12):
    return dt.datetime.fromisoformat(f"2018-12-{day}T{clock}").replace(tzinfo=BEIJING).astimezone(dt.UTC)


# An import by air as it came: release and completion share a second, with completion sent first.
AIR = [
    event("7", "20:58:36"), event("L", "20:58:37"), event("J", "20:58:44"), event("R", "09:11:02", day=13),
    event("P", "09:11:02", day=13),
]  # fmt: skip
AGAIN = [
    event("7", "09:00:00"), event("L", "09:00:05"), event("E", "10:00:00", note="商品编码有误"),
    event("7", "13:00:00", day=13), event("L", "13:00:04", day=13),
]  # fmt: skip


def test_the_air_import_is_completed_and_released_in_one_second():
    state = fold(AIR)
    assert (state.clearance_status, state.status_at) == ("completed", utc("09:11:02", 13))
    assert state.declared_at == utc("20:58:36")
    assert state.accepted_at == utc("20:58:37")
    assert state.examined_at == utc("20:58:44")
    assert state.released_at == state.completed_at == utc("09:11:02", 13)
    assert [row.code for row in state.history] == ["7", "L", "J", "P", "R"]
    assert (state.contradictions, state.gaps, state.episode, state.inspected) == ((), (), 1, False)
    # Of the messages without the release the same is known, except when the goods were let go.
    assert (fold(AIR[:4]).clearance_status, fold(AIR[:4]).released_at, fold(AIR[:4]).gaps) == (
        "completed",
        None,
        ("released",),
    )


@pytest.mark.parametrize(
    ("until", "status"),
    [((12, "20:58:35"), "unknown"), ((12, "20:58:36"), "declared"), ((12, "20:58:40"), "accepted"),
     ((13, "09:11:01"), "examined"), ((13, "09:11:02"), "completed")],
)  # fmt: skip
def test_replay_at_an_instant(until, status):
    """What was the case then, at the instants that the messages name; what has none is of no instant."""
    state = fold([*AIR, event("M")], until=utc(until[1], until[0]))
    assert state.clearance_status == status
    assert state.n_untimed == 0
    assert fold(AIR, until=utc("00:00:00", 31)) == fold(AIR)


def test_declared_again_after_a_return():
    """The stages are of the second attempt, the first stays in the history; before it the state was rejected."""
    state = fold(AGAIN)
    assert (state.clearance_status, state.episode, state.rejected) == ("accepted", 2, True)
    assert (state.declared_at, state.accepted_at) == (utc("13:00:00", 13), utc("13:00:04", 13))
    assert [row.episode for row in state.history] == [1, 1, 1, 2, 2]
    assert state.contradictions == ()
    before = fold(AGAIN, until=utc("12:00:00"))
    assert (before.clearance_status, before.status_at, before.episode) == ("rejected", utc("10:00:00"), 1)


def test_declared_and_returned_in_one_second_is_one_episode():
    state = fold([event("E", "09:00:00"), event("7", "09:00:00")])
    assert (state.clearance_status, state.episode) == ("rejected", 1)
    state = fold([event("E", "09:00:00"), event("7", "09:00:00"), event("7", "09:00:01")])
    assert (state.clearance_status, state.episode) == ("declared", 2)


def test_withdrawn_after_release():
    state = fold([*AIR[:3], event("P", "09:11:02", day=13), event("D", "10:00:00", day=14)])
    assert (state.clearance_status, state.status_at) == ("withdrawn", utc("10:00:00", 14))
    assert state.released_at == utc("09:11:02", 13)
    assert state.contradictions == ()


def test_detours_lie_between_acceptance_and_release():
    """Inspected before it was examined, taxed after; the status is what holds the goods up, until they are released."""
    events = [*AIR[:2], event("C", "21:00:00"), event("J", "22:00:00"), event("T", "22:00:01")]
    state = fold(events)
    assert (state.clearance_status, state.status_at, state.inspected) == ("inspection", utc("21:00:00"), True)
    assert fold([*events, AIR[4]]).clearance_status == "released"
    assert fold(events[2:3]).gaps == ("declared", "accepted")


def test_exceptions_lower_nothing():
    state = fold([*AIR[:3], event("M", "08:00:00", day=13), event("H", "08:00:00", day=13)])
    assert (state.clearance_status, state.exceptions) == ("examined", ("H", "M"))
    assert fold([event("N", "08:00:00", keys=(("entry_id", "290120181000000001"),))]).clearance_status == "exception"


def test_an_unknown_code_is_kept_with_its_note_and_concludes_nothing():
    state = fold([*AIR[:2], event("Q9", "21:00:00", note="新状态")])
    assert (state.clearance_status, state.unknown_codes) == ("accepted", ("single_window:Q9",))
    row = state.history[-1]
    assert (row.code, row.note, row.status, row.marks) == ("Q9", "新状态", "", ("unknown_code",))
    assert fold([event("Q9", "21:00:00")]).clearance_status == "unknown"


def test_an_event_without_an_instant_counts_for_the_status_and_for_no_time():
    state = fold([*AIR[:3], event("P")])
    assert (state.clearance_status, state.status_at, state.released_at) == ("released", None, None)
    assert (state.n_untimed, state.gaps, state.history[-1].marks) == (1, (), ("no_instant",))


def test_a_list_of_electronic_commerce_ends_with_899():
    """The answers about its order and its payment are shown and are not states of the list."""
    keys = (("cop_no", "C1"), ("pre_no", "P1"))
    codes = [("2", "10:00:00"), ("3", "10:00:01"), ("120", "10:00:05"), ("399", "10:01:00"), ("800", "10:02:00")]
    events = [event(code, clock, dialect="ceb", keys=keys) for code, clock in codes]
    other = event("899", "10:00:02", dialect="ceb_document", keys=keys)
    assert fold([*events, other]).clearance_status == "released"
    state = fold([*events, other, event("899", "11:00:00", dialect="ceb", keys=keys)])
    assert (state.clearance_status, state.completed_at, state.gaps) == ("completed", utc("11:00:00"), ())
    assert fold([*events, event("-621003", "12:00:00", dialect="ceb", keys=keys)]).exceptions == ("-621003",)
    cancelled = event("399", "12:00:00", dialect="ceb_cancellation", keys=keys)
    assert fold([*events, cancelled]).clearance_status == "withdrawn"


def test_a_british_import_with_an_amendment():
    """Accepted, taxed and papers wanted in one second; the later receipt answers a request and is no declaring."""
    codes = [("01", "17:37:55"), ("13", "17:37:55"), ("06", "17:37:55"), ("02", "17:40:37"), ("11", "17:40:37"),
             ("13", "17:40:38"), ("07", "17:48:58"), ("09", "17:48:58")]  # fmt: skip
    events = [
        event(code, clock, dialect="cds", keys=(("mrn", "23GB"),), issue=str(i))
        for i, (code, clock) in enumerate(codes)
    ]
    assert fold(events[:3]).clearance_status == "documents_due"
    state = fold(events)
    assert (state.clearance_status, state.accepted_at) == ("completed", utc("17:37:55"))
    assert state.released_at == state.completed_at == utc("17:48:58")
    assert (state.declared_at, state.gaps, state.contradictions) == (None, (), ())


def test_another_system_is_another_file(tmp_path):
    """A dialect that no code knows: its rows are enough to fold it."""
    rows = [
        ("Registered", 30, "accepted", "accepted", "stage", "yes"), ("Selected", 60, "inspection", "", "detour", "no"),
        ("Released", 70, "released", "released", "stage", "yes"),
    ]  # fmt: skip
    path = tmp_path / "asycuda.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(COLUMNS)
        for code, rank, status, stages, effect, expected in rows:
            table.writerow(["asycuda", code, "", "", rank, status, stages, effect, "no", expected, code, code, "test"])
    both = Dialects.load(reference_path("clearance/statuses.csv"), path)
    events = [event(code, "09:00:00", dialect="asycuda") for code in ("Selected", "Released")]
    state = fold(events, dialects=both)
    assert (state.clearance_status, state.inspected, state.gaps) == ("released", True, ("accepted",))
    assert fold(events).clearance_status == "unknown"


@settings(max_examples=150)
@given(st.data())
def test_any_order_with_duplicates_and_gaps_folds_to_the_same_bytes(data):
    """Drawn from events that contradict, repeat, share instants and have none: the set alone decides."""
    pool = [
        *AIR,
        *AGAIN,
        event("D", "13:00:04", day=13),
        event("P"),
        event("E"),
        event("?", "09:00:00"),
        event("J", "20:58:44", note="x"),
    ]
    kept = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=12))
    expected = fold({one.digest: one for one in kept}.values()).as_dict()
    arrived = data.draw(st.permutations(kept + data.draw(st.lists(st.sampled_from(kept), max_size=5))))
    found = fold(arrived).as_dict()
    assert found.pop("n_duplicates") == len(arrived) - expected["n_events"]
    del expected["n_duplicates"]
    assert json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True)


def test_every_order_of_the_air_import_is_one_state():
    assert len({json.dumps(fold(order).as_dict()) for order in itertools.permutations(AIR)}) == 1


def test_many_declarations_at_once_are_each_as_alone():
    """One implementation: no declaration is changed by those beside it."""
    traces = [AIR, AGAIN, AIR[:1], [event("Q9")], [*AIR[:3], event("E", "21:00:00"), AIR[4]], AIR[1:2]]
    alone, events = [], []
    for index, trace in enumerate(traces):
        own = [
            CaseEvent((("seq_no", f"I{index + 1}"),), e.dialect, e.code, e.at, e.at_text, e.note, e.office)
            for e in trace
        ]
        alone.append(fold(own))
        events += own
    for order in (events, events[::-1]):
        table = fold_table(order, group_ids(order).ids)
        assert [table.state(index) for index in range(len(table))] == alone
    frame = table.frame()
    assert frame["clearance_status"].tolist() == [state.clearance_status for state in alone]
    assert frame["contradictions"][4] == "released_and_rejected;stage_after_end"
    assert frame["completed_at"].isna().tolist() == [False, True, True, True, True, True]
    assert frame["gaps"].tolist() == [";".join(state.gaps) for state in alone]


def test_nothing_and_an_instant_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="at least one event"):
        fold([])
    with pytest.raises(ValueError, match="no time zone"):
        fold([CaseEvent(NO, "single_window", "7", dt.datetime(2018, 12, 12), "")])  # noqa: DTZ001


def test_an_import_response_is_a_draft_or_a_failed_one_and_never_a_channel():
    """A client that answers 1 or 7 has refused the file; as a CHANNEL these would be a success and a declaring."""
    codes = {"0": "draft", "1": "draft_error", "7": "draft_error", "-1": "draft_error"}
    found = {code: fold([event(code, dialect="single_window_import")]).clearance_status for code in codes}
    assert found == codes


def test_grouping_and_folding_keep_their_time():
    """5,000 receipts a second on one core leave 200 us a receipt; grouping and folding have 80 of them."""
    events = [dataclasses.replace(one, keys=(("seq_no", f"E{k}"),)) for k in range(1, 501) for one in AIR + AIR[:1]]
    begun = time.process_time()
    fold_table(events, group_ids(events).ids).frame()
    assert time.process_time() - begun < 80e-6 * len(events)
