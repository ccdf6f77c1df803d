"""What is known of a case at an instant, by hand and whatever the order of rows."""

import numpy as np
import pandas as pd
import pytest

from features.approvals import attributes_of, prefixes_of

pytestmark = pytest.mark.law
START = pd.Timestamp("2024-01-01", tz="UTC")


def day(days):
    return START + pd.to_timedelta(days, unit="D")


def events():
    """Case a: x on day 0, y and x on day 2, z on day 5; case b: x on day 1."""
    return pd.DataFrame(
        {
            "case_id": ["a", "a", "a", "a", "b"],
            "activity": ["x", "y", "x", "z", "x"],
            "at": day([0.0, 2.0, 2.0, 5.0, 1.0]),
            "event_no": [1, 2, 3, 4, 1],
            "c_due": day([10.0] * 4 + [3.0]),
            "e_fee": [1.0, 2.0, 3.0, 4.0, 5.0],
            "e_planned": day([9.0] * 5),
            "c_officer": "somebody",
            "e_User": "somebody",
            "resource": "somebody",
            "leak_end": 5.0,
            "note": "n",
        }
    )


def test_one_row_an_instant_by_hand():
    made = prefixes_of(events())
    table = made.table
    assert table["case_id"].tolist() == ["a", "a", "a", "b"]
    assert table["activity"].tolist() == ["x", "y", "z", "x"]
    assert table["position"].tolist() == [1, 3, 4, 1]
    assert table["elapsed_days"].tolist() == [0.0, 2.0, 5.0, 0.0]
    assert table["distinct"].tolist() == [1, 2, 3, 1]
    assert table["earlier"].tolist() == ["", "x", "y", ""]
    assert table["second_earlier"].tolist() == ["", "x", "x", ""]
    assert table["c_due"].tolist() == [10.0, 8.0, 5.0, 2.0]
    assert table["e_fee"].tolist() == [1.0, 2.0, 4.0, 5.0]
    assert made.last.tolist() == [False, False, True, True]


def test_events_of_one_instant_have_no_order_unless_a_column_gives_one():
    """The rows of day 2 the other way round are the same facts; with event_no they are others."""
    other = events().iloc[[4, 2, 3, 1, 0]]
    pd.testing.assert_frame_equal(prefixes_of(events()).table, prefixes_of(other).table)
    ordered = prefixes_of(other, order="event_no").table
    assert ordered["activity"].tolist() == ["x", "y", "x", "z", "x"]
    assert ordered["repeats"].tolist() == [0, 0, 1, 0, 0]


def test_ties_within_one_activity_are_put_in_order_too():
    """Two y of one instant that differ in an attribute alone."""
    table = events().assign(activity="y")
    shuffled = table.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(prefixes_of(table).table, prefixes_of(shuffled).table)


def test_nobody_nothing_of_the_end_and_no_date_of_an_event_is_an_attribute():
    counts = {"count x": "count", "count y": "count", "count z": "count"}
    assert attributes_of(events()) == {"c_due": "date", "e_fee": "number"} | counts
    many = pd.DataFrame({"e_text": [f"{one}" for one in range(21)], "c_text": [f"{one}" for one in range(21)]})
    many = many.assign(activity="x", case_id=[f"{one // 21}" for one in range(21)])
    assert attributes_of(many) == {"count x": "count"}


def test_a_text_that_nearly_every_case_has_of_its_own_is_no_attribute():
    texts = pd.DataFrame({"case_id": range(100), "activity": "x", "c_id": range(100), "c_kind": [1, 2] * 50})
    texts = texts.astype({"c_id": str, "c_kind": str})
    assert attributes_of(texts) == {"c_kind": "category", "count x": "count"}


def test_what_each_column_is_used_as():
    """Of 100 cases 90 levels are few enough; of events 20 are, and so are the two of what is true or false."""
    number = np.arange(100)
    columns = {
        "c_flag": number % 2 == 0,
        "c_fee": number,
        "c_registered": day(number),
        "c_ninety": number.clip(max=89).astype(str),
        "c_ninety_one": number.clip(max=90).astype(str),
        "e_twenty": (number % 20).astype(str),
        "e_twenty_one": (number % 21).astype(str),
        "d_fee": number,
    }
    assert attributes_of(pd.DataFrame({"case_id": number, "activity": "x", **columns})) == {
        "c_flag": "category",
        "c_fee": "number",
        "c_registered": "date",
        "c_ninety": "category",
        "e_twenty": "category",
        "count x": "count",
    }


