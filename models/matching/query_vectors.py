"""Vectors of texts that are asked again and again: the demands on file, encoded once for a library and kept with it.

A text is known by its digest, so nothing of a demand can be read from what is kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.matching.library import Encoder, Floats

CARD, VECTORS = "demands.json", "vectors.npy"


class QueryVectorsError(ValueError):
    """The files are missing or corrupt, or of another encoder."""


@dataclass
class QueryVectors:
    """Rows of unit length by the digest of the text that they are of; all of one encoder."""

    encoder_digest: str | None
    vectors: dict[str, Floats] = field(default_factory=dict)

    def encode(self, texts: Sequence[str], encoder: Encoder) -> Floats:
        """Vectors of the texts, shape (texts, dimension); those not known yet are encoded, each once, and kept."""
        names = [text_digest(text) for text in texts]
        new = {name: text for name, text in zip(names, texts, strict=True) if name not in self.vectors}
        if new:
            made = encoder.encode(list(new.values()), "query")
            self.vectors.update(zip(new, made, strict=True))
        rows: npt.NDArray[np.float32] = np.zeros((len(names), encoder.dimension), np.float32)
        for row, name in zip(rows, names, strict=True):
            row[:] = self.vectors[name]
        return rows

    def only(self, texts: Sequence[str]) -> QueryVectors:
        """Those of these texts."""
        names = dict.fromkeys(map(text_digest, texts))
        return QueryVectors(self.encoder_digest, {name: self.vectors[name] for name in names if name in self.vectors})

    def save(self, folder: Path) -> None:
        """Write the digests and the vectors."""
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted(self.vectors)
        np.save(folder / VECTORS, np.array([self.vectors[name] for name in names], np.float32))
        card = {"encoder_digest": self.encoder_digest, "texts": names}
        (folder / CARD).write_text(json.dumps(card, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder_digest: str | None) -> QueryVectors:
        """Read what ``save`` wrote; none where the folder is missing.

        raises : QueryVectorsError for files that cannot be read, or that are of another encoder
        """
        if not folder.is_dir():
            return cls(encoder_digest)
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            names, found = list(card["texts"]), card["encoder_digest"]
            rows = np.load(folder / VECTORS)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise QueryVectorsError(f"vectors in {folder.name}/ cannot be read: {fault!r}") from fault
        if len(names) != len(rows):
            raise QueryVectorsError(f"vectors in {folder.name}/: {len(names)} texts and {len(rows)} vectors")
        if found != encoder_digest:
            raise QueryVectorsError(
                f"vectors in {folder.name}/ are of encoder {(found or 'none')[:12]}, the encoder is "
                f"{(encoder_digest or 'none')[:12]}: make the index again"
            )
        return cls(encoder_digest, dict(zip(names, rows, strict=True)))


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
