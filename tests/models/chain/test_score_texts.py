"""Sentences of flags, and that every sentence that code names is there."""

from __future__ import annotations

import pandas as pd
import pytest

from models.chain.flags import FLAGS
from models.chain.score_texts import flag_text, sentences, written
from models.chain.scores import SCORES

ROW = {
    "flag": "gap", "status": "ok", "raised": True, "uncertain": False, "score": "gap", "value": 3.2, "threshold": 1.0,
    "n": 14, "flip_count": 3, "flip_unit": "local_firms",
}  # fmt: skip


def test_a_raised_flag():
    zh, en = flag_text(ROW)
    assert zh == "缺失环节：缺口（家） 3.20，已达阈值 1.00（样本 14）。再增加 3 家本地企业即会改变。"
    assert en == (
        "Gap: gap in firms is 3.20, at or above the threshold of 1.00 (sample 14). "
        "It changes with 3 more local firm(s)."
    )


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"raised": False, "value": 0.4}, "缺失环节未触发：缺口（家） 0.40，低于阈值 1.00"),
        ({"uncertain": True}, "区间包含阈值，结论不确定。"),
        ({"flip_count": -2}, "再减少 2 家本地企业即会改变。"),
        (
            {"status": "no_data", "raised": pd.NA, "value": float("nan"), "flip_count": pd.NA},
            "缺失环节：缺口（家）无数据。",
        ),
    ],
)
def test_other_states(change, part):
    assert part in flag_text({**ROW, **change})[0]


def test_no_change_no_sentence():
    assert "改变" not in flag_text({**ROW, "flip_count": pd.NA})[0]


def test_every_name_has_its_words():
    units = ("local_firms", "firms", "patenting_firms", "local_patents", "patents")
    keys = [f"flag.{one}" for one in FLAGS] + [f"score.{one}" for one in SCORES] + [f"unit.{one}" for one in units]
    assert not set(keys) - set(sentences())
    assert written("basis.revenue") == ("营收", "revenue")