@pytest.mark.parametrize(("column", "used"), [("c_enddate", False), ("c_enddate_planned", True), ("c_deadline", True),
                                              ("c_办结时间", False), ("c_承诺办结日", True)])  # fmt: skip
def test_dates_of_the_end_are_left_out_unless_planned(column, used):
    table = events().rename(columns={"c_due": column})
    assert (column in attributes_of(table)) == used


def test_the_commonest_activities_are_counted():
    table = prefixes_of(events()).table
    assert table["count x"].tolist() == [1, 2, 2, 1]
    assert table["count y"].tolist() == [0, 1, 1, 0]
    names = [f"{one:02}" for one in range(30) for _ in range(1 + (one >= 25))]
    chosen = attributes_of(pd.DataFrame({"case_id": 1, "activity": names}))
    assert list(chosen) == [f"count {one:02}" for one in [*range(15), *range(25, 30)]]
    many = [f"{one:03}" for one in range(400) for _ in range(1 + one % 2)]
    assert list(attributes_of(pd.DataFrame({"case_id": 1, "activity": many}))) == [
        f"count {one:03}" for one in range(1, 40, 2)
    ]


def table_of(**columns):
    """A table of ``prefixes_of`` with its columns in their order; what is counted is whole numbers."""
    made = pd.DataFrame(columns)
    return made.assign(known_at=day(made["known_at"]).astype("datetime64[us, UTC]"))


def given():
    """Events with a text of the case, one of the event and a fee of whole numbers."""
    return events()[["case_id", "activity", "at", "event_no", "c_due"]].assign(
        c_kind=[*"ppppq"], c_old=[True] * 4 + [False], e_text=["u", None, "v", "u", "u"], e_fee=[1, 2, 3, 4, 5]
    )


def test_the_whole_table_by_hand():
    """On day 2 x comes before y by its name, so y is the latest and what is known of the event is of y."""
    made = prefixes_of(given())
    expected = table_of(
        case_id=[*"aaab"],
        known_at=[0.0, 2.0, 5.0, 1.0],
        activity=[*"xyzx"],
        position=[1, 3, 4, 1],
        elapsed_days=[0.0, 2.0, 5.0, 0.0],
        idle_days=[0.0] * 4,
        since_last_days=[0.0, 0.0, 3.0, 0.0],
        distinct=[1, 2, 3, 1],
        repeats=[0, 0, 0, 0],
        earlier=["", "x", "y", ""],
        second_earlier=["", "x", "x", ""],
        c_due=[10.0, 8.0, 5.0, 2.0],
        c_kind=[*"pppq"],
        c_old=["True", "True", "True", "False"],
        e_text=["u", "", "u", "u"],
        e_fee=[1.0, 2.0, 4.0, 5.0],
    ).assign(**{"count x": [1, 2, 2, 1], "count y": [0, 1, 1, 0], "count z": [0, 0, 1, 0]})
    pd.testing.assert_frame_equal(made.table, expected)
    numbers = ("since_last_days", "idle_days", "distinct", "repeats", "c_due", "e_fee", "count x", "count y", "count z")
    assert (made.numbers, made.categories) == (numbers, ("earlier", "second_earlier", "c_kind", "c_old", "e_text"))
    assert (made.last.dtype, made.last.tolist()) == (bool, [False, False, True, True])


def test_the_whole_table_in_a_given_order_by_hand():
    """One row an event, in the order of event_no whatever that of the rows."""
    made = prefixes_of(given().iloc[[3, 4, 2, 1, 0]].reset_index(drop=True), order="event_no")
    expected = table_of(
        case_id=[*"aaaab"],
        known_at=[0.0, 2.0, 2.0, 5.0, 1.0],
        activity=[*"xyxzx"],
        position=[1, 2, 3, 4, 1],
        elapsed_days=[0.0, 2.0, 2.0, 5.0, 0.0],
        idle_days=[0.0] * 5,
        since_last_days=[0.0, 2.0, 0.0, 3.0, 0.0],
        distinct=[1, 2, 2, 3, 1],
        repeats=[0, 0, 1, 0, 0],
        earlier=["", "x", "y", "x", ""],
        second_earlier=["", "", "x", "y", ""],
        c_due=[10.0, 8.0, 8.0, 5.0, 2.0],
        c_kind=[*"ppppq"],
        c_old=["True", "True", "True", "True", "False"],
        e_text=["u", "", "v", "u", "u"],
        e_fee=[1.0, 2.0, 3.0, 4.0, 5.0],
    ).assign(**{"count x": [1, 1, 2, 2, 1], "count y": [0, 1, 1, 1, 0], "count z": [0, 0, 0, 1, 0]})
    pd.testing.assert_frame_equal(made.table, expected)
    assert made.last.tolist() == [False, False, False, True, True]


