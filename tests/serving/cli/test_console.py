"""``serving console``: what it prepares and prints before it serves."""

from __future__ import annotations

import os

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from serving.cli import console as command
from serving.console.demo_accounts import DemoAccount


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the command in an empty folder; serving itself is noted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IP_LEDGER_URL", f"sqlite:///{tmp_path / 'own.sqlite'}")
    for name in ("IP_EVENTS_URL", "IP_CLOCK"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    served: list[tuple[int, str, str | None]] = []

    def serve(port, workers, pid_file):
        served.append((port, os.environ["IP_LEDGER_URL"], os.environ.get("IP_CLOCK")))
        return 0

    monkeypatch.setattr("serving.runtime.supervisor.serve", serve)
    return lambda *given: (CliRunner().invoke(app, ["console", *given]), served)


def test_for_trying_it_has_a_store_and_a_day_of_its_own_and_prints_the_accounts(run, monkeypatch, tmp_path):
    """The day is the snapshot's; the accounts are said to be for trying only."""
    account = DemoAccount("bank", "bank-1", "a password 12", "standard", "bank-1 演示 demo")
    prepared: list[tuple[str, ...]] = []
    monkeypatch.setattr("serving.cli.demo.snapshot_day", lambda: "2024-06-30")
    monkeypatch.setattr(
        "serving.cli.demo.choose", lambda _: [{"outcome": name, "uscc": name} for name in command.ENTERPRISES]
    )
    monkeypatch.setattr(command, "packed_release", lambda: tmp_path)
    monkeypatch.setattr(
        "serving.console.demonstration.prepare", lambda _, firms, say: prepared.append(firms) or [account]
    )
    done, served = run("--demo", "--port", "3005")
    assert done.exit_code == 0, done.output
    assert served == [(3005, f"sqlite:///{tmp_path / 'artifacts/console/ledger.sqlite'}", "2024-06-30")]
    assert prepared == [command.ENTERPRISES]
    for words in (
        "for trying only",
        "银行工作人员",
        "bank-1",
        "a password 12",
        "http://127.0.0.1:3005/console/",
    ):
        assert words in done.output


def test_without_it_nothing_is_made_and_who_may_sign_in_is_said(run, tmp_path):
    """The default store, the real day; an empty store says how the first account is made."""
    done, served = run("--port", "3006")
    assert served == [(3006, f"sqlite:///{tmp_path / 'own.sqlite'}", None)]
    assert "there is no account yet" in done.output.replace("\n", " ")
    assert not (tmp_path / "artifacts/console").exists()


def test_without_a_packed_release_it_says_what_to_run(run, monkeypatch):
    """Nothing is served."""
    monkeypatch.setattr("serving.cli.demo.snapshot_day", lambda: "2024-06-30")
    monkeypatch.setattr("serving.releases.packed.MODEL", "no-model-of-this-name")
    done, served = run("--demo")
    assert done.exit_code != 0
    assert "make run" in done.output
    assert served == []
