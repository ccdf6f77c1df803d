"""One sentence gives a list of suppliers; a firm is taken out and the fact is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from data.events import Event, EventStore
from data.match_feedback import CLICKS, SHOWN, click_event, outcome_event
from data.uscc import fictitious_uscc
from serving.__main__ import app
from serving.cli import matching as commands
from serving.cli.matching import BRIGHT, BRIGHT_END, marked, show_suppliers
from serving.ledger.ledger import Ledger
from serving.matching import packed
from serving.matching.feedback import MATCH_WITHDRAWN
from tests.serving.matching.planted import planted_packed

pytestmark = pytest.mark.surface
CODES = [fictitious_uscc(number) for number in range(1, 6)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line over the planted matcher, with a ledger and events in a folder of its own."""
    monkeypatch.setenv("IP_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("IP_EVENTS_URL", raising=False)
    monkeypatch.setattr(commands, "load_packed", lambda folder: planted_packed(CODES))
    monkeypatch.setattr(commands, "firms_of", lambda folder, tables: frozenset(CODES))
    monkeypatch.setattr(commands, "CHAINS", tmp_path / "no-chains")
    return lambda *given: CliRunner().invoke(app, [str(one) for one in given], env={"COLUMNS": "200"})


def test_one_sentence_gives_a_list_and_is_recorded(run, tmp_path):
    """The planted supplier first, its passage, its probability."""
    done = run("match", "风机轴承振动监测", "--count", 2)
    assert done.exit_code == 0, done.output
    assert done.output.index(CODES[0]) < done.output.index(CODES[1])
    assert "轴承振动监测" in done.output
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    assert [one.subject for one in store.read(SHOWN)][:1] == [CODES[0]]
    store.close()


@pytest.mark.parametrize(("text", "message"), [("", "at least 2 letters"), ("123456", "at least 2 letters")])
def test_a_sentence_that_says_nothing_ends_with_a_message(run, text, message):
    """Status 2 and what is allowed, no traceback."""
    done = run("match", text)
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_a_library_that_is_missing_ends_with_a_message(run, tmp_path, monkeypatch):
    """What is missing is named."""
    monkeypatch.undo()
    monkeypatch.setenv("IP_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    done = run("match", "轴承振动", "--library", tmp_path / "none")
    assert done.exit_code == 2
    assert "without matching" in " ".join(done.output.split())


@pytest.mark.law
def test_what_came_of_events_is_counted_by_hand(run, tmp_path):
    """Of two firms invited one accepts; of its two meetings one takes place and solves one of the two demands."""
    assert "no outcome of an event is recorded" in run("match-report").output
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    met = {"invited": True, "accepted": True, "met": True}
    for number, (firm, demand, steps) in enumerate(
        ((0, "D00001", {**met, "kept": True, "solved": True}), (0, "D00002", met), (1, "D00001", {"invited": True}))
    ):
        store.append(
            outcome_event(f"o{number}", None, CODES[firm], datetime.now(UTC), steps, None, demand_id=demand,
                          event_id="E001")
        )  # fmt: skip
    store.close()
    done = run("match-report", "E001")
    assert done.exit_code == 0, done.output
    shown = {line.split("│")[1].strip(): line.split("│")[4].strip() for line in done.output.split("\n") if "/" in line}
    assert shown == {
        "acceptance": "1 / 2", "meetings a head": "1 / 1", "kept": "1 / 2", "second meetings": "0 / 1",
        "solved": "1 / 2", "cooperations": "0 / 2",
    }  # fmt: skip
    assert run("match-report").output == done.output
    assert run("match-report", "E999").exit_code == 2


@pytest.mark.law
def test_a_firm_is_taken_out_and_the_fact_is_kept(run, tmp_path):
    """No list shows it; the ledger names it, who entered it and why; afterwards it may return."""
    run("match", "风机轴承振动监测")
    done = run("match-withdraw", CODES[0], "--by", "wang", "--reason", "no capacity")
    assert done.exit_code == 0, done.output
    assert "events blanked: 1" in done.output
    assert CODES[0] not in run("match", "风机轴承振动监测").output
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", reading=True)
    (record,) = ledger.find(kind=MATCH_WITHDRAWN)
    assert (record.content["uscc"], record.content["by"], record.content["reason"]) == (CODES[0], "wang", "no capacity")
    ledger.close()
    assert (
        "listed again" in run("match-withdraw", CODES[0], "--by", "wang", "--reason", "asked for it", "--back").output
    )
    assert "had not withdrawn" in run("match-withdraw", CODES[1], "--by", "w", "--reason", "r", "--back").output
    assert run("match-withdraw", "91", "--by", "w", "--reason", "r").exit_code == 2


@pytest.mark.law
def test_a_firm_of_the_world_library_withdraws_by_its_own_number(run, tmp_path, monkeypatch):
    """A number that no chain holds is refused; digits of another event are no mention of it."""
    pd.DataFrame({"firm_id": ["300750", CODES[0]]}).to_parquet(tmp_path / "firms.parquet")
    monkeypatch.setattr(commands, "CHAINS", tmp_path)
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    store.append(click_event("c1", "q1300750", CODES[1], datetime.now(UTC)))
    store.append(Event("chain.campaign", "e1", CODES[2], datetime.now(UTC), {"firm_id": "300750"}))
    arguments = ("--by", "w", "--reason", "r", "--library", tmp_path / "matching")
    assert run("match-withdraw", "300751", *arguments).exit_code == 2
    done = run("match-withdraw", "300750", *arguments)
    assert done.exit_code == 0, done.output
    assert "events blanked: 1" in done.output
    assert store.withdrawn() == {"300750"}
    assert store.append(click_event("c2", "q2300750", CODES[1], datetime.now(UTC)))
    store.close()


@pytest.mark.law
def test_what_others_were_shown_for_its_demands_goes_at_once(run, tmp_path, monkeypatch):
    """No service has to run and no list has to follow: the command itself blanks it."""
    folder = tmp_path / "matching" / "records"
    folder.mkdir(parents=True)
    rows = {"demand_id": ["D00001", "D00005"], "enterprise_id": [CODES[4], CODES[0]]}
    pd.DataFrame(rows).to_parquet(folder / "demands.parquet")
    monkeypatch.setattr(commands, "RECORDS", tmp_path / "none")
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    now = datetime.now(UTC)
    for number, demand_id in enumerate(("D00001", "D00005")):
        store.append(click_event(f"c{number}", "q1", CODES[1], now, demand_id))
    arguments = ("--by", "w", "--reason", "r", "--library", folder.parent)
    assert run("match-withdraw", CODES[4], *arguments).exit_code == 0
    assert [one.payload and one.payload["demand_id"] for one in store.read(CLICKS)] == [None, "D00005"]
    store.close()


@pytest.mark.law
def test_a_code_that_nothing_names_is_refused_and_changes_nothing(run, tmp_path, monkeypatch):
    """A mistyped code is no withdrawal; one of which an event is left may withdraw without being in the library."""
    stranger = fictitious_uscc(77)
    done = run("match-withdraw", stranger, "--by", "w", "--reason", "r", "--library", "some/library")
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert f"{stranger}: some/library has no document or demand of this firm" in said
    assert "--library" in said
    store = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    assert store.withdrawn() == frozenset()
    store.append(click_event("c1", "q1", stranger, datetime.now(UTC)))
    store.close()
    monkeypatch.setattr(commands, "firms_of", packed.firms_of)
    assert run("match-withdraw", stranger, "--by", "w", "--reason", "r", "--library", tmp_path).exit_code == 0
    assert run("match-withdraw", stranger, "--by", "w", "--reason", "again", "--library", tmp_path).exit_code == 0


def test_marks_are_bright_and_nothing_in_a_passage_is_markup():
    """Overlapping marks count once; brackets of the text stay brackets."""
    assert marked("轴承振动监测", [(0, 2), (1, 3), (4, 6)]) == f"{BRIGHT}轴承{BRIGHT_END}振动{BRIGHT}监测{BRIGHT_END}"
    out = Console(record=True, width=120)
    line = {"rank": 1, "uscc": CODES[0], "probability": 0.5, "reasons": []}
    evidence = {"passage": "[bold]粗[/bold] 体", "marks": [], "shared_by": 3}
    answer = {"note_zh": "注", "note_en": "note", "warnings": [], "suppliers": [line | {"evidence": [evidence]}]}
    show_suppliers(answer, {CODES[0]: "甲[red]公司"}, out)
    text = out.export_text()
    assert "[bold]粗[/bold] 体" in text
    assert "甲[red]公司" in text
    assert "另有 3 家企业有相同文字" in text
