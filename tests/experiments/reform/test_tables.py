from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from experiments.reform.tables import flat, tables, write_tables
from models.reform.result import Estimate, LeverChange, Method, Population, ReformResult, Scenario, StackPart
from serving.console.texts import both
from tests.experiments.reform.example import example

ONE = Estimate(1.0, 0.5, 1.5, 0.25, 0.2, None, 0.0, 0.15)


@pytest.mark.law
def test_a_figure_with_an_interval_has_a_column_for_each_member():
    part = StackPart("interaction", ("a", "b"), "standard", ONE, ONE, ONE, ONE, ONE)
    row = flat(part)
    assert (row["provisions"], row["credit_cny.low"], row["credit_cny.sd_refit"]) == ("a+b", 0.5, None)
    assert [name for name in row if name.startswith("points_mean.")] == [
        f"points_mean.{name}" for name in ONE.__dataclass_fields__
    ]


@pytest.mark.surface
def test_tables_without_rows_are_not_written_and_those_of_an_earlier_result_removed(tmp_path):
    part = StackPart("provision", ("a",), "standard", ONE, ONE, ONE, ONE, ONE)
    result = ReformResult(
        Population(1, "", {}, 1, 12, "innovation_points", "working_capital"), Method(0.95, 1, 7, 0, None, ()), (),
        Scenario("baseline", "", "", {}), (), (part,),
    )  # fmt: skip
    (tmp_path / "frontier.csv").write_text("of an earlier result\n", encoding="utf-8")
    write_tables(result, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["stack.csv"]
    assert pd.read_csv(tmp_path / "stack.csv")["credit_cny.value"].tolist() == [1.0]
    assert set(tables(result)) >= {"totals", "distributions", "cliff_curves", "frontier"}


@pytest.mark.surface
def test_levers_that_differ_are_a_table_with_both_values():
    """A lever's own values stand apart from the reform that has it; none is empty, a list is joined."""
    made = example(("standard",), ("caps",))
    changed = (
        LeverChange("policies.pd_cutoff", "standard", 0.08, 0.06),
        LeverChange("weight_bounds.largest_base_share", "", None, 0.1),
        LeverChange("policies.certificate.rho", "standard", (0.0, 0.04), ()),
        LeverChange("certificates", "", "carried", "void"),
    )
    table = tables(replace(made, reforms=(replace(made.reforms[0], changes=changed),)))["changes"]
    assert table.astype(object).where(table.notna(), None).values.tolist() == [
        ["caps", "policies.pd_cutoff", "standard", 0.08, 0.06],
        ["caps", "weight_bounds.largest_base_share", "", None, 0.1],
        ["caps", "policies.certificate.rho", "standard", "0.0+0.04", ""],
        ["caps", "certificates", "", "carried", "void"],
    ]
    assert list(table) == ["reform", "lever", "bank_id", "baseline_value", "reform_value"]


@pytest.mark.contract
def test_the_console_has_a_name_for_every_table():
    """A finished job lists its tables; one without a name would break the page."""
    names = [both(f"analyst.table.{name}") for name in tables(example(("standard",), ("caps",)))]
    assert all(len(set(own)) == len(own) for own in zip(*names, strict=True))
