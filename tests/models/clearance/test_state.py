"""A state as JSON: nothing is lost, instants are in UTC, and the bytes are those of the set of events."""

import datetime as dt
import json

from data.clearance.records import CaseEvent
from models.clearance.fold import fold

AT = dt.datetime(2026, 3, 1, 20, 58, 36, tzinfo=dt.timezone(dt.timedelta(hours=8)))
EVENTS = [
    CaseEvent(
        (("seq_no", "E1"),), "single_window", "7", AT, "2026-03-01T20:58:36", "申报成功", "2901", {"D_DATE": "x"}
    ),
    CaseEvent((("seq_no", "E1"),), "single_window", "R", None, "昨天"),
]


def test_a_state_is_json_with_instants_in_utc():
    found = json.loads(json.dumps(fold(EVENTS).as_dict()))
    assert found["declared_at"] == "2026-03-01T12:58:36+00:00"
    assert found["completed_at"] is None
    assert found["keys"] == [["seq_no", "E1"]]
    row = found["history"][0]
    assert (row["at"], row["at_text"]) == ("2026-03-01T12:58:36+00:00", "2026-03-01T20:58:36")
    assert (row["note"], row["office"], row["values"]) == ("申报成功", "2901", [["D_DATE", "x"]])
    assert found["history"][1]["at_text"] == "昨天"
    assert found["contradictions"][0]["code"] == "completed_without_release"


def test_the_bytes_do_not_depend_on_the_order_of_arrival():
    forth, back = fold(EVENTS), fold(EVENTS[::-1])
    assert json.dumps(forth.as_dict(), ensure_ascii=False) == json.dumps(back.as_dict(), ensure_ascii=False)
    assert hash(forth) == hash(back)
