"""What a person may set of the sentence encoder: section ``matching_encoder`` of params.yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class EncoderParams:
    """Section ``matching_encoder`` of params.yaml.

    start            : ``pretrained`` (the package's data file; ``static`` where it is not installed), ``static`` (a
                       table from nothing), or a local sentence-transformers folder with a BERT encoder
    lowest_score     : log-probability below which ASCII pieces of the pretrained vocabulary are left out
    max_tokens       : of a text, when it is served
    train_tokens     : of a text, when it is tuned on
    frozen_layers    : lower layers that are not tuned; above 0 the embeddings are not tuned either
    batch_size       : pairs of one source in a batch
    batches          : in all; 0 leaves the encoder as it comes
    learning_rate    : of AdamW at its highest, after ``warmup_share`` of the batches; then it falls to 0 on a line
    source_power     : a source is drawn ∝ (its pairs)^power
    scale            : of the cosines in the loss (1 / temperature)
    dimensions       : whose first numbers are to be vectors of their own, and ``dimension_weights`` in the loss
    hard_negatives   : mined per pair among the ``negative_depth`` nearest, below ``negative_margin`` · its cosine
    cloze_parts      : so many parts of each document are queries for the rest of it
    runs             : with seeds of their own, whose weights are averaged
    tuned_share      : the file holds this share of the tuned weights and the rest of those before tuning
    dev_share        : of the groups, evaluated on where no development tasks are given; at most ``dev_queries`` each
    static_*         : pieces, dimension, epochs and learning rate of the table from nothing
    threads          : of this computation; the bytes of the result depend on it
    """

    start: str
    lowest_score: float
    max_tokens: int
    train_tokens: int
    frozen_layers: int
    batch_size: int
    batches: int
    learning_rate: float
    warmup_share: float
    source_power: float
    scale: float
    dimensions: tuple[int, ...]
    dimension_weights: tuple[float, ...]
    hard_negatives: int
    negative_depth: int
    negative_margin: float
    cloze_parts: int
    runs: int
    tuned_share: float
    dev_share: float
    dev_queries: int
    static_pieces: int
    static_dimension: int
    static_epochs: int
    static_learning_rate: float
    threads: int
    seed: int

    def with_epochs(self, epochs: float, pairs: int) -> EncoderParams:
        """As many batches as ``epochs`` passes over so many pairs need."""
        return replace(self, batches=max(1, round(epochs * pairs / self.batch_size)))

    def large(self) -> EncoderParams:
        """For a GPU: every layer, longer texts, larger batches, the mean of four runs that differ by their seed."""
        return replace(
            self, train_tokens=128, frozen_layers=0, batch_size=256, learning_rate=1e-4, runs=4, tuned_share=0.85
        )
