"""The debt capacity stage learns on one part, moves on another and is tested on the third."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from training.pipeline import quota as stage


@pytest.mark.law
def test_each_part_has_one_use(labelled, tmp_path, monkeypatch):
    """A and B are learned from, C and D move the quantiles, E and F test; the peers are those learned from."""
    used, tracked = {}, []

    def fit(cases, labels, held, held_labels, book, params):
        used.update(fit="".join(cases["uscc"]), moved="".join(held["uscc"]), y=labels.tolist() + held_labels.tolist())
        return SimpleNamespace(
            save=lambda folder: folder.mkdir(parents=True),
            predict=lambda frame, book: frame.assign(capacity_low_wan=frame["x"] + 0.5),
        )

    def peers(cases, book):
        used["peers"] = "".join(cases["uscc"])
        return SimpleNamespace(save=lambda path: path.write_text("{}", encoding="utf-8"))

    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "read_labelled", lambda name: {"serviceable_debt": labelled}[name])
    monkeypatch.setattr(stage.quota_training, "fit", fit)
    monkeypatch.setattr(stage.quota_training, "peers", peers)
    monkeypatch.setattr(stage.quota_training, "evaluate", lambda model, cases, labels, book: {"of": [*cases["uscc"]]})
    monkeypatch.setattr(stage, "track_stage", lambda *given: tracked.append(given))
    stage.quota()
    assert used == {"fit": "AB", "moved": "CD", "y": [0.0, 1.0, 0.0, 1.0], "peers": "AB"}
    metrics = json.loads((tmp_path / "quota/metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"] == {"of": ["E", "F"]}
    assert metrics["cases"] == {"train": 2, "calibration": 2, "test": 2, "dropped: open": 1}
    assert "Synthetic" in metrics["caveat"]
    assert [given[0] for given in tracked] == ["quota"]
    rows = tracked[0][-1].rows
    assert (rows.firm.tolist(), rows.prediction.tolist(), rows.kind) == (["E", "F"], [4.5, 5.5], "quantile")
