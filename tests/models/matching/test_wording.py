"""Why a candidate is where it is."""

from __future__ import annotations

import numpy as np
import pytest

from data.texts.sentences import read_sentences
from models.matching.columns import PAIR_COLUMNS, Candidates, candidates_of
from models.matching.wording import IDEAS, _of_row, reasons

FIGURED = ("meaning", "words", "characters", "agreement", "codes")


@pytest.mark.law
def test_every_column_belongs_to_one_idea_and_every_idea_has_its_sentences():
    members = [name for names in IDEAS.values() for name in names]
    assert sorted(members) == sorted(PAIR_COLUMNS)
    sides = ("more", "less")
    assert {f"match.reason.{idea}.{side}" for idea in IDEAS for side in sides} <= set(read_sentences())
    assert {f"match.reason.{idea}.{side}_plain" for idea in FIGURED for side in sides} <= set(read_sentences())


@pytest.mark.law
@pytest.mark.parametrize("idea", FIGURED)
@pytest.mark.parametrize("part", [0.5, -0.5])
def test_a_reason_names_no_figure_that_is_against_it(idea, part):
    """That it is close in wording as number 216 is no reason for a firm, nor is the first rank one against it."""
    column = PAIR_COLUMNS.index
    for good in (True, False):
        row = np.zeros((1, len(PAIR_COLUMNS)), np.float32)
        for leg in ("meaning", "characters_passage", "characters_unit"):
            row[0, column(f"{leg}_rank")] = -np.log(6.0 + (1 if good else 216))
        row[0, [column("word_coverage_unit"), column("codes_shared"), column("legs_in_ten")]] = 1.0 if good else 0.0
        one = Candidates(np.array([0, 1]), np.zeros(1, int), np.zeros(1, int), row, np.zeros((1, 1), np.float32))
        (found,) = _of_row(one, 0, {idea: np.array([part])})
        assert any(map(str.isdigit, found.en)) == (good == (part > 0))


@pytest.mark.behaviour
def test_the_strongest_reason_comes_first(library, encoder, ranker):
    found = candidates_of(library, ["激光焊接"], encoder.encode(["激光焊接"], "query"))
    best = int(np.argmax(ranker.scores(found)))
    found = reasons(ranker, found, [best])[0]
    assert [abs(one.contribution) for one in found] == sorted((abs(one.contribution) for one in found), reverse=True)
    assert found[0].contribution > 0
    assert any(one.column == "meaning" and "第" in one.zh for one in found)
