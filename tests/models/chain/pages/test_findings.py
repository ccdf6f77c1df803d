"""Scores and flags in words."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from models.chain.changes import score_after
from models.chain.node_view import Flag, Score, node_views, templates
from models.chain.pages.findings import code, flip, ordered, sample_unit, state, written


def flag(
    raised: bool | None = True, uncertain: bool = False, count: int | None = 2, unit: str | None = "firms"
) -> Flag:
    return Flag("risk", raised, uncertain, "supply", 0.5, 0.4, 0.1, 3, count, unit)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [("local_share", 0.125, "12.5%"), ("supply", 3.0, "3.0"), ("rta", 1.234, "1.23"), (None, 2.0, "2.00"),
     ("rta", None, "–")],
)  # fmt: skip
def test_a_score_is_written_in_its_unit(key, value, shown):
    assert written(key, value, "zh") == shown


@pytest.mark.parametrize(
    ("raised", "uncertain", "found"),
    [(True, False, "raised"), (True, True, "raised_uncertain"), (False, False, "not_raised"),
     (False, True, "not_raised_uncertain"), (None, False, "no_data")],
)  # fmt: skip
def test_states_of_a_flag(raised, uncertain, found):
    """No data is a state of its own, in both languages."""
    assert state(flag(raised, uncertain)) == found
    assert code(found, "zh") != found
    assert code(found, "en")


def test_the_least_change_in_words():
    """More or fewer, in the singular for one; nothing where it is not known."""
    assert flip(flag(count=2), "en") == "2 more firms"
    assert flip(flag(count=-1, unit="local_firms"), "en") == "1 fewer local firm"
    assert flip(flag(count=3, unit="patents"), "zh") == "再增加 3 件专利"
    assert flip(flag(count=None), "zh") == flip(flag(unit=None), "zh") == ""
    assert flip(flag(count=-2, unit="other"), "en") == "-2 other"


def test_unknown_codes_keep_their_key():
    assert code("other", "zh") == "other"
    assert code(None, "zh") == "–"


def test_scores_are_in_one_order(make_chain, make_tables, day):
    """That of SCORES, and of a node without any none."""
    chain = make_chain(2)
    views = node_views(chain, *make_tables(chain), "en", day)
    assert [score.key for score in ordered(next(iter(views.values())).scores)] == ["supply", "local_share"]
    empty = node_views(chain, pd.DataFrame(), pd.DataFrame(), "zh", day)
    assert all(ordered(view.scores) == [] for view in empty.values())


def test_every_unit_of_a_least_change_has_a_text():
    """Units of ``changes.score_after``, as its documentation lists them."""
    units = set(re.findall(r"(\w+) :|; (\w+) :", score_after.__doc__ or ""))
    found = {one or other for one, other in units}
    assert {"local_firms", "local_patents", "patents", "firms", "patenting_firms"} <= found
    for unit in found:
        for count in (2, -2):
            assert f"flip.{'more' if count > 0 else 'fewer'}.{unit}" in templates(), unit


def test_samples_are_counted_in_what_they_are():
    """Concentration by patents has firms as its sample, specialisation has patents."""
    assert sample_unit(Score("concentration", 0.5, 0.4, 0.6, 7, "patents"), "en") == "firms (by patents)"
    assert sample_unit(Score("rta", 0.5, 0.4, 0.6, 7, "patents"), "en") == "patents"
    assert sample_unit(Score("rta", 0.5, 0.4, 0.6, 7, None), "en") == "–"
