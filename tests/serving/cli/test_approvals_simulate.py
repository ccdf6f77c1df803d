"""``approvals-simulate`` fills the service's own store with cases that say that they are simulated."""

import datetime as dt
import re

import pytest
from typer.testing import CliRunner

from data.approvals.records import ApprovalEvent
from data.events import EventStore
from serving.__main__ import app
from serving.approvals.service import SIMULATED
from serving.approvals.store import CaseStore
from serving.cli.approvals_simulate import by_week
from serving.matching.event_store import EVENTS_URL


def event(number, at):
    instant = None if at is None else dt.datetime.fromisoformat(at)
    return ApprovalEvent(number, "step", instant, at or "")


def test_events_arrive_with_their_week_and_never_before_an_earlier_one():
    given = [
        event("A", "2026-03-02T09:00:00+08:00"), event("B", None), event("C", "2026-03-08T23:30:00+08:00"),
        event("D", "2026-03-09T00:00:00+08:00"), event("E", "2026-03-03T09:00:00+08:00"),
    ]  # fmt: skip
    found = list(by_week(given))
    assert [(at.day, "".join(one.case_number for one in events)) for at, events in found] == [(8, "ABC"), (15, "DE")]


def test_the_store_holds_simulated_cases(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'events.sqlite'}"
    monkeypatch.setenv(EVENTS_URL, url)
    done = CliRunner().invoke(app, ["approvals-simulate", "--cases", "100", "--seed", "3"])
    assert done.exit_code == 0, done.output
    assert "100 simulated cases" in done.output
    kept = list(CaseStore(EventStore(url)).events())
    assert {one.source for one in kept} == {SIMULATED}
    assert len({one.event.case_number for one in kept}) == 100
    number = re.search(r"cases/(\S+)/page\.html", done.output).group(1)  # the case to try
    assert {"accepted", "suspended"} <= {one.event.kind for one in kept if one.event.case_number == number}
    assert [one.received_at for one in kept] == sorted(one.received_at for one in kept)


def test_too_few_cases_are_refused():
    assert CliRunner().invoke(app, ["approvals-simulate", "--cases", "3"]).exit_code == 2


pytestmark = pytest.mark.filterwarnings("error")
