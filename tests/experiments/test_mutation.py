"""What is counted as a found fault, and that little is left out of the search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import experiments.mutation as mutation
from experiments.__main__ import app
from experiments.mutation import (
    by_module,
    left_out,
    modules_under_test,
    read_reasons,
    reasons_of,
    settings,
    unexplained,
)

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


@pytest.mark.law
def test_reasons_are_requested_of_what_is_not_found_alone():
    """_2 and _4 are not found: _4 lacks its reason. _1 is found and _9 is gone: theirs are out of date."""
    name = "data.sizes.x_size_class__mutmut_{}".format
    waiting = "models.points.lookup.xǁLookupǁone__mutmut_1"
    reasons = {name(1): "a", name(2): "b", name(9): "c", waiting: "d"}
    assert unexplained(RESULTS, reasons) == ([name(4)], [name(1), name(9)])
    assert unexplained(RESULTS, {name(2): "b", name(4): "c"}) == ([], [])


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "wrong"),
    [("a,one\nc,\n", "['c']"), ("a,one\n,two\n", "['', '']"), ("b,one\na,two\n", "['a']"), ("a,one\na,two\n", "['a']")],
)
def test_a_row_without_a_reason_out_of_order_or_twice_is_named(rows, wrong):
    """The file keeps one reason a fault, sorted."""
    assert reasons_of(["name,reason\n", 'a,"one, two"\n', "b,three\n"]) == {"a": "one, two", "b": "three"}
    with pytest.raises(ValueError, match=re.escape(f"not so: {wrong}")):
        reasons_of(["name,reason\n", *rows.splitlines(keepends=True)])


@pytest.mark.surface
def test_every_reason_is_of_a_module_under_test_and_is_packed():
    """A sentence each, of a fault in one of the modules."""
    reasons = read_reasons()
    modules = {".".join(path.with_suffix("").parts) for path in modules_under_test(settings())}
    assert {name.rpartition(".")[0] for name in reasons} <= modules
    assert min(map(len, reasons.values())) > 10
    assert '"mutation_survivors.csv"' in Path("pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.surface
@pytest.mark.parametrize(("missing", "code"), [([], 0), (["data.sizes.x_size_class__mutmut_4"], 1)])
def test_the_command_ends_badly_without_a_reason_and_names_it(missing, code, monkeypatch, tmp_path):
    """A reason out of date is named as well, and is no failure."""
    module = {"faults": 100, "found": 99, "share": 0.99, "not_run": 0, "not_found": {}}
    result = {"modules": {"data.sizes": module}, "without_reason": missing, "stale_reasons": ["gone"], "lines": 9}
    monkeypatch.setattr(mutation, "report", lambda: result | {"lines_left_out": 0})
    done = CliRunner().invoke(app, ["mutation-report", "--out", str(tmp_path / "found.json")])
    assert done.exit_code == code
    lines = done.output.splitlines()[2:]
    assert lines == [
        f"{len(missing)} faults not found and without a reason",
        *(f"  no reason: {name}" for name in missing),
        "  out of date, its fault is found or gone: gone",
    ]


@pytest.mark.surface
def test_lines_are_left_out_by_one_list_with_reasons_and_are_few():
    """At most 3 % of the lines, a reason beside each entry, and no comment in the code that hides a line."""
    chosen = settings()
    files = modules_under_test(chosen)
    assert len(files) > 30
    lines, of = left_out(chosen, files)
    assert lines <= 0.03 * of
    assert not [path for path in files if re.search(r"no mutate|pragma: no", path.read_text(encoding="utf-8"))]
    text = Path("pyproject.toml").read_text(encoding="utf-8")
    entries = re.search(r"do_not_mutate_patterns = \[\n(.*?)^\]", text, re.S | re.M)[1].splitlines()
    assert all(" # " in entry for entry in entries), "each entry needs its reason on its line"