def test_instants_without_a_zone_and_cases_of_another_type_are_read_alike():
    """Naive instants are UTC; the cases of the rows are of the type of those of the events."""
    table = given()
    bare = table.assign(at=table["at"].dt.tz_localize(None), c_due=table["c_due"].dt.tz_localize(None))
    bare = bare.assign(case_id=bare["case_id"].astype("category"))
    rows = pd.DataFrame({"case_id": [*"ba"], "known_at": day([3.0, 4.0])})
    plain = prefixes_of(bare, rows=rows.assign(known_at=rows["known_at"].dt.tz_localize(None))).table
    expected = prefixes_of(table, rows=rows).table
    pd.testing.assert_frame_equal(plain.assign(case_id=plain["case_id"].astype(expected["case_id"].dtype)), expected)


def test_activities_that_are_numbers_are_their_texts():
    table = given().assign(activity=[1, 2, 1, 3, 1])
    made = prefixes_of(table).table
    pd.testing.assert_frame_equal(made, prefixes_of(table.astype({"activity": str})).table)
    assert (made["activity"].tolist(), made["count 1"].tolist()) == ([*"1231"], [1, 2, 2, 1])


def test_a_row_knows_the_last_event_of_its_instant_in_the_given_order():
    """Case a has a hundred events of one instant, in falling order of their numbers, and b as many the day before."""
    number = np.arange(100)
    names = [f"{one:02}" for one in number]
    a = pd.DataFrame({"case_id": "a", "activity": names, "at": day(1.0), "no": -number})
    b = a.assign(case_id="b", at=START)
    rows = pd.DataFrame({"case_id": [*"ab"], "known_at": day([1.0, 1.0])})
    found = prefixes_of(pd.concat([a, b]), {}, order="no", rows=rows).table
    assert found["activity"].tolist() == ["00", "00"]
    assert found[["position", "earlier", "second_earlier"]].to_numpy().tolist() == [[100, "01", "02"]] * 2


def test_rows_between_events_know_what_had_happened():
    rows = pd.DataFrame({"case_id": ["b", "a", "a", "c"], "known_at": day([0.5, 4.0, 2.0, 9.0])})
    made = prefixes_of(events(), rows=rows)
    assert (made.last.dtype, made.last.tolist()) == (bool, [False, False])
    table = made.table
    assert table.index.tolist() == [1, 2]
    assert (table.index.name, table["known_at"].tolist()) == (None, [*day([4.0, 2.0])])
    assert table["position"].tolist() == [3, 3]
    assert table["idle_days"].tolist() == [2.0, 0.0]
    assert table["elapsed_days"].tolist() == [4.0, 2.0]
    assert table["c_due"].tolist() == [6.0, 8.0]


def test_later_events_change_no_row():
    kinds = attributes_of(events())
    whole, cut = (prefixes_of(one, kinds).table for one in (events(), events()[lambda one: one["at"] < day(5.0)]))
    pd.testing.assert_frame_equal(whole.drop(index=2).reset_index(drop=True), cut)


def test_one_case_is_read_as_its_log_was():
    """A text of one case has one level; what it is was chosen on the log. A missing text is empty."""
    texts = events().assign(e_text=["p", None, "q", "p", "p"])
    kinds = attributes_of(texts)
    one = prefixes_of(texts[texts["case_id"] == "b"], kinds)
    assert one.numbers == prefixes_of(texts).numbers
    assert one.categories[-1] == "e_text"
    assert prefixes_of(texts, kinds, order="event_no").table["e_text"].tolist() == ["p", "", "q", "p", "p"]


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match=r"columns \['at'\] are absent"):
        prefixes_of(events().drop(columns="at"))
    with pytest.raises(ValueError, match=r"^columns \['activity', 'case_id', 'no'\] are absent$"):
        prefixes_of(events().drop(columns=["activity", "case_id"]), {}, order="no")
    with pytest.raises(ValueError, match="1 events have no instant"):
        prefixes_of(events().assign(at=[pd.NaT, *events()["at"][1:]]))
    assert len(prefixes_of(events().iloc[:0]).table) == 0
    assert np.asarray(prefixes_of(events().iloc[:0]).last).shape == (0,)
