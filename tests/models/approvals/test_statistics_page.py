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
        "mean of the items' reductions", "food business licence", "100.0% of the cases are of simulated items",
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
