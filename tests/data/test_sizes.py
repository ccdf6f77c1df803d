"""Size classes at each edge of the standard of 2011 (工信部联企业〔2011〕300号)."""

from __future__ import annotations

import numpy as np
import pytest

from data.sizes import read_size_rules, size_class

pytestmark = pytest.mark.law
NAN = float("nan")
# rule, headcount, revenue in 10,000 yuan, assets in 10,000 yuan -> class; a class needs both of its lower limits
EDGES = [
    ("industrial", 1000, 40_000, NAN, "large"),
    ("industrial", 999, 40_000, NAN, "medium"),
    ("industrial", 1000, 39_999, NAN, "medium"),
    ("industrial", 300, 2000, NAN, "medium"),
    ("industrial", 299, 2000, NAN, "small"),
    ("industrial", 300, 1999, NAN, "small"),
    ("industrial", 20, 300, NAN, "small"),
    ("industrial", 19, 300, NAN, "micro"),
    ("industrial", 20, 299, NAN, "micro"),
    ("industrial", 5000, 299, NAN, "micro"),
    ("information_transmission", 2000, 100_000, NAN, "large"),
    ("information_transmission", 1999, 100_000, NAN, "medium"),
    ("information_transmission", 100, 1000, NAN, "medium"),
    ("information_transmission", 100, 999, NAN, "small"),
    ("information_transmission", 10, 100, NAN, "small"),
    ("information_transmission", 10, 99, NAN, "micro"),
    ("software", 300, 10_000, NAN, "large"),
    ("software", 300, 9999, NAN, "medium"),
    ("software", 100, 1000, NAN, "medium"),
    ("software", 99, 1000, NAN, "small"),
    ("software", 10, 50, NAN, "small"),
    ("software", 10, 49, NAN, "micro"),
    ("software", 9, 50, NAN, "micro"),
    ("wholesale", 200, 40_000, NAN, "large"),
    ("wholesale", 199, 40_000, NAN, "medium"),
    ("wholesale", 20, 5000, NAN, "medium"),
    ("wholesale", 20, 4999, NAN, "small"),
    ("wholesale", 5, 1000, NAN, "small"),
    ("wholesale", 4, 1000, NAN, "micro"),
    ("leasing_business", 300, NAN, 120_000, "large"),
    ("leasing_business", 300, NAN, 119_999, "medium"),
    ("leasing_business", 100, NAN, 8000, "medium"),
    ("leasing_business", 100, NAN, 7999, "small"),
    ("leasing_business", 10, NAN, 100, "small"),
    ("leasing_business", 10, 1e9, 99, "micro"),
    ("other", 300, NAN, NAN, "large"),
    ("other", 299, NAN, NAN, "medium"),
    ("other", 100, NAN, NAN, "medium"),
    ("other", 99, NAN, NAN, "small"),
    ("other", 10, NAN, NAN, "small"),
    ("other", 9, NAN, NAN, "micro"),
    ("other", NAN, 1.0, 1.0, "unknown"),
    ("industrial", NAN, 1.0, NAN, "unknown"),
    ("industrial", 10, NAN, 1.0, "unknown"),
    ("industrial", 10, None, 1.0, "unknown"),
    ("industrial", None, 1.0, 1.0, "unknown"),
    ("leasing_business", 10, 1.0, None, "unknown"),
    ("leasing_business", 10, 1.0, NAN, "unknown"),
]


@pytest.mark.parametrize(("rule", "headcount", "revenue", "assets", "expected"), EDGES)
def test_each_edge_of_the_standard(rule, headcount, revenue, assets, expected):
    """At its limits a class is reached; one person or 10,000 yuan below, the class under it."""
    assert size_class([rule], [headcount], [revenue], [assets]).tolist() == [expected]


def test_a_table_is_classed_as_each_of_its_rows():
    """All edges at once."""
    rule, headcount, revenue, assets, expected = zip(*EDGES, strict=True)
    got = size_class(np.array(rule, dtype=object), headcount, revenue, assets)
    assert got.tolist() == list(expected)
    assert got.dtype == object
    assert {row[0] for row in EDGES} == set(read_size_rules().index)


@pytest.mark.contract
def test_an_unknown_rule_is_named_with_the_known_ones():
    """No industry is silently classed as another."""
    with pytest.raises(ValueError, match=r"^unknown size rules \['farm', 'inn'\]; allowed: \['industrial', "):
        size_class(["inn", "farm", "other"], [1, 1, 1], [1, 1, 1], [1, 1, 1])
