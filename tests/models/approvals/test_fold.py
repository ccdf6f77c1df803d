"""The state of a case: cases worked by hand, and the same state for every order of arrival."""

import datetime as dt
import itertools
import json
import random
import time

import pytest

from data.approvals.kinds import statuses
from models.approvals.fold import fold, fold_table
from tests.models.approvals.events import CHINA, event, instant, resumed, suspended

WHOLE = [
    event("applied", "02", "08:30", applicant="91440300MA5EXAMPL0"), event("correction_requested", "03", list="章程"),
    event("corrected", "05"), event("accepted", "06", "10:00", deadline="2026-03-20"), suspended("09"), resumed("13"),
    event("extended", "16", by="head", informed="1", reason="复杂"), event("decided", "18", "16:00", outcome="granted"),
    event("delivered", "19"),
]  # fmt: skip


def codes(state):
    return [flag.code for flag in state.flags]


def test_a_whole_case():
    state = fold(WHOLE)
    assert (state.case_number, state.item, state.office) == ("A1", "food-licence", "approval_bureau")
    assert (state.status, state.status_at, state.outcome) == ("delivered", instant("19"), "granted")
    assert state.applicant == "91440300MA5EXAMPL0"
    assert (state.applied_at, state.accepted_at) == (instant("02", "08:30"), instant("06", "10:00"))
    assert state.decided_at == state.closed_at == instant("18", "16:00")
    assert (state.delivered_at, state.first_at, state.last_at) == (
        instant("19"), instant("02", "08:30"), instant("19"),
    )  # fmt: skip
    assert state.promised_due_on == dt.date(2026, 3, 20)
    (one,) = state.suspensions
    assert (one.reason, one.announced_days, one.from_at, one.to_at, one.counts) == (
        "test", 5, instant("09"), instant("13"), True,
    )  # fmt: skip
    (longer,) = state.extensions
    assert (longer.by_head, longer.informed, longer.reason) == (True, True, "复杂")
    assert codes(state) == []
    assert [row.kind for row in state.history] == [one.kind for one in WHOLE]


@pytest.mark.parametrize(
    ("n_events", "status"),
    [(1, "applied"), (2, "in_correction"), (3, "applied"), (4, "accepted"), (5, "suspended"), (6, "accepted"),
     (7, "extended"), (8, "decided"), (9, "delivered")],
)  # fmt: skip
def test_the_status_after_each_event(n_events, status):
    """What is known after each event, and what was known then by a replay, are the same."""
    assert fold(WHOLE[:n_events]).status == status
    assert fold(WHOLE, until=WHOLE[n_events - 1].at).status == status
    later = fold(WHOLE, now=WHOLE[n_events - 1].at)
    assert (later.status, len(later.history)) == (status, 9)
    assert codes(later) == ([] if n_events == 9 else ["in_future"])


@pytest.mark.parametrize("seed", range(20))
def test_every_order_with_duplicates_gives_one_state(seed):
    expected = fold(WHOLE).as_dict() | {"n_duplicates": None}
    chance = random.Random(seed)
    arrived = WHOLE + chance.choices(WHOLE, k=chance.randrange(6))
    chance.shuffle(arrived)
    assert fold(arrived).as_dict() | {"n_duplicates": None} == expected
    assert fold(arrived).n_duplicates == len(arrived) - len(WHOLE)
    assert json.dumps(expected)


def test_events_of_one_midnight_have_no_order():
    """All orders of four events that say only the day: one state, and no flag that would need an order."""
    day = [event("accepted", "09", ""), suspended("09", ""), resumed("09", ""), event("decided", "09", "", outcome="x")]
    states = [fold(some) for some in itertools.permutations(day)]
    assert all(state == states[0] for state in states)
    assert (states[0].status, codes(states[0])) == ("decided", [])
    assert fold([event("decided", "09", "", outcome="x"), event("accepted", "09", "14:00")]).flags == ()
    assert codes(fold([event("decided", "09", "11:00", outcome="x"), event("accepted", "09", "14:00")])) == [
        "decided_before_accepted"
    ]


def test_correction_is_requested_once():
    """The second request is flagged and begins nothing; two of one day are both flagged and are one correction."""
    events = [event("applied", "02"), event("correction_requested", "03"), event("corrected", "04")]
    again = event("correction_requested", "05", list="更多")
    state = fold([*events, again])
    assert (state.status, codes(state)) == ("applied", ["correction_repeated"])
    assert state.flags[0].digests == (again.digest,)
    same_day = fold([events[0], events[1], event("correction_requested", "03", "")])
    assert (same_day.status, codes(same_day), len(same_day.flags[0].digests)) == (
        "in_correction", ["correction_repeated"], 2,
    )  # fmt: skip
    late = fold([event("accepted", "03"), event("correction_requested", "05")])
    assert (late.status, codes(late)) == ("accepted", ["correction_after_accepted"])


