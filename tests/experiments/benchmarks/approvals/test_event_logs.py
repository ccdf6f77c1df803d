"""Any log as a table of events: typed columns, zones, names of XES, and what is refused."""

import gzip

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.approvals.event_logs import UnfitLogError, read_event_logs, typed
from features.approvals import attributes_of

pytestmark = pytest.mark.law
N = 60
XES = '<log xmlns="http://www.xes-standard.org/">{}</log>'
TRACE = (
    '<trace><string key="concept:name" value="{case}"/><string key="org:group" value="{office}"/>'
    '<date key="deadline" value="2024-03-01T00:00:00+08:00"/>{events}</trace>'
)
EVENT = (
    '<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/>'
    '<string key="org:resource" value="somebody"/></event>'
)


def table(n=N):
    """Two events a case, without a zone; case k begins on day k."""
    start = pd.Timestamp("2024-01-01 09:00")
    return pd.DataFrame(
        {
            "case_id": np.repeat([f"k{one:03}" for one in range(n)], 2),
            "activity": ["in", "out"] * n,
            "timestamp": [f"{start + pd.Timedelta(days=one // 2 + one % 2)}" for one in range(2 * n)],
            "resource": "somebody",
            "c_fee": np.repeat([f"{one}.5" for one in range(n)], 2),
            "c_promise": np.repeat([f"{start + pd.Timedelta(days=one + 9)}" for one in range(n)], 2),
            "c_office": np.repeat(["north", "south"] * (n // 2), 2),
            "leak_end": np.repeat([f"{start + pd.Timedelta(days=one + 5)}" for one in range(n)], 2),
        }
    )


def written(frame, path):
    frame.to_csv(path, index=False)
    return path


def test_a_table_without_zones_is_read_in_the_one_given_and_its_columns_are_typed(tmp_path):
    log = read_event_logs(
        [written(table(), tmp_path / "a.csv")], office="c_office", deadline="c_promise", end="leak_end", zone="+08:00"
    )
    events = log.events
    assert events["at"].iloc[0] == pd.Timestamp("2024-01-01T01:00Z")
    assert events["c_fee"].tolist()[:4] == [0.5, 0.5, 1.5, 1.5]
    assert events["c_deadline"].iloc[1] == pd.Timestamp("2024-01-10T01:00Z")
    assert events["end_at"].iloc[2] == pd.Timestamp("2024-01-07T01:00Z")
    assert log.offices
    assert set(attributes_of(events)) == {"c_fee", "c_office", "c_deadline", "count in", "count out"}


def test_names_of_xes_in_gzip(tmp_path):
    days = [f"2024-01-{one % 28 + 1:02}" for one in range(N)]
    traces = [
        TRACE.format(case=number, office=number % 2, events="".join(
            EVENT.format(name=name, at=f"{day}T0{hour}:00:00.000+01:00") for name, hour in (("in", 8), ("out", 9))
        ))
        for number, day in enumerate(days)
    ]  # fmt: skip
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.format("".join(traces)).encode()))
    log = read_event_logs([path], office="case:org:group")
    assert log.read[0]["cases"] == N
    assert sorted(log.events["c_office"].unique()) == ["0", "1"]
    assert log.events["c_deadline"].iloc[0] == pd.Timestamp("2024-02-29T16:00Z")
    assert "somebody" not in log.events.to_csv()


def test_several_files_are_offices(tmp_path):
    paths = [written(table(), tmp_path / f"{name}.csv") for name in ("m1", "m2")]
    log = read_event_logs(paths)
    assert sorted(log.events["c_office"].unique()) == ["m1", "m2"]
    assert log.events["case_id"].nunique() == 2 * N


def test_a_value_of_the_case_that_changes_is_known_from_its_instant_on(tmp_path):
    """The first event says 1, the second 2. Where both are of one instant, both know what the later row says."""
    frame = table().assign(c_fee=["1", "2"] * N)
    frame.loc[frame.index % 4 == 2, "c_fee"] = ""
    frame.loc[frame.index < 4, "timestamp"] = frame["timestamp"].iloc[0]
    for rows in (frame, frame.iloc[::-1]):
        read = read_event_logs([written(rows, tmp_path / "a.csv")]).events
        assert read["c_fee"].tolist()[:2] == [2.0, 2.0]
        assert read["c_fee"].tolist()[4:6] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("texts", "found"),
    [(["1", None, "2.5"], "float64"), (["2024-01-01", None, "2024-02-01T00:00Z"], "datetime64[us, UTC]"),
     (["1", "x"], "str"), (["2024-01-01", "soon"], "str")],
)  # fmt: skip
def test_texts_become_numbers_or_instants_only_where_all_are(texts, found):
    assert f"{typed(pd.Series(texts, dtype='str'), 'UTC').dtype}" == found


@pytest.mark.parametrize(
    ("names", "message"),
    [({"office": "resource"}, "names officers"), ({"deadline": "c_nothing"}, "absent or empty"),
     ({"deadline": "c_office"}, "no instants"), ({"end": "activity_"}, "absent or empty")],
)  # fmt: skip
def test_columns_that_cannot_be_used_are_named(tmp_path, names, message):
    with pytest.raises(UnfitLogError, match=message):
        read_event_logs([written(table(), tmp_path / "a.csv")], **names)


def test_logs_that_are_too_small_say_so(tmp_path):
    with pytest.raises(UnfitLogError, match="3 cases"):
        read_event_logs([written(table().iloc[:6], tmp_path / "a.csv")])
    with pytest.raises(UnfitLogError, match="at one instant"):
        read_event_logs([written(table().iloc[::2], tmp_path / "a.csv")])
    with pytest.raises(UnfitLogError, match="known instant"):
        read_event_logs([written(table().assign(timestamp="soon"), tmp_path / "a.csv")])
