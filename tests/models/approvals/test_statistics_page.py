"""The page of statistics."""

import pytest

from models.approvals.statistics import GROUPS
from models.approvals.statistics_page import StatisticsLinks, statistics_page
from tests.models.approvals.test_page import words
from tests.models.approvals.test_statistics import FIVE, OTHER, RUNNING, made


def test_figures_readings_and_methods():
    html = statistics_page(made(*FIVE, *RUNNING), "en")
    said = words(html)
    for part in (
        "Statistics of cases", "80.0% share in time", "3.0 median actual time", "−75.0%", "ratio of sums",
        "mean of the items' reductions", "food business licence", "All cases are simulated",
        "Running cases and those that ended otherwise are censored",
    ):  # fmt: skip
        assert part.replace("'", "&#x27;") in said
    assert "<script" not in html


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("by", GROUPS)
def test_every_dimension_in_both_languages(lang, by):
    links = StatisticsLinks(lambda kind: f"table.{kind}", lambda other: f"?by={other}", "other")
    html = statistics_page(made(*FIVE, *OTHER, by=by), lang, links)
    assert html.count("?by=") == len(GROUPS)
    assert 'href="table.xlsx"' in html
    assert statistics_page(made(by=by), lang)


def test_where_all_are_simulated_it_says_so_and_each_reading_has_its_items():
    said = words(statistics_page(made(*FIVE), "zh"))
    assert "全部办件均为模拟" in said
    assert "100.0%" not in said[: said.index("概况")]
    assert "实际用时比承诺时限：可比事项" in said
    half = words(statistics_page(made(*FIVE, *OTHER), "zh"))  # 5 of 7
    assert "71.4% 的办件为模拟办件或属于模拟事项" in half
