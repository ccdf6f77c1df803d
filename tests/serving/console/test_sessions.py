"""Sessions: only a digest is stored, and a session is of one account."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from serving.console.accounts import Accounts
from serving.console.acts import CONSOLE_ACT
from serving.console.sessions import IDLE, LONGEST, Sessions
from serving.ledger.ledger import Ledger
from tests.serving.console.signed_in import MAKER, QUICK

pytestmark = pytest.mark.contract


def made(ledger: Ledger):
    """Two accounts of a store."""
    accounts = Accounts(ledger, QUICK)
    return [accounts.make(name, "operator", name, MAKER, "for a test")[0] for name in ("one", "two")]


def test_the_store_holds_no_token(sqlite_ledger: Ledger):
    """Whoever reads the table has no session."""
    two = made(sqlite_ledger)
    token = Sessions(sqlite_ledger).begin(two[0].account_id, "a browser\n<script>")
    with sqlite_ledger.engine.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM console_sessions")).one()
    assert all(token not in str(value) for value in row)
    found = Sessions(sqlite_ledger).find(token)
    assert (found.account.account_id, found.session.browser) == (two[0].account_id, "a browser<script>")
    for wrong in ("", token[:-1], token + "x", row.token_digest, row.session_id):
        assert Sessions(sqlite_ledger).find(wrong) is None


def test_a_session_is_ended_by_its_owner_alone(ledger: Ledger):
    """Another's session is not found, and nothing is recorded; one's own is, once."""
    two = made(ledger)
    sessions = Sessions(ledger)
    token = sessions.begin(two[0].account_id, "b")
    session_id = sessions.find(token).session.session_id
    assert not sessions.end(session_id, two[1])
    assert sessions.find(token) is not None
    assert sessions.end(session_id, two[0])
    assert not sessions.end(session_id, two[0])
    assert sessions.find(token) is None
    ended = [one for one in ledger.find(kind=CONSOLE_ACT) if one.content["act"] == "signed_out"]
    assert [one.subject for one in ended] == [two[0].account_id]


def test_use_keeps_a_session_up_to_its_longest_time(sqlite_ledger: Ledger):
    two = made(sqlite_ledger)
    start = Sessions(sqlite_ledger).now()
    token = Sessions(sqlite_ledger, lambda: start).begin(two[0].account_id, "b")
    at = start
    while at + IDLE * 0.9 < start + LONGEST:
        at += IDLE * 0.9
        assert Sessions(sqlite_ledger, lambda at=at: at).find(token) is not None
    assert Sessions(sqlite_ledger, lambda: start + LONGEST).find(token) is None


def test_a_page_that_looks_by_itself_for_what_is_new_does_not_keep_a_session(sqlite_ledger: Ledger):
    """It is answered until half an hour after the person's last act, and not a minute longer."""
    two = made(sqlite_ledger)
    start = Sessions(sqlite_ledger).now()
    token = Sessions(sqlite_ledger, lambda: start).begin(two[0].account_id, "b")
    for minutes, lasts in ((10, True), (20, True), (29, True), (31, False)):
        at = start + timedelta(minutes=minutes)
        found = Sessions(sqlite_ledger, lambda at=at: at).find(token, seen=False)
        assert (found is not None) == lasts, minutes


def test_lists_hold_what_lasts_and_a_new_session_clears_what_is_over(sqlite_ledger: Ledger):
    two = made(sqlite_ledger)
    start = Sessions(sqlite_ledger).now()
    Sessions(sqlite_ledger, lambda: start - timedelta(hours=13)).begin(two[0].account_id, "old")
    sessions = Sessions(sqlite_ledger, lambda: start)
    assert sessions.of(two[0].account_id) == []
    sessions.begin(two[0].account_id, "new")
    sessions.begin(two[1].account_id, "other")
    assert [one.browser for one in sessions.of(two[0].account_id)] == ["new"]
    with sqlite_ledger.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM console_sessions")).scalar_one() == 2
