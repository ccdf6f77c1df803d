"""Causes: parts of the variance, kinds of rules that add up, reforms put together."""

from __future__ import annotations

import re

import pytest

from experiments.reform.pages.causes import attribution, stack, variance
from experiments.reform.pages.writing import Writer
from tests.experiments.reform.example import example
from tests.experiments.reform.reading import as_json

pytestmark = pytest.mark.behaviour
RESULT = as_json(example())
EN = Writer(RESULT, "en")


def test_the_parts_of_the_variance_are_drawn_by_their_squares():
    """60, 30 and 10 %, as planted; four bars, of all banks together."""
    text = variance(EN, 0)
    widths = re.findall(r'<rect x="[^"]*" y="2" width="([^"]*)"', text)
    assert widths == ["60.000%", "30.000%", "0.000%", "10.000%"] * 4
    assert "too narrow" not in text


def test_a_result_without_refits_says_that_its_intervals_are_too_narrow():
    """And shows a dash for that part."""
    text = variance(Writer(as_json(example(refit=False)), "en"), 0)
    assert "too narrow" in text
    assert 'sd_refit" data-format="cny_total">—<' in text


def test_nothing_varies_where_nothing_moves():
    """Empty bars, no division by zero."""
    assert 'width="0.000%"' in variance(Writer(as_json(example(null=True)), "en"), 0)


def test_each_kind_of_rule_has_a_bar_and_the_whole_change_is_below():
    """The whole is the bank's difference in credit."""
    text = attribution(EN, 0)
    totals = RESULT["reforms"][0]["totals"]
    for row in range(len(RESULT["reforms"][0]["attribution"])):
        assert f"/reforms/0/attribution/{row}/total_cny" in text
    for bank in RESULT["banks"]:
        whole = next(
            row for row, one in enumerate(totals) if (one["bank_id"], one["measure"]) == (bank, "credit_cny")
        )  # fmt: skip
        assert f"/reforms/0/totals/{whole}/difference/value" in text
    empty = as_json(example())
    empty["reforms"][0] |= {"attribution": [], "indicators": []}
    text = attribution(Writer(empty, "en"), 0)
    assert "no change to divide" in text
    assert "No indicator" in text


def test_indicators_are_ordered_by_how_far_they_move_the_points():
    """The ten largest are drawn, all are in the table."""
    drawn = attribution(EN, 0).split("<details>")[-2].split("</details>")[-1]
    rows = [int(row) for row in re.findall(r"/indicators/(\d+)/mean_points", drawn)]
    sizes = [abs(RESULT["reforms"][0]["indicators"][row]["mean_points"]) for row in rows]
    assert len(rows) == 10
    assert sizes == sorted(sizes, reverse=True)


def test_stacked_reforms_have_letters_and_an_interaction_of_zero_only_a_row_in_the_table():
    """A, B, their interaction, A + B."""
    text = stack(EN)
    first = text.split("<details>")[0]
    assert list(re.findall(r"(alone|interaction|together) <b>([^<]*)</b>", first)) == [
        ("alone", "A"), ("alone", "B"), ("interaction", "A × B"), ("together", "A + B"),
    ]  # fmt: skip
    still = as_json(example())
    for one in still["stack"]:
        if one["kind"] == "interaction":
            one["credit_cny"] |= {"value": 0.0, "low": 0.0, "high": 0.0}
    text = stack(Writer(still, "en"))
    assert "interaction <b>" not in text.split("<details>")[0]
    assert "interaction <b>A × B" in text
    assert stack(Writer(as_json(example(reforms=("caps",))), "en")) == ""


def test_what_pairs_leave_of_many_reforms_is_named_as_that():
    """It is no interaction of all of them."""
    result = as_json(example())
    for one in result["stack"]:
        one["kind"] = "remainder" if one["kind"] == "interaction" else one["kind"]
    text = stack(Writer(result, "en"))
    assert "Remaining interactions (of three reforms or more)" in text
    assert "A × B" not in text
    assert "其余相互作用（三项及以上方案）" in stack(Writer(result, "zh"))
