"""A query is refused with what was found and what is allowed, or it is a report."""

from __future__ import annotations

import pytest

from models.clearance.reports.query import ReportError, ReportQuery


def test_what_is_missing_or_empty_has_its_default():
    assert ReportQuery.read({}) == ReportQuery("quarter", "office", "", "", "", 8)
    read = ReportQuery.read({"period": "month", "by": "", "baseline": "2024-01", "current": "2024-02", "last": "3"})
    assert read == ReportQuery("month", "office", "", "2024-01", "2024-02", 3)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("texts", "key"),
    [
        ({"period": "week"}, "period"),
        ({"by": "firm_uscc"}, "by"),
        ({"by": "office", "cross": "office"}, "cross"),
        ({"cross": "agent"}, "cross"),
        ({"baseline": "2024Q1"}, "current"),
        ({"baseline": "2024-01", "current": "2024Q2"}, "baseline"),
        ({"baseline": "2024Q5", "current": "2024Q2"}, "baseline"),
        ({"baseline": "2024Q2", "current": "2024Q2"}, "current"),
        ({"last": "0"}, "last"),
        ({"last": "-1"}, "last"),
        ({"last": "٣"}, "last"),
        ({"least_declarations": "1"}, "least_declarations"),
    ],
)
def test_what_is_wrong_is_named(texts, key):
    with pytest.raises(ReportError, match=r"found .*allowed: .+") as fault:
        ReportQuery.read(texts)
    assert fault.value.key == key


def test_a_long_text_is_cut():
    with pytest.raises(ReportError) as fault:
        ReportQuery.read({"by": "x" * 500})
    assert len(fault.value.found) == 80
