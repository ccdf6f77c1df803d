"""The graph computes what a BERT encoder is: checked against the formulas in NumPy, and its blocks by hand."""

from __future__ import annotations

from math import erf

import numpy as np
import onnxruntime
import pytest

from training.matching.graph import BLOCK, Bert, blocks, build, state_names

pytestmark = pytest.mark.truth

HIDDEN, INNER, HEADS, PIECES = 64, 128, 4, 50


def drawn(layers=2, pooling="mean"):
    rng = np.random.default_rng(0)
    shapes = {"emb.word": (PIECES, HIDDEN), "emb.pos": (16, HIDDEN), "emb.type": (2, HIDDEN)}
    for layer in range(layers):
        shapes |= {f"l{layer}.{n}.w": (HIDDEN, HIDDEN) for n in ("q", "k", "v", "ao")}
        shapes |= {f"l{layer}.fi.w": (INNER, HIDDEN), f"l{layer}.fo.w": (HIDDEN, INNER)}
        shapes |= {f"l{layer}.{n}.b": (HIDDEN,) for n in ("q", "k", "v", "ao", "fo")} | {f"l{layer}.fi.b": (INNER,)}
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    for name in ["emb.ln", *(f"l{layer}.{n}" for layer in range(layers) for n in ("aln", "oln"))]:
        weights[f"{name}.w"] = rng.uniform(0.5, 1.5, HIDDEN).astype(np.float32)
        weights[f"{name}.b"] = rng.normal(0, 0.1, HIDDEN).astype(np.float32)
    return Bert(HEADS, 1e-12, pooling, weights)


def by_hand(bert, ids):
    """BERT (Devlin et al. 2019) over one text, in float64."""
    w = {name: value.astype(float) for name, value in bert.weights.items()}

    def norm(x, name):
        scaled = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + bert.eps)
        return scaled * w[f"{name}.w"] + w[f"{name}.b"]

    def linear(x, name):
        return x @ w[f"{name}.w"].T + w[f"{name}.b"]

    x = norm(w["emb.word"][ids] + w["emb.pos"][: len(ids)] + w["emb.type"][0], "emb.ln")
    for layer in range(bert.layers):
        heads = [linear(x, f"l{layer}.{n}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for n in "qkv"]
        weights = np.exp(heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(HIDDEN / HEADS))
        mixed = (weights / weights.sum(-1, keepdims=True)) @ heads[2]
        x = norm(x + linear(mixed.transpose(1, 0, 2).reshape(len(ids), -1), f"l{layer}.ao"), f"l{layer}.aln")
        inner = linear(x, f"l{layer}.fi")
        gelu = inner * 0.5 * (1 + np.vectorize(erf)(inner / 2**0.5))
        x = norm(x + linear(gelu, f"l{layer}.fo"), f"l{layer}.oln")
    pooled = x.mean(0) if bert.pooling == "mean" else x[0]
    return pooled / np.linalg.norm(pooled)


def run(bert, small, ids):
    session = onnxruntime.InferenceSession(build(bert, small).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["vector"], {"input_ids": np.array(ids)})[0]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_float_graph_is_the_formula(pooling):
    bert = drawn(pooling=pooling)
    ids = [[3, 7, 7, 1, 49], [0, 2, 4, 6, 8]]
    assert run(bert, False, ids) == pytest.approx(np.stack([by_hand(bert, row) for row in ids]), abs=1e-5)


def test_blocks_keep_the_vectors():
    bert = drawn()
    ids = np.random.default_rng(1).integers(0, PIECES, (20, 9))
    exact = np.stack([by_hand(bert, row) for row in ids])
    assert (run(bert, True, ids) * exact).sum(axis=1).min() > 0.999


def test_a_block_of_eight_bits_by_hand():
    """The largest of a block is 127 steps from the middle, 128: with a largest of 12.7 a step is .1."""
    row = np.zeros((1, BLOCK), np.float32)
    row[0, :4] = [12.7, -12.7, 0.1, -0.26]
    codes, scale = blocks(row)
    assert scale == pytest.approx(0.1)
    assert codes[0, 0, :5].tolist() == [255, 1, 129, 125, 128]


def test_a_block_of_zeros_is_the_middle():
    codes, scale = blocks(np.zeros((2, BLOCK), np.float32))
    assert (codes == 128).all()
    assert (scale == 0).all()


def test_a_row_that_no_block_divides_is_refused():
    with pytest.raises(ValueError, match="no multiple"):
        blocks(np.zeros((1, BLOCK + 1), np.float32))


def test_every_weight_has_one_name_in_a_bert_model():
    names = state_names(2)
    assert names.keys() == drawn(2).weights.keys()
    assert len(set(names.values())) == len(names)
