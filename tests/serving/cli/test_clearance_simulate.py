"""Simulated messages go into the store or a folder, and say that they are simulated."""

import pytest
from typer.testing import CliRunner

from data.events import EventStore
from data.ingest.messages.read import read_message
from serving.__main__ import app
from serving.clearance.store import MessageStore
from serving.matching.event_store import EVENTS_URL

pytestmark = pytest.mark.surface


def test_the_store_holds_simulated_messages(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'e.sqlite'}"
    monkeypatch.setenv(EVENTS_URL, url)
    done = CliRunner().invoke(app, ["clearance-simulate", "--declarations", "20"])
    assert done.exit_code == 0, done.output
    assert "GET /v1/clearance/declarations/E" in done.output
    store = EventStore(url)
    kept = MessageStore(store, read_message).newer(0)
    store.close()
    assert len(kept) > 60
    assert all(one.simulated and one.source.kind == "simulator" for one in kept)


def test_a_folder_is_filled_as_a_client_lays_it(tmp_path):
    done = CliRunner().invoke(app, ["clearance-simulate", "--declarations", "20", "--folder", str(tmp_path / "sw")])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "sw").iterdir()} == {"InBox", "OutBox", "FailBox"}
    assert not list((tmp_path / "sw").rglob("*.part"))
    (tmp_path / "file").write_text("x")
    wrong = CliRunner().invoke(app, ["clearance-simulate", "--folder", str(tmp_path / "file")])
    words = " ".join(wrong.output.replace("│", " ").split())
    assert (wrong.exit_code, "is no folder" in words) == (2, True)
