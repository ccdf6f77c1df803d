"""An encoder's folder: read, checked, run; the table without a network behaves the same."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from features.text import CARD, TABLE, TOKENIZER, EncoderCard, EncoderError, TextEncoder, plain

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
    assert encoder.encode(["a"], "passage") == pytest.approx(np.array([[3, 2]]) / 13**0.5)


@pytest.mark.parametrize("text", ["", " ", "\n", "?", "\ud800", "a" * 50_000, "<s></s>", "a\x00b", "b " * 9_000])
def test_every_text_has_a_vector_of_length_one(folder, text):
    vectors = TextEncoder.load(folder).encode([text, "a"], "query")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)


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


def test_spaces_become_one_before_a_text_is_cut():
    assert plain(" a \n\t b\ud800 ", 3) == "a b"


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
