"""An encoder without a network, from nothing: a tokenizer of the texts' own pieces and a row of numbers a piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from training.matching.pretrained import normaliser

UNKNOWN = "<unk>"
LICENCE = "Made from the texts that it was trained on; it falls under their terms.\n"


@dataclass(frozen=True)
class Untrained:
    """A tokenizer and its table before training, float32 [pieces, dimension]."""

    tokenizer: Tokenizer
    rows: npt.NDArray[np.float32]


def untrained(texts: Sequence[str], pieces: int, dimension: int, seed: int) -> Untrained:
    """At most ``pieces`` pieces that ``texts`` are made from by pair merges, and small random rows."""
    made = Tokenizer(models.BPE(unk_token=UNKNOWN))
    made.normalizer = normaliser()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation(), pre_tokenizers.Digits()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=pieces, special_tokens=[UNKNOWN], show_progress=False, min_frequency=2, max_token_length=8
    )
    made.train_from_iterator(texts, trainer)
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((made.get_vocab_size(), dimension)).astype(np.float32) * np.float32(dimension**-0.5)
    return Untrained(made, rows)
