"""What is said about simulated declarations: every course has its receipts, every planted fault its rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.clearance_events import OTHER_NOTE
from data.synthetic.clearance_world import AS_OF, seconds


@pytest.fixture
def receipts(simulated):
    """Receipts once each, with the course of their declaration."""
    events = simulated.events
    table = events.loc[(events["kind"] == "receipt") & ~events["duplicate"]]
    return table.assign(course=simulated.declarations["course"].to_numpy()[table["number"]])


def codes(receipts, course):
    """The sets of codes of the declarations of a course that were over long before the as-of day."""
    first = receipts.groupby("number")["at"].transform("min")
    old = receipts.loc[(receipts["course"] == course) & (first < seconds(AS_OF) - 120 * 86400)]
    return [set(one) for _, one in old.groupby("number")["code"]]


@pytest.mark.parametrize(
    ("course", "within", "without"),
    [("normal", {"7", "L", "R"}, set("EZAD")), ("withdrawn", {"7", "L", "A"}, set("PKRD")),
     ("withdrawn_after_release", {"L", "D"}, set("RA")), ("returned", {"7", "L", "R"}, set("AD"))],
)  # fmt: skip
def test_a_course_has_its_receipts(receipts, course, within, without):
    found = codes(receipts, course)
    assert found
    assert all(within <= one and not without & one for one in found)


def test_a_returned_declaration_is_declared_twice(receipts):
    returned = receipts.loc[receipts["course"] == "returned"]
    assert set(returned.loc[returned["code"].isin(["E", "Z"]), "episode"]) == {1}
    assert set(returned.loc[returned["code"] == "7", "episode"]) == {1, 2}


def test_contradictions_are_planted_once_each(simulated, receipts):
    planted = receipts.loc[receipts["planted"] != ""]
    assert len(planted)
    assert (planted["planted"] == planted["course"]).all()
    assert not planted["lost"].any()
    assert planted["number"].is_unique
    assert set(planted.loc[planted["planted"] == "two_contents", "note"]) == {OTHER_NOTE}


def test_faults_of_arrival(simulated):
    events = simulated.events
    assert events["received"].is_monotonic_increasing
    assert (events["received"] >= events["at"]).all()
    assert events["received"].max() <= seconds(AS_OF)
    assert not events.loc[events["kind"] != "receipt", ["lost", "duplicate", "late"]].to_numpy().any()
    assert events.loc[events["cut"], "lost"].all()
    receipt = events.loc[(events["kind"] == "receipt") & ~events["duplicate"]]
    assert abs(receipt["lost"].mean() - simulated.params.lost_share) < 0.015
    same = simulated.declarations["same_second"].to_numpy()[events["number"]]
    pair = events.loc[same & ~events["late"] & ~events["duplicate"] & events["code"].isin(["P", "K", "R"])]
    first = pair.sort_values("received").drop_duplicates("number")
    both = pair.groupby("number")["code"].nunique() == 2
    assert both.any()
    assert (first.set_index("number").loc[both[both].index, "code"] == "R").mean() > 0.9


def test_goods_are_inspected_on_working_days(receipts):
    """Between notification and release, in the hours from 9 to 17 in Beijing."""
    seen = receipts.loc[receipts["code"] == "S"]
    local = pd.to_datetime(seen["at"] + 8 * 3600, unit="s")
    assert len(seen)
    assert local.dt.hour.between(9, 16).all()
    assert (local.dt.day_of_week < 5).all()
    instants = receipts.pivot_table(index="number", columns="code", values="at", aggfunc="max").loc[seen["number"]]
    assert (instants["S"] > instants["C"]).all()
    assert not np.any(instants["S"] >= instants[["P", "K"]].min(axis=1))
