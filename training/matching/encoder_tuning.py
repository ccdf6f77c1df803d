"""The tuning itself: batches of pairs, mined wrong answers, a ranking loss over the first numbers too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding

from features.text import Kind
from training.matching.encoder_params import EncoderParams
from training.matching.pairs import Pairs, batches, hard_negatives

Floats = npt.NDArray[np.float32]
Vectors = Callable[[Sequence[str], Kind], Floats]


@dataclass(frozen=True)
class Start:
    """An encoder before tuning: what it is, how texts are marked for it, and under which licence.

    before : folder of another encoder that it is, whose training texts count too
    """

    model: SentenceTransformer
    prompts: Mapping[str, str]
    licence: str  # its short name
    licence_text: str
    source: str
    before: Path | None = None

    @property
    def is_table(self) -> bool:
        """No network: a row a piece."""
        return isinstance(self.model[0], StaticEmbedding)


def tune(begun: Start, pairs: Pairs, params: EncoderParams, device: str, vectors: Vectors) -> None:
    """Tune ``begun.model`` in place: the mean of ``runs`` tuned models' weights, ``tuned_share`` of the way to it.

    vectors : gives the untuned model's vectors, by which hard negatives are mined
    """
    weights = dict(begun.model.named_parameters())
    before = {name: value.detach().clone() for name, value in weights.items()}
    mean = {name: torch.zeros_like(value) for name, value in before.items()}
    for run in range(params.runs):
        with torch.no_grad():
            for name, value in weights.items():
                value.copy_(before[name])
        tune_once(begun, pairs, replace(params, seed=params.seed + run), device, vectors)
        for name, value in weights.items():
            mean[name] += value.detach() / params.runs
    with torch.no_grad():
        for name, value in weights.items():
            value.copy_(torch.lerp(before[name], mean[name], params.tuned_share))


def tune_once(begun: Start, pairs: Pairs, params: EncoderParams, device: str, vectors: Vectors) -> None:
    """One run: every other answer of a batch and the mined negatives are wrong answers to a query."""
    torch.manual_seed(params.seed)
    count = params.batches
    if begun.is_table:
        count = -(-params.static_epochs * len(pairs) // params.batch_size)
    drawn = list(batches(pairs, params.batch_size, count, params.source_power, params.seed))
    negatives = mine(pairs, np.unique(np.concatenate(drawn)), params, vectors)
    model = begun.model.to(device)
    model.train()
    weights, size = _tuned(begun, params), model.get_embedding_dimension() or 0
    parts = [pair for pair in zip(params.dimensions, params.dimension_weights, strict=True) if pair[0] <= size]
    ranking = MultipleNegativesRankingLoss(model, scale=params.scale)
    loss = MatryoshkaLoss(model, ranking, [part[0] for part in parts], [part[1] for part in parts])
    rate = params.static_learning_rate if begun.is_table else params.learning_rate
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0 if begun.is_table else 0.01)
    warm = max(1, round(params.warmup_share * count))
    plan = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (count - step) / max(1, count - warm)))
    )
    columns = {kind: (begun.prompts[kind] + pairs.table[kind]).tolist() for kind in ("query", "passage")}
    with shorter(begun, params.train_tokens, device):
        for rows in track(drawn, "tuning the encoder", transient=True):
            texts = [[columns["query"][row] for row in rows], [columns["passage"][row] for row in rows]]
            texts += [[columns["passage"][row] for row in other] for other in negatives[rows].T]
            optimiser.zero_grad()
            loss([_features(model, part, device) for part in texts], None).backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            plan.step()
    model.to("cpu").eval()


def _features(model: SentenceTransformer, texts: list[str], device: str) -> dict[str, torch.Tensor]:
    return {
        name: value.to(device) for name, value in model.preprocess(texts).items() if isinstance(value, torch.Tensor)
    }


@contextmanager
def shorter(begun: Start, tokens: int, device: str) -> Iterator[None]:
    """Texts cut at ``tokens``; on a GPU the network alone computes in bfloat16, the loss in float32."""
    if begun.is_table:
        yield
        return
    longest, begun.model.max_seq_length = begun.model.max_seq_length, tokens
    network: Any = begun.model[0].auto_model
    forward = network.forward
    if device != "cpu":
        network.forward = torch.autocast(torch.device(device).type, torch.bfloat16)(forward)
    try:
        yield
    finally:
        begun.model.max_seq_length, network.forward = longest, forward


def mine(pairs: Pairs, rows: npt.NDArray[np.int64], params: EncoderParams, vectors: Vectors) -> npt.NDArray[np.int64]:
    """Hard negatives of ``rows`` among ``rows``, int64 [pairs, hard_negatives]; other pairs have number 0."""
    found = np.zeros((len(pairs), params.hard_negatives), np.int64)
    if params.hard_negatives:
        own = Pairs(pairs.table.iloc[rows].reset_index(drop=True))
        queries, passages = (
            vectors(own.table["query"].tolist(), "query"),
            vectors(own.table["passage"].tolist(), "passage"),
        )
        count, depth, margin = params.hard_negatives, params.negative_depth, params.negative_margin
        found[rows] = rows[hard_negatives(own, queries, passages, count, depth, margin, params.seed)]
    return found


def _tuned(begun: Start, params: EncoderParams) -> list[torch.nn.Parameter]:
    """The weights that are tuned; the others are frozen."""
    if not begun.is_table and params.frozen_layers:
        network: Any = begun.model[0].auto_model
        network.embeddings.requires_grad_(False)
        for layer in network.encoder.layer[: params.frozen_layers]:
            layer.requires_grad_(False)
    return [weight for weight in begun.model.parameters() if weight.requires_grad]
