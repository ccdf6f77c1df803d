from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.clearance import demo_cohort
from experiments.benchmarks.clearance.alerts import calibration, difference, figures, looks, planted, rounds, rules
from models.alerts import AlertParams

POLICY = AlertParams(look_cost_cny=100.0, saved_share=0.5, acting_hours=4.0, wait_hours=24.0, daily_budget=1)


def row(name: str, at: str, left: float, chance: float, loss: float, missed: bool, median: float) -> dict[str, object]:
    known = pd.Timestamp(f"2024-03-{at}", tz="Asia/Shanghai").tz_convert("UTC")
    return {
        "declaration_id": name, "kind": "ship", "stage": "released", "known_at": known, "hours_left": left,
        "cutoff_at": known + pd.Timedelta(hours=left), "act_by": known + pd.Timedelta(hours=left - 4.0),
        "chance": chance, "loss_cny": loss, "missed": missed, "median_hours": median, "usual_hours": median,
        "day": (known + pd.Timedelta(hours=8)).floor("D"),
    }  # fmt: skip


TABLE = pd.DataFrame(
    [
        row("A", "04 09:00", 10.0, 0.2, 1_000.0, False, 5.0),  # worth 0: not above the look
        row("B", "04 09:00", 20.0, 0.6, 2_000.0, True, 1.0),  # worth 500
        row("C", "04 09:00", 12.0, 0.4, 4_000.0, True, 2.0),  # worth 700
        row("D", "04 09:00", 60.0, 0.7, 9_000.0, False, -9.0),  # can wait, and is in time after all
        row("B", "05 09:00", 6.0, 0.7, 2_000.0, True, -1.0),  # worth 600
        row("D", "05 09:00", 36.0, 0.1, 9_000.0, False, 20.0),
    ]
)


@pytest.mark.law
def test_looks_and_savings_by_hand():
    """One a day: C then B, both missed, save (4,000 + 2,000) x .5 in two looks; their cost is 200."""
    ours = looks(TABLE, None, POLICY, budget=1)
    assert ours["declaration_id"].tolist() == ["C", "B"]
    assert figures(ours, POLICY) == {
        "looks": 2.0, "saved_cny_a_look": 1_500.0, "net_cny": 2_800.0, "precision": 1.0, "lead_hours": 9.0}  # fmt: skip
    rule = dict(rules())
    fewest = looks(TABLE, rule["24 hours left"], POLICY, budget=1)
    assert fewest["declaration_id"].tolist() == ["A", "B"]
    assert fewest["saved_cny"].tolist() == [0.0, 1_000.0]
    late = looks(TABLE, rule["median"], POLICY, budget=5)
    assert late["declaration_id"].tolist() == ["D", "B"]
    less = difference(ours, fewest)
    assert less["difference_cny_a_look"] == 1_000.0
    assert less["low"] <= 1_000.0 <= less["high"]


def test_a_declaration_saves_once():
    """Budget of two, a chance that rose: B is looked at on both days and saves on the first alone."""
    table = TABLE.assign(chance=TABLE["chance"].where(TABLE["known_at"] < TABLE["known_at"].max(), 1.0))
    eager = AlertParams(look_cost_cny=0.0, saved_share=0.5, acting_hours=4.0, news_chance=0.4)
    ours = looks(table[table["declaration_id"] == "B"], None, eager, budget=2)
    assert ours["saved_cny"].tolist() == [1_000.0, 0.0]


def test_chances_are_held_against_what_was_missed():
    found = calibration(TABLE)
    assert [one["rows"] for one in found] == [1.0, 1.0, 1.0, 1.0, 2.0]
    assert found[-1]["missed"] == 0.5


@pytest.mark.truth
def test_planted_tables_are_those_of_the_receipts():
    """A stage without a receipt has no instant; those with one have the planted instant to the second."""
    made = planted(demo_cohort(300))
    known = made.declarations.merge(made.truth, on="client_seq_no")
    late = known["completed_at"].notna() & (known["clearance_status"] == "completed")
    assert late.mean() > 0.8
    assert (known.loc[late, "completed_at"] == known.loc[late, "completed"]).all()
    since, until = (pd.Timestamp(day, tz="Asia/Shanghai").tz_convert("UTC") for day in ("2022-03-01", "2022-03-08"))
    at = rounds(made.events, since, until)
    hours = (at["known_at"] + pd.Timedelta(hours=8)).dt.hour
    assert set(np.unique(hours)) <= {9, 11, 13, 15, 17}
    assert at["known_at"].between(since, until).all()
    ends = made.events.groupby("declaration_id")["received_at"].agg(["min", "max"]).loc[at["declaration_id"]]
    assert (ends["min"].to_numpy() <= at["known_at"].to_numpy()).all()
    assert (at["known_at"].to_numpy() <= ends["max"].to_numpy()).all()
