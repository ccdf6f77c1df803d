"""Why a candidate is where it is."""

from __future__ import annotations

import numpy as np
import pytest

from data.texts.sentences import read_sentences
from models.matching.columns import PAIR_COLUMNS, candidates_of
from models.matching.wording import IDEAS, reasons


@pytest.mark.law
def test_every_column_belongs_to_one_idea_and_every_idea_has_its_sentences():
    members = [name for names in IDEAS.values() for name in names]
    assert sorted(members) == sorted(PAIR_COLUMNS)
    assert {f"match.reason.{idea}.{side}" for idea in IDEAS for side in ("more", "less")} <= set(read_sentences())


@pytest.mark.behaviour
def test_the_strongest_reason_comes_first(library, encoder, ranker):
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"))
    best = int(np.argmax(ranker.scores(found)))
    found = reasons(ranker, found, [best])[0]
    assert [abs(one.contribution) for one in found] == sorted((abs(one.contribution) for one in found), reverse=True)
    assert found[0].contribution > 0
    assert any(one.column == "meaning" and "第" in one.zh for one in found)
