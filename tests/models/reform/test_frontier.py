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
