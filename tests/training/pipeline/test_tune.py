"""The search proposes; a person commits the numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from training import tuning
from training.pipeline import tune as stage


@pytest.mark.contract
def test_the_proposal_is_a_file_of_its_own_and_the_test_part_is_never_searched_on(labelled, tmp_path, monkeypatch):
    """A to D are known to the search; params.yaml keeps its bytes."""
    before, seen = Path("params.yaml").read_bytes(), {}

    def search(cases, y, book, params, how, journal, report):
        seen.update(rows="".join(cases["uscc"]), y=y.tolist(), journal=journal)
        report("half way")
        return "tuned"

    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "read_seasoned_loans", lambda: labelled)
    monkeypatch.setattr(tuning, "tune", search)
    monkeypatch.setattr(tuning, "proposal", lambda tuned: {"risk": {"rounds": 7}, "of": tuned})
    (tmp_path / "risk").mkdir()
    stage.tune()
    assert (seen["rows"], seen["y"]) == ("ABCD", [0.0, 1.0, 0.0, 1.0])
    assert seen["journal"].parent == tmp_path / "risk"
    proposed = yaml.safe_load((tmp_path / "risk/proposed.yaml").read_text(encoding="utf-8"))
    assert proposed == {"risk": {"rounds": 7}, "of": "tuned"}
    assert Path("params.yaml").read_bytes() == before
