"""Texts as vectors: the encoder that training made, run by onnxruntime; one file for training and serving."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

Floats = npt.NDArray[np.float32]
Kind = Literal["query", "passage"]

GRAPH, TABLE, TOKENIZER, LICENCE_FILE, CARD = "encoder.onnx", "table.npy", "tokenizer.json", "LICENSE", "encoder.json"
LONGEST_PIECE = 16  # characters; a text is cut before it is tokenised where no more of it can be read
TOKENS_A_CALL = 512  # texts of one length go through the graph together, up to so many tokens


class EncoderError(ValueError):
    """A folder is no encoder, or not the encoder that it says it is."""


@dataclass(frozen=True)
class EncoderCard:
    """``encoder.json``: what the folder holds. ``prompts``: what is put before a query and before a passage."""

    dimension: int
    max_tokens: int
    prompts: Mapping[str, str]
    digest: str
    licence: str
    source: str

    def save(self, folder: Path) -> EncoderCard:
        """Write the card with the digest of the files that lie in ``folder`` now, and return it."""
        made = EncoderCard(**(self.__dict__ | {"digest": files_digest(folder, self.settings())}))
        text = json.dumps(made.__dict__, ensure_ascii=False, indent=2, sort_keys=True)
        (folder / CARD).write_text(text + "\n", encoding="utf-8")
        return made

    def settings(self) -> dict[str, Any]:
        """What changes a vector beside the files."""
        return {"dimension": self.dimension, "max_tokens": self.max_tokens, "prompts": dict(self.prompts)}


def files_digest(folder: Path, settings: Mapping[str, Any]) -> str:
    """SHA-256 over graph or table, tokenizer and ``settings``: two encoders with one digest give the same vectors."""
    digest = hashlib.sha256(json.dumps(settings, ensure_ascii=False, sort_keys=True).encode())
    for name in (GRAPH, TABLE, TOKENIZER):
        if (folder / name).is_file():
            digest.update(f"{name}:".encode())
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def read_card(folder: Path) -> EncoderCard:
    """The card of ``folder``; raises EncoderError where a file is missing or the digest differs."""
    if not (folder / CARD).is_file():
        raise EncoderError(f"{folder} is no encoder: {CARD} is missing")
    raw = json.loads((folder / CARD).read_text(encoding="utf-8"))
    known = set(EncoderCard.__dataclass_fields__)
    if set(raw) != known:
        raise EncoderError(f"{folder / CARD}: missing {sorted(known - set(raw))}, unknown {sorted(set(raw) - known)}")
    card = EncoderCard(**raw)
    weights = [name for name in (GRAPH, TABLE) if (folder / name).is_file()]
    if len(weights) != 1 or not (folder / TOKENIZER).is_file():
        raise EncoderError(f"{folder} needs {TOKENIZER} and one of {GRAPH} and {TABLE}; it has {weights}")
    found = files_digest(folder, card.settings())
    if found != card.digest:
        raise EncoderError(f"{folder}: the files have digest {found[:12]}, {CARD} says {card.digest[:12]}")
    return card


class TextEncoder:
    """Vectors of unit length for queries and passages. Calls from several threads at once are safe."""

    def __init__(self, card: EncoderCard, tokenizer: Tokenizer, weights: _Weights) -> None:
        self.card, self._tokenizer, self._weights = card, tokenizer, weights

    @classmethod
    def load(cls, folder: Path, threads: int = 2) -> TextEncoder:
        """Read an encoder's folder; ``threads`` is how many one call may use. Raises EncoderError."""
        card = read_card(folder)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        tokenizer.encode_special_tokens = True  # "</s>" in a text is text
        tokenizer.no_padding()
        tokenizer.enable_truncation(card.max_tokens)
        if (folder / GRAPH).is_file():
            return cls(card, tokenizer, _Graph(folder / GRAPH, threads))
        return cls(card, tokenizer, _Table(folder / TABLE))

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""
        return self.card.dimension

    @property
    def digest(self) -> str:
        """Which encoder this is: vectors of encoders with another digest are not comparable."""
        return self.card.digest

    def tokens(self, texts: Sequence[str], kind: Kind) -> list[list[int]]:
        """Piece numbers of each text with its prompt, cut at ``max_tokens``."""
        prompt, longest = self.card.prompts[kind], self.card.max_tokens * LONGEST_PIECE
        return [encoding.ids for encoding in self._tokenizer.encode_batch([prompt + plain(t, longest) for t in texts])]

    def encode(self, texts: Sequence[str], kind: Kind) -> Floats:
        """Vectors, float32 of shape (len(texts), dimension), rows of unit length; no text gives shape (0, dimension).

        Texts of one length in tokens go through together and none is padded, so a vector does not depend on the texts
        beside it but for rounding.
        """
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        tokens = self.tokens(texts, kind)
        order = sorted(range(len(tokens)), key=lambda row: (len(tokens[row]), row))
        start = 0
        while start < len(order):
            length = len(tokens[order[start]])
            most = max(1, TOKENS_A_CALL // max(1, length))
            rows = [row for row in order[start : start + most] if len(tokens[row]) == length]
            vectors[rows] = self._weights.vectors(np.array([tokens[row] for row in rows], np.int64))
            start += len(rows)
        return vectors


def plain(text: str, longest: int) -> str:
    """``text`` with single spaces and without lone surrogates, at most ``longest`` characters."""
    return " ".join(text.encode("utf-8", "ignore").decode("utf-8").split())[:longest]


class _Graph:
    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime  # here: the table needs none

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take the processor from the other workers of a service.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def vectors(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """Vectors of token numbers of shape (texts, tokens)."""
        made: Floats = self._session.run(["vector"], {"input_ids": tokens})[0]
        return made


class _Table:
    """The encoder without a network: the mean of the pieces' rows."""

    def __init__(self, path: Path) -> None:
        self._table: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)

    def vectors(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """Vectors of token numbers of shape (texts, tokens); a text without a piece gets the mean of all rows."""
        if tokens.shape[1]:
            summed = self._table[tokens].astype(np.float32).sum(axis=1)
        else:
            summed = np.repeat(self._table.astype(np.float32).sum(axis=0, keepdims=True), len(tokens), axis=0)
        length = np.linalg.norm(summed, axis=1, keepdims=True)
        made: Floats = np.divide(
            summed, length, out=np.full_like(summed, self._table.shape[1] ** -0.5), where=length > 0
        )
        return made


_Weights = _Graph | _Table
