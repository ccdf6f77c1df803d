"""The commands about API keys: a key is shown once, and its id is enough for everything after."""

from __future__ import annotations

import re
from datetime import date

import pytest
from rich.console import Console
from typer.testing import CliRunner

from data.codebook import reference_path
from data.uscc import fictitious_uscc
from models.quota.policy import read_policies, read_policy
from serving.__main__ import app
from serving.cli import keys
from serving.ledger.store import LEDGER_URL
from serving.releases.policies import set_up

pytestmark = pytest.mark.surface
KEY = re.compile(r"ip_([0-9a-f]{8})_\S+")


@pytest.fixture
def ring(sqlite_ledger, monkeypatch):
    """The commands' ledger, and the id of a bank's key in it."""
    monkeypatch.setenv(LEDGER_URL, sqlite_ledger.url)
    monkeypatch.setattr(keys, "console", Console(soft_wrap=True, width=300))  # no cell is broken into lines
    return KEY.fullmatch(run("keys", "issue", "bank-a", "--holder", "wang").stdout.strip())


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_the_list_has_the_id_and_no_secret(ring):
    """One line for a key: whose it is, who holds it and that it has no end."""
    listed = run("keys", "list").stdout
    assert ring[0] not in listed
    line = next(line for line in listed.splitlines() if ring[1] in line)
    assert [word in line for word in ("bank-a", "bank", "wang", "never")] == [True] * 4


def test_a_key_for_a_bank_without_a_policy_is_issued_with_a_warning_that_names_the_banks(ring, sqlite_ledger):
    """The key alone is on the standard output; of a ledger with releases the banks are those of its own."""
    made = run("keys", "issue", "nobank", "--holder", "x")
    assert (made.exit_code, bool(KEY.fullmatch(made.stdout.strip()))) == (0, True)
    assert "no policy of bank nobank was activated" in made.stderr
    assert made.stderr.rstrip().endswith(", ".join(sorted(policy.bank_id for policy in read_policies())))
    for caller, role in (("standard", "bank"), ("zone", "operator"), (fictitious_uscc(1), "enterprise")):
        assert run("keys", "issue", caller, "--role", role, "--holder", "x").stderr == ""
    set_up(sqlite_ledger, lambda: [read_policy(reference_path("policies/maker.yaml"))], "r1", {}, date(2024, 7, 1))
    assert run("keys", "issue", "standard", "--holder", "x").stderr.rstrip().endswith("Banks with a policy: maker")
    assert run("keys", "issue", "maker", "--holder", "x").stderr == ""


def test_an_ended_key_cannot_be_rotated(ring):
    """Ended is for ever: status 1, and no new key."""
    ended = run("keys", "end", ring[1])
    assert ended.stdout.startswith(f"{ring[1]} ended at ")
    again = run("keys", "rotate", ring[1])
    assert (again.exit_code, KEY.search(again.output)) == (1, None)


def test_a_rotated_key_is_another_with_the_same_rights(ring):
    """A new id beside the old one, which ends later."""
    fresh = KEY.fullmatch(run("keys", "rotate", ring[1], "--grace-hours", "1").stdout.strip())
    assert fresh[1] != ring[1]
    lines = {line.split()[1]: line for line in run("keys", "list").stdout.splitlines() if "bank-a" in line}
    assert ("never" in lines[fresh[1]], "never" in lines[ring[1]]) == (True, False)


def test_a_pasted_secret_is_not_repeated(ring):
    """A whole key names itself by its id alone, and what is no key is not shown again."""
    assert ring[0] not in run("keys", "end", ring[0]).output
    wrong = run("keys", "end", "a-very-secret-text")
    assert (wrong.exit_code, "a-very-secret-text" in wrong.output) == (1, False)
