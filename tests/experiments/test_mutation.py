"""What is counted as a found fault, and that little is left out of the search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.mutation import LARGEST_LEFT_OUT, by_module, left_out, modules_under_test, settings

RESULTS = """
    data.sizes.x_size_class__mutmut_1: killed
    data.sizes.x_size_class__mutmut_2: survived
    data.sizes.x_size_class__mutmut_3: timeout
    data.sizes.x_size_class__mutmut_4: no tests
    models.points.lookup.xǁLookupǁone__mutmut_1: not checked
"""


@pytest.mark.law
def test_scores_by_hand():
    """Two of four found; what no test reaches is not found, what was not run is no part of the share."""
    got = by_module(RESULTS)
    assert list(got) == ["data.sizes", "models.points.lookup"]
    lost = ["data.sizes.x_size_class__mutmut_2", "data.sizes.x_size_class__mutmut_4"]
    assert got["data.sizes"] == {"faults": 4, "found": 2, "share": 0.5, "not_run": 0, "not_found": lost}
    assert got["models.points.lookup"]["not_run"] == 1
    assert got["models.points.lookup"]["share"] is None


@pytest.mark.surface
def test_lines_are_left_out_by_one_list_with_reasons_and_are_few():
    """At most 3 % of the lines, a reason beside each entry, and no comment in the code that hides a line."""
    chosen = settings()
    files = modules_under_test(chosen)
    assert len(files) > 30
    lines, of = left_out(chosen, files)
    assert lines <= LARGEST_LEFT_OUT * of
    assert not [path for path in files if re.search(r"no mutate|pragma: no", path.read_text(encoding="utf-8"))]
    text = Path("pyproject.toml").read_text(encoding="utf-8")
    entries = re.search(r"do_not_mutate_patterns = \[\n(.*?)^\]", text, re.S | re.M)[1].splitlines()
    assert all(" # " in entry for entry in entries), "each entry needs its reason on its line"
