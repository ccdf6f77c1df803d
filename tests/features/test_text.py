"""An encoder's folder: read, checked, run; the table without a network behaves the same."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tokenizers import Tokenizer, models, pre_tokenizers

from features.text import (
    CARD,
    GRAPH,
    TABLE,
    TOKENIZER,
    TOKENS_A_CALL,
    EncoderCard,
    EncoderError,
    TextEncoder,
    files_digest,
    plain,
)

pytestmark = pytest.mark.contract

ROWS = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0]], np.float16)  # unknown, "a", "b"


@pytest.fixture
def folder(tmp_path):
    """A table of three pieces: "a" points along the first number, "b" along the second."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / TOKENIZER))
    np.save(tmp_path / TABLE, ROWS)
    EncoderCard(2, 4, {"query": "", "passage": "b "}, "", "own", "by hand").save(tmp_path)
    return tmp_path


def test_a_vector_is_the_mean_of_the_rows_at_length_one(folder):
    """A + a + b = (6, 2) / sqrt(40); a passage has "b" before it: b + a = (3, 2) / sqrt(13)."""
    encoder = TextEncoder.load(folder)
    assert encoder.encode(["a a b"], "query") == pytest.approx(np.array([[6, 2]]) / 40**0.5)
    assert encoder.encode(["a a b"], "query").dtype == np.float32
    assert encoder.encode(["a"], "passage") == pytest.approx(np.array([[3, 2]]) / 13**0.5)


@pytest.mark.parametrize("text", ["", " ", "\n", "?", "\ud800", "a" * 50_000, "<s></s>", "a\x00b", "b " * 9_000])
def test_every_text_has_a_vector_of_length_one(folder, text):
    vectors = TextEncoder.load(folder).encode([text, "a"], "query")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)


def test_a_text_without_a_piece_points_where_all_rows_do_and_one_without_a_direction_nowhere_else(folder):
    """All rows add up to (3, 2); the row of an unknown word is (0, 0), so its vector is (1, 1) at length one."""
    made = TextEncoder.load(folder).encode(["", "?", ""], "query")
    assert made == pytest.approx(np.array([[3, 2], [0, 0], [3, 2]]) / 13**0.5 + [[0, 0], [0.5**0.5] * 2, [0, 0]])


def test_a_short_row_is_stretched_to_length_one(folder):
    """(0.3, 0.4) has length 0.5."""
    np.save(folder / TABLE, np.array([[0.0, 0.0], [0.3, 0.4], [0.0, 2.0]], np.float32))
    card = EncoderCard(2, 4, {"query": "", "passage": ""}, "", "own", "by hand").save(folder)
    assert card.digest == TextEncoder.load(folder).digest
    assert TextEncoder.load(folder).encode(["a"], "query") == pytest.approx(np.array([[0.6, 0.8]]))


def test_no_text_gives_no_row(folder):
    assert TextEncoder.load(folder).encode([], "query").shape == (0, 2)


def test_a_vector_does_not_depend_on_the_texts_beside_it(folder):
    encoder = TextEncoder.load(folder)
    texts = ["a", "b a b", "a b", "b", "a a a b"]
    together = encoder.encode(texts, "query")
    assert np.array_equal(together, np.concatenate([encoder.encode([text], "query") for text in texts]))


def test_a_text_is_cut_at_the_most_tokens(folder):
    """Four tokens are read: the fifth changes nothing."""
    encoder = TextEncoder.load(folder)
    assert np.array_equal(encoder.encode(["a a a a b"], "query"), encoder.encode(["a a a a"], "query"))


def test_no_more_of_a_text_is_tokenised_than_its_pieces_can_reach(folder):
    """Four pieces of sixteen characters: of a text the first 64 characters are read."""
    encoder = TextEncoder.load(folder)
    assert encoder.tokens(["x" * 62 + " a", "x" * 63 + " a", "x" * 62 + " aa"], "query") == [[0, 1], [0], [0, 1]]


def test_the_name_of_a_special_token_in_a_text_is_text(folder):
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.add_special_tokens(["</s>"])
    tokenizer.save(str(folder / TOKENIZER))
    EncoderCard(2, 4, {"query": "", "passage": ""}, "", "own", "by hand").save(folder)
    assert TextEncoder.load(folder).tokens(["a </s>"], "query") == [[1, 0, 0, 0]]


class Shapes:
    """Weights that remember the shapes of what they are given."""

    def __init__(self):
        self.seen = []

    def vectors(self, tokens):
        assert tokens.dtype == np.int64
        self.seen.append(tokens.shape)
        return np.ones((len(tokens), 2), np.float32)


@pytest.mark.parametrize(
    ("texts", "shapes"),
    [
        (["a " * 300] * 2 + ["a"], [(1, 1), (1, 300), (1, 300)]),
        (["a " * 256] * 3, [(2, 256), (1, 256)]),
        (["a b"] * 257 + ["a"], [(1, 1), (256, 2), (1, 2)]),
        (["b"] * 513, [(512, 1), (1, 1)]),
        ([""] * 513, [(512, 0), (1, 0)]),
    ],
)
def test_texts_of_one_length_go_together_up_to_512_tokens(folder, texts, shapes):
    weights = Shapes()
    card = EncoderCard(2, 600, {"query": "", "passage": ""}, "", "own", "by hand")
    TextEncoder(card, Tokenizer.from_file(str(folder / TOKENIZER)), weights).encode(texts, "query")
    assert (weights.seen, TOKENS_A_CALL) == (shapes, 512)


