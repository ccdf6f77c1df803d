"""Planted texts, a small BERT and quick numbers for the encoder's tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.matching.encoder_params import EncoderParams
from training.matching.pairs import Pairs
from training.matching.pretrained import Pretrained
from training.params import read_section

WORDS = tuple("电轴晶抗承感波纤胶膜伺雷疫机芯瓷光阀涂钛")
OTHER = tuple("储传检药旋测通身曝离控探免驱算耐切管防锻")


@pytest.fixture(scope="session")
def quick_encoder_params():
    return replace(
        read_section("matching_encoder", EncoderParams),
        start="static",
        batch_size=8,
        batches=60,
        static_epochs=20,
        static_pieces=300,
        static_dimension=64,
        frozen_layers=0,
        learning_rate=2e-3,
        dimensions=(64, 32),
        dimension_weights=(1.0, 0.5),
        dev_share=0.3,
        cloze_parts=0,
        hard_negatives=1,
        threads=1,  # a second one mostly waits for the first at every step of so small a model
    )


@pytest.fixture(scope="session")
def planted_pairs():
    """A demand names a good, its answer the use of that good: only the pairs say which belong together."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(240):
        at = int(rng.integers(len(WORDS)))
        rows.append((f"需要{WORDS[at]}第{number}号", f"我们做{OTHER[at]}业务{999 - number}", f"g{number}", "planted"))
    return Pairs(pd.DataFrame(rows, columns=["query", "passage", "group", "source"]))


@pytest.fixture(scope="session")
def small_bert():
    """A BERT of two layers with random weights over pieces of the planted words."""
    pieces = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        "▁",
        *sorted(set("".join(WORDS + OTHER))),
        *"需要第号我们做业务0123456789",
    ]
    pieces = list(dict.fromkeys(pieces))
    rng, hidden, inner = np.random.default_rng(1), 64, 128
    shapes = {"emb.word": (len(pieces), hidden), "emb.pos": (64, hidden), "emb.type": (2, hidden)}
    for layer in ("l0", "l1"):
        shapes |= {f"{layer}.{n}.w": (hidden, hidden) for n in ("q", "k", "v", "ao")}
        shapes |= {f"{layer}.{n}.b": (hidden,) for n in ("q", "k", "v", "ao", "fo", "aln", "oln")}
        shapes |= {f"{layer}.fi.w": (inner, hidden), f"{layer}.fi.b": (inner,), f"{layer}.fo.w": (hidden, inner)}
    weights = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}
    norms = [f"{name}.w" for name in ("emb.ln", "l0.aln", "l0.oln", "l1.aln", "l1.oln")]
    weights |= {name: np.ones(hidden, np.float32) for name in norms} | {"emb.ln.b": np.zeros(hidden, np.float32)}
    return Pretrained(4, 1e-12, tuple(pieces), np.full(len(pieces), -5.0, np.float32), {}, weights)


@pytest.fixture(scope="session")
def planted_recall():
    """Share of queries whose nearest passage is about the same planted word."""

    def recall(encoder, pairs):
        queries = encoder.encode(pairs.table["query"].tolist(), "query")
        passages = encoder.encode(pairs.table["passage"].tolist(), "passage")
        nearest = (queries @ passages.T).argmax(axis=1)
        word = [next(i for i, w in enumerate(WORDS) if w in text) for text in pairs.table["query"]]
        return float(np.mean([OTHER[word[row]] in pairs.table["passage"].iloc[at] for row, at in enumerate(nearest)]))

    return recall
