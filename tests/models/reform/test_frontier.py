from __future__ import annotations

from dataclasses import replace

import pytest

from models.reform.evaluate import PACKED
from models.reform.levers import read_levers
from models.reform.simulate import Run, simulate
from models.reform.study import BASELINE, Study, Sweep


@pytest.mark.law
def test_a_swept_cut_off_trades_coverage_and_volume_for_loss(packed, firms, proposed):
    """Fewer firms, less credit, less loss; a value that is the reform's has the reform's figures."""
    lever, values = "policies.standard.pd_cutoff", (0.01, 0.02, 0.04)
    raw = [{"policies": {"standard": {"pd_cutoff": value}}} for value in values]
    sweep = Sweep(lever, tuple(read_levers(one, packed) for one in raw), values)
    reform = replace(proposed(raw[1]), sweep=sweep)
    study = Study(packed, proposed({}, BASELINE), (reform,), ("standard", "science"))
    result = simulate(study, lambda: iter([{PACKED: firms}]), Run(replicates=50)).reforms[0]
    points = result.frontier
    assert [(one.value, one.bank_id) for one in points] == [(value, "standard") for value in values]
    for member in ("preapproved_share", "credit_cny", "expected_loss_cny", "loss_rate"):
        figures = [getattr(one, member) for one in points]
        figures = [getattr(one, "value", one) for one in figures]
        assert figures == sorted(figures)
        assert figures[0] < figures[-1]
    assert points[1].credit_cny.value == next(one for one in result.totals).reform.value


@pytest.mark.behaviour
def test_without_a_sweep_there_is_no_frontier(simulated):
    assert simulated({"reform": {}}).reforms[0].frontier == ()


@pytest.mark.behaviour
def test_where_nothing_is_lent_there_is_no_loss_rate(packed, firms, proposed):
    """It is not 0: no firm has 130 points of 130."""
    values = (130.0, 20.0)
    raw = [{"policies": {"standard": {"min_points": value, "full_points": 130}}} for value in values]
    sweep = Sweep("policies.standard.min_points", tuple(read_levers(one, packed) for one in raw), values)
    study = Study(packed, proposed({}, BASELINE), (replace(proposed(raw[1]), sweep=sweep),), ("standard",))
    none, some = simulate(study, lambda: iter([{PACKED: firms}]), Run(replicates=50)).reforms[0].frontier
    assert (none.credit_cny.value, none.loss_rate) == (0.0, None)
    assert some.loss_rate == pytest.approx(some.expected_loss_cny.value / some.credit_cny.value)
