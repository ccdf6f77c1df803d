"""Records of a file go into the registry, faulty ones into quarantine, and the report is written of store or folder."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from data.events import EventStore
from data.uscc import fictitious_uscc
from serving.__main__ import app
from serving.incubators.board import RegistryBoard
from serving.incubators.store import EntryStore
from serving.matching.event_store import EVENTS_URL
from tests.serving.incubators.planted_registry import tables

pytestmark = pytest.mark.surface


def run(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, " ".join(done.output.replace("│", " ").split())


def imported(path, record, *more):
    return run("incubators-import", str(path), "--record", record, "--by", "li", *more)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The registry worked by hand as files; a report has a fault."""
    monkeypatch.setenv(EVENTS_URL, f"sqlite:///{tmp_path / 'e.sqlite'}")
    rows = tables(fictitious_uscc(5))
    rows["report"][1] = rows["report"][1] | {"staff": -3}
    pd.DataFrame(rows["incubator"]).to_csv(tmp_path / "incubators.csv", index=False)
    pd.DataFrame(rows["tenant"]).to_excel(tmp_path / "tenants.xlsx", index=False)
    pd.DataFrame(rows["report"]).to_csv(tmp_path / "reports.csv", index=False)
    return tmp_path


def test_files_are_imported_once_corrected_with_a_reason_and_reported(folder):
    assert imported(folder / "tenants.xlsx", "tenant")[0] == 1  # no incubator is there yet
    assert imported(folder / "incubators.csv", "incubator")[0] == 0
    status, text = imported(folder / "tenants.xlsx", "tenant")
    assert (status, "3 new, 0 known before, 0 refused" in text) == (0, True)
    status, text = imported(folder / "reports.csv", "report")
    assert (status, "1 new" in text, "3 H002 2023-12-31" in text, "-3" in text) == (1, True, True, True)
    assert "0 new, 2 known before" in imported(folder / "incubators.csv", "incubator")[1]
    table = pd.read_csv(folder / "incubators.csv").assign(name="改名后的载体")
    table.to_csv(folder / "renamed.csv", index=False)
    assert imported(folder / "renamed.csv", "incubator")[0] == 1
    assert imported(folder / "renamed.csv", "incubator", "--why", "renamed")[0] == 0
    store = EntryStore(EventStore(f"sqlite:///{folder / 'e.sqlite'}"))
    state = RegistryBoard(lambda: store).current()
    assert set(state.registry.incubators["name"]) == {"改名后的载体"}
    assert [(one.by, one.why) for one in state.journal.history("incubator", "H001")] == [("li", ""), ("li", "renamed")]
    assert {one.row["record"] for one in store.refused()} == {"incubator", "tenant", "report"}
    store.store.close()
    status, text = run("incubators-report", str(folder / "out"))
    assert (status, "2 = national incubator 1 + regional 0 + lower 1" in text, "模拟数据" in text) == (0, True, False)
    quarantine = (folder / "out" / "quarantine.en.csv").read_text(encoding="utf-8-sig")
    assert "staff (7d00) is -3" in quarantine


def test_a_folder_of_files_is_reported_without_a_store(folder):
    status, text = run("incubators-report", str(folder / "out"), "--records", str(folder), "--on", "2023-06-30")
    assert (status, "2023-06-30" in text) == (0, True)
    assert len(list((folder / "out").iterdir())) == 18


def test_what_cannot_be_used_ends_with_one_message(folder):
    for arguments in (
        ("incubators-import", str(folder / "incubators.csv"), "--record", "firm", "--by", "li"),
        ("incubators-import", str(folder / "tenants.xlsx"), "--record", "voucher", "--by", "li"),
        ("incubators-report", str(folder / "out"), "--on", "May"),
        ("incubators-report", str(folder / "out"), "--on", "2023-06-30", "--since", "2023-07-01"),
    ):
        assert run(*arguments)[0] == 2, arguments
