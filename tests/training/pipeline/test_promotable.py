"""What a promotion reads: both models, or the note that the champion cannot be read any more."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from data.splits import Split
from models.champion import FILES
from models.risk.model import ModelFileError
from training.assembled import Labelled
from training.pipeline import promotable as module
from training.pipeline.promotable import PAIRS, with_districts
from training.promotion.registry import Candidate

pytestmark = pytest.mark.contract


def test_every_capability_can_be_promoted():
    """Of those that the registry knows, none is left out."""
    assert set(PAIRS) == set(FILES)


def test_the_district_of_the_register_is_beside_the_cases(monkeypatch):
    """A register without the column, or a firm without an entry, gives "not_given"."""
    cases = pd.DataFrame({"uscc": ["a", "b", "c"], "as_of": pd.Timestamp("2022-01-01")})
    labelled = Labelled(cases, pd.Series([0.0, 1.0, 0.0]), cases["as_of"], Split(pd.Series(["test"] * 3), {}), {})
    register = pd.DataFrame({"uscc": ["a", "b"], "district": ["east", None]})
    monkeypatch.setattr(module, "read_tables", lambda name: {name: register})
    assert with_districts(labelled).cases["district"].tolist() == ["east", "not_given", "not_given"]
    monkeypatch.setattr(module, "read_tables", lambda name: {name: register[["uscc"]]})
    assert with_districts(labelled).cases["district"].tolist() == ["not_given"] * 3


def test_a_champion_that_this_code_cannot_read_is_noted(monkeypatch, tmp_path):
    """The challenger is then compared with a constant prediction; without a champion nothing has to be read."""

    def load(folder, book):
        if "old" in folder.parts:
            raise ModelFileError("trained on another codebook")
        return SimpleNamespace()

    monkeypatch.setattr(module, "RiskModel", SimpleNamespace(load=load))
    monkeypatch.setattr(module, "read_seasoned_loans", lambda: None)
    monkeypatch.setattr(module, "with_districts", lambda loans: loans)
    params = SimpleNamespace(padding_gain={"risk": 0.3}, seed=1)
    known = [Candidate("run", folder, "digest", {}) for folder in (tmp_path, tmp_path / "old")]
    readable = [PAIRS["risk"](known[0], champion, params).readable for champion in (None, *known)]
    assert readable == [True, True, False]
