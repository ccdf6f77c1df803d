"""The default risk stage: what it may learn from, and that a leak stops it."""

from __future__ import annotations

import pandas as pd
import pytest

from training.pipeline import risk as stage
from training.risk.leakage import LeakError


@pytest.mark.contract
def test_loans_that_train_and_calibrate_are_fitted_on_together_so_no_embargo_parts_them(labelled, monkeypatch):
    """The embargo before the test stays; the one before the calibration goes."""
    requested = []
    monkeypatch.setattr(stage, "read_labelled", lambda name, **how: requested.append((name, how)) or labelled)
    assert stage.read_seasoned_loans() is labelled
    assert requested == [("default_12m", {"embargo_before_calibration": False})]


@pytest.mark.contract
def test_a_leak_stops_the_stage_before_anything_is_fitted_or_written(labelled, tmp_path, monkeypatch):
    """The search for leaks reads the training cases with the days their values were known, none of the test."""
    seen = {}

    def refuse(table, target, params, *, known_at, decided_at):
        seen.update(rows=table["x"].tolist(), default=table[target].tolist(), known=known_at["x"].tolist())
        seen["decided"] = set(decided_at)
        raise LeakError("x knows the outcome", ())

    known_at = pd.DataFrame({"x": [pd.Timestamp("2020-12-01") + pd.Timedelta(days=day) for day in range(6)]})
    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "read_labelled", lambda name, **_: labelled)
    monkeypatch.setattr(stage, "read_known_at", lambda name: known_at)
    monkeypatch.setattr(stage, "risk_values", lambda cases, book: cases[["x"]])
    monkeypatch.setattr(stage, "refuse_leaks", refuse)
    monkeypatch.setattr(stage.risk_training, "fit", lambda *_: pytest.fail("fitted on a leak"))
    with pytest.raises(LeakError):
        stage.risk()
    assert seen["rows"] == [0, 1, 2, 3]
    assert seen["default"] == [0.0, 1.0, 0.0, 1.0]
    assert seen["known"] == known_at["x"].tolist()[:4]
    assert seen["decided"] == {pd.Timestamp("2020-12-31")}
    assert not list(tmp_path.iterdir())
