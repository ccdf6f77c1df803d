"""The console's sentences: both languages whole, no key in two files, an unknown key is an error."""

from __future__ import annotations

import re

import pytest

from serving.console.texts import console_sentences, text


def test_a_sentence_comes_in_the_language_with_its_figures():
    """The written format of a figure is the project's: thousands are parted."""
    assert text("start.incomplete", "zh", count=2) == "2 处来源暂时读不到，列表可能不全。"
    assert text("start.incomplete", "en", count=1_200).startswith("1,200 sources")


def test_a_key_of_the_project_is_found_and_an_unknown_one_is_an_error():
    """The console adds to the project's sentences and repeats none."""
    assert text("problem.not-found", "zh")
    with pytest.raises(KeyError):
        text("shell.nothing_like_it", "zh")


def test_every_chinese_text_is_chinese_and_no_english_text_is():
    """A cell in the other language is a translation that was forgotten; only the language switch names the other."""
    chinese = re.compile(r"[一-鿿]")
    wrong = [
        key
        for key, found in console_sentences().items()
        if key != "shell.other_language"
        and (chinese.search("".join(found.en)) or not (chinese.search("".join(found.zh)) or found.zh_order))
        and any(letter.isalpha() for letter in "".join(found.en))  # a colon is written in its own way in both
    ]
    assert wrong == []