@pytest.mark.parametrize(
    ("events", "flag"),
    [
        ([event("accepted", "02"), resumed("03")], "resumed_without_suspension"),
        ([event("accepted", "02"), suspended("03"), resumed("04", reason="hearing")], "resumed_without_suspension"),
        ([event("accepted", "02"), suspended("03", reason=""), resumed("04", reason="")], "suspension_without_reason"),
        ([event("accepted", "02"), suspended("03", basis=" ")], "suspension_without_basis"),
        ([event("accepted", "02"), suspended("03", days="")], "suspension_without_days"),
        ([event("accepted", "02"), suspended("03"), suspended("04")], "suspended_twice"),
        ([suspended("02"), event("accepted", "03"), resumed("04")], "suspended_before_accepted"),
        ([event("decided", "02"), event("accepted", "03")], "decided_before_accepted"),
        ([event("applied", "02"), event("decided", "03")], "decided_without_accepted"),
        ([event("accepted", "02"), event("accepted", "03")], "accepted_twice"),
        ([event("accepted", "02"), event("extended", "03", by="head")], "extension_not_informed"),
        ([event("accepted", "02"), event("extended", "03", informed="1", by="clerk")], "extension_not_by_head"),
        ([event("accepted", "02"), event("accepted")], "no_instant"),
        ([event("withdrawn", "02"), event("accepted", "03")], "after_end"),
        ([event("accepted", "02"), event("delivered", "03")], "delivered_without_decided"),
        ([event("accepted", "02", item="a"), event("step", "03", item="b")], "two_items"),
        ([event("step", "02", deadline="2026-03-01"), event("step", "03", deadline="2026-03-02")], "two_deadlines"),
        ([event("accepted", "02", deadline="soon")], "deadline_unreadable"),
        ([event("accepted", "02"), event("joint_ended", "03")], "joint_unmatched"),
    ],
)  # fmt: skip
def test_what_a_person_should_look_at(events, flag):
    assert codes(fold(events)) == [flag]
    assert fold(events[::-1]) == fold(events)


def test_a_suspension_without_reason_or_basis_does_not_count():
    for missing in ("reason", "basis"):
        (one,) = fold([event("accepted", "02"), suspended("03", **{missing: ""}), resumed("06", reason="")]).suspensions
        assert (one.counts, one.to_at) == (False, instant("06"))


def test_contradictions():
    two = [
        event("accepted", "02"),
        event("decided", "03", outcome="granted"),
        event("decided", "04", outcome="refused"),
    ]
    state = fold(two)
    assert (state.status, state.status_at, state.closed_at, state.outcome) == ("contradictory", None, None, "")
    assert codes(state) == ["two_decisions"]
    same_day = fold([event("withdrawn", "03", ""), event("decided", "03", "10:00", outcome="granted")])
    assert (same_day.status, codes(same_day)) == ("contradictory", ["decided_without_accepted", "two_ends"])
    known = fold([event("withdrawn", "03", "09:00"), event("decided", "03", "10:00", outcome="granted")])
    assert (known.status, known.outcome, codes(known)) == ("withdrawn", "", ["after_end"])
    assert fold([event("withdrawn"), event("decided", "03")]).status == "contradictory"
    assert fold([event("decided", "03", outcome="granted"), event("decided", "05", outcome="granted")]).closed_at == (
        instant("03")
    )


def test_events_without_an_instant_count_for_the_status_alone():
    state = fold([event("applied", "02"), event("accepted"), suspended("")])
    assert (state.status, state.accepted_at, state.suspensions) == ("accepted", None, ())
    assert (state.n_untimed, codes(state)) == (2, ["no_instant"])
    assert fold([event("withdrawn")]).status == "withdrawn"


def test_a_log_of_steps_runs_until_its_mapping_names_an_end():
    steps = [event("step", "02"), event("step", "04", deadline="2026-03-03T22:00:00+00:00")]
    state = fold(steps)
    assert (state.status, state.status_at, state.closed_at) == ("running", instant("02"), None)
    assert state.promised_due_on == dt.date(2026, 3, 4)  # midnight in Beijing
    ended = fold([*steps, event("step", "05", closed="1")])
    assert (ended.status, ended.closed_at, ended.last_at) == ("closed", instant("05"), instant("05"))
    assert statuses()[ended.status].closed


def test_many_cases_at_once_are_each_as_alone():
    other = [
        event("accepted", "02", case="B2"),
        suspended("03", case="B2", reason="hearing"),
        suspended("03", case="B2"),
    ]
    table = fold_table([*other, *WHOLE], [0] * 3 + [1] * 9)
    assert (table.state(0), table.state(1)) == (fold(other), fold(WHOLE))
    frame = table.frame()
    assert frame["case_number"].tolist() == ["B2", "A1"]
    assert frame["n_suspensions"].tolist() == [2, 1]
    assert frame["closed_at"].isna().tolist() == [True, False]


def test_no_state_has_an_officer():
    named = event("accepted", "02")
    named = type(named)(named.case_number, named.kind, named.at, named.at_text, officer="王某")
    assert "王某" not in json.dumps(fold([named]).as_dict(), ensure_ascii=False) + repr(fold([named]))


def test_instants_have_a_zone_and_a_state_an_event():
    with pytest.raises(ValueError, match="at least one event"):
        fold([])
    for name in ("until", "now"):
        with pytest.raises(ValueError, match=f"{name} is .*without a time zone"):
            fold(WHOLE, **{name: dt.datetime(2026, 3, 2)})  # noqa: DTZ001
    assert fold(WHOLE, until=dt.datetime(2026, 3, 1, tzinfo=CHINA)).status == "unknown"


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_deadline_that_beijing_cannot_write_is_unreadable(deadline):
    state = fold([event("accepted", "06", deadline=deadline)])
    assert (state.promised_due_on, codes(state)) == (None, ["deadline_unreadable"])


def test_marks_of_many_events_take_time_in_proportion():
    """20,000 suspensions without an end: each but the first is marked, in well under a second."""
    events = [suspended("09", f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}") for at in range(8, 80_000, 4)]
    begun = time.process_time()
    state = fold(events)
    assert time.process_time() - begun < 2.0
    assert sum("suspended_twice" in row.marks for row in state.history) == len(events) - 1
