"""What a promotion reads: both models, or the note that the champion cannot be read any more."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.splits import Split
from models.champion import FILES
from models.comparison.metrics import Profit, metrics_table
from models.comparison.rows import RunRows
from models.points.file import CardError
from models.risk.model import ModelFileError
from training.assembled import Labelled
from training.pipeline import promotable as module
from training.pipeline.promotable import PAIRS, with_districts
from training.promotion.registry import Candidate
from training.run_rows import write_rows

pytestmark = pytest.mark.contract
METRICS = metrics_table(Profit(0.045, 0.4))


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


@pytest.mark.parametrize(
    ("capability", "file", "reader", "labelled", "fault"),
    [("risk", "risk/model", "RiskModel", "read_seasoned_loans", ModelFileError("trained on another codebook")),
     ("points", "points/card.yaml", "PointsCard", "read_labelled", CardError("card.yaml is no card")),
     ("quota", "quota/model", "DebtCapacityModel", "read_labelled", ModelFileError("limit model: lost"))],
)  # fmt: skip
def test_a_champion_that_this_code_cannot_read_is_named(
    monkeypatch, tmp_path, capability, file, reader, labelled, fault
):
    """Run, file and what was found; without a champion, or with one that can be read, there is no fault."""

    def load(folder, *book):
        if "old" in folder.parts:
            raise fault
        return SimpleNamespace(check=lambda book: None)

    monkeypatch.setattr(module, reader, SimpleNamespace(load=load))
    monkeypatch.setattr(module, labelled, lambda *_: None)
    monkeypatch.setattr(module, "with_districts", lambda loans: loans)
    params = SimpleNamespace(padding_gain={capability: 0.3}, seed=1)
    known = [Candidate("new", tmp_path, "digest", {}), Candidate("old", tmp_path / "old", "digest", {})]
    found = [PAIRS[capability](known[0], champion, params).fault for champion in (None, *known)]
    assert found == ["", "", f"champion old: {file} cannot be read: {fault}"]


@pytest.mark.parametrize(
    ("lists", "named"), [(np.arange(20), ""), (np.arange(19), "rows.parquet cannot be compared: key: found 1 rows")]
)
def test_a_matching_that_was_tried_on_other_lists_is_named(monkeypatch, tmp_path, lists, named):
    """Twenty documents of two demands; the champion's lists have one fewer. Its rows, or a run without any."""

    def rows(kept):
        gain = (kept % 10 == 0).astype(float)
        one = RunRows((kept // 10).astype(str), gain, gain, np.ones(len(kept)), "ranking", kept.astype(str),
                      {"query": kept // 10})  # fmt: skip
        write_rows(one, tmp_path / f"{len(kept)}.parquet")
        return tmp_path / f"{len(kept)}.parquet"

    demands = pd.DataFrame({"as_of": pd.to_datetime(["2023-01-01", "2023-12-31"])})
    monkeypatch.setattr(module, "read_matching_tables", lambda: {"demands": demands})
    monkeypatch.setattr(module, "_metrics", lambda: METRICS)
    challenger = Candidate("new", tmp_path, "digest", {}, rows(np.arange(20)))
    pair = PAIRS["matching"](challenger, Candidate("old", tmp_path, "digest", {}, rows(lists)), SimpleNamespace(seed=1))
    assert pair.fault.startswith(f"champion old: {named}" if named else "")
    assert bool(pair.fault) == bool(named)
    assert set(pair.rows().champion.prediction) == ({0.0} if named else {0.0, 1.0})
    without = PAIRS["matching"](challenger, Candidate("old", tmp_path, "digest", {}), SimpleNamespace(seed=1))
    assert "champion old: rows.parquet cannot be compared: run old: found no rows" in without.fault
