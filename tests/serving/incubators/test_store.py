"""Versions of records in the event store: each once, whole, and untouched by a firm's withdrawal from matching."""

import datetime as dt

import pandas as pd
import pytest

from data.incubators.fields import fault
from data.incubators.tables import QUARANTINE, quarantine_row
from serving.incubators.store import ENTRIES, OvertakenError
from tests.serving.incubators.conftest import USCC
from tests.serving.incubators.planted_registry import entries, entry_store

AT = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def test_the_same_version_is_stored_once(tmp_path):
    """2 incubators, 3 firms, 2 reports, 2 steps of a voucher and a correction: 10 versions, whatever their order."""
    store, made = entry_store(tmp_path), entries(USCC)
    assert (store.append(made[:4]), store.append(made[::-1]), store.append(made), store.append([])) == (4, 6, 0, 0)
    assert sorted(one.entry.digest for one in store.newer()) == sorted(one.digest for one in made)
    last = store.newest()
    assert ([one.sequence for one in store.newer(last - 1)], list(store.newer(last))) == ([last], [])


def test_a_version_with_another_offset_is_the_same(tmp_path):
    """09:00 at +08:00 is 01:00 in UTC."""
    one = entries(USCC)[0]
    shifted = type(one)(one.record, one.key, one.at.astimezone(dt.timezone(dt.timedelta(hours=8))), one.by, one.why,
                        one.values)  # fmt: skip
    store = entry_store(tmp_path)
    assert (store.append([one]), store.append([shifted])) == (1, 0)


def test_a_withdrawal_from_matching_leaves_the_registry_whole(tmp_path):
    """No version names the firm in plain text, so that none is blanked, and none is refused afterwards."""
    made = entries(USCC)
    store = entry_store(tmp_path, made[:5])
    assert store.store.withdraw(USCC, AT) == 0
    assert store.append(made) == 5
    assert USCC not in str([row.payload for row in store.store.read(ENTRIES)])
    assert {one.entry.values.get("uscc") for one in store.newer()} == {USCC, None}


def test_a_refused_record_is_kept_once_a_source(tmp_path):
    one = quarantine_row("report", 3, "H001 2023-12-31", fault("empty", "staff", "", "persons"))
    rows, store = pd.DataFrame([one], columns=list(QUARANTINE)), entry_store(tmp_path)
    later = AT + dt.timedelta(hours=1)
    assert [store.refuse(rows, source, at) for source, at in (("a", AT), ("a", later), ("b", AT))] == [1, 0, 1]
    first = store.refused()[0]
    assert (first.received_at, first.source, first.row["reason_zh"]) == (AT, "a", one["reason_zh"])
    assert store.refuse(rows.iloc[:0], "a", AT) == 0


def test_versions_that_were_checked_against_an_earlier_registry_are_not_stored(tmp_path):
    """All or none: of two writers that both read the registry behind version 7, the second has to check again."""
    made = entries(USCC)
    store = entry_store(tmp_path, made[:7])
    before = store.newest()
    assert store.append(made[7:8], before) == 1
    with pytest.raises(OvertakenError):
        store.append(made[8:], before)
    assert len(list(store.newer())) == 8
    assert store.append(made[8:], store.newest()) == 2
