"""The worked example on the simulator's log: parts that add up, intervals that hold what was planted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from data.synthetic.clearance import demo_cohort
from experiments.benchmarks.clearance.before_after import before_after, bench, planted_log


@pytest.fixture(scope="module")
def truth():
    return demo_cohort(3_000).declarations


@pytest.fixture(scope="module")
def figures(truth):
    return before_after(planted_log(truth, expected=False), truth, draws=200)


@pytest.mark.truth
@pytest.mark.parametrize("part", ["change_days", "mix_days", "speed_days"])
def test_the_intervals_hold_what_was_planted(figures, part):
    found, planted = figures["ended"][part], figures["planted"][part]
    assert found["low"] < planted["value"] < found["high"]
    assert figures["ended"]["residual"] == figures["planted"]["residual"] == "0"


@pytest.mark.truth
def test_the_change_is_speed_for_the_most_part_and_after_the_release(figures):
    """The simulator plants a speed-up of a fifth, nearly all of the time after the release, and little mix."""
    one = figures["ended"]
    assert one["speed_days"]["high"] < 0
    assert abs(one["mix_days"]["value"]) < 0.2 * abs(one["speed_days"]["value"])
    assert one["stage_speed_days"]["released_completed"]["value"] < 0.8 * one["speed_days"]["value"]
    assert figures["overseas"]["n"] == figures["overseas_planted"]["n"]


def test_a_lost_receipt_of_completion_is_no_fast_declaration(truth, figures):
    log = planted_log(truth, expected=False)
    lost = np.arange(len(log)) % 50 == 0
    log.loc[lost, "completed_at"], log.loc[lost, "clearance_status"] = pd.NaT, "released"
    found = before_after(log, truth, draws=0)
    assert min(found["all"]["without_end_share"]) > 0.01
    assert found["all"]["before_days"] > figures["all"]["before_days"]
    assert found["ended"]["before_days"] == pytest.approx(figures["ended"]["before_days"], rel=0.05)


def test_the_command_writes_its_figures(truth, tmp_path, capsys):
    log, planted, out = tmp_path / "log.parquet", tmp_path / "truth.parquet", tmp_path / "figures.json"
    planted_log(truth, expected=False).to_parquet(log)
    truth.to_parquet(planted)
    bench(log, planted, out)
    assert "simulated" in capsys.readouterr().out
    assert json.loads(out.read_text(encoding="utf-8"))["caveat"].startswith("simulated")
