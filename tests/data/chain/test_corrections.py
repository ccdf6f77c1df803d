"""Corrections as events: in order of time, gone with a firm that withdraws, without a person's name."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from data.chain.corrections import COLUMNS, correction_event, correction_table
from data.events import EventStore
from data.uscc import fictitious_uscc

FIRM = fictitious_uscc(1)


@pytest.fixture
def store(tmp_path):
    opened = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    yield opened
    opened.close()


def event(number, day, kind="firm", item=FIRM, right=True):
    at = datetime(2024, 6, day, tzinfo=UTC)
    return correction_event(
        f"c{number}", at, kind, item, "small", "lens", right=right, decided_by="operator", reason="seen"
    )


def test_the_table_has_every_correction_in_order_of_time(store):
    store.append_all([event(1, 9, right=False), event(2, 3), event(3, 5, "patent", "CN1A")])
    table = correction_table(store)
    assert list(table.columns) == list(COLUMNS)
    assert table["item_id"].tolist() == [FIRM, "CN1A", FIRM]
    assert table["decided_on"].tolist() == [date(2024, 6, day) for day in (3, 5, 9)]
    assert table["right"].tolist() == [True, True, False]


def test_a_firm_that_withdraws_takes_its_corrections_away(store):
    store.append_all([event(1, 1), event(2, 2, "patent", "CN1A")])
    store.withdraw(FIRM, datetime.now(UTC))
    assert correction_table(store)["item_id"].tolist() == ["CN1A"]


def test_an_empty_store_gives_an_empty_table(store):
    assert correction_table(store).empty
