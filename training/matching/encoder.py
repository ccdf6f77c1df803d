"""The sentence encoder: tuned on pairs with sentence-transformers, written as the folder that ``features.text`` reads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, StaticEmbedding, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from features.text import GRAPH, LICENCE_FILE, TABLE, TOKENIZER, EncoderCard, EncoderError, Kind, TextEncoder
from training.matching import graph, pretrained, static
from training.matching.folder import Part
from training.matching.pairs import Pairs, batches, hard_negatives, hold_out, sources_of, texts_of

Floats = npt.NDArray[np.float32]

LEAST_COSINE = 0.999  # between the float model and the file of 8 bits, of every checked text


@dataclass(frozen=True)
class EncoderParams:
    """Section ``matching_encoder`` of params.yaml.

    start           : ``pretrained`` (the package's data file; ``static`` where it is not installed), ``static`` (a table
                      from nothing), or a local sentence-transformers folder with a BERT encoder
    lowest_score    : log-probability below which ASCII pieces of the pretrained vocabulary are left out
    max_tokens      : of a text, when it is served
    train_tokens    : of a text, when it is tuned on
    frozen_layers   : lower layers that are not tuned; above 0 the embeddings are not tuned either
    batch_size      : pairs of one source in a batch
    batches         : in all; 0 leaves the encoder as it comes
    learning_rate   : of AdamW at its highest, after ``warmup_share`` of the batches; then it falls to 0 on a line
    source_power    : a source is drawn ∝ (its pairs)^power
    scale           : of the cosines in the loss (1 / temperature)
    dimensions      : whose first numbers are to be vectors of their own, and ``dimension_weights`` in the loss
    hard_negatives  : mined per pair among the ``negative_depth`` nearest, below ``negative_margin`` · the pair's cosine
    tuned_share     : the file holds this share of the tuned weights and the rest of those before tuning
    dev_share       : of the groups, evaluated on where no development tasks are given; at most ``dev_queries`` a source
    static_*        : pieces, dimension, epochs and learning rate of the table from nothing
    threads         : of this computation; the bytes of the result depend on it
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
    tuned_share: float
    dev_share: float
    dev_queries: int
    static_pieces: int
    static_dimension: int
    static_epochs: int
    static_learning_rate: float
    threads: int
    seed: int


@dataclass(frozen=True)
class Start:
    """An encoder before tuning: what it is, how texts are marked for it, and under which licence."""

    model: SentenceTransformer
    prompts: Mapping[str, str]
    licence: str  # its short name
    licence_text: str
    source: str

    @property
    def is_table(self) -> bool:
        """No network: a row a piece."""
        return isinstance(self.model[0], StaticEmbedding)


