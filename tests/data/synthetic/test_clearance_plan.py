"""Who declares what: the planted growth is exact, amounts and weights are those of the goods."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.clearance_plan import agents_of, firms_of, year_counts
from data.synthetic.clearance_world import AFTER, BEFORE, KINDS, goods
from data.uscc import uscc_fault


@pytest.mark.parametrize("n", [20, 6_000, 60_000])
def test_counts_by_kind_and_year_have_the_planted_growth(n):
    table = year_counts(n)
    assert table["n"].sum() == n
    counts = table.set_index(["direction", "supervision_mode", "year"])["n"]
    for kind, (_, growth) in KINDS.items():
        assert abs(counts[(*kind, AFTER)] - growth * counts[(*kind, BEFORE)]) <= 2.5


def test_a_firm_that_is_gone_does_not_trade():
    enterprises = pd.DataFrame(
        {"uscc": list("abcdef"), "name": list("abcdef"), "industry": "iot", "closed_on": pd.NaT, "left_on": pd.NaT}
    )
    enterprises.loc[0, "closed_on"] = enterprises.loc[1, "left_on"] = pd.Timestamp("2020-01-01")
    firms = firms_of(enterprises, SyntheticClearanceParams(n_firms=50))
    assert set(firms["uscc"]) == set("cdef")


def test_amounts_and_weights_are_sums_of_the_lines(simulated):
    table, lines = simulated.declarations, simulated.lines
    sums = lines.groupby("number")[["total", "net_kg"]].sum()
    assert np.allclose(sums["total"], table["amount_total"], atol=0.01)
    assert np.allclose(sums["net_kg"], table["net_kg"], atol=0.01)
    assert (table["gross_kg"] >= table["net_kg"]).all()
    assert np.allclose(lines["price"] * lines["quantity"], lines["total"], atol=0.005)
    export = (table["direction"] == "export").to_numpy()[lines["number"]]
    kinds = goods()["direction"].to_numpy()[lines["good"]]
    assert not (kinds[~export] == "export").any()
    assert not (kinds[export] == "import").any()


def test_declarations_are_made_in_working_hours_mostly(simulated):
    local = pd.to_datetime(simulated.declarations["first_declared"] + 8 * 3600, unit="s")
    assert (local.dt.day_of_week < 5).mean() > 0.85
    assert local.dt.hour.between(8, 18).mean() > 0.8
    assert local.min() >= pd.Timestamp("2022-01-01")
    assert local.max() < pd.Timestamp("2024-06-30")


def test_agents_have_codes_that_hold_and_that_nobody_issues():
    agents = agents_of(SyntheticClearanceParams(n_agents=5))
    assert not [code for code in agents["uscc"] if uscc_fault(code) or not code.startswith("91000000")]
