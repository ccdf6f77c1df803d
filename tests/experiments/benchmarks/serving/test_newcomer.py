"""The first steps are those of the README; they are timed, and where they fail what was printed is kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from experiments.benchmarks.serving import newcomer

pytestmark = pytest.mark.contract
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())


@pytest.mark.parametrize(
    ("ask", "holds", "outcome"),
    [
        ('echo \'{"outcome": "declined"}\'\n', True, "declined"),
        ("echo nothing\n", False, None),
        ("false\n", False, None),
    ],
)
def test_an_answer_with_a_decision_holds(
    ask: str, holds: bool, outcome: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the service; the log is kept only where it does not hold."""
    monkeypatch.setattr(newcomer, "commands", lambda text: ("sleep 60", ask))
    noted = newcomer.campaign(Console(quiet=True))
    assert (noted["holds"], noted["outcome"], "log_text" in noted) == (holds, outcome, not holds)
    assert noted["seconds_to_first_answer"] < 60


def test_the_readmes_commands_are_those_of_a_shell() -> None:
    """One serves and is no part of those that send; both parse, and requests go to the port that is served."""
    serve, ask = newcomer.commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert serve.startswith("python -m serving serve")
    assert serve not in ask
    assert "3000/" in ask
    for script in (serve, ask):
        assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0


def test_a_readme_without_them_is_an_error() -> None:
    """A block of another kind is none."""
    with pytest.raises(ValueError, match="no bash block"):
        newcomer.commands("```bash\nmake run\n```\n```json\npython -m serving serve &\n```\n")
