"""Messages as tables: one row a declaration, whatever the order of arrival, and nothing taken from nowhere."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from data.clearance.records import CaseEvent, Declaration, ReadMessage
from models.clearance.table import Arrived, tables

pytestmark = pytest.mark.law
DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DECLARED = Declaration(
    (("client_seq_no", "T1"),), "single_window", "4.8", ("91330000TEST000001",),
    {"IEFlag": "E", "CustomMaster": "2901", "TradeMode": "0110", "TradeCoScc": "91330000TEST000001", "GrossWet": "12"},
    ({"CodeTS": "8525891900", "DeclTotal": "4550", "TradeCurr": "CNY"}, {"DeclTotal": "320", "TradeCurr": "CNY"}),
)  # fmt: skip


def arrived(number, hours, code="", keys=(("seq_no", "E1"),), declaration=None):
    """A message received at noon of a day, about an instant some hours earlier."""
    events = () if declaration else (CaseEvent(keys, "single_window", code, DAY + dt.timedelta(hours=hours), code),)
    message = ReadMessage("sw", "", "single_window", "utf-8", f"{number}", b"", events, declaration)
    return Arrived(DAY + dt.timedelta(days=number), "folder", False, message)


MESSAGES = [
    arrived(0, 0, declaration=DECLARED),
    arrived(1, 0, "0", (("client_seq_no", "T1"), ("seq_no", "E1"))),
    arrived(2, 1, "7"),
    arrived(3, 2, "L", (("seq_no", "E1"), ("entry_id", "290120260000000001"))),
    arrived(4, 26, "P", (("entry_id", "290120260000000001"),)),
    arrived(5, 26, "P", (("entry_id", "290120260000000001"),)),  # again, later
    arrived(6, 3, declaration=Declaration((("client_seq_no", "T2"),), "single_window", "4.8", (), {"IEFlag": "I"})),
]


def test_a_declaration_is_one_row_with_what_its_messages_say():
    made = tables(MESSAGES)
    first, second = made.declarations.iloc[0], made.declarations.iloc[1]
    assert list(made.declarations["declaration_id"]) == ["T1", "T2"]
    assert (first["seq_no"], first["entry_id"], first["direction"]) == ("E1", "290120260000000001", "export")
    assert (first["amount_total"], first["amount_cny"], first["n_goods"]) == (4870.0, 4870.0, 2)
    assert (first["hs_chapter"], first["gross_kg"]) == ("85", 12.0)
    assert np.isnan(first["net_kg"])
    assert first["clearance_status"] == "released"
    assert first["released_at"] == pd.Timestamp(DAY + dt.timedelta(hours=26))
    assert pd.isna(first["completed_at"])
    assert (second["clearance_status"], second["direction"], second["currency"]) == ("sent", "import", "")


def test_an_event_counts_once_from_its_first_arrival():
    made = tables(MESSAGES)
    assert list(made.events["code"]) == ["0", "7", "L", "P"]
    released = made.events[made.events["code"] == "P"]
    assert list(released["received_at"]) == [pd.Timestamp(DAY + dt.timedelta(days=4))]


def test_any_order_of_arrival_makes_the_same_rows():
    first = tables(MESSAGES)
    turned = tables(MESSAGES[::-1])
    pd.testing.assert_frame_equal(first.declarations, turned.declarations)
    pd.testing.assert_frame_equal(first.events, turned.events)


def test_amounts_of_several_currencies_are_not_added():
    two = Declaration(
        (("client_seq_no", "T3"),), "single_window", "4.8", (), {},
        ({"DeclTotal": "1", "TradeCurr": "CNY"}, {"DeclTotal": "2", "TradeCurr": "USD"}),
    )  # fmt: skip
    row = tables([arrived(0, 0, declaration=two)]).declarations.iloc[0]
    assert (row["currency"], np.isnan(row["amount_total"]), np.isnan(row["amount_cny"])) == ("", True, True)


def test_no_message_makes_empty_tables_of_the_same_columns():
    empty, full = tables([]), tables(MESSAGES)
    assert list(empty.declarations.dtypes) == list(full.declarations.dtypes)
    assert list(empty.events.columns) == list(full.events.columns)


def test_parts_that_are_given_are_joined_by_no_number():
    """Two views of one number, as two firms may have them: each is as it would be alone."""
    views = [MESSAGES[:2], MESSAGES[2:6]]
    joined = tables([one for view in views for one in view], [0, 0, 1, 1, 1, 1])
    assert list(joined.declarations["declaration_id"]) == ["0", "1"]
    for number, view in enumerate(views):
        alone = tables(view)
        for name in ("events", "declarations"):
            own = getattr(joined, name).query("declaration_id == @number.__str__()").reset_index(drop=True)
            expected = getattr(alone, name).assign(declaration_id=str(number))
            pd.testing.assert_frame_equal(own, expected.astype(own.dtypes.to_dict()))
