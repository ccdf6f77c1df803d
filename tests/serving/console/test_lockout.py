"""Waits after wrong passwords: they double, end, and are forgotten after a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from serving.console.lockout import counted_as, forget, note_failure, wait_s
from serving.ledger.ledger import Ledger

pytestmark = pytest.mark.contract
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHO = counted_as("operator-1", known=False)


def test_waits_double_from_a_minute_to_an_hour(ledger: Ledger):
    """Nothing for four, then 1, 2, 4, ... minutes; never more than an hour."""
    with ledger.engine.begin() as connection:
        waits = [note_failure(connection, WHO, NOW).total_seconds() / 60 for _ in range(14)]
        assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
        assert wait_s(connection, WHO, NOW + timedelta(minutes=59)) == 60
        assert wait_s(connection, WHO, NOW + timedelta(hours=1)) == 0
        assert wait_s(connection, counted_as("operator-1", known=True), NOW) == 0


def test_a_day_without_a_wrong_password_starts_anew(ledger: Ledger):
    with ledger.engine.begin() as connection:
        for _ in range(6):
            note_failure(connection, WHO, NOW)
        assert note_failure(connection, WHO, NOW + timedelta(days=1, seconds=1)) == timedelta(0)
        for _ in range(5):
            note_failure(connection, WHO, NOW + timedelta(days=2, seconds=2))
        forget(connection, WHO)
        assert wait_s(connection, WHO, NOW + timedelta(days=2, seconds=3)) == 0


def test_a_typed_name_is_not_kept():
    assert "operator" not in WHO
    assert len(WHO) <= 80