def graph_folder(folder):
    """The table as a network, with an output that is not read before the vector: the mean row of the pieces."""
    (folder / TABLE).unlink()
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("ReduceMean", ["rows"], ["vector"], axes=[1], keepdims=0),
    ]
    read = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("rows", "vector")]
    table = helper.make_tensor("table", TensorProto.FLOAT, (3, 2), [0, 0, 1, 0, 0, 1])
    graph = helper.make_graph(nodes, "mean", read, made, [table])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (folder / GRAPH).write_bytes(model.SerializeToString())
    EncoderCard(2, 4, {"query": "", "passage": "b "}, "", "own", "by hand").save(folder)


def test_a_graph_s_vectors_are_read(folder):
    """A, b, b, b: (1, 3) / 4."""
    graph_folder(folder)
    encoder = TextEncoder.load(folder)
    assert encoder.encode(["a b b b", "b", "a b b"], "query") == pytest.approx(
        np.array([[1 / 4, 3 / 4], [0, 1], [1 / 3, 2 / 3]])
    )
    assert encoder.encode(["a"], "passage") == pytest.approx(np.array([[0.5, 0.5]]))


@pytest.mark.parametrize(("given", "threads"), [({}, 2), ({"threads": 1}, 1)])
def test_a_graph_uses_so_many_threads_and_none_of_them_spins(folder, monkeypatch, given, threads):
    graph_folder(folder)
    opened = []
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *args, **named: opened.append((*args, named)))
    TextEncoder.load(folder, **given)
    ((path, options, named),) = opened
    assert (path, named) == (str(folder / GRAPH), {"providers": ["CPUExecutionProvider"]})
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (threads, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_spaces_become_one_before_a_text_is_cut():
    assert plain(" a \n\t b\ud800 ", 3) == "a b"


def test_the_card_by_hand(folder):
    """Keys in order, letters as they are; its digest is of the settings, then of each file with its name."""
    made = EncoderCard(2, 4, {"query": "查 ", "passage": "b "}, "", "own", "by hand").save(folder)
    settings = '{"dimension": 2, "max_tokens": 4, "prompts": {"passage": "b ", "query": "查 "}}'
    parts = [settings.encode()]
    for name in (TABLE, TOKENIZER):
        parts += [f"{name}:".encode(), sha256((folder / name).read_bytes()).digest()]
    digest = sha256(b"".join(parts)).hexdigest()
    assert made.digest == files_digest(folder, made.settings()) == digest
    assert (
        (folder / CARD).read_text(encoding="utf-8")
        == f"""{{
  "digest": "{digest}",
  "dimension": 2,
  "licence": "own",
  "max_tokens": 4,
  "prompts": {{
    "passage": "b ",
    "query": "查 "
  }},
  "source": "by hand"
}}
"""
    )


def test_a_table_of_objects_is_refused(folder):
    """Reading them would run what they say; a table is mapped into memory, and no object can be."""
    np.save(folder / TABLE, ROWS.astype(object), allow_pickle=True)
    EncoderCard(2, 4, {"query": "", "passage": ""}, "", "own", "by hand").save(folder)
    with pytest.raises(ValueError, match="memory-mapped"):
        TextEncoder.load(folder)


def test_both_digests_are_named(folder):
    """The first twelve digits of each."""
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"digest": "0123456789abcdef"}))
    with pytest.raises(EncoderError) as caught:
        TextEncoder.load(folder)
    assert str(caught.value) == (
        f"{folder}: the files have digest {card['digest'][:12]}, encoder.json says 0123456789ab"
    )


@pytest.mark.parametrize("name", [TOKENIZER, TABLE])
def test_a_changed_file_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(EncoderError, match="the files have digest"):
        TextEncoder.load(folder)


@pytest.mark.parametrize("name", [TOKENIZER, TABLE, CARD])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=r"is missing|needs tokenizer\.json"):
        TextEncoder.load(folder)


def test_a_changed_prompt_is_another_encoder(folder):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"prompts": {"query": "a ", "passage": ""}}))
    with pytest.raises(EncoderError, match="digest"):
        TextEncoder.load(folder)


def test_an_unknown_key_of_the_card_is_named(folder):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"colour": "red"}))
    with pytest.raises(EncoderError, match="colour"):
        TextEncoder.load(folder)


def test_the_table_needs_neither_torch_nor_onnxruntime(folder):
    code = (
        "import sys; from pathlib import Path; from features.text import TextEncoder; "
        f"TextEncoder.load(Path({str(folder)!r})).encode(['a'], 'query'); "
        "print([m for m in ('torch', 'sentence_transformers', 'onnxruntime', 'training') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
