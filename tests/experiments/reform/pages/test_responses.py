"""Borders, typical firms, the frontier and the prices of points."""

from __future__ import annotations

import re

import pytest

from experiments.reform.pages.responses import cliffs, frontier, prices, scenarios_key, typical
from experiments.reform.pages.writing import Writer
from tests.experiments.reform.example import example
from tests.experiments.reform.reading import as_json

pytestmark = pytest.mark.behaviour
RESULT = as_json(example(("standard",), ("caps",)))
EN = Writer(RESULT, "en")


def test_each_border_has_a_picture_of_points_and_of_quota_under_both_rules():
    """Two borders: four pictures with two lines, each interrupted at the border."""
    text = cliffs(EN, 0)
    assert text.count("<figure>") == 4
    assert text.count("<polyline") == 4 * 2 * 2
    assert "border at 5.00" in text
    assert "start-up → growth" in text


def test_a_border_that_the_reform_moves_is_one_picture_with_both_borders():
    """And two borders between the same stages stay two, paired by their revenue."""
    result = as_json(example(("standard",), ("caps",)))
    rows = result["reforms"][0]["cliffs"]
    for one in rows:
        one |= {"below": "growth", "above": "stable"}
        if one["scenario"] != "baseline" and one["revenue_wan"] == 500.0:
            one["revenue_wan"] = 800.0
    text = cliffs(Writer(result, "en"), 0)
    assert text.count("<figure>") == 4
    assert "border at 5.00 / 8.00" in text
    assert "border at 20.00<" in text


def test_a_typical_firm_shows_both_sides_and_what_moved_its_quota():
    """Names once where they do not change; parts of zero left out."""
    text = typical(EN, 0)
    assert text.count('<div class="card">') == 3
    assert "pre-approved → " not in text
    assert "cap by growth stage → quota by points" in text
    assert "/typical/0/quota_baseline_cny" in text
    assert "/typical/0/parts_cny/weight" in text
    still = typical(Writer(as_json(example(("standard",), ("caps",), null=True)), "en"), 0)
    assert "parts_cny" not in still


def test_the_frontier_marks_every_value_of_the_lever():
    """Two pictures, six points each; none where nothing was swept."""
    text = frontier(EN, 0)
    assert text.count("<figure>") == 2
    assert len(re.findall(r'<text [^>]*data-path="/reforms/0/frontier/\d+/value"', text)) == 12
    assert "cap by growth stage" in text
    assert frontier(Writer(as_json(example(frontier=False)), "en"), 0) == ""


def test_prices_are_cheapest_first_and_an_indicator_without_a_gain_is_left_out():
    """Five of each stage, both rules side by side."""
    text = prices(EN, 0)
    given = RESULT["reforms"][0]["point_prices"]
    first = text.split("<details>")[0]
    rows = [int(row) for row in re.findall(r"/point_prices/(\d+)/yuan_per_point", first)]
    baseline = [given[row]["yuan_per_point"] for row in rows if given[row]["scenario"] == "baseline"]
    assert len(rows) == 10
    assert baseline == sorted(baseline)
    assert all(given[row]["yuan_per_point"] is not None for row in rows)


def test_sections_without_rows_are_left_out():
    """Nothing is drawn of nothing."""
    empty = as_json(example(("standard",), ("caps",)))
    empty["reforms"][0] |= {"cliffs": [], "typical": [], "frontier": [], "point_prices": []}
    page = Writer(empty, "en")
    assert [made(page, 0) for made in (cliffs, typical, frontier, prices)] == [""] * 4
    assert scenarios_key(page).count("<li>") == 2
