"""Mid-rank percentiles and the matrix of indicators, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.points import BREAKPOINTS, indicator_matrix, mid_rank_curve, peer_group, size_key

pytestmark = pytest.mark.law
NAN = float("nan")
# values -> breakpoints and (number worse + half of the equal ones) / number
CURVES = [
    ([7.0], [7.0], [0.5]),
    ([3.0, 1.0], [1.0, 3.0], [0.25, 0.75]),
    ([2.0, 2.0, 5.0, 1.0], [1.0, 2.0, 5.0], [0.125, 0.5, 0.875]),
    ([0.0, 0.0, 0.0, 0.0, 9.0], [0.0, 9.0], [0.4, 0.9]),
    ([4.0, NAN, 4.0, NAN], [4.0], [0.5]),  # a missing value is nobody's rank
    ([None, 3.0, 1.0], [1.0, 3.0], [0.25, 0.75]),
    ([NAN, NAN], [], []),
    ([], [], []),
]


@pytest.mark.parametrize(("values", "levels", "ranks"), CURVES)
def test_mid_ranks_by_hand(values, levels, ranks):
    """A tie shares its rank; where less is better the percentiles are turned."""
    assert mid_rank_curve(values) == (levels, pytest.approx(ranks, abs=1e-15))
    assert mid_rank_curve(values, direction=-1) == (levels, pytest.approx([1 - rank for rank in ranks], abs=1e-15))


@pytest.mark.parametrize("size", [BREAKPOINTS, BREAKPOINTS + 1, 34, 500])
def test_a_long_curve_is_cut_to_breakpoints_of_the_full_one(size):
    """No more than 33 points, both ends among them, each with its own full rank, and none far from the next."""
    levels, ranks = mid_rank_curve(np.arange(size)[::-1])
    assert len(levels) == min(size, BREAKPOINTS)
    assert (levels[0], levels[-1]) == (0.0, size - 1.0)
    assert ranks == pytest.approx([(level + 0.5) / size for level in levels])
    assert max(np.diff(ranks)) <= 2 / (BREAKPOINTS - 1)


def test_a_long_curve_with_a_heavy_tie_keeps_the_tie():
    """400 of 500 firms at zero share the rank .4."""
    levels, ranks = mid_rank_curve([0.0] * 400 + list(range(1, 101)))
    assert (levels[0], ranks[0]) == (0.0, 0.4)
    assert (levels[-1], ranks[-1]) == (100.0, pytest.approx(499.5 / 500))
    assert len(levels) <= BREAKPOINTS
    assert (np.diff(levels) > 0).all()
    assert (np.diff(ranks) > 0).all()


def test_peers_are_of_one_stage_and_industry_and_sizes_of_one_rule_and_class():
    """The keys that a reference is kept under."""
    cases = pd.DataFrame(
        {"growth_stage": ["startup"], "industry": ["I65"], "size_rule": ["software"], "size_class": ["small"]}
    )
    assert peer_group(cases).tolist() == ["startup|I65"]
    assert size_key(cases).tolist() == ["software|small"]


@pytest.mark.contract
def test_the_matrix_has_the_codebook_s_columns_in_order_and_names_absent_ones():
    """Whole numbers become floats; no absent column is made up."""
    book = read_codebook()
    cases = pd.DataFrame({key: [position, position + 1] for position, key in enumerate(reversed(book.keys))})
    matrix = indicator_matrix(cases, book)
    assert tuple(matrix) == book.keys
    assert matrix.to_numpy().dtype == np.float64
    assert matrix.iloc[1].tolist() == list(range(len(book), 0, -1))
    first, second = book.keys[:2]
    with pytest.raises(KeyError, match=rf"cases lack the indicators \['{first}', '{second}'\]; the codebook needs"):
        indicator_matrix(cases.drop(columns=[first, second]), book)
