"""A table is placed as it is: unseen items come last, and an encoder that was trained on one of them is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.ours import Placing
from experiments.benchmarks.chain.tables import startups
from training.matching.training_texts import TrainingTextsError, text_hashes

OPTIONS = Options(None, np.zeros(0, np.uint64), None)


@pytest.mark.behaviour
def test_ranked_nodes_are_named_best_first_and_filled_up(chain_folder):
    table = startups(chain_folder)
    placing = Placing(table, OPTIONS)
    assert not placing.several
    names, scores = placing.ranked(np.arange(2, 120), np.array([0, 1]))
    assert len(names) == 2
    assert {len(row) for row in names} == {scores.shape[1]}
    assert (np.diff(scores, axis=1) <= 0).all()
    assert names[0][0] == "工业 > 业a"
    assert names[0][-1] == ""
    assert scores[0, -1] == 0.0


@pytest.mark.law
def test_what_was_found_is_read_again_to_the_last_figure(chain_folder, tmp_path, monkeypatch):
    table = startups(chain_folder)
    placing = Placing(table, replace(OPTIONS, kept=tmp_path / "baselines"))
    first = placing.place(np.arange(2, 120), np.array([0, 1]))
    monkeypatch.setattr(placing, "fit", lambda _: pytest.fail("it was fitted again"))
    again = placing.place(np.arange(2, 120), np.array([0, 1]))
    assert again.node.tolist() == first.node.tolist()
    assert (again.probability == first.probability).all()
    pd.testing.assert_frame_equal(again.answers, first.answers, check_dtype=False)
    assert len(list((tmp_path / "placements").iterdir())) == 1


@pytest.mark.contract
def test_unseen_items_come_last_and_are_checked_too(chain_folder):
    table = startups(chain_folder)
    unseen = pd.DataFrame({"item_id": ["u"], "text": ["从未见过的文字"], "nodes": [("工业 > 业a",)]})
    placing = Placing(replace(table, unseen=unseen), OPTIONS)
    assert placing.rows["item_id"].iloc[-1] == "u"
    assert len(placing.items) == 121
    with pytest.raises(TrainingTextsError, match="table startups"):
        Placing(replace(table, unseen=unseen), replace(OPTIONS, trained=text_hashes(["从未见过的文字"])))
