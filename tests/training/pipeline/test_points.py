"""The points stage: what is trained on, what chooses, and what the peers are."""

from __future__ import annotations

import pandas as pd
import pytest

from training.params import read_section
from training.pipeline import points as stage
from training.points.fit import PointsParams


class FittedError(Exception):
    """Ends the stage where its rows are known."""


@pytest.mark.law
def test_no_case_of_the_test_teaches_and_the_calibration_chooses(labelled, tmp_path, monkeypatch):
    """A to D are trained on, C and D, later, choose the card; the peers are those of the reference vintage."""
    seen, peers = {}, pd.DataFrame({"uscc": ["P"]})

    def read(folder, day):
        seen["peers of"] = day
        return peers

    def fit(reference, trained_on, outcome, late, book, params, shape, *, until, tick):
        seen.update(
            peers=reference, trained_on="".join(trained_on["uscc"]), outcome=outcome.tolist(), late=late.tolist()
        )
        seen["until"] = until.tolist()
        tick()
        raise FittedError

    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "read_cases", read)
    monkeypatch.setattr(stage, "read_labelled", lambda name: {"points_outcome": labelled}[name])
    monkeypatch.setattr(stage.points_training, "fit", fit)
    with pytest.raises(FittedError):
        stage.points()
    assert seen["peers"] is peers
    assert seen["peers of"] == pd.Timestamp(read_section("points", PointsParams).reference_vintage)
    assert (seen["trained_on"], seen["outcome"]) == ("ABCD", [0.0, 1.0, 0.0, 1.0])
    assert seen["late"] == [False, False, True, True]
    assert seen["until"] == [pd.Timestamp("2021-12-31")] * 4
