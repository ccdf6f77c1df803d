"""What a run of the benchmark uses, whatever the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.chain.figures import DRAWS
from training.matching.training_texts import Hashes, check_not_trained_on
from training.matching.vectors import Encoder


@dataclass(frozen=True)
class Options:
    """encoder : None leaves the vectors out; folder : its own; trained : hashes of the texts that it was trained on.

    seeds : splits; kept : folder of what the baselines decided; draws : resamples of an interval
    """

    encoder: Encoder | None
    trained: Hashes
    kept: Path | None
    seeds: int = 5
    draws: int = DRAWS
    folder: Path | None = None

    @property
    def kept_placements(self) -> Path | None:
        """Folder of what placing found."""
        return None if self.kept is None else self.kept.parent / "placements"

    def check(self, table: str, texts: Sequence[str]) -> None:
        """Refuse an encoder that was trained on one of the texts (``training.matching.training_texts``)."""
        check_not_trained_on(self.trained, table, texts)
