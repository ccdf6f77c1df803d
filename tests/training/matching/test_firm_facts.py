"""Facts of firms, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from models.matching.library import FACTS
from training.matching.firm_facts import firm_facts

DAY = pd.Timestamp("2024-06-30")


def outcome(firm, kept, solved, date, signed=False):
    return {
        "enterprise_id": firm, "kept": kept, "solved": solved, "signed": signed, "date": pd.Timestamp(date),
    }  # fmt: skip


@pytest.fixture
def snapshot():
    return pd.DataFrame(
        {
            "uscc": ["a", "b"],
            "growth_stage": ["startup", "unknown"],
            "size_class": ["medium", "micro"],
            "qualification_level": [2.0, None],
        }
    )


@pytest.mark.law
def test_facts_by_hand(snapshot):
    """Of a's three kept meetings until the day two led somewhere, the last 182 days ago; c is in no snapshot."""
    outcomes = pd.DataFrame(
        [
            outcome("a", True, True, "2023-01-01"),
            outcome("a", True, False, "2024-01-01", signed=True),
            outcome("a", True, False, "2024-02-01"),
            outcome("a", False, False, "2024-02-01"),
            outcome("a", True, True, "2024-07-01"),
            outcome("c", True, False, "2024-01-01"),
        ]
    )
    found = firm_facts(snapshot, outcomes, DAY).set_index("enterprise_id")
    assert set(FACTS) < {*found.columns, "district"}
    assert found.loc["a", ["growth_stage", "size_class", "qualifications"]].tolist() == [0.0, 2.0, 2.0]
    assert found.loc["a", "solved_share"] == pytest.approx(2 / 3)
    assert found.loc["a", "months_since_outcome"] == pytest.approx(181 / 30.4375)
    assert found.loc["c", "solved_share"] == 0.0
    assert found.loc["b"].isna().sum() == 5
    assert found.loc["c"].isna().sum() == 5
    assert found["district"].isna().all()


@pytest.mark.behaviour
def test_a_district_is_taken_where_the_snapshot_has_one(snapshot):
    found = firm_facts(snapshot.assign(district=["北区", None]), pd.DataFrame([outcome("a", True, True, DAY)]), DAY)
    assert found.set_index("enterprise_id").loc["a", "district"] == "北区"
