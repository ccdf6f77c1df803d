"""Messages become tables: what is refused is kept with its reason, and medians are hours between the stages."""

import base64
import json

import pandas as pd
import pytest

from data.clearance.records import SEQ_NO
from data.synthetic.clearance import demo_cohort, messages
from training.pipeline import clearance_events as stage

pytestmark = pytest.mark.contract


def line(raw, name="Receipt_1.xml"):
    """One line of the file of messages."""
    at = "2024-01-02T03:04:05Z"
    values = {"received_at": at, "source": "simulator", "simulated": True, "box": "InBox", "name": name}
    return json.dumps(values | {"raw": base64.b64encode(raw).decode()})


def receipt(channel, at):
    """A receipt of one declaration."""
    return (
        f"<DEC_RESULT><CUS_CIQ_NO>E20240000000000001</CUS_CIQ_NO><NOTICE_DATE>{at}</NOTICE_DATE>"
        f"<CHANNEL>{channel}</CHANNEL></DEC_RESULT>"
    ).encode()


def test_hours_of_stages_and_the_reason_of_what_is_refused():
    hours = {"7": "09:00:00", "L": "09:30:00", "J": "11:30:00", "P": "12:00:00"}
    lines = [line(receipt(channel, f"2024-01-02T{at}")) for channel, at in hours.items()]
    arrived, refused = stage.read_lines([*lines, line(b"<DEC_RESULT>", "cut.xml")])
    assert list(refused["name"]) == ["cut.xml"]
    assert arrived[0].message.keys == ((SEQ_NO, "E20240000000000001"),)
    made = stage.tables(arrived)
    figures = stage.metrics(arrived, refused, made)
    found = {name: (one["median"], one["n"]) for name, one in figures["stage_hours"].items() if one["n"]}
    assert found == {"accepted": (0.5, 1), "examined": (2.0, 1), "released": (0.5, 1)}
    assert (figures["messages"], figures["refused"], figures["statuses"]) == (5, 1, {"released": 1})


def test_a_declaration_that_contradicts_itself_is_in_no_median():
    """Completed an hour before it was examined: its stages would take -1 hours."""
    hours = {"7": "09:00:00", "L": "09:30:00", "R": "10:30:00", "J": "11:30:00", "P": "12:00:00"}
    arrived, _ = stage.read_lines([line(receipt(channel, f"2024-01-02T{at}")) for channel, at in hours.items()])
    figures = stage.metrics(arrived, pd.DataFrame({"reason": []}), stage.tables(arrived))
    assert figures["contradictory"] == 1
    assert {one["n"] for one in figures["stage_hours"].values()} == {0}


def test_the_stage_writes_every_declaration_and_an_empty_quarantine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line(one.raw, one.name) for one in messages(demo_cohort(20))]
    (tmp_path / "data/raw/synthetic").mkdir(parents=True)
    (tmp_path / "data/raw/synthetic/clearance_messages.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    stage.clearance_events()
    folder = tmp_path / "data/derived/clearance"
    assert len(pd.read_parquet(folder / "declarations.parquet")) == 20
    assert pd.read_parquet(folder / "quarantine.parquet").empty
    assert json.loads((tmp_path / "artifacts/clearance/events.json").read_text())["refused"] == 0
