"""A log as events: nothing lost, no order invented, the same in every form of file."""

from __future__ import annotations

import gzip
import io
import itertools
import random

import pandas as pd
import pytest

from data.ingest.case_logs import read as reader
from data.ingest.case_logs.mapping import CaseMapping
from data.ingest.case_logs.read import CaseLog, read_case_log
from data.ingest.source import IngestError

pytestmark = pytest.mark.law
HEAD = "case_id,activity,timestamp,resource,c_channel,c_stage,leak_end,e_note\n"
ROWS = [
    "K1,受理,2026-03-02T09:00:00+08:00,王五,网上,1,2026-03-09,x",
    "K1,申请,2026-03-01T09:00:00+08:00,李四,网上,2,2026-03-09,",
    "K1,决定,2026-03-02T09:00:00+08:00,王五,网上,2,2026-03-09,",
    "K2,申请,2026-03-02 09:00,,窗口,1,,",
]


def of(*rows: str, **options: object) -> CaseLog:
    return read_case_log((HEAD + "\n".join(rows) + "\n").encode(), **options)


def test_every_row_is_an_event_a_repetition_or_refused_with_its_reason():
    """Rows are counted; each reason is with its row and line; an event without an instant is kept."""
    bad = [
        ",受理,2026-03-02,,,,,",
        "K3,,2026-03-02,,,,,",
        "K3,受\0理,2026-03-02,,,,,",
        f"K3,a,2026,,,,,{'x' * 10_001}",
        "K3",
    ]
    log = of(*ROWS, *bad, ROWS[0], "K4,受理,昨天,,,,,", "K4,决定,,,,,,")
    assert (log.n_rows, len(log.events), log.n_duplicates, len(log.quarantine)) == (12, 6, 1, 5)
    assert [(one.row, one.line, one.reason) for one in log.quarantine] == [
        (5, 6, "no_case"),
        (6, 7, "no_activity"),
        (7, 8, "nul"),
        (8, 9, "too_long"),
        (9, 10, "fields"),
    ]
    assert log.quarantine[3].values["e_note"] == "x" * 200 + "… (10001 characters)"
    assert log.reasons == dict.fromkeys(("no_case", "no_activity", "nul", "too_long", "fields"), 1)
    assert [(event.at, event.at_text) for event in log.events[-2:]] == [(None, "昨天"), (None, "")]
    assert log.without_instant == 2
    assert log.remarks == {"zone_assumed": 1, "unreadable": 1, "absent": 1}
    with pytest.raises(IngestError, match="rows were lost"):
        CaseLog([], [], 1, 0, {}, {}, (), "", "")


def test_what_is_of_the_case_is_in_its_first_event_alone():
    """The earliest by time, not by the order of rows; what differs between rows stays with each."""
    accepted, applied, decided, other = of(*ROWS).events
    assert applied.values == {"c_channel": "网上", "leak_end": "2026-03-09", "c_stage": "2"}
    assert accepted.values == {"e_note": "x", "c_stage": "1"}
    assert decided.values == {"c_stage": "2"}
    assert other.values == {"c_channel": "窗口", "c_stage": "1"}
    assert (accepted.officer, accepted.kind, accepted.activity) == ("王五", "step", "受理")
    assert "王五" not in repr(accepted)


def test_the_order_of_rows_changes_nothing():
    """Every order of rows, two of one instant among them, gives the same set of events."""
    digests = {
        frozenset(event.digest for event in of(*rows).events) for rows in itertools.permutations([*ROWS, ROWS[2]])
    }
    assert len(digests) == 1


def test_a_case_value_that_some_rows_lack_makes_no_second_event():
    """The same event with and without its case's value is one."""
    log = of(ROWS[3], ROWS[3].replace("窗口", ""))
    assert (len(log.events), log.n_duplicates) == (1, 1)


def test_times_are_converted_and_a_missing_zone_is_the_one_given():
    """An offset is an offset; Shanghai, unless another zone is named; an unknown zone is refused."""
    shanghai, amsterdam = of(*ROWS), of(*ROWS, zone="Europe/Amsterdam")
    assert shanghai.events[3].at.isoformat() == "2026-03-02T01:00:00+00:00"
    assert amsterdam.events[3].at.isoformat() == "2026-03-02T08:00:00+00:00"
    assert [event.at for event in shanghai.events[:3]] == [event.at for event in amsterdam.events[:3]]
    assert (shanghai.zone, amsterdam.zone) == ("Asia/Shanghai", "Europe/Amsterdam")
    with pytest.raises(ValueError, match="zone 'Mars' is unknown"):
        of(*ROWS, zone="Mars")


