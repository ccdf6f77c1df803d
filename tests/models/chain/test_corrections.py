"""Corrections: the last one holds, they override at once, and they become labels."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from data.chain.corrections import COLUMNS
from models.chain.corrections import CorrectionError, apply_corrections, in_force, labels_of

PLACED = pd.DataFrame(
    {
        "kind": "firm",
        "item_id": ["f1", "f1", "f2"],
        "chain_id": "iot",
        "node_id": ["a", "b", "a"],
        "probability": [0.9, 0.5, 0.8],
        "band": ["placed", "to_person", "placed"],
        "is_parent": [False, True, False],
        "evidence": "词",
        "as_of": pd.Timestamp("2020-01-01"),
    }
)


def table(*rows):
    """Corrections of firms in one chain: firm, node, whether it is on it, day."""
    named = [("firm", item, "iot", node, right, "产业部门", day, "") for item, node, right, day in rows]
    return pd.DataFrame(named, columns=list(COLUMNS))


def test_a_wrong_placement_is_gone_and_a_right_one_is_certain():
    made = apply_corrections(PLACED, table(("f1", "a", False, date(2024, 1, 1)), ("f1", "b", True, date(2024, 1, 1))))
    rows = made[["item_id", "node_id", "probability", "band", "corrected"]].to_numpy().tolist()
    assert rows == [["f1", "b", 1.0, "placed", True], ["f2", "a", 0.8, "placed", False]]
    assert made["as_of"].eq(pd.Timestamp("2020-01-01")).all()


def test_a_new_placement_is_known_from_the_day_of_the_decision():
    made = apply_corrections(PLACED, table(("f3", "c", True, date(2024, 2, 3))))
    new = made[made["item_id"] == "f3"].iloc[0]
    assert (new["band"], new["probability"], new["corrected"]) == ("placed", 1.0, True)
    assert new["as_of"] == pd.Timestamp("2024-02-03")
    assert (new["evidence"], bool(new["is_parent"])) == ("", False)


def test_the_last_decision_holds():
    both = table(("f1", "a", False, date(2024, 3, 1)), ("f1", "a", True, date(2024, 1, 1)))
    assert in_force(both)["right"].tolist() == [False]
    same_day = table(("f1", "a", False, date(2024, 3, 1)), ("f1", "a", True, date(2024, 3, 1)))
    assert in_force(same_day)["right"].tolist() == [True]


def test_no_corrections_change_nothing():
    made = apply_corrections(PLACED, table())
    assert made.drop(columns="corrected").equals(PLACED)


def test_corrections_are_labels_of_the_next_fit():
    truth = pd.DataFrame({"item_id": ["f1", "f2"], "node_id": ["iot/a", "iot/a"]})
    made = labels_of(table(("f1", "a", False, date(2024, 1, 1)), ("f1", "b", True, date(2024, 1, 1))), truth)
    assert made.to_numpy().tolist() == [["f2", "iot/a"], ["f1", "iot/b"]]


@pytest.mark.contract
def test_a_correction_needs_a_role_and_a_day():
    rows = table(("f1", "a", True, date(2024, 1, 1)))
    with pytest.raises(CorrectionError, match="row 0 has no decided_by"):
        in_force(rows.assign(decided_by=""))
    with pytest.raises(CorrectionError, match=r"lack the columns \['decided_on'\]"):
        in_force(rows.drop(columns="decided_on"))
