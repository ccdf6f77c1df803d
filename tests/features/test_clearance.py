from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.clearance import CATEGORIES, NUMBERS, InOrder, KnownMedians, features_at, moments, recent_medians


def instant(text: str) -> pd.Timestamp:
    """Beijing time of July 2024, as 03 09:30, in UTC."""
    return pd.Timestamp(f"2024-07-{text}", tz="Asia/Shanghai").tz_convert("UTC")


def log(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Events: declaration, status, instant, arrival."""
    made = pd.DataFrame(rows, columns=["declaration_id", "status", "at", "received_at"])
    return made.assign(**{name: pd.to_datetime(made[name].map(instant)) for name in ("at", "received_at")})


def written(*ids: str) -> pd.DataFrame:
    codes = dict(zip(CATEGORIES, ("2901", "export", "2", "0110", "85"), strict=True))
    return pd.DataFrame({"declaration_id": ids}).assign(**codes, n_goods=3, gross_kg=np.e - 1)


def at(day: str, *ids: str) -> pd.DataFrame:
    return pd.DataFrame({"declaration_id": ids, "known_at": instant(day)})


NONE = KnownMedians.of(recent_medians(log(), written()))
EVENTS = log(
    ("A", "declared", "01 16:00", "01 16:00"),
    ("A", "accepted", "01 18:00", "02 12:00"),  # arrives 18 hours late
    ("A", "inspection", "02 09:00", "02 09:05"),
    ("A", "examined", "03 10:00", "03 10:00"),
    ("A", "released", "04 10:00", "04 10:00"),
    ("A", "completed", "06 10:00", "06 10:00"),
)


@pytest.mark.law
def test_an_event_counts_from_its_arrival_and_not_from_its_instant():
    """At 11:00 on the second the acceptance of the evening before has not arrived: nothing may know of it."""
    before, after = (features_at(at(day, "A"), EVENTS, written("A"), NONE).iloc[0] for day in ("02 11:00", "02 12:00"))
    assert (before["milestone"], before["activity"], before["position"]) == ("declared", "inspection", 2)
    assert before["stage_elapsed_days"] == pytest.approx(19 / 24)
    assert (after["milestone"], after["activity"], after["position"]) == ("accepted", "inspection", 3)
    assert after["stage_elapsed_days"] == pytest.approx(18 / 24)
    assert after["elapsed_days"] == pytest.approx(20 / 24)
    assert after["inspected"] == 1.0
    assert after["hours_to_closing"] == pytest.approx(-1.0)  # accepted at 18:00, an hour after the office closes
    assert after["start_weekday"] == 0.0  # 1 July 2024 was a Monday


@pytest.mark.law
def test_what_arrives_later_changes_no_earlier_row():
    """Every row is the same with the events that had arrived then and with all of them."""
    rows = moments(EVENTS, instant("07 00:00"))
    whole = features_at(rows, EVENTS, written("A"), NONE)
    for at_row in range(len(rows)):
        row = rows.iloc[[at_row]]
        then = EVENTS[EVENTS["received_at"] <= row["known_at"].iloc[0]]
        alone = features_at(row, then.sample(frac=1, random_state=at_row), written("A"), NONE)
        expected = whole[whole["known_at"] == row["known_at"].iloc[0]]
        pd.testing.assert_frame_equal(alone, expected.reset_index(drop=True), check_dtype=False, check_freq=False)


def test_a_return_begins_again_and_an_end_ends():
    events = log(
        ("A", "declared", "01 09:00", "01 09:00"),
        ("A", "accepted", "01 10:00", "01 10:00"),
        ("A", "rejected", "01 11:00", "01 11:00"),
        ("A", "declared", "02 09:00", "02 09:00"),
        ("B", "declared", "01 09:00", "01 09:00"),
        ("B", "withdrawn", "02 09:00", "02 09:00"),
        ("C", "declared", "01 09:00", "01 09:00"),
        ("C", "declared", "01 09:00", "01 09:30"),  # the same again
        ("C", "completed", "02 09:00", "02 09:00"),
    )
    ids = ("A", "B", "C", "none")
    first = features_at(at("01 10:30", *ids), events, written(*ids), NONE)
    assert first["declaration_id"].tolist() == ["A", "B", "C"]
    assert first["milestone"].tolist() == ["accepted", "declared", "declared"]
    assert first["position"].tolist() == [2, 1, 1]
    assert features_at(at("01 12:00", "A"), events, written("A"), NONE).empty
    last = features_at(at("02 10:00", *ids), events, written(*ids), NONE)
    assert last["declaration_id"].tolist() == ["A"]
    assert last.loc[0, ["milestone", "returned", "elapsed_days"]].tolist() == ["declared", 1.0, pytest.approx(1 / 24)]


def test_recent_medians_are_of_what_was_known_before():
    """Days from declared to accepted: 1 known on the 2nd, 3 known on the 5th; their median on the 6th is 2."""
    events = log(
        ("A", "declared", "01 09:00", "01 09:00"),
        ("A", "accepted", "02 09:00", "02 09:00"),
        ("B", "declared", "01 09:00", "01 09:00"),
        ("B", "accepted", "04 09:00", "05 09:00"),
        ("C", "declared", "01 09:00", "01 09:00"),
    )
    recent = recent_medians(events, written("A", "B", "C"))
    assert recent[["stage", "median_days", "n"]].to_numpy().tolist() == [["accepted", 1.0, 1], ["accepted", 2.0, 2]]
    found = [
        features_at(at(day, "C"), events, written("C"), KnownMedians.of(recent)).loc[0, "recent_accepted_days"]
        for day in ("02 09:00", "02 09:01", "05 09:00", "06 09:00")
    ]
    assert found == [pytest.approx(np.nan, nan_ok=True), 1.0, 1.0, 2.0]


def test_a_median_is_looked_up_by_office_direction_and_stage():
    """Office 1 knows 1 day from the 2nd and 3 from the 4th, office 2 knows 7 from the 3rd; order is of no account."""
    rows = [
        ("1", "export", "accepted", "02 09:00", 1.0),
        ("1", "export", "accepted", "04 09:00", 3.0),
        ("1", "import", "accepted", "02 09:00", 5.0),
        ("1", "export", "released", "02 09:00", 9.0),
        ("2", "export", "accepted", "03 09:00", 7.0),
    ]
    recent = pd.DataFrame(rows, columns=["office", "direction", "stage", "known_at", "median_days"])
    recent["known_at"] = recent["known_at"].map(instant)
    at = np.array([instant(day).value // 1_000 for day in ("02 09:00", "04 09:00", "05 09:00", "05 09:00", "05 09:00")])
    for table in (recent, recent[::-1]):
        known = KnownMedians.of(table)
        found = known.before(["1", "1", "1", "2", "3"], ["export"] * 5, "accepted", at)
        np.testing.assert_array_equal(found, [np.nan, 1.0, 3.0, 7.0, np.nan])
        np.testing.assert_array_equal(known.before(["1", "2"], ["export"] * 2, "released", at[3:]), [9.0, np.nan])
        np.testing.assert_array_equal(known.before(["1", np.nan], ["import"] * 2, "accepted", at[3:]), [5.0, np.nan])


def test_the_last_row_of_a_key_before_an_instant():
    """Key 0 has rows at 10, 20 and 20, key 2 one at 15; of equal instants the last row counts."""
    order = InOrder.of(np.array([0, 0, 0, 2]), np.array([10, 20, 20, 15]))
    keys, at = np.array([0, 0, 0, 0, 1, 2, 2, -1]), np.array([9, 10, 19, 20, 30, 14, 15, 30])
    assert order.last(keys, at).tolist() == [-1, 0, 0, 2, -1, -1, 3, -1]
    assert order.last(keys, at, strictly=True).tolist() == [-1, -1, 0, 0, -1, -1, -1, -1]
    nothing = InOrder.of(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert nothing.last(keys, at).tolist() == [-1] * 8


def test_moments_are_arrivals_and_mornings_between():
    rows = moments(EVENTS[EVENTS["status"] != "completed"], instant("06 08:00"))
    assert rows["known_at"].tolist() == [
        instant(day) for day in ("01 16:00", "02 09:00", "02 09:05", "02 12:00", "03 09:00", "03 10:00", "04 09:00",
                                 "04 10:00", "05 09:00")]  # fmt: skip
    assert moments(EVENTS, instant("02 09:05"), mornings=False)["known_at"].tolist() == [
        instant("01 16:00"), instant("02 09:05")]  # fmt: skip


def test_moments_of_each_declaration_are_its_own():
    """Only A still runs: C and D have ended, and B ended before its second morning; no morning is after ``until``."""
    events = log(
        ("A", "declared", "01 16:00", "01 16:00"),
        ("B", "declared", "01 09:00", "01 09:00"),
        ("B", "completed", "02 08:59", "02 08:59"),
        ("C", "declared", "02 10:00", "02 10:00"),
        ("C", "withdrawn", "02 11:00", "02 11:00"),
        ("D", "declared", "01 07:00", "01 07:00"),
        ("D", "completed", "02 10:00", "02 10:00"),
    )
    days = {
        "A": ("01 16:00", "02 09:00", "03 09:00", "04 09:00"),
        "B": ("01 09:00", "02 08:59"),
        "C": ("02 10:00", "02 11:00"),
        "D": ("01 07:00", "01 09:00", "02 09:00", "02 10:00"),
    }
    expected = [(name, instant(day)) for name, own in days.items() for day in own]
    rows = moments(events[::-1], instant("04 09:00"))
    assert list(rows.itertuples(index=False, name=None)) == expected
    assert (rows.columns.tolist(), rows.index.tolist()) == (["declaration_id", "known_at"], [*range(12)])
    assert len(moments(events, instant("04 08:59"))) == 11
    assert moments(events, instant("01 06:00")).empty


def test_a_declaration_is_looked_at_on_45_mornings_at_most():
    rows = moments(log(("A", "declared", "01 16:00", "01 16:00")), pd.Timestamp("2024-10-01", tz="UTC"))
    mornings = pd.date_range("2024-07-02 09:00", periods=45, tz="Asia/Shanghai")
    assert rows["known_at"].tolist() == [instant("01 16:00"), *mornings]


def test_every_recent_median_by_hand(monkeypatch):
    """The last two of each office, direction and stage; days are counted once, when their second end arrives.

    Accepted at office 1: exports 0.5 days (B), 0 days (A), 4 days (E); imports 3 days (C). Of D nothing is written.
    A is examined one day and later again: the first counts. E is returned, so it is accepted twice.
    """
    monkeypatch.setattr("features.clearance.RECENT", 2)
    events = log(
        ("A", "declared", "02 09:00", "02 09:00"),
        ("A", "accepted", "02 09:00", "02 10:00"),
        ("A", "inspection", "02 11:00", "02 11:00"),
        ("A", "examined", "03 09:00", "03 09:00"),
        ("A", "examined", "03 21:00", "03 21:00"),
        ("B", "declared", "01 09:00", "01 09:00"),
        ("B", "accepted", "01 21:00", "01 21:00"),
        ("B", "inspection", "02 21:00", "02 21:00"),
        ("C", "declared", "01 09:00", "01 09:00"),
        ("C", "accepted", "04 09:00", "04 09:00"),
        ("C", "tax_due", "04 10:00", "04 10:00"),
        ("D", "declared", "01 09:00", "01 09:00"),
        ("D", "accepted", "03 09:00", "03 09:00"),
        ("E", "declared", "01 09:00", "01 09:00"),
        ("E", "accepted", "05 09:00", "05 12:00"),
        ("E", "rejected", "05 13:00", "05 13:00"),
        ("E", "declared", "06 09:00", "06 09:00"),
        ("E", "accepted", "08 09:00", "08 09:00"),
    )
    given = written("A", "B", "C", "E")
    given.loc[given["declaration_id"] == "C", "direction"] = "import"
    given = pd.concat([given, given.assign(office="9999")])  # what is written first counts
    rows = [
        ("2901", "export", "accepted", "01 21:00", 0.5, 1),
        ("2901", "export", "accepted", "02 10:00", 0.25, 2),
        ("2901", "export", "accepted", "05 12:00", 2.0, 2),
        ("2901", "export", "accepted", "08 09:00", 3.0, 2),
        ("2901", "export", "examined", "03 09:00", 1.0, 1),
        ("2901", "import", "accepted", "04 09:00", 3.0, 1),
    ]
    expected = pd.DataFrame(rows, columns=["office", "direction", "stage", "known_at", "median_days", "n"])
    expected["known_at"] = pd.to_datetime(expected["known_at"].map(instant)).astype("datetime64[us, UTC]")
    texts = dict.fromkeys(("office", "direction", "stage"), object)
    pd.testing.assert_frame_equal(recent_medians(events, given).astype(texts), expected.astype(texts))


def test_every_column_of_a_row_by_hand():
    """At 12:00 on Wednesday 3 July, in the order of the rows requested.

    A runs on time and has had an event of an unknown code and instant. B was returned, so what came before is past. Of
    C the declaring is unknown, and the clocks of its office and of that of D are ahead. Of D nothing is written. E has
    reached no milestone, F is completed and R was returned at the instant at which it was accepted: they have no row.
    """
    events = log(
        ("A", "declared", "01 16:00", "01 16:00"),
        ("A", "accepted", "01 18:00", "02 12:00"),
        ("A", "tax_due", "02 13:00", "02 13:00"),
        ("A", "documents_due", "02 07:00", "02 14:00"),
        ("A", "", "02 14:00", "02 15:00"),
        ("B", "declared", "01 09:00", "01 09:00"),
        ("B", "inspection", "01 09:30", "01 09:30"),
        ("B", "rejected", "01 10:00", "01 10:00"),
        ("B", "declared", "02 09:00", "02 09:00"),
        ("B", "exception", "02 10:00", "02 10:00"),
        ("C", "accepted", "03 13:00", "03 11:00"),
        ("C", "detained", "03 10:00", "03 11:30"),
        ("D", "declared", "03 12:30", "03 11:30"),
        ("D", "withdrawn", "03 13:00", "03 13:00"),
        ("E", "inspection", "03 09:00", "03 09:00"),
        ("F", "declared", "01 09:00", "01 09:00"),
        ("F", "completed", "03 12:00", "03 12:00"),
        ("R", "declared", "01 09:00", "01 09:00"),
        ("R", "accepted", "01 10:00", "01 10:00"),
        ("R", "rejected", "01 10:00", "01 10:00"),
    )
    events["at"] = events["at"].where(events["status"] != "")
    given = written("A", "B", "C")
    given["gross_kg"] = [np.e - 1, 0.0, -5.0]
    given["direction"] = ["export", "export", "import"]
    given = pd.concat([given, given.assign(office="9999")])  # what is written first counts
    stages = ["accepted", "examined", "released", "completed"]
    table = pd.DataFrame({"stage": stages, "median_days": [1.0, 2.0, 3.0, 4.0]})
    recent = table.assign(office="2901", direction="export", known_at=instant("03 11:59"))
    rows = pd.concat([at("03 12:00", "R", "D", "F", "C", "E", "A"), at("03 12:00", "B", "Z"), at("01 16:30", "A")])
    nan = np.nan
    day = [instant("03 12:00")] * 4 + [instant("01 16:30")]
    expected = pd.DataFrame(
        {
            "declaration_id": ["D", "C", "A", "B", "A"],
            "known_at": day,
            "started_at": [instant(one) for one in ("03 12:30", "03 11:00", "01 16:00", "02 09:00", "01 16:00")],
            "milestone_at": [instant(one) for one in ("03 12:30", "03 13:00", "01 18:00", "02 09:00", "01 16:00")],
            "milestone": ["declared", "accepted", "accepted", "declared", "declared"],
            "activity": ["declared", "accepted", "tax_due", "exception", "declared"],
            "position": [1.0, 2.0, 5.0, 5.0, 1.0],
            "elapsed_days": np.array([0.0, 1.0, 44.0, 27.0, 0.5]) / 24,
            "stage_elapsed_days": np.array([0.0, 0.0, 42.0, 27.0, 0.5]) / 24,
            "inspected": [0.0, 1.0, 0.0, 0.0, 0.0],
            "suspended": [0.0, 0.0, 0.0, 1.0, 0.0],
            "tax_due": [0.0, 0.0, 1.0, 0.0, 0.0],
            "documents_due": [0.0, 0.0, 1.0, 0.0, 0.0],
            "returned": [0.0, 0.0, 0.0, 1.0, 0.0],
            "start_hour": [12.5, 13.0, 18.0, 9.0, 16.0],
            "start_weekday": [2.0, 2.0, 0.0, 1.0, 0.0],
            "hours_to_closing": [4.5, 4.0, -1.0, 8.0, 1.0],
            "office": [nan, "2901", "2901", "2901", "2901"],
            "direction": [nan, "import", "export", "export", "export"],
            "transport": [nan, "2", "2", "2", "2"],
            "supervision_mode": [nan, "0110", "0110", "0110", "0110"],
            "hs_chapter": [nan, "85", "85", "85", "85"],
            "n_goods": [nan, 3.0, 3.0, 3.0, 3.0],
            "log_gross_kg": [nan, 0.0, 1.0, 0.0, 1.0],
            "recent_accepted_days": [nan, nan, 1.0, 1.0, nan],
            "recent_examined_days": [nan, nan, 2.0, 2.0, nan],
            "recent_released_days": [nan, nan, 3.0, 3.0, nan],
            "recent_completed_days": [nan, nan, 4.0, 4.0, nan],
        }
    )
    texts = dict.fromkeys(("declaration_id", "milestone", "activity", *CATEGORIES), object)
    got = features_at(rows, events[::-1], given, KnownMedians.of(recent))
    assert got.loc[0, ["elapsed_days", "stage_elapsed_days"]].tolist() == [0.0, 0.0]
    instants = dict.fromkeys(("known_at", "started_at", "milestone_at"), "datetime64[us, UTC]")
    pd.testing.assert_frame_equal(got.astype(texts | instants), expected.astype(texts | instants))


def test_instants_of_another_zone_and_unit_are_the_same_instants():
    """Whole numbers that were written are floats in a row."""
    rows = moments(EVENTS, instant("05 00:00"))
    there = {name: EVENTS[name].dt.tz_convert("Asia/Shanghai").dt.as_unit("ns") for name in ("at", "received_at")}
    recent = recent_medians(EVENTS, written("A"))
    here = features_at(rows, EVENTS, written("A"), KnownMedians.of(recent))
    other = features_at(rows, EVENTS.assign(**there), written("A"), KnownMedians.of(recent))
    pd.testing.assert_frame_equal(here, other)
    pd.testing.assert_frame_equal(recent, recent_medians(EVENTS.assign(**there), written("A")))
    assert {here[name].dtype for name in NUMBERS} == {np.dtype(float)}


@pytest.mark.parametrize(
    ("one", "other", "activity"),
    [
        ("declared", "accepted", "accepted"),  # milestones in their order
        ("declared", "inspection", "declared"),  # a milestone after all else
        ("inspection", "detained", "inspection"),  # all else by name
    ],
)
def test_which_of_two_events_of_one_instant_is_the_latest(one, other, activity):
    events = log(
        ("A", "declared", "01 09:00", "01 09:00"), *(("A", name, "02 09:00", "02 09:00") for name in (one, other))
    )
    for table in (events, events[::-1]):
        assert features_at(at("03 09:00", "A"), table, written("A"), NONE)["activity"].tolist() == [activity]
