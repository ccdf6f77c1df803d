"""What a person confirmed overrides the model chain by chain, and is what is learned from."""

from __future__ import annotations

from datetime import date

import pandas as pd

from data.chain.corrections import COLUMNS
from training.chain.confirmed import confirmed_labels, with_confirmed

CONFIRMED = pd.DataFrame(
    [("firm", "f1", "iot", "a"), ("firm", "f1", "life", None), ("patent", "p1", "iot", "a")],
    columns=["kind", "item_id", "chain_id", "node_id"],
)
PLACED = pd.DataFrame(
    {
        "kind": "firm",
        "item_id": ["f1", "f1", "f1", "f2"],
        "chain_id": ["iot", "iot", "life", "life"],
        "node_id": ["a", "b", "c", "c"],
        "probability": [0.6, 0.7, 0.8, 0.9],
        "band": "to_person",
        "is_parent": False,
        "evidence": ["词", "", "", ""],
        "document_id": "d",
        "passage": "文",
        "as_of": pd.Timestamp("2021-05-01"),
    }
)
FIRST = pd.Series({"f1": pd.Timestamp("2019-01-01"), "f2": pd.Timestamp("2019-02-01")})


def test_labels_are_of_firms_on_a_node():
    assert confirmed_labels(CONFIRMED).to_numpy().tolist() == [["f1", "iot/a"]]


def test_a_confirmed_chain_has_the_confirmed_nodes_alone():
    made = with_confirmed(PLACED, CONFIRMED[CONFIRMED["kind"] == "firm"], FIRST)
    rows = made[["item_id", "chain_id", "node_id", "probability", "band", "corrected"]].to_numpy().tolist()
    assert rows == [["f1", "iot", "a", 1.0, "placed", True], ["f2", "life", "c", 0.9, "to_person", False]]
    assert made["evidence"].tolist() == ["词", ""]


def test_where_the_model_had_nothing_the_first_document_is_the_day():
    confirmed = pd.DataFrame([("firm", "f2", "iot", "b"), ("firm", "f9", "iot", "b")], columns=CONFIRMED.columns)
    made = with_confirmed(PLACED, confirmed, FIRST)
    assert made.loc[made["corrected"], ["item_id", "as_of"]].to_numpy().tolist() == [["f2", pd.Timestamp("2019-02-01")]]


def test_single_corrections_come_last():
    wrong = pd.DataFrame([("firm", "f1", "iot", "a", False, "产业部门", date(2024, 1, 1), "")], columns=list(COLUMNS))
    made = with_confirmed(PLACED, CONFIRMED[CONFIRMED["kind"] == "firm"], FIRST, wrong)
    assert made["item_id"].tolist() == ["f2"]
    assert list(made.columns) == [*PLACED.columns, "corrected"]
