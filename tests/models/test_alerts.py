"""Looks that are worth their cost, whatever they are about: shown here with cut-offs of declarations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.alerts import AlertParams, worth_cny
from models.clearance.alerts import CUTOFFS
from tests.models.clearance.given import at

PARAMS = AlertParams(150.0, 0.6, acting_hours=4.0, loss_cny=1_000.0, wait_hours=60.0, daily_budget=2, news_chance=0.2)
NONE = pd.DataFrame(columns=CUTOFFS.news_columns)


def candidates(*rows: tuple[str, float, float, str]) -> pd.DataFrame:
    """Declaration, chance, loss in CNY, act by."""
    made = pd.DataFrame(rows, columns=["declaration_id", "chance", "loss_cny", "act_by"])
    made["act_by"] = pd.to_datetime(made["act_by"].map(at))
    return made.assign(known_at=at("03 10:00"), cutoff_at=made["act_by"] + pd.Timedelta(hours=4), kind="ship",
                       stage="released", milestone="examined", activity="examined")  # fmt: skip


@pytest.mark.law
def test_worth_is_what_acting_saves_less_the_look():
    """.3 x 6,000 x .6 - 150 = 930; .03 x 6,000 x .6 - 150 = -42."""
    found = worth_cny(np.array([0.3, 0.03]), np.array([6_000.0, 6_000.0]), PARAMS)
    assert found == pytest.approx([930.0, -42.0])


@pytest.mark.law
def test_the_budget_goes_to_those_worth_most():
    """Worth 930, 1,050, -42, 3,450 too late, 210: the two best that are in time and worth it."""
    table = candidates(
        ("A", 0.3, 6_000.0, "03 12:00"),
        ("B", 0.2, 10_000.0, "05 12:00"),
        ("C", 0.03, 6_000.0, "03 12:00"),
        ("D", 0.6, 10_000.0, "03 09:00"),
        ("E", 0.1, 6_000.0, "03 12:00"),
    )
    chosen = CUTOFFS.choose(table, PARAMS, NONE, budget=2)
    assert chosen["declaration_id"].tolist() == ["B", "A"]
    assert chosen["worth_cny"].tolist() == pytest.approx([1_050.0, 930.0])
    assert CUTOFFS.choose(table, PARAMS, NONE, budget=9)["declaration_id"].tolist() == ["B", "A", "E"]
    assert CUTOFFS.choose(table, PARAMS, NONE, budget=0).empty


def test_no_second_alert_without_news():
    table = candidates(("A", 0.5, 6_000.0, "03 12:00"))
    for change, again in (
        ({}, False),
        ({"chance": 0.31}, False),
        ({"chance": 0.3}, True),  # rose by .2
        ({"cutoff_at": at("09 10:00")}, True),
        ({"kind": "contract"}, True),
    ):
        assert len(CUTOFFS.choose(table, PARAMS, table.assign(**change), budget=2)) == again, change


def test_an_alert_waits_for_what_is_received_while_there_is_time():
    """Due within a day, or where the chance is .75 already; one that is overdue is left out."""
    table = candidates(
        ("A", 0.5, 6_000.0, "04 09:59"),
        ("B", 0.5, 6_000.0, "04 10:00"),
        ("C", 0.75, 6_000.0, "09 10:00"),
        ("D", 0.74, 6_000.0, "09 10:00"),
    )
    assert CUTOFFS.choose(table, AlertParams(wait_hours=24.0), NONE, budget=9)["declaration_id"].tolist() == ["C", "A"]


def test_parameters_out_of_range_are_refused_together():
    with pytest.raises(ValueError, match=r"saved_share is 1.2(.|\n)*acting_hours is -1"):
        AlertParams(saved_share=1.2, acting_hours=-1.0)
