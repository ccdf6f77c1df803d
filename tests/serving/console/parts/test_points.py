"""Points as pictures: each dimension against its full marks, each indicator earned and left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from data.codebook import read_codebook
from serving.console.parts.points import contribution_bars, dimension_radar, dimension_rows, marks, stacked_bars
from serving.console.texts import text

BOOK = read_codebook()
WEIGHTS = {item.key: 2.0 for item in BOOK}


def view(lang="zh"):
    engine = SimpleNamespace(points=SimpleNamespace(weights={"growth": WEIGHTS}))
    worker = SimpleNamespace(service=SimpleNamespace(models=SimpleNamespace(engine=engine)))
    return SimpleNamespace(lang=lang, state=SimpleNamespace(worker=worker),
                           text=lambda key, **figures: text(key, lang, **figures))  # fmt: skip


def answer(**changed):
    """Each indicator earned 1 of 2, the personal one is not withheld."""
    rows = [{"key": item.key, "zh": item.zh, "en": item.en, "value": 1.0, "points": 1.0, "missing": False}
            for item in BOOK]  # fmt: skip
    earned = {f"dim_{name}": float(sum(item.dimension == name for item in BOOK)) for name in BOOK.dimensions}
    return {"growth_stage": "growth", "personal_excluded": False, "indicators": rows, "points": earned} | changed


def test_a_dimension_is_measured_against_the_full_marks_of_its_indicators():
    for row in dimension_rows(answer(), WEIGHTS):
        count = sum(item.dimension == row["dimension"] for item in BOOK)
        assert (row["earned"], row["full"]) == (count, 2.0 * count)


def test_what_is_withheld_is_in_neither_part():
    hidden = answer(personal_excluded=True)
    personal = next(item for item in BOOK if item.personal)
    before, after = (
        next(row for row in dimension_rows(one, WEIGHTS) if row["dimension"] == personal.dimension)
        for one in (answer(), hidden)
    )
    assert before["full"] - after["full"] == 2.0


def test_the_pictures_have_their_figures_beside_them():
    radar = dimension_radar(view(), answer())
    drawn = radar.children[1].children.figure.data[0]
    assert list(drawn.r) == pytest.approx([50.0] * (len(BOOK.dimensions) + 1))
    assert "50%" in str(radar.children[2])
    bars = contribution_bars(view("en"), answer())
    earned, left = bars.children[1].children.figure.data
    assert (set(earned.x), set(left.x)) == ({1.0}, {1.0})
    assert (earned.name, left.name) == ("Earned", "Left")


def test_nothing_is_left_where_more_than_the_full_marks_is_earned():
    rows = [{"name": "甲", "points": 3.0, "full": 2.0}, {"name": "乙", "points": None, "full": None}]
    earned, left = stacked_bars(view(), rows, "points", "full").data
    assert (list(earned.x), list(left.x)) == ([3.0, 0.0], [0.0, 0.0])


@pytest.mark.parametrize(("lang", "expected"), [("zh", "本阶段不计分"), ("en", "No weight at this stage")])
def test_an_indicator_without_weight_says_so_and_not_nought_of_nought(lang, expected):
    """One with weight that earned nothing keeps its 0.0 of 2.0."""
    assert marks(view(lang), 0.0, 0.0) == {"points": None, "full": expected}
    assert marks(view(lang), 0.0, 2.0) == {"points": "0.0", "full": "2.0"}
    assert marks(view(lang), None, None) == {"points": None, "full": None}
