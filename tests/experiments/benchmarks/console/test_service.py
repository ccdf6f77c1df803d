"""People of the benchmark's console."""

from __future__ import annotations

from experiments.benchmarks.console.service import crowd_accounts
from serving.console.accounts import Accounts
from serving.console.sign_in import sign_in
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate


def test_each_of_the_crowd_has_an_account_of_its_own_that_is_bound(tmp_path):
    """Each signs in with its own password, as a zone officer."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    ledger = Ledger(url)
    made = crowd_accounts(ledger, 2)
    found = [sign_in(Accounts(ledger), name, password) for name, password in made]
    assert [one.role for one in found] == ["zone_officer"] * 2
    assert all(one.bound and one.own_password for one in found)
    ledger.close()
