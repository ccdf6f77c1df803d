"""The commands of accounts: made by one person, bound by another, listed without passwords."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from serving.console.accounts import Accounts
from serving.console.sign_in import SignInRefusedError, sign_in
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import QUICK

pytestmark = pytest.mark.contract


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command over a store in a folder; gives its exit status and output."""
    monkeypatch.setenv("IP_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)

    def command(*words):
        result = CliRunner().invoke(app, ["accounts", *words])
        return result.exit_code, result.output

    return command


def test_an_account_is_made_by_one_person_and_bound_by_another(run, tmp_path):
    made = ("make", "Chen", "--role", "operator", "--holder", "office one", "--by", "li", "--reason", "first operator")
    assert run(*made)[0] == 2  # there is no ledger
    code, output = run(*made, "--create")
    assert code == 0
    name, password = output.split()
    accounts = Accounts(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), QUICK)
    assert sign_in(accounts, name, password).state == "to_bind"
    assert run("bind", "chen", "--by", "Li", "--reason", "known in person")[0] == 2
    assert run("bind", "chen", "--by", "wang", "--reason", "known in person") == (0, "chen acts for zone\n")
    assert run("bind", "nobody", "--by", "wang", "--reason", "known in person")[0] == 2
    code, listed = run("list")
    assert code == 0
    assert "office one" in listed
    assert "active" in listed
    assert password not in listed


def test_an_account_is_disabled_enabled_and_reset(run, tmp_path):
    by = ("--by", "li", "--reason", "on leave")
    _, output = run("make", "chen", "--role", "zone_officer", "--holder", "office one", *by, "--create")
    password = output.split()[1]
    accounts = Accounts(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), QUICK)
    assert run("disable", "chen", *by) == (0, "chen is disabled\n")
    with pytest.raises(SignInRefusedError):
        sign_in(accounts, "chen", password)
    assert run("enable", "chen", *by) == (0, "chen is enabled\n")
    assert sign_in(accounts, "chen", password).sign_in_name == "chen"
    fresh = run("reset", "chen", *by)[1].split()[1]
    with pytest.raises(SignInRefusedError):
        sign_in(accounts, "chen", password)
    assert sign_in(accounts, "chen", fresh).state == "to_bind"