def test_a_mapping_names_kinds_and_columns(tmp_path):
    """A kind of its own keeps the log's name among its values; what the log has not is said."""
    meant = CaseMapping(
        {"受理": "accepted", "送达": "delivered"}, {"e_note": "item", "c_channel": "office", "leak_end": "deadline"}
    )
    log = of(*ROWS, mapping=meant)
    accepted, applied = log.events[:2]
    assert (accepted.kind, accepted.activity, accepted.item, accepted.office) == ("accepted", "", "x", "网上")
    assert accepted.values == {"activity": "受理", "c_stage": "1"}
    assert (applied.kind, applied.activity, applied.values["deadline"]) == ("step", "申请", "2026-03-09")
    assert log.unused == ("送达",)
    (tmp_path / "m.yaml").write_text("columns: {e_note: item}", encoding="utf-8")
    assert of(*ROWS, mapping=tmp_path / "m.yaml").events[0].item == "x"


def test_a_column_that_is_empty_on_every_row_is_there():
    """In a table the header names it; in XES what no row has is not used; a name that no header has is refused."""
    head = "case_id,activity,timestamp,原因\n"
    log = read_case_log(f"{head}K1,受理,,\n".encode(), mapping=CaseMapping({}, {"原因": "reason"}))
    assert (len(log.events), log.unused, log.without_instant) == (1, ("原因",), 1)
    xes = b'<log><trace><event><string key="concept:name" value="a"/></event></trace></log>'
    log = read_case_log(xes, mapping=CaseMapping({}, {"case:due": "deadline"}))
    assert (log.reasons, log.unused) == ({"no_case": 1}, ("case:due",))
    with pytest.raises(IngestError, match=r"names columns \['原由'\]"):
        read_case_log(f"{head}K1,受理,,\n".encode(), mapping=CaseMapping({}, {"原由": "reason"}))


def test_the_same_log_in_every_form(tmp_path):
    """CSV in two encodings, Parquet and XES, each also in gzip, from a path or from bytes: the same events."""
    frame = pd.read_csv(io.StringIO(HEAD + "\n".join(ROWS)), dtype=str, keep_default_na=False)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    keys = {"activity": "concept:name", "timestamp": "time:timestamp", "resource": "org:resource", "e_note": "note"}
    traces = "".join(
        f'<trace><string key="concept:name" value="{case}"/>'
        + "".join(
            "<event>"
            + "".join(f'<string key="{keys.get(name, name)}" value="{text}"/>' for name, text in row.items())
            + "</event>"
            for row in rows.drop(columns="case_id").to_dict("records")
        )
        + "</trace>"
        for case, rows in frame.groupby("case_id")
    )
    # ``c_`` attributes of an event are of the case as well, as in a table
    forms = {
        "csv": (HEAD + "\n".join(ROWS)).encode(),
        "gbk": (HEAD + "\n".join(ROWS)).encode("gb18030"),
        "parquet": buffer.getvalue(),
        "xes": f"<log>{traces}</log>".encode(),
        "xes_utf16": f'<?xml version="1.0" encoding="UTF-16"?><log>{traces}</log>'.encode("utf-16"),
        "xes_gbk": f"<log>{traces}</log>".encode("gb18030"),
    }
    expected = {event.digest for event in of(*ROWS).events}
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        for source in (content, tmp_path / name, gzip.compress(content)):
            log = read_case_log(source)
            assert {event.digest for event in log.events} == expected, name
            assert log.form.lower() == name.partition("_")[0].replace("gbk", "csv")


@pytest.mark.contract
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\x1f\x8b nothing", "damaged archive"),
        (gzip.compress(b"case_id,activity,timestamp\n" * 99)[:-9], "damaged archive"),
        (gzip.compress(b"\n" + b"0" * 2**25), "unpacks to more than"),
        (b"<?xml version='1.0' encoding='UTF-8'?><log>\xca\xdc</log>", "not well-formed"),
        (b"<log><event>", "not well-formed"),
        (b"a,b\n1,2\n", "are absent; the log has"),
    ],
)
def test_a_file_that_is_no_log_is_refused(content, message):
    """Whole, and soon: a bomb after some megabytes."""
    with pytest.raises(IngestError, match=message):
        read_case_log(content)


@pytest.mark.contract
def test_a_file_that_is_absent_or_too_large_is_refused(tmp_path, monkeypatch):
    """By its size alone; a log without rows has no events."""
    with pytest.raises(IngestError, match="is no file"):
        read_case_log(tmp_path / "none.csv")
    assert of().n_rows == 0
    monkeypatch.setattr(reader, "MOST_BYTES", 10)
    with pytest.raises(IngestError, match="allowed: at most 10"):
        of(*ROWS)


def test_rows_of_chance_are_all_accounted_for():
    """Rows cut, blanked and repeated at random."""
    draw = random.Random(20)
    rows = [draw.choice(["", *ROWS])[: draw.randrange(1, 60)] or ",,,,,,," for _ in range(400)]
    log = of(*rows)
    assert log.n_rows == 400
    assert len(log.events) + log.n_duplicates + len(log.quarantine) == 400
    assert len({event.digest for event in log.events}) == len(log.events)
