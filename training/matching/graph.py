"""A BERT encoder as an ONNX graph: mean pooling and unit length inside, matrices in blocks of 8 bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]

BLOCK = 32
OPSET = 21
MICROSOFT = "com.microsoft"  # onnxruntime's own operators: quantised matrices and rows, attention in one step


@dataclass(frozen=True)
class Bert:
    """Weights of a BERT encoder by the names of ``pretrained`` (``emb.word``, ``l0.q.w``, ...), [out, in]."""

    heads: int
    eps: float
    pooling: str  # "mean" or "cls"
    weights: Mapping[str, Floats]

    @property
    def layers(self) -> int:
        """How many transformer layers the weights have."""
        return len({name.split(".")[0] for name in self.weights if name[0] == "l"})


def state_names(layers: int) -> dict[str, str]:
    """Our name of each tensor -> its name in the state of a BertModel of transformers."""
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
    }
    parts = {"emb.ln": "embeddings.LayerNorm"}
    inside = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }  # fmt: skip
    for layer in range(layers):
        parts |= {f"l{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in inside.items()}
    for ours, theirs in parts.items():
        names |= {f"{ours}.w": f"{theirs}.weight", f"{ours}.b": f"{theirs}.bias"}
    return names


def blocks(matrix: Floats) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Rows of ``matrix`` [n, k] in blocks of 32: codes uint8 [n, k/32, 32], scales float32 [n, k/32].

    weight = (code - 128) · scale; the largest magnitude of a block is 127 steps.
    """
    rows, inner = matrix.shape
    if inner % BLOCK:
        raise ValueError(f"rows of {inner} weights are no multiple of {BLOCK}")
    cut = matrix.reshape(rows, inner // BLOCK, BLOCK)
    scale = np.abs(cut).max(axis=2) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    codes = (np.rint(cut * inverse[:, :, None]) + 128).astype(np.uint8)
    return codes, scale.astype(np.float32)


@dataclass
class _Graph:
    small: bool
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def linear(self, x: str, weight: Floats, bias: Floats, name: str) -> str:
        out, inner = weight.shape
        if not self.small:
            product = self.add("MatMul", x, self.constant(f"{name}.w", weight.T), name=f"{name}.product")
            return self.add("Add", product, self.constant(f"{name}.b", bias), name=name)
        codes, scale = blocks(weight)
        inputs = [x, self.constant(f"{name}.w", codes), self.constant(f"{name}.scale", scale)]
        attributes = {"K": inner, "N": out, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
        product = self.add("MatMulNBits", *inputs, name=f"{name}.product", domain=MICROSOFT, **attributes)
        return self.add("Add", product, self.constant(f"{name}.b", bias), name=name)

    def rows(self, table: Floats, numbers: str, name: str) -> str:
        if not self.small:
            return self.add("Gather", self.constant("emb.word", table), numbers, name=name)
        codes, scale = blocks(table)
        flat = self.constant("emb.word", codes.reshape(table.shape))
        inputs = [flat, numbers, self.constant("emb.word.scale", scale)]
        attributes = {"bits": 8, "block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        return self.add("GatherBlockQuantized", *inputs, name=name, domain=MICROSOFT, **attributes)


def build(bert: Bert, small: bool = True) -> onnx.ModelProto:
    """Graph from ``input_ids`` int64 [texts, tokens] to ``vector`` float32 [texts, hidden] of unit length; no padding.

    ``small``: matrices and embedding in blocks of 8 bits; else float32, against which the former are checked.
    """
    graph, weights = _Graph(small), bert.weights
    hidden = weights["emb.word"].shape[1]

    def norm(x: str, name: str) -> str:
        inputs = [graph.constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in "wb"]
        return graph.add("LayerNormalization", x, *inputs, name=name, axis=-1, epsilon=bert.eps)

    def linear(x: str, name: str) -> str:
        return graph.linear(x, weights[f"{name}.w"], weights[f"{name}.b"], name)

    graph.constant("axis.0", np.array([0], np.int64))
    length = graph.add("Shape", "input_ids", name="length", start=1, end=2)
    table = graph.constant("emb.pos", weights["emb.pos"] + weights["emb.type"][0])
    positions = graph.add("Slice", table, "axis.0", length, "axis.0", name="positions")
    words = graph.rows(weights["emb.word"], "input_ids", "words")
    x = norm(graph.add("Add", words, positions, name="embedding"), "emb.ln")
    for layer in range(bert.layers):
        at = f"l{layer}"
        q, k, v = (linear(x, f"{at}.{name}") for name in "qkv")
        mixed = graph.add("MultiHeadAttention", q, k, v, name=f"{at}.mixed", domain=MICROSOFT, num_heads=bert.heads)
        x = norm(graph.add("Add", linear(mixed, f"{at}.ao"), x, name=f"{at}.after"), f"{at}.aln")
        inner = graph.add("Gelu", linear(x, f"{at}.fi"), name=f"{at}.gelu")
        x = norm(graph.add("Add", linear(inner, f"{at}.fo"), x, name=f"{at}.out"), f"{at}.oln")
    if bert.pooling == "cls":
        pooled = graph.add("Gather", x, graph.constant("first", np.array(0, np.int64)), name="pooled", axis=1)
    else:
        pooled = graph.add(
            "ReduceMean", x, graph.constant("axis.1", np.array([1], np.int64)), name="pooled", keepdims=0
        )
    graph.add("LpNormalization", pooled, name="vector", axis=-1, p=2)
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["texts", hidden])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10, producer_name="innovation-points")
