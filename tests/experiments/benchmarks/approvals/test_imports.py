"""A log written in every form gives the same cases, and the times are measured."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.benchmarks.approvals.imports import imports

pytestmark = pytest.mark.surface


def test_every_form_gives_the_same_events(tmp_path):
    """A small log with what a case knows, a day and a repeated row."""
    at = pd.to_datetime(
        ["2026-03-01T08:00:00+08:00", "2026-03-02T08:00:00+08:00", "2026-03-02T08:00:00+08:00"], utc=True
    )
    frame = pd.DataFrame({"case_id": ["1", "1", "1"], "activity": ["a", "b", "b"], "timestamp": at, "c_due": at.max()})
    frame.to_parquet(tmp_path / "log.parquet")
    found = imports(tmp_path / "log.parquet")
    assert found["same_cases"]
    assert found["holds"]
    assert set(found["forms"]) == {"parquet", "csv", "xes", "xes.gz"}
    assert {(form["rows"], form["duplicates"], form["new"]) for form in found["forms"].values()} == {(3, 1, 2)}
