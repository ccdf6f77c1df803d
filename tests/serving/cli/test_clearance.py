"""The commands around clearance: take a folder and end, deliver alone, allow hosts."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from typer.testing import CliRunner

from data.events import EventStore
from serving.__main__ import app
from serving.clearance.lease import held
from serving.clearance.store import FAILED, MESSAGES
from serving.clearance.webhook_key import WEBHOOK_KEY, WEBHOOK_KEY_FILE

pytestmark = pytest.mark.surface
RECEIPT = (
    "<DEC_DATA><DEC_RESULT><CUS_CIQ_NO>E20260000000000{}</CUS_CIQ_NO><NOTICE_DATE>2026-03-01T08:00:00</NOTICE_DATE>"
    "<CHANNEL>L</CHANNEL><NOTE>simulated</NOTE></DEC_RESULT></DEC_DATA>"
)


@pytest.fixture
def url(tmp_path, monkeypatch):
    made = f"sqlite:///{tmp_path / 'events.sqlite'}"
    for name in (WEBHOOK_KEY, WEBHOOK_KEY_FILE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IP_EVENTS_URL", made)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "client"
    (made / "InBox").mkdir(parents=True)
    for number in range(3):
        (made / f"InBox/Receipt_{number}.xml").write_text(RECEIPT.format(f"{number:03d}"))
    (made / "InBox/Receipt_bad.xml").write_text("<DEC_DATA>")
    return made


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_a_folder_is_taken_once_and_the_refused_is_listed(url, folder, tmp_path):
    once = ("clearance-watch", str(folder), "--once", "--settle", "0")
    first, second = run(*once), run(*once)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "taken 3, known before 0, refused 1" in first.output.replace("\n", " ")
    assert "taken 0, known before 3, refused 1" in second.output.replace("\n", " ")
    store = EventStore(url)
    assert (len(list(store.read(MESSAGES))), len(list(store.read(FAILED)))) == (3, 1)
    store.close()
    assert len((tmp_path / "artifacts/clearance/refused.jsonl").read_text().splitlines()) == 1


def test_what_a_folder_holds_is_simulated_only_where_that_is_said(url, folder):
    assert run("clearance-watch", str(folder), "--once", "--settle", "0", "--simulated").exit_code == 0
    for path in (folder / "InBox").iterdir():
        path.unlink()
    (folder / "InBox/Receipt_3.xml").write_text(RECEIPT.format("003"))
    assert run("clearance-watch", str(folder), "--once", "--settle", "0").exit_code == 0
    store = EventStore(url)
    assert [row.payload["simulated"] for row in store.read(MESSAGES)] == [True, True, True, False]
    store.close()


@pytest.fixture
def signalled():
    """SIGTERM to this process again and again, for which it has a handler already, until the command ends."""
    earlier = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    ended = threading.Event()

    def send():
        while not ended.wait(0.3):
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=send)
    thread.start()
    yield
    ended.set()
    thread.join()
    for number, handler in earlier.items():
        signal.signal(number, handler)


def test_a_watch_ends_on_sigterm(url, folder, signalled):
    assert run("clearance-watch", str(folder), "--settle", "0").exit_code == 0


def test_a_delivering_process_ends_on_sigterm(url, signalled):
    EventStore(url).close()
    assert run("clearance-deliver").exit_code == 0


def test_hosts_are_allowed_listed_and_ended(url):
    assert "allowed" in run("clearance-hosts", "allow", "receiver.example.com", "--by", "an operator").output
    assert "receiver.example.com by an operator" in run("clearance-hosts", "list").output
    assert run("clearance-hosts", "allow", "127.0.0.1", "--by", "an operator").exit_code == 2
    assert "ended" in run("clearance-hosts", "end", "receiver.example.com", "--by", "an operator").output
    assert run("clearance-hosts", "list").output == ""


def test_a_second_delivering_process_says_that_there_is_one(url):
    EventStore(url).close()
    with held(url, "clearance-deliver"):
        done = run("clearance-deliver")
    assert done.exit_code == 2
    assert "another process" in done.output
