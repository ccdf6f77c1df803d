"""Filters of the list of cases."""

import pandas as pd
import pytest

from serving.approvals.queries import FILTERS, CaseQuery
from serving.contract.refusals import Refusal

STATUSES = frozenset({"accepted", "decided"})
CASES = pd.DataFrame(
    {
        "case_number": ["A", "B", "C"],
        "source": "zone",
        "item": ["permit", "permit", "notice"],
        "office": ["east", "west", "east"],
        "status": ["accepted", "decided", "accepted"],
        "lamp": ["red", "none", "green"],
        "is_closed": [False, True, False],
        # 23:30 and 00:30 of Beijing around the end of February; the third was never accepted
        "accepted_at": pd.to_datetime(["2026-02-28T15:30:00Z", "2026-02-28T16:30:00Z", None], utc=True),
    }
)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "ABC"),
        ({"item": "permit"}, "AB"),
        ({"office": "east", "status": "accepted"}, "AC"),
        ({"lamp": "red"}, "A"),
        ({"month": "2026-02"}, "A"),
        ({"month": "2026-03"}, "B"),
        ({"source": "other"}, ""),
        ({"ended": "yes"}, "B"),
        ({"ended": "no", "lamp": "green"}, "C"),
    ],
)
def test_filters_hold_together(given, found):
    assert "".join(CaseQuery.of(given).rows(CASES)["case_number"]) == found


def test_everything_wrong_is_named_at_once():
    with pytest.raises(Refusal) as refused:
        CaseQuery.of({"status": "open", "lamp": "blue", "month": "2026-13", "ended": "true"})
    assert [fault.where for fault in refused.value.faults] == ["status", "lamp", "month", "ended"]
    assert set(FILTERS) == {"source", "item", "office", "status", "lamp", "month", "ended"}
