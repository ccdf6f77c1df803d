"""What is known at an instant: later declarations and later instants are not, and nothing is counted twice."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from models.clearance.reports.known import Known
from models.clearance.reports.query import ReportError
from tests.models.clearance.reports.conftest import GOLDEN


def test_by_default_it_is_the_latest_instant_of_the_table():
    known = Known.of(GOLDEN, "quarter")
    assert known.as_of == dt.datetime(2025, 5, 24, tzinfo=dt.UTC)  # 05-14 and 2 + 1 + 1 + 6 days
    assert (len(known.rows), known.n_undated, known.n_later) == (12, 0, 0)


def test_what_was_later_is_not_known():
    known = Known.of(GOLDEN, "quarter", dt.datetime(2025, 1, 25, tzinfo=dt.UTC))
    assert (len(known.rows), known.n_later) == (2, 10)
    assert known.times.state.tolist() == ["completed", "running"]  # 01-20 and 6 days


def test_a_code_that_is_missing_is_empty_and_no_text_is_nan():
    known = Known.of(GOLDEN.assign(country=[None, np.nan, " USA ", *["USA"] * 9]), "quarter")
    assert known.codes("country")[:3].tolist() == ["", "", "USA"]


def test_an_empty_table_is_known_too():
    known = Known.of(GOLDEN.head(0), "quarter")
    assert (len(known.rows), known.simulated_share) == (0, 0.0)


@pytest.mark.contract
def test_what_cannot_be_read_is_named():
    with pytest.raises(ReportError, match="no column completed_at"):
        Known.of(GOLDEN.drop(columns="completed_at"), "quarter")
    with pytest.raises(ReportError, match="as_of"):
        Known.of(GOLDEN, "quarter", dt.datetime(2025, 1, 1))  # noqa: DTZ001
    with pytest.raises(ReportError, match="amount_cny"):
        Known.of(GOLDEN.assign(amount_cny=1e17), "quarter")


def test_nullable_columns_are_read(golden):
    table = GOLDEN.assign(inspected=pd.array([True, None, *[False] * 10], dtype="boolean"))
    assert Known.of(table, "quarter").inspected.tolist() == [True, *[False] * 11]
