"""Cut-offs are kept under the declarant's own number and read as one table."""

import datetime as dt

import pandas as pd
import pytest

from data.clearance_requests import Cutoff
from data.events import EventStore
from serving.clearance.cutoffs import COLUMNS, cutoff_event, cutoff_table

pytestmark = pytest.mark.contract
AT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
GIVEN = Cutoff(
    cutoff_id="b1", number="E1", kind="ship", milestone="released", cutoff_at=AT + dt.timedelta(days=2),
    empty_space_fee_cny=6_000.0,
)  # fmt: skip


def test_a_cut_off_is_a_row_with_when_it_was_known(tmp_path):
    store = EventStore(f"sqlite:///{tmp_path / 'e.sqlite'}")
    assert list(cutoff_table(store).columns) == list(COLUMNS)
    store.append(cutoff_event(GIVEN, "T1", "zone", AT))
    row = cutoff_table(store).iloc[0]
    assert (row["client_seq_no"], row["kind"], row["empty_space_fee_cny"]) == ("T1", "ship", 6_000.0)
    assert (row["known_at"], row["cutoff_at"]) == (pd.Timestamp(AT), pd.Timestamp(AT + dt.timedelta(days=2)))
    store.close()


def test_an_identifier_of_one_caller_is_never_anothers_and_names_nobody():
    first, second = (cutoff_event(GIVEN, "T1", by, AT).event_id for by in ("91330000TEST000001", "zone"))
    assert first != second
    assert "91330000" not in first
