"""The first steps are timed and their answer is read; what fails keeps what was printed."""

from __future__ import annotations

import subprocess

import pytest
from rich.console import Console

from data.uscc import uscc_fault
from experiments.benchmarks.serving import newcomer

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("commands", "holds", "decision"),
    [
        ('echo \'{"decision": "decline"}\'\n', True, "decline"),
        ("echo nothing\n", False, None),
        ("false\n", False, None),
    ],
)
def test_an_answer_with_a_decision_holds(
    commands: str, holds: bool, decision: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the service; the log is kept only where it does not hold."""
    monkeypatch.setattr(newcomer, "SERVE", "sleep 60")
    monkeypatch.setattr(newcomer, "COMMANDS", commands)
    noted = newcomer.campaign(Console(quiet=True))
    assert (noted["holds"], noted["decision"], "told" in noted) == (holds, decision, not holds)
    assert noted["seconds_to_first_answer"] < 60


def test_the_commands_are_those_of_a_shell_about_an_enterprise_that_may_exist() -> None:
    """They parse, and the code's check sums are right."""
    assert subprocess.run(["bash", "-n", "-c", newcomer.COMMANDS], check=False).returncode == 0
    assert uscc_fault("91000000000000019G") is None
    assert newcomer.COMMANDS.count("91000000000000019G") == 2
