"""approvals-import stores a log and says what became of every row."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from data.events import EventStore
from serving.__main__ import app
from serving.approvals.store import CaseStore

pytestmark = pytest.mark.surface
LOG = (
    "case_id,activity,timestamp,event_no\nK1,申请,2026-03-01,1\n"
    "K1,受理,2026-03-02 09:00,2\nK1,受理,2026-03-02 09:00,3\n"
)


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setenv("IP_EVENTS_URL", f"sqlite:///{tmp_path / 'events.sqlite'}")
    return f"sqlite:///{tmp_path / 'events.sqlite'}"


def run(tmp_path, *options, text=LOG):
    (tmp_path / "wabo.2026.csv").write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["approvals-import", str(tmp_path / "wabo.2026.csv"), *options])


def test_a_log_is_stored_and_the_second_time_it_is_known(tmp_path, url):
    """Counts of rows, kinds and remarks; status 0 both times."""
    (tmp_path / "m.yaml").write_text("activities: {受理: accepted, 送达: delivered}", encoding="utf-8")
    first = run(tmp_path, "--mapping", str(tmp_path / "m.yaml"))
    assert first.exit_code == 0, first.output
    for text in (
        "3 rows of CSV: 2 events of 1 case, 1 repetition, 0 refused",
        "stored: 2 new, 0 known before",
        "accepted",
        "3 rows: no zone; the zone of the log is taken (Asia/Shanghai)",
        "columns without content: event_no",
        "in the mapping, but in no row: 送达",
    ):
        assert text in first.output
    again = run(tmp_path, "--mapping", str(tmp_path / "m.yaml"))
    assert (again.exit_code, "stored: 0 new, 2 known before" in again.output) == (0, True)
    store = EventStore(url)
    assert [(kept.source, kept.event.kind) for kept in CaseStore(store).events()] == [
        ("wabo", "step"),
        ("wabo", "accepted"),
    ]
    store.close()


def test_refused_rows_are_listed_and_end_in_status_1(tmp_path, url):
    """The others are stored, in the store that is named."""
    other = url.replace("events", "other")
    found = run(tmp_path, "--store", other, "--source", "office a", text=LOG + ",决定,2026-03-03,4\n")
    assert found.exit_code == 1
    assert "no case number" in found.output
    store = EventStore(other, must_exist=True)
    assert (len(list(CaseStore(store).events())), len(list(CaseStore(store).quarantined()))) == (2, 1)
    store.close()
    assert not (tmp_path / "events.sqlite").exists()


@pytest.mark.parametrize(
    ("options", "text", "message"),
    [
        (["--zone", "Mars"], LOG, "zone 'Mars' is unknown"),
        (["--store", "mysql://h/d"], LOG, "allowed: sqlite:///"),
        ([], "a,b\n1,2\n", "are absent"),
    ],
)
def test_what_cannot_be_used_ends_in_status_2(tmp_path, url, options, text, message):
    """With one message."""
    found = run(tmp_path, *options, text=text)
    assert found.exit_code == 2
    assert message in " ".join(found.output.replace("│", "").split())


def test_a_wrong_import_is_retracted_and_comes_in_again_under_another_source(tmp_path, url):
    """Nothing is left that counts of the wrong one; a source that sent nothing is refused."""
    run(tmp_path, "--source", "wrong")
    options = ["--by", "wang", "--reason", "wrong mapping"]
    done = CliRunner().invoke(app, ["approvals-retract", "wrong", *options])
    assert (done.exit_code, "wrong: 2 events up to sequence" in done.output) == (0, True), done.output
    assert "under another source name" in done.output
    assert CliRunner().invoke(app, ["approvals-retract", "wrong", *options]).exit_code == 2
    assert "stored: 2 new" in run(tmp_path, "--source", "right").output
    store = EventStore(url)
    assert {kept.source for kept in CaseStore(store).events()} == {"right"}
    store.close()
