"""Who moves: every group is there, a small one only with what it may show."""

from __future__ import annotations

import pytest

from experiments.reform.pages.moves import group_name, moves
from experiments.reform.pages.writing import Writer
from tests.experiments.reform.example import GROUPS, example, few
from tests.experiments.reform.reading import as_json

pytestmark = pytest.mark.behaviour
RESULT = as_json(example(("standard",), ("caps",)))
EN, ZH = Writer(RESULT, "en"), Writer(RESULT, "zh")
ROWS = RESULT["reforms"][0]["distributions"]


def test_every_group_has_a_bar_and_a_row_of_figures():
    """Points and quota, all five groupings, not given among the districts."""
    text = moves(EN, 0)
    for row, one in enumerate(ROWS):
        assert text.count(f'data-path="/reforms/0/distributions/{row}/firms"') == 2
        assert text.count(f'data-path="/reforms/0/distributions/{row}/buckets/same/low"') >= 1
        assert group_name(EN, one) in text
    assert len(ROWS) == 2 * sum(len(groups) for groups in GROUPS.values())
    assert text.count('<div class="what">not given<') == 2
    assert "未提供" in moves(ZH, 0)


def test_a_small_group_shows_count_and_intervals_only():
    """Neither a share nor a mean of it is on the page."""
    text = moves(EN, 0)
    small = [row for row, one in enumerate(ROWS) if one["firms"] < 10]
    assert small
    for row in small:
        path = f"/reforms/0/distributions/{row}"
        assert f'data-path="{path}/firms"' in text
        assert f'data-path="{path}/buckets/same/value"' not in text
        assert f'data-path="{path}/move_mean/value"' not in text
        assert f'data-path="{path}/move_mean/low"' in text
    assert "fewer than" in text


def test_a_measure_in_which_nobody_moves_is_a_sentence_with_its_table():
    """No bars; the figures stay."""
    still = Writer(as_json(example(("standard",), ("caps",), null=True)), "en")
    text = moves(still, 0)
    assert text.count("No firm moves.") == 2
    assert 'class="row bars"' not in text
    assert text.count("<table>") == 2


def test_whoever_may_move_is_drawn():
    """An interval above zero is enough in a quick run; of all firms one has to move, though its share be withheld."""
    for share, sampled, sentences in (
        ({"high": 0.01}, 2_000, 1), ({"high": 0.01}, None, 2), ({"value": 0.001, "high": 0.01}, None, 1),
        ({"value": None, "low": 0.001, "high": 0.01}, None, 1),
    ):  # fmt: skip
        result = as_json(example(("standard",), ("caps",), null=True))
        result["method"]["sampled_firms"] = sampled
        result["reforms"][0]["distributions"][0]["buckets"]["from_zero"] |= share
        assert moves(Writer(result, "en"), 0).count("No firm moves.") == sentences


def test_a_mean_without_an_interval_says_how_many_firms_moved():
    """In both languages, beside the figure and in the table; a note says how many are enough."""
    result = as_json(example(("standard",), ("caps",)))
    row = next(at for at, one in enumerate(ROWS) if one["group"] == "medium" and one["measure"] == "points")
    result["reforms"][0]["distributions"][row]["move_mean"] = few(0.02, 3)
    path = f'data-path="/reforms/0/distributions/{row}/move_mean'
    for language, why, note in (("en", "firms that moved: ", "fewer than"), ("zh", "变化的企业 ", "不足")):
        text = moves(Writer(result, language), 0)
        assert text.count(f'{why}<span class="n" {path}/behind" data-format="number">3</span>') == 2
        assert text.count(f'{path}/value"') == 2
        assert f'{path}/low"' not in text
        assert note in text
