"""Signing in says nothing about who has an account: not by words, not by waits, not by time."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from serving.console.account_tables import accounts_table
from serving.console.accounts import Accounts
from serving.console.acts import CONSOLE_ACT
from serving.console.lockout import BEGINS_AT
from serving.console.passwords import Passwords
from serving.console.sign_in import SignInRefusedError, sign_in
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import BINDER, MAKER, OWN, QUICK

pytestmark = pytest.mark.contract


@pytest.fixture
def accounts(sqlite_ledger: Ledger) -> Accounts:
    """One account, ``known``, with the own password OWN."""
    found = Accounts(sqlite_ledger, QUICK)
    made, first = found.make("known", "operator", "an operator", MAKER, "for a test")
    found.change_password(made.account_id, first, OWN)
    return found


def digest_of(accounts: Accounts) -> str:
    """The digest that the store holds of the one account."""
    with accounts.ledger.engine.connect() as connection:
        return connection.execute(sa.select(accounts_table.c.password_hash)).scalar_one()


def answers(accounts, name, password, times, **how):
    """What attempts are answered: the sentence and the wait."""
    found = []
    for _ in range(times):
        try:
            sign_in(accounts, name, password, **how)
            found.append(("in", 0))
        except SignInRefusedError as refused:
            found.append((refused.key, refused.wait_s))
    return found


def test_an_unknown_name_is_answered_as_a_wrong_password_until_it_has_to_wait(accounts):
    """Five attempts, the fifth begins a wait; after it the attempt is not looked at, right password or not."""
    expected = [("accounts.sign_in.wrong", 0)] * (BEGINS_AT - 1) + [("accounts.sign_in.wait", 60)]
    assert answers(accounts, "known", "wrong", BEGINS_AT) == answers(accounts, "nobody", "wrong", BEGINS_AT) == expected
    for name in ("known", "nobody"):
        ((key, wait_s),) = answers(accounts, name, OWN, 1)
        assert key == "accounts.sign_in.wait"
        assert 30 <= wait_s <= 60  # of a minute, less what has passed


def test_an_unknown_name_takes_as_long_as_a_wrong_password(sqlite_ledger):
    """Both compute one digest: of four attempts the least of the processor's time is within a third."""
    slow = Accounts(sqlite_ledger, Passwords(passes=3, memory_kib=4_096))
    slow.make("known", "operator", "an operator", MAKER, "for a test")

    def least_s(name):
        times = []
        for _ in range(4):
            began = time.thread_time()
            answers(slow, name, "wrong", 1)
            times.append(time.thread_time() - began)
        return min(times)

    known, unknown = least_s("known"), least_s("nobody")
    assert known == pytest.approx(unknown, rel=0.33)


def test_strangers_do_not_keep_out_who_signed_in_from_this_browser_before(accounts):
    """Attempts of a known browser are counted apart: the owner gets in while the name has to wait elsewhere."""
    answers(accounts, "known", "wrong", BEGINS_AT + 3)
    assert answers(accounts, "known", OWN, 1)[0][0] == "accounts.sign_in.wait"
    assert answers(accounts, "known", OWN, 1, known=True) == [("in", 0)]
    assert answers(accounts, "known", "wrong", BEGINS_AT, known=True)[-1] == ("accounts.sign_in.wait", 60)


def test_a_right_password_starts_the_count_anew_and_an_operator_ends_a_wait(accounts):
    answers(accounts, "known", "wrong", BEGINS_AT - 1)
    assert answers(accounts, "known", OWN, 1) == [("in", 0)]
    assert answers(accounts, "known", "wrong", BEGINS_AT)[-1][0] == "accounts.sign_in.wait"
    accounts.enable(accounts.every()[0].account_id, MAKER, "asked by telephone")
    assert answers(accounts, "known", OWN, 1) == [("in", 0)]


def test_a_disabled_account_is_said_to_be_so_only_to_who_knows_its_password(accounts):
    accounts.disable(accounts.every()[0].account_id, MAKER, "left the zone")
    assert answers(accounts, "known", "wrong", 1) == [("accounts.sign_in.wrong", 0)]
    assert answers(accounts, "known", OWN, 1) == [("accounts.sign_in.disabled", 0)]


def test_attempts_are_recorded_without_what_was_typed(accounts):
    """Somebody may type a password where the name belongs: no record has it."""
    answers(accounts, "my secret password", OWN, BEGINS_AT)
    answers(accounts, "known", OWN, 1)
    records = accounts.ledger.find(kind=CONSOLE_ACT)[2:]
    acts = [record.content["act"] for record in records]
    assert acts == ["sign_in_refused"] * BEGINS_AT + ["locked_out", "signed_in"]
    assert {record.subject for record in records[:-1]} == {"unknown name"}
    assert not [record for record in records if b"secret" in record.body]


def test_a_digest_of_other_parameters_is_made_anew(accounts):
    newer = Accounts(accounts.ledger, Passwords(passes=2, memory_kib=8))
    before = digest_of(newer)
    assert answers(newer, "known", OWN, 1) == [("in", 0)]
    after = digest_of(newer)
    assert (before.count("t=1"), after.count("t=2")) == (1, 1)
    assert answers(newer, "known", OWN, 1) == [("in", 0)]


def test_who_is_reset_while_signing_in_is_not_signed_in(accounts):
    """The old password, right when it was compared, neither opens nor comes back when its digest is old."""
    (account,) = accounts.every()

    def fits(digest: str, password: str) -> bool:
        Accounts(accounts.ledger, QUICK).reset(account.account_id, BINDER, "it was stolen")
        return QUICK.fits(digest, password)

    accounts.passwords = SimpleNamespace(fits=fits, is_old=lambda _: True, digest=QUICK.digest)
    assert answers(accounts, "known", OWN, 1) == [("accounts.sign_in.wrong", 0)]
    assert answers(Accounts(accounts.ledger, QUICK), "known", OWN, 1) == [("accounts.sign_in.wrong", 0)]
