"""Queries that nobody can answer."""

from __future__ import annotations

import pytest

from features.matching import query_fault
from training.matching.strange import strange_queries


@pytest.mark.law
def test_a_third_of_each_kind_and_the_same_again():
    found = strange_queries(30, 7)
    assert found == strange_queries(30, 7)
    assert found != strange_queries(30, 8)
    assert all(text.replace(" ", "").isascii() and text.replace(" ", "").isalpha() for text in found[::3])
    assert all(any(letter.isdigit() for letter in text) for text in found[1::3])
    assert all("\u4e00" <= letter <= "\u9fa5" for text in found[2::3] for letter in text)


@pytest.mark.behaviour
def test_none_is_refused_before_it_is_searched_for():
    """Digits alone and single letters are refused by rule; these must be known by what they find."""
    assert [query_fault(text) for text in strange_queries(60, 7)] == [None] * 60
