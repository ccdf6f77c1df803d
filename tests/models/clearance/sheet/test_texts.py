"""Texts of the sheet."""

from __future__ import annotations

from data.codebook import reference_path
from data.texts.sentences import read_sentences
from models.clearance.sheet.texts import MOST_CHARACTERS, SENTENCES, in_language, say, shown, written_day


def test_every_text_is_there_in_both_languages():
    assert all(sentence.zh and sentence.en for sentence in read_sentences(reference_path(SENTENCES)).values())
    assert say("net", "zh") == "净重（千克）"
    assert say("net", "en") == "净重 Net (kg)"
    assert in_language(("甲", "a"), "zh") == "甲"


def test_a_text_is_one_line_without_control_characters():
    assert shown(" a\n\tb\x00\x1b[31mc\u202e ") == "a b [31mc"


def test_a_text_beyond_reason_is_cut():
    assert shown("x" * 10**6) == "x" * MOST_CHARACTERS + "…"


def test_days():
    assert [written_day(text) for text in ("20200520", "", "2020", "２０２００５２０")] == [
        "2020-05-20", "", "2020", "２０２００５２０",
    ]  # fmt: skip