def make_encoder(
    pairs: Pairs, params: EncoderParams, out: Path, device: str = "cpu", dev: Sequence[Part] = ()
) -> dict[str, Any]:
    """Tune an encoder on ``pairs``, write its folder to ``out`` and return what was measured.

    dev : tasks to evaluate on; without them a share of the groups is held out of ``pairs``

    The same pairs, parameters and device give the same bytes on one machine. Raises EncoderError where the written file
    does not give the float model's vectors, PretrainedError where the data file is not the pinned one.
    """
    with _settings(params):
        train, tasks = (pairs, tuple(dev)) if dev else hold_out(pairs, params.dev_share, params.dev_queries)
        begun = start(params, texts_of(train))
        write(begun, params, out)
        as_it_comes = TextEncoder.load(out, params.threads)
        if begun.source == pretrained.SOURCE:
            check_pretrained(as_it_comes)
        before = evaluate(as_it_comes, tasks) if tasks else {}
        if len(train) and params.batches:
            negatives = mine(as_it_comes, train, params)
            tune(begun, train, negatives, params, device)
            write(begun, params, out)
        encoder = TextEncoder.load(out, params.threads)
        texts = texts_of(train)
        least = parity(begun, encoder, [*texts[:: max(1, len(texts) // 64)], *pretrained.checked_vectors()[0]])
        after = evaluate(encoder, tasks) if tasks else {}
    return {
        "source": begun.source,
        "digest": encoder.digest,
        "dimension": encoder.dimension,
        "pairs": sources_of(train),
        "least_cosine_to_float_model": least,
        "dev_before_tuning": before,
        "dev": after,
        "megabytes": sum(file.stat().st_size for file in out.iterdir()) / 1e6,
    }


@contextmanager
def _settings(params: EncoderParams) -> Iterator[None]:
    """Fixed seeds, threads and algorithms, as they were before afterwards."""
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(params.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(params.seed)
            yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(exact)


def start(params: EncoderParams, texts: Sequence[str]) -> Start:
    """The encoder that ``params.start`` names; ``texts`` are those a table's own tokenizer is made from."""
    if params.start == "pretrained" and (path := pretrained.E5_SMALL.path()) is not None:
        read = pretrained.prune(pretrained.parse(pretrained.E5_SMALL.read(path)), params.lowest_score)
        return from_pretrained(read)
    if params.start in ("pretrained", "static"):
        table = static.untrained(texts, params.static_pieces, params.static_dimension, params.seed)
        model = SentenceTransformer(modules=[StaticEmbedding(table.tokenizer, embedding_weights=table.rows)], device="cpu")
        return Start(model, {"query": "", "passage": ""}, "own", static.LICENCE, "trained from nothing on the pairs")
    folder = Path(params.start)
    if not folder.is_dir():
        raise EncoderError(f"params.yaml [matching_encoder.start]: {params.start!r} is neither pretrained, static nor a folder")
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    prompts = {"query": model.prompts.get("query", ""), "passage": model.prompts.get("document", "")}
    texts_of_licence = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("LICEN[SC]E*"))]
    text = texts_of_licence[0] if texts_of_licence else "See the folder that this encoder was made from.\n"
    return Start(model, prompts, "as its source", text, folder.name)


def from_pretrained(read: pretrained.Pretrained) -> Start:
    """The package's encoder as a SentenceTransformer, without dropout so that it is tuned on what is served."""
    word = read.weights["emb.word"]
    layers = graph.Bert(read.heads, read.eps, "mean", read.weights).layers
    config = BertConfig(
        vocab_size=len(word),
        hidden_size=word.shape[1],
        num_hidden_layers=layers,
        num_attention_heads=read.heads,
        intermediate_size=len(read.weights["l0.fi.b"]),
        max_position_embeddings=len(read.weights["emb.pos"]),
        type_vocab_size=len(read.weights["emb.type"]),
        layer_norm_eps=read.eps,
        hidden_act="gelu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=pretrained.SPECIALS.index("<pad>"),
    )
    network = BertModel(config, add_pooling_layer=False)
    own = {theirs: torch.from_numpy(np.array(read.weights[ours])) for ours, theirs in _names(layers).items()}
    network.load_state_dict(own, strict=True)
    bos, pad, eos, unk = pretrained.SPECIALS
    words = PreTrainedTokenizerFast(
        tokenizer_object=pretrained.tokenizer(read.pieces, read.scores),
        bos_token=bos, cls_token=bos, eos_token=eos, sep_token=eos, pad_token=pad, unk_token=unk,
        model_max_length=len(read.weights["emb.pos"]),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:  # a Transformer is made from a folder alone
        network.save_pretrained(folder)
        words.save_pretrained(folder)
        transformer = Transformer(folder, model_kwargs={"add_pooling_layer": False})
    modules = [transformer, Pooling(word.shape[1], "mean"), Normalize()]
    model = SentenceTransformer(modules=modules, device="cpu")
    return Start(model, pretrained.PROMPTS, "MIT", pretrained.LICENCE, pretrained.SOURCE)


def _names(layers: int) -> dict[str, str]:
    """Our name of each tensor -> its name in a BertModel."""
    names = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
    }
    parts = {"emb.ln": "embeddings.LayerNorm"}
    inside = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
        "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }  # fmt: skip
    for layer in range(layers):
        parts |= {f"l{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in inside.items()}
    for ours, theirs in parts.items():
        names |= {f"{ours}.w": f"{theirs}.weight", f"{ours}.b": f"{theirs}.bias"}
    return names


def bert_of(model: SentenceTransformer) -> graph.Bert:
    """The weights of a SentenceTransformer; raises EncoderError where it is no BERT with mean or first-token pooling."""
    network = model[0].auto_model if isinstance(model[0], Transformer) else None
    if not isinstance(network, BertModel) or network.config.hidden_act != "gelu":
        raise EncoderError("only a BERT encoder with GELU can be written as a graph")
    mode = model[1].pooling_mode if len(model) > 1 and isinstance(model[1], Pooling) else None
    if mode not in ("mean", "cls") or any(not isinstance(module, Normalize) for module in list(model)[2:]):
        raise EncoderError(f"pooling {mode}: only a mean or the first token, and nothing after but unit length")
    state = network.state_dict()
    names = _names(network.config.num_hidden_layers)
    weights = {ours: state[theirs].detach().float().cpu().numpy() for ours, theirs in names.items()}
    return graph.Bert(network.config.num_attention_heads, network.config.layer_norm_eps, mode, weights)


def write(begun: Start, params: EncoderParams, out: Path) -> EncoderCard:
    """Write the encoder's folder: graph in blocks of 8 bits or table of float16, tokenizer, licence, card."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (GRAPH, TABLE):
        (out / name).unlink(missing_ok=True)
    if begun.is_table:
        rows = begun.model[0].embedding.weight.detach().cpu().numpy()
        np.save(out / TABLE, rows.astype(np.float16))
        begun.model[0].tokenizer.save(str(out / TOKENIZER), pretty=False)
        dimension = rows.shape[1]
    else:
        bert = bert_of(begun.model)
        (out / GRAPH).write_bytes(graph.build(bert, bits=8).SerializeToString(deterministic=True))
        words = begun.model.tokenizer.backend_tokenizer
        words.no_padding()
        words.no_truncation()
        words.save(str(out / TOKENIZER), pretty=False)
        dimension = bert.weights["emb.word"].shape[1]
    (out / LICENCE_FILE).write_text(begun.licence_text, encoding="utf-8")
    return EncoderCard(dimension, params.max_tokens, dict(begun.prompts), "", begun.licence, begun.source).save(out)


def mine(encoder: TextEncoder, pairs: Pairs, params: EncoderParams) -> npt.NDArray[np.int64]:
    """Hard negatives by the encoder before tuning, int64 [pairs, hard_negatives]."""
    if not params.hard_negatives:
        return np.empty((len(pairs), 0), np.int64)
    texts = {kind: pairs.table[kind].tolist() for kind in ("query", "passage")}
    queries, passages = (encoder.encode(texts[kind], kind) for kind in ("query", "passage"))
    return hard_negatives(
        pairs, queries, passages, params.hard_negatives, params.negative_depth, params.negative_margin, params.seed
    )


def tune(begun: Start, pairs: Pairs, negatives: npt.NDArray[np.int64], params: EncoderParams, device: str) -> None:
    """Tune ``begun.model`` in place: every other answer of a batch and the mined negatives are wrong answers."""
    model = begun.model.to(device)
    model.train()
    if device != "cpu" and not begun.is_table:  # the network alone: the loss needs the digits of float32
        network = model[0].auto_model
        network.forward = torch.autocast(torch.device(device).type, torch.bfloat16)(network.forward)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    weights = _tuned(begun, params)
    rate = params.static_learning_rate if begun.is_table else params.learning_rate
    count = params.batches
    if begun.is_table:
        count = -(-params.static_epochs * len(pairs) // params.batch_size)
    else:
        model.max_seq_length = params.train_tokens
    loss = MatryoshkaLoss(
        model,
        MultipleNegativesRankingLoss(model, scale=params.scale),
        [size for size in params.dimensions if size <= model.get_embedding_dimension()],
        [w for size, w in zip(params.dimensions, params.dimension_weights, strict=True) if size <= model.get_embedding_dimension()],
    )
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0 if begun.is_table else 0.01)
    warm = max(1, round(params.warmup_share * count))
    plan = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (count - step) / max(1, count - warm)))
    )
    columns = {kind: (begun.prompts[kind] + pairs.table[kind]).tolist() for kind in ("query", "passage")}
    drawn = batches(pairs, params.batch_size, count, params.source_power, params.seed)
    for rows in track(drawn, "tuning the encoder", total=count, transient=True):
        texts = [[columns["query"][row] for row in rows], [columns["passage"][row] for row in rows]]
        texts += [[columns["passage"][row] for row in negatives[rows, at]] for at in range(negatives.shape[1])]
        features = [
            {name: value.to(device) for name, value in model.preprocess(part).items() if isinstance(value, torch.Tensor)}
            for part in texts
        ]
        value = loss(features, None)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        plan.step()
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.lerp_(before[name], 1.0 - params.tuned_share)
    model.to("cpu").eval()


def _tuned(begun: Start, params: EncoderParams) -> list[torch.nn.Parameter]:
    """The weights that are tuned; the others are frozen."""
    if not begun.is_table and params.frozen_layers:
        network = begun.model[0].auto_model
        network.embeddings.requires_grad_(False)
        for layer in network.encoder.layer[: params.frozen_layers]:
            layer.requires_grad_(False)
    return [weight for weight in begun.model.parameters() if weight.requires_grad]


def parity(begun: Start, encoder: TextEncoder, texts: Sequence[str]) -> float:
    """Least cosine between the float model's vector and the written file's over ``texts``; raises EncoderError below .999."""
    if not begun.is_table:
        begun.model.max_seq_length = encoder.card.max_tokens
    least = 1.0
    for kind in ("query", "passage"):
        own = begun.model.encode([begun.prompts[kind] + text for text in texts], normalize_embeddings=True)
        least = min(least, float((own * encoder.encode(texts, kind)).sum(axis=1).min()))
    if not least >= LEAST_COSINE:
        raise EncoderError(f"a vector of the written encoder has cosine {least:.4f} with the float model's")
    return least


def check_pretrained(encoder: TextEncoder) -> None:
    """Raise EncoderError unless the untuned encoder gives the stored vectors of the float model."""
    texts, vectors = pretrained.checked_vectors()
    for kind in ("query", "passage"):
        least = float((encoder.encode(texts, kind) * vectors[kind]).sum(axis=1).min())
        if not least >= LEAST_COSINE:
            raise EncoderError(f"the pretrained encoder's vectors have cosine {least:.4f} with those stored")


class _Served:
    """A TextEncoder as sentence-transformers' evaluators call a model: what is measured is the file that is served."""

    similarity_fn_name = "cosine"
    model_card_data = None

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder

    def _vectors(self, texts: Sequence[str], kind: Kind) -> torch.Tensor:
        return torch.from_numpy(self.encoder.encode(texts, kind))

    def encode_query(self, texts: Sequence[str], **_: Any) -> torch.Tensor:
        return self._vectors(texts, "query")

    def encode_document(self, texts: Sequence[str], **_: Any) -> torch.Tensor:
        return self._vectors(texts, "passage")

    @staticmethod
    def similarity(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return one @ other.T


class _Evaluator(InformationRetrievalEvaluator):
    def store_metrics_in_model_card_data(self, *_: Any, **__: Any) -> None:
        """The file has no card of sentence-transformers."""


def evaluate(encoder: TextEncoder, parts: Sequence[Part]) -> dict[str, dict[str, float]]:
    """nDCG@10, MRR@10 and recall@1/10/100 of each task by sentence-transformers' evaluator, and their mean over tasks."""
    found = {}
    for part in parts:
        relevant: dict[str, set[str]] = {}
        for query, document in zip(part.relevant["query"], part.relevant["document"], strict=True):
            relevant.setdefault(str(query), set()).add(str(document))
        measured = _Evaluator(
            {str(row): text for row, text in enumerate(part.queries["text"])},
            {str(row): text for row, text in enumerate(part.documents["text"])},
            relevant,
            precision_recall_at_k=[1, 10, 100],
        )(_Served(encoder))
        names = {"ndcg@10": "ndcg_at_10", "mrr@10": "mrr_at_10", "recall@1": "recall_at_1"}
        names |= {"recall@10": "recall_at_10", "recall@100": "recall_at_100"}
        found[part.task] = {ours: float(measured[f"cosine_{theirs}"]) for theirs, ours in names.items()}
    mean = {name: float(np.mean([one[name] for one in found.values()])) for name in next(iter(found.values()), {})}
    return {"mean": mean} | found


def with_epochs(params: EncoderParams, pairs: Pairs, epochs: float) -> EncoderParams:
    """``params`` with as many batches as ``epochs`` passes over ``pairs`` need."""
    return replace(params, batches=max(1, round(epochs * len(pairs) / params.batch_size)))
