"""Figures on texts that an encoder was trained on are refused, and so are encoders of which nobody knows."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pytest

from features.text import CARD, TextEncoder
from training.matching import encoder as module
from training.matching.encoder import from_pretrained, make_encoder, write
from training.matching.pretrained import SOURCE
from training.matching.training_texts import (
    FILE,
    TrainingTextsError,
    check_not_trained_on,
    letters,
    parts_of,
    read_training_texts,
    text_hashes,
    write_training_texts,
)

LONG = "本公司生产高压电缆及其附件并且出口多个国家。我们还研制直流输电用的绝缘材料和连接器件。"


@pytest.fixture
def folder(small_bert, quick_encoder_params, tmp_path):
    """A pretrained encoder as it comes, by its card."""
    write(from_pretrained(small_bert), quick_encoder_params, tmp_path / "encoder")
    return tmp_path / "encoder"


def as_tuned(folder):
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps(card | {"source": f"{SOURCE}, tuned on 2 pairs"}), encoding="utf-8")


@pytest.mark.law
def test_form_case_spaces_and_marks_make_no_other_text():
    assert letters("<b>５Ｇ</b> 芯片，LED；") == "5g芯片led"
    assert text_hashes(["５Ｇ芯片", "5g 芯片。", "", "。"]).tolist() == [
        int.from_bytes(blake2b("5g芯片".encode(), digest_size=8).digest(), "big")
    ]
    many = text_hashes([str(number) for number in range(1_000)])
    assert len(many) == 1_000
    assert (many[1:] > many[:-1]).all()


@pytest.mark.contract
def test_a_text_of_training_is_found_whole_or_in_part():
    """A sentence of a training text within a longer test text, but no short phrase."""
    first, second = LONG.split("。")[:2]
    with pytest.raises(TrainingTextsError, match=r"table firms: .* trained on 1 of 2 texts .* hash [0-9a-f]{16}$"):
        check_not_trained_on(text_hashes([LONG.replace("，", " ")]), "firms", [LONG, "水泥"])
    check_not_trained_on(text_hashes([first, second]), "firms", ["水泥"])
    assert parts_of("水泥；钢材") == ["水泥；钢材"]
    listed = "高压直流输电用绝缘材料的研制生产；电缆"
    assert "高压直流输电用绝缘材料的研制生产；电缆" in parts_of(listed)
    with pytest.raises(TrainingTextsError):
        check_not_trained_on(text_hashes(["海底观测网络用湿插拔连接器的研制"]), "t", [
            "海底观测网络用湿插拔连接器的研制；深海用耐压舱体的设计与制造"
        ])  # fmt: skip
    check_not_trained_on(text_hashes([]), "firms", [LONG])


@pytest.mark.contract
def test_only_the_pretrained_encoder_as_it_comes_needs_no_file(folder):
    assert not (folder / FILE).exists()
    assert len(read_training_texts(folder)) == 0
    write_training_texts(folder, [])
    assert len(read_training_texts(folder)) == 0
    write_training_texts(folder, [LONG])
    with pytest.raises(TrainingTextsError, match="1 texts, but its card says that the encoder was not trained"):
        read_training_texts(folder)
    as_tuned(folder)
    assert len(read_training_texts(folder)) == 1
    write_training_texts(folder, [])
    with pytest.raises(TrainingTextsError, match="0 texts, but its card says that the encoder was trained"):
        read_training_texts(folder)
    np.save(folder / FILE, np.array([2, 1], np.uint64))
    with pytest.raises(TrainingTextsError, match="sorted 64-bit hashes"):
        read_training_texts(folder)
    (folder / FILE).unlink()
    with pytest.raises(TrainingTextsError, match="nobody knows what the encoder was trained on"):
        read_training_texts(folder)


@pytest.mark.law
def test_a_trained_encoder_writes_its_texts_and_one_that_begins_with_it_adds_its_own(
    planted_pairs, small_bert, quick_encoder_params, tmp_path, monkeypatch
):
    """The file is read, changes no digest, and an encoder that begins with an unknown one is unknown too."""
    monkeypatch.setattr(module, "check_pretrained", lambda _: None)
    monkeypatch.setattr(module, "start", lambda *_: from_pretrained(small_bert))
    params = replace(quick_encoder_params, batches=2, runs=1)
    make_encoder(planted_pairs, params, tmp_path / "first")
    known = read_training_texts(tmp_path / "first")
    trained = [text for text in planted_pairs.table["query"] if np.isin(text_hashes([text]), known).all()]
    assert 0.5 * len(planted_pairs) < len(trained) < len(planted_pairs)  # the others were held out
    with pytest.raises(TrainingTextsError):
        check_not_trained_on(known, "t", trained[:1])
    digest = TextEncoder.load(tmp_path / "first").digest
    (tmp_path / "first" / FILE).unlink()
    assert TextEncoder.load(tmp_path / "first").digest == digest
    make_encoder(planted_pairs, replace(params, batches=0), tmp_path / "plain")
    assert len(read_training_texts(tmp_path / "plain")) == 0
    assert (tmp_path / "plain" / FILE).is_file()
    begun = replace(from_pretrained(small_bert), source="theirs", before=tmp_path / "theirs")
    monkeypatch.setattr(module, "start", lambda *_: begun)
    make_encoder(planted_pairs, params, tmp_path / "second")
    assert not (tmp_path / "second" / FILE).exists()
    (tmp_path / "theirs").mkdir()
    write_training_texts(tmp_path / "theirs", [LONG])
    make_encoder(planted_pairs, params, tmp_path / "second")
    assert np.isin(text_hashes([LONG]), read_training_texts(tmp_path / "second")).all()
    assert len(read_training_texts(tmp_path / "second")) == len(known) + 1
