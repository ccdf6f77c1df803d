"""The sentence encoder: tuned on pairs, written as the folder that ``features.text`` reads."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, StaticEmbedding, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from features.text import GRAPH, LICENCE_FILE, TABLE, TOKENIZER, EncoderCard, EncoderError, Kind, TextEncoder
from training.matching import graph, pretrained, static
from training.matching.encoder_evaluation import evaluate
from training.matching.encoder_params import EncoderParams
from training.matching.encoder_tuning import Start, shorter, tune
from training.matching.folder import Part
from training.matching.pairs import Pairs, hold_out, sources_of, texts_of, with_clozes
from training.matching.training_texts import write_training_texts

Floats = npt.NDArray[np.float32]

LEAST_COSINE = 0.999  # between the float model and the file of 8 bits, of every checked text


def make_encoder(
    pairs: Pairs, params: EncoderParams, out: Path, device: str = "cpu", dev: Sequence[Part] = ()
) -> dict[str, Any]:
    """Tune an encoder on ``pairs``, write its folder to ``out`` and return what was measured.

    Beside the encoder lie the hashes of its training texts (``training.matching.training_texts``).

    dev : tasks to evaluate on; without them a share of the groups is held out of ``pairs``

    The same pairs, parameters and device give the same bytes on one machine. Raises EncoderError where the written file
    does not give the float model's vectors, PretrainedError where the data file is not the pinned one.
    """
    with _settings(params):
        train, tasks = (pairs, tuple(dev)) if dev else hold_out(pairs, params.dev_share, params.dev_queries)
        train = with_clozes(train, params.cloze_parts, params.seed)
        begun = start(params, texts_of(train))
        write(begun, params, out)
        encoder = TextEncoder.load(out, params.threads)
        if begun.source == pretrained.SOURCE:
            check_pretrained(encoder)
        before = after = evaluate(encoder, tasks)
        if len(train) and params.batches:
            tune(begun, train, params, device, partial(_vectors, begun, params, device))
            write(replace(begun, source=f"{begun.source}, tuned on {len(train)} pairs"), params, out)
            encoder = TextEncoder.load(out, params.threads)
            after = evaluate(encoder, tasks)
        texts = texts_of(train)
        as_it_comes = begun.source == pretrained.SOURCE and encoder.card.source == begun.source
        write_training_texts(out, [] if as_it_comes else texts, begun.before)
        least = parity(begun, encoder, [*texts[:: max(1, len(texts) // 64)], *pretrained.checked_vectors()[0]])
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
        model = SentenceTransformer(
            modules=[StaticEmbedding(table.tokenizer, embedding_weights=table.rows)], device="cpu"
        )
        return Start(model, {"query": "", "passage": ""}, "own", static.LICENCE, "trained from nothing on the pairs")
    folder = Path(params.start)
    if not folder.is_dir():
        raise EncoderError(
            f"params.yaml [matching_encoder.start]: {params.start!r} is neither pretrained, static nor a folder"
        )
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    prompts = {"query": model.prompts.get("query") or "", "passage": model.prompts.get("document") or ""}
    texts_of_licence = [file.read_text(encoding="utf-8") for file in sorted(folder.glob("LICEN[SC]E*"))]
    text = texts_of_licence[0] if texts_of_licence else "See the folder that this encoder was made from.\n"
    return Start(model, prompts, "as its source", text, folder.name, folder)


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
    own = {theirs: torch.from_numpy(np.array(read.weights[ours])) for ours, theirs in graph.state_names(layers).items()}
    network.load_state_dict(own, strict=True)
    bos, pad, eos, unk = pretrained.SPECIALS
    words = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
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


def bert_of(model: SentenceTransformer) -> graph.Bert:
    """The weights of a SentenceTransformer; raises EncoderError where it is no such BERT."""
    network: Any = model[0].auto_model if isinstance(model[0], Transformer) else None
    if not isinstance(network, BertModel) or network.config.hidden_act != "gelu":
        raise EncoderError("only a BERT encoder with GELU can be written as a graph")
    mode = model[1].pooling_mode if len(model) > 1 and isinstance(model[1], Pooling) else None
    if mode not in ("mean", "cls") or any(not isinstance(module, Normalize) for module in list(model)[2:]):
        raise EncoderError(f"pooling {mode}: only a mean or the first token, and nothing after but unit length")
    state = network.state_dict()
    names = graph.state_names(network.config.num_hidden_layers)
    weights = {ours: state[theirs].detach().float().cpu().numpy() for ours, theirs in names.items()}
    return graph.Bert(network.config.num_attention_heads, network.config.layer_norm_eps, mode, weights)


def write(begun: Start, params: EncoderParams, out: Path) -> EncoderCard:
    """Write the encoder's folder: graph in blocks of 8 bits or table of float16, tokenizer, licence, card."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (GRAPH, TABLE):
        (out / name).unlink(missing_ok=True)
    if begun.is_table:
        table: Any = begun.model[0]
        rows = table.embedding.weight.detach().cpu().numpy()
        np.save(out / TABLE, rows.astype(np.float16))
        table.tokenizer.save(str(out / TOKENIZER), pretty=False)
        dimension = rows.shape[1]
    else:
        bert = bert_of(begun.model)
        (out / GRAPH).write_bytes(graph.build(bert).SerializeToString(deterministic=True))
        words = begun.model.tokenizer.backend_tokenizer
        words.no_padding()
        words.no_truncation()
        words.save(str(out / TOKENIZER), pretty=False)
        dimension = bert.weights["emb.word"].shape[1]
    (out / LICENCE_FILE).write_text(begun.licence_text, encoding="utf-8")
    return EncoderCard(dimension, params.max_tokens, dict(begun.prompts), "", begun.licence, begun.source).save(out)


def parity(begun: Start, encoder: TextEncoder, texts: Sequence[str]) -> float:
    """Least cosine of the float model's vectors and the written file's; raises EncoderError below .999."""
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


def _vectors(begun: Start, params: EncoderParams, device: str, texts: Sequence[str], kind: Kind) -> Floats:
    """Vectors for mining, of texts as long as tuning reads them: on a processor the graph is four times as fast."""
    if device == "cpu":
        with tempfile.TemporaryDirectory() as folder:
            write(begun, replace(params, max_tokens=params.train_tokens), Path(folder))
            return TextEncoder.load(Path(folder), params.threads).encode(texts, kind)
    with shorter(begun, params.train_tokens, device):
        prompted = [begun.prompts[kind] + text for text in texts]
        made: Floats = begun.model.to(device).encode(prompted, batch_size=512, normalize_embeddings=True)
    return made.astype(np.float32)
