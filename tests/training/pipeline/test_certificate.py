"""The loans that certify are those of enterprises that no model was fitted on."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from data.splits import enterprise_share
from data.uscc import fictitious_uscc
from training.assembled import AssembleParams
from training.params import read_section
from training.pipeline import certificate as stage


@pytest.mark.law
def test_an_enterprises_loans_are_on_one_side_beside_their_own_measures(monkeypatch):
    """Two loans each of 60 firms, a few not seasoned: all others are on one of both sides, by the firm's own share."""
    params = read_section("assemble", AssembleParams)
    firms = [fictitious_uscc(number) for number in range(60)] * 2
    loans, cases = pd.DataFrame({"uscc": firms, "n": range(120)}), pd.DataFrame({"n": range(120)})
    monkeypatch.setattr(stage, "read_tables", lambda name: {name: loans})
    monkeypatch.setattr(stage, "read_cases", lambda folder: cases)
    monkeypatch.setattr(stage, "read_labels", lambda name: SimpleNamespace(values="known"))
    monkeypatch.setattr(stage, "seasoned_loans", lambda table, values: table.loc[table["n"] % 10 > 0])
    held, others = stage.read_seasoned(SimpleNamespace(measure=lambda frame: frame), params)
    kept, rest = set(held.table["uscc"]), set(others.table["uscc"])
    assert kept
    assert rest
    assert not kept & rest
    assert (enterprise_share(held.table["uscc"]) < params.test_share).all()
    assert (enterprise_share(others.table["uscc"]) >= params.test_share).all()
    for one in (held, others):
        assert one.table["n"].tolist() == one.measured["n"].tolist()
        assert one.table.index.tolist() == list(range(len(one.table)))
    assert sorted([*held.table["n"], *others.table["n"]]) == [n for n in range(120) if n % 10]
