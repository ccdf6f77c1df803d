"""A table of events as prefixes."""

import pandas as pd
import pytest

from experiments.benchmarks.remaining_time.logs import as_log, read_log

pytestmark = pytest.mark.law


def events():
    """Ten cases of three events, two days apart; case k starts on day k."""
    start = pd.Timestamp("2024-01-01", tz="UTC")
    rows = [
        {"case_id": f"case{case}", "activity": "abc"[event], "at": start + pd.Timedelta(days=case + 2 * event)}
        for case in range(10)
        for event in range(3)
    ]
    table = pd.DataFrame(rows)
    return table.assign(resource="somebody", leak_end=1.0, c_weight=2.0, c_due=start, c_kind="x", e_responsible="y")


def test_prefixes_and_parts_by_hand():
    log = as_log("toy", events().sample(frac=1.0, random_state=0))
    assert len(log.past.case) == 20
    assert log.past.prefixes["position"].tolist() == [1, 2] * 10
    assert log.past.remaining(range(20)).tolist() == pytest.approx([4.0, 2.0] * 10)
    assert log.part.tolist() == [0] * 12 + [1] * 4 + [2] * 4  # 6, 2 and 2 cases
    assert log.starts == (pytest.approx(19723 + 6), pytest.approx(19723 + 8))
    assert log.past.prefixes["c_due"].tolist()[:2] == pytest.approx([0.0, -2.0])


def test_nothing_of_the_end_and_nobody_is_a_column():
    log = as_log("toy", events())
    counts = {"count a", "count b", "count c"}
    assert set(log.numbers) == {"since_last_days", "idle_days", "distinct", "repeats", "c_weight", "c_due"} | counts
    assert set(log.categories) == {"earlier", "second_earlier", "c_kind"}


def test_a_log_without_its_columns_is_refused(tmp_path):
    events().rename(columns={"at": "timestamp"}).drop(columns="activity").to_parquet(tmp_path / "odd.parquet")
    with pytest.raises(ValueError, match=r"odd.parquet: columns \['activity'\] are absent"):
        read_log(tmp_path / "odd.parquet")


def test_offices_are_split_each_by_themselves():
    """Five cases each, one office a month later: 3, 1 and 1 cases of both, and the earliest starts."""
    table = events()
    south = table["case_id"] >= "case5"
    table = table.assign(
        c_office=south.map({True: "south", False: "north"}), at=table["at"] + pd.to_timedelta(30 * south, unit="D")
    )
    log = as_log("toy", table, office="c_office")
    parts = dict(zip(log.past.prefixes["case_id"], log.part, strict=True))
    assert list(parts.values()) == [0, 0, 0, 1, 2] * 2
    assert log.starts == (pytest.approx(19723 + 3), pytest.approx(19723 + 4))


def test_attributes_are_chosen_before_the_development_cases():
    table = events()
    late = table["case_id"] >= "case6"
    log = as_log("toy", table.assign(activity=table["activity"].where(~late, "new")))
    assert "count new" not in log.numbers


def test_development_is_the_log_as_exported_when_the_test_begins(tmp_path):
    """Case k runs from day k to k + 4; the test begins on day 8: cases 0 to 3 had ended. Event_no gives the order."""
    table = events().rename(columns={"at": "timestamp"})
    table["event_no"] = table.groupby("case_id").cumcount(ascending=False)
    table.to_parquet(tmp_path / "toy.parquet")
    log = read_log(tmp_path / "toy.parquet", development=True)
    assert set(log.past.prefixes["case_id"]) == {"case0", "case1", "case2", "case3"}
    assert log.past.prefixes["activity"].tolist() == ["c", "b"] * 4
    assert read_log(tmp_path / "toy.parquet", order="").past.prefixes["activity"].tolist() == ["a", "b"] * 10
