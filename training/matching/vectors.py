"""Vectors that were computed once: kept on disk by encoder and text, so that a repeated run encodes nothing again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Kind = Literal["query", "passage"]
BATCH = 512  # texts that are encoded before they are written


class Encoder(Protocol):
    """What a text encoder offers (``features.text.TextEncoder``)."""

    @property
    def digest(self) -> str:
        """Which weights, tokens and prompts."""

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""

    def encode(self, texts: Sequence[str], kind: Kind) -> Floats:
        """Rows of unit length."""


class CachedEncoder:
    """An encoder that first looks up what it encoded before.

    folder : holds a sub-folder by encoder digest with one NumPy file of keys and one of vectors a batch
    progress : called with the number of texts that a step settled
    """

    def __init__(self, encoder: Encoder, folder: Path, progress: Callable[[int], None] = lambda _: None) -> None:
        self._encoder = encoder
        self._folder = folder / encoder.digest[:16]
        self._progress = progress
        self._place: dict[bytes, int] = {}
        self._batches: list[Floats] = []
        self._start: list[int] = []
        self._count = 0
        for path in sorted(self._folder.glob("*.keys.npy")):
            vectors = np.load(path.with_name(path.name.replace(".keys.", ".vectors.")), mmap_mode="r")
            self._remember([bytes(key) for key in np.load(path)], vectors)

    @property
    def digest(self) -> str:
        """The encoder's."""
        return self._encoder.digest

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], kind: Kind) -> Floats:
        """As the encoder's; what is new is written at once."""
        keys = [blake2b(f"{kind}\0{text}".encode(errors="ignore"), digest_size=16).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._place}
        self._progress(len(texts) - len(new))
        names = sorted(new, key=lambda key: len(new[key]))  # texts of one length share a batch
        for start in range(0, len(names), BATCH):
            part = names[start : start + BATCH]
            vectors = self._encoder.encode([new[key] for key in part], kind)
            self._write(part, vectors)
            self._remember(part, vectors)
            self._progress(len(part))
        rows = np.array([self._place[key] for key in keys], dtype=np.int64)
        found = np.empty((len(rows), self.dimension), dtype=np.float32)
        batch = np.searchsorted(self._start, rows, side="right") - 1
        for one in np.unique(batch):
            mine = batch == one
            found[mine] = self._batches[one][rows[mine] - self._start[one]]
        return found

    def _remember(self, keys: Sequence[bytes], vectors: Floats) -> None:
        self._start.append(self._count)
        self._batches.append(vectors)
        self._place |= {key: self._count + row for row, key in enumerate(keys)}
        self._count += len(keys)

    def _write(self, keys: Sequence[bytes], vectors: Floats) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = keys[0].hex()
        np.save(self._folder / f"{name}.vectors.npy", vectors)
        np.save(self._folder / f"{name}.keys.npy", np.array([np.void(key) for key in keys]))
