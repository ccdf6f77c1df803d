"""Which texts an encoder was trained on, as hashes beside it: figures on texts that it has seen would mean little.

``training_texts.npy`` lies in an encoder's folder: the 64-bit hashes of its training texts, sorted, each once. It
changes no vector, so it is no part of the encoder's digest, and what is served doesn't read it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.matching import clean_text, split_text, split_units
from features.text import read_card
from training.matching.pretrained import SOURCE

Hashes = npt.NDArray[np.uint64]
FILE = "training_texts.npy"
SHORTEST_PART = 16  # letters: a shorter part of a text is a phrase that any other text may hold


class TrainingTextsError(ValueError):
    """An encoder's training texts are unknown, or hold a text that it is to be tested on."""


def letters(text: str) -> str:
    """What is compared of a text: letters and digits in compatible forms (NFKC) and lower case, nothing else."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", clean_text(text)).casefold()))


def text_hashes(texts: Iterable[str]) -> Hashes:
    """Hashes of the texts' letters, sorted, each once: the first 8 bytes of BLAKE2b; a text without one has none."""
    found = {kept for text in texts if (kept := letters(text))}
    return np.unique(np.fromiter(map(_hash, found), np.uint64, len(found)))


def write_training_texts(folder: Path, texts: Iterable[str], before: Path | None = None) -> None:
    """Write the hashes of an encoder's training texts into its folder.

    before : folder of the encoder that training began with, where it was no pretrained one: its texts are added. Where
             they are unknown those of this encoder are too, and no file is written
    """
    known = text_hashes(texts)
    if before is not None:
        if not (before / FILE).is_file():
            (folder / FILE).unlink(missing_ok=True)
            return
        known = np.union1d(known, np.load(before / FILE))
    np.save(folder / FILE, known)


def read_training_texts(folder: Path) -> Hashes:
    """Hashes of the training texts of the encoder in ``folder``; none for the pretrained one as it comes.

    raises : TrainingTextsError where no file says what a trained encoder was trained on, or the file cannot be that
    """
    as_it_comes = read_card(folder).source == SOURCE
    if not (folder / FILE).is_file():
        if as_it_comes:
            return np.zeros(0, np.uint64)
        raise TrainingTextsError(
            f"{folder} has no {FILE}, so nobody knows what the encoder was trained on: make it again, or use the "
            "pretrained one as it comes"
        )
    hashes = np.load(folder / FILE, allow_pickle=False)
    if hashes.ndim != 1 or hashes.dtype != np.uint64 or not (hashes[1:] > hashes[:-1]).all():
        raise TrainingTextsError(f"{folder / FILE} does not hold sorted 64-bit hashes, each once")
    if as_it_comes == bool(len(hashes)):
        says = "was not trained further" if as_it_comes else "was trained"
        raise TrainingTextsError(
            f"{folder / FILE} holds {len(hashes)} texts, but its card says that the encoder {says}"
        )
    return np.asarray(hashes)


def parts_of(text: str) -> list[str]:
    """The text, its passages and its sentences of at least SHORTEST_PART letters: training reads texts in parts too."""
    units = split_units(text)
    parts = [*units, *(part for unit in units for part in split_text(unit))]
    return [text, *(part for part in parts if len(letters(part)) >= SHORTEST_PART)]


def check_not_trained_on(trained: Hashes, table: str, texts: Sequence[str]) -> None:
    """Refuse an encoder that was trained on one of the texts that it is to be tested on, whole or in part.

    raises : TrainingTextsError naming the table, how many of its texts, and one of their hashes
    """
    if not len(trained):
        return
    seen = [found for text in texts if len(found := np.intersect1d(text_hashes(parts_of(text)), trained))]
    if seen:
        raise TrainingTextsError(
            f"table {table}: the encoder was trained on {len(seen)} of {len(texts)} texts that it would be tested on; "
            f"one has the hash {int(seen[0][0]):016x}"
        )


def _hash(kept: str) -> int:
    return int.from_bytes(blake2b(kept.encode(errors="ignore"), digest_size=8).digest(), "big")
