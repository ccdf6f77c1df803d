"""Batches hold no second answer to any of their queries; wrong answers are wrong; nothing held out is trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.matching.folder import Part
from training.matching.pairs import (
    Pairs,
    PairsError,
    batches,
    hard_negatives,
    hold_out,
    pairs_of,
    smaller,
    texts_of,
    with_clozes,
)

pytestmark = pytest.mark.law


def pairs(rows):
    return Pairs(pd.DataFrame(rows, columns=["query", "passage", "group", "source"]))


def many(count=300, groups=60, sources=("a", "b")):
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, groups, count)
    return pairs(
        [(f"q{row % 250}", f"p{group}", f"g{group}", sources[group % len(sources)]) for row, group in enumerate(drawn)]
    )


@pytest.mark.contract
def test_a_table_without_a_column_or_a_text_is_refused():
    with pytest.raises(PairsError, match="group"):
        Pairs(pd.DataFrame({"query": ["a"], "passage": ["b"], "source": ["c"]}))
    with pytest.raises(PairsError, match="missing"):
        pairs([("a", None, "g", "s")])


def test_a_batch_has_one_source_and_no_query_or_answer_twice():
    given = many()
    table, keys = given.table, given.keys()
    for batch in batches(given, 16, 50, 0.5, 1):
        assert len(set(table["source"].iloc[batch])) == 1
        held = [key for row in batch for key in keys[row]]
        assert len(held) == len(set(held))


def test_a_query_with_two_answers_keeps_both_out_of_one_batch():
    """Q's answers are g1 and g2: neither may be a wrong answer beside the other."""
    given = pairs([("q", "x", "g1", "s"), ("q", "y", "g2", "s"), ("r", "y", "g2", "s"), ("t", "z", "g3", "s")])
    for batch in batches(given, 4, 20, 1.0, 3):
        assert len({0, 1, 2} & set(batch.tolist())) == 1
        assert 3 in batch


def test_every_pair_comes_once_before_any_comes_again():
    given = pairs([(f"q{i}", f"p{i}", f"g{i}", "s") for i in range(40)])
    rows = np.concatenate(list(batches(given, 8, 5, 1.0, 0)))
    assert sorted(rows.tolist()) == list(range(40))


def test_sources_are_drawn_by_the_power_of_their_pairs():
    """900 and 100 pairs: with power 1 nine in ten batches, with power 0 one in two are of the larger."""
    given = pairs([(f"q{i}", f"p{i}", f"g{i}", "large" if i < 900 else "small") for i in range(1000)])
    for power, share in ((1.0, 0.9), (0.0, 0.5)):
        drawn = [given.table["source"].iloc[batch[0]] == "large" for batch in batches(given, 4, 2000, power, 5)]
        assert np.mean(drawn) == pytest.approx(share, abs=0.03)


def test_a_hard_negative_is_near_of_its_source_and_no_answer():
    """The own cosine is .9: .95 lies above .97 · .9, the twin has the answer's group, so .8 is taken."""
    given = pairs(
        [
            ("q", "own", "g", "s"),
            ("x", "twin", "g", "s"),
            ("y", "better", "h", "s"),
            ("z", "hard", "i", "s"),
            ("w", "far", "j", "s"),
            ("v", "other", "k", "t"),
        ]
    )
    cosines = np.array([0.9, 0.85, 0.95, 0.8, 0.1, 0.8])
    passages = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1).astype(np.float32)
    queries = np.tile(np.array([[1.0, 0.0]], np.float32), (6, 1))
    found = hard_negatives(given, queries, passages, count=1, depth=4, margin=0.97, seed=0)
    assert found[0].tolist() == [3]
    assert found[5].tolist() == [5]  # alone in its source


def test_nothing_held_out_is_trained_on():
    given = many(sources=("a",))
    train, parts = hold_out(given, 0.4, most_queries=10)
    (part,) = parts
    assert not set(train.table["group"]) & set(part.documents["group"])
    assert not set(train.table["query"]) & set(part.queries["text"])
    assert len(part.queries) == 10
    answered = part.relevant.groupby("query")["document"].apply(set)
    for row, text in enumerate(part.queries["text"]):
        own = set(given.table.loc[given.table["query"] == text, "passage"])
        assert {part.documents["text"].iloc[document] for document in answered[row]} == own & set(
            part.documents["text"]
        )


def test_part_of_a_task_makes_pairs():
    part = Part(
        "t",
        "train",
        pd.DataFrame({"query_id": ["1", "2"], "text": ["a", "b"], "group": ["", ""]}),
        pd.DataFrame({"doc_id": ["x", "y"], "text": ["A", "B"], "group": ["g", "h"]}),
        pd.DataFrame({"query": [0, 1, 1], "document": [0, 1, 0], "relevance": [1.0, 2.0, 0.0]}),
    )
    assert pairs_of([part]).table.to_numpy().tolist() == [["a", "A", "g", "t"], ["b", "B", "h", "t"]]
    assert texts_of(pairs_of([part])) == ["A", "B", "a", "b"]


def test_a_smaller_task_keeps_its_answers():
    count = 50
    part = Part(
        "t",
        "dev",
        pd.DataFrame({"query_id": map(str, range(count)), "text": [f"q{i}" for i in range(count)], "group": ""}),
        pd.DataFrame({"doc_id": map(str, range(count)), "text": [f"d{i}" for i in range(count)], "group": ""}),
        pd.DataFrame({"query": range(count), "document": range(count), "relevance": 1.0}),
    )
    small = smaller(part, 10, 30, seed=0)
    assert (len(small.queries), len(small.documents), len(small.relevant)) == (10, 30, 10)
    for query, document in zip(small.relevant["query"], small.relevant["document"], strict=True):
        assert small.queries["text"].iloc[query][1:] == small.documents["text"].iloc[document][1:]


def test_a_part_of_a_passage_asks_for_its_rest():
    """Three items of a list give a query for the two others, of the passage's group; one sentence gives none."""
    given = pairs([("q", "锂电池正极材料；固态电解质膜；石墨负极粉体", "g", "s"), ("r", "一句话。", "h", "s")])
    table = with_clozes(given, 1, seed=0).table
    assert len(table) == 3
    query, passage, group, source = table.iloc[2]
    assert {query, *passage.split("；")} == {"锂电池正极材料", "固态电解质膜", "石墨负极粉体"}
    assert (group, source) == ("g", "s/cloze")
    assert len(with_clozes(given, 0, seed=0)) == 2
