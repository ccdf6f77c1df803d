"""What is made for trying: records and applications first, the accounts last and once."""

from __future__ import annotations

import pytest

from serving.console import demonstration
from serving.console.accounts import Accounts
from serving.console.demo_accounts import demo_holder
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import QUICK


@pytest.fixture
def made_of(service, monkeypatch, tmp_path):
    """Prepares over the small cohort; notes what it filled, which has tests of its own."""
    filled: list[tuple[str, object]] = []
    monkeypatch.setattr("serving.console.accounts.usual_passwords", lambda: QUICK)
    monkeypatch.setenv("IP_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("IP_EVENTS_URL", raising=False)
    monkeypatch.setattr(demonstration.DecisionService, "load", lambda _: service)
    monkeypatch.setattr(demonstration, "fill_demo_stores", lambda url, firms: filled.append((url, firms)))
    monkeypatch.setattr(
        demonstration,
        "fill_demo_applications",
        lambda worker, api_of, bank, officers, firms: filled.append((bank, officers)),
    )
    firms = tuple(list(service.snapshot.cases)[:2])
    return lambda: (demonstration.prepare(tmp_path, firms, lambda _: None), filled, firms)


def test_the_accounts_come_last_and_once(made_of, tmp_path):
    """Officers of the applications are the demo bank's two; a second run makes nothing and says so by an empty list."""
    accounts, filled, firms = made_of()
    assert filled == [
        (f"sqlite:///{tmp_path / 'events.sqlite'}", firms),
        ("standard", (demo_holder("bank-1"), demo_holder("bank-2"))),
    ]
    assert [one.caller_name for one in accounts if one.role == "enterprise"] == list(firms)
    again, filled, _ = made_of()
    assert again == []
    assert len(filled) == 2


def test_what_was_cut_off_is_made_up_for(made_of, monkeypatch, tmp_path):
    """Without accounts the store counts as not prepared, so nobody is left without a password."""
    real = demonstration.make_demo_accounts
    monkeypatch.setattr(demonstration, "make_demo_accounts", lambda *_: (_ for _ in ()).throw(OSError("cut off")))
    with pytest.raises(OSError, match="cut off"):
        made_of()
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    assert Accounts(ledger).every() == []
    ledger.close()
    monkeypatch.setattr(demonstration, "make_demo_accounts", real)
    assert len(made_of()[0]) == 10


def test_a_loop_of_its_own_ends_with_the_block():
    """Nothing runs on afterwards."""
    with demonstration.running_loop() as loop:
        assert loop.is_running()
    assert loop.is_closed()
