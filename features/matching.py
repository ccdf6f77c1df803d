"""Texts as matching reads them: passages of a firm's documents, words of the lexical legs, and what a query is like.

A firm is never one long text: lists are split at their semicolons, running text is cut at sentence ends with overlap,
and very short items of a list are joined. What a query is like decides how much its words and its meaning count.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import jieba
import numpy as np
import numpy.typing as npt
import pandas as pd

from features.technical_codes import technical_codes

jieba.setLogLevel(logging.ERROR)  # it reports on stderr when it reads its dictionary

PASSAGE_SIZE = 160.0  # at most, in units of ``size_of``: what an encoder of 128 tokens reads
OVERLAP = 0.25  # of PASSAGE_SIZE, at most: the last sentence of a passage opens the next
ITEM_SIZE = 6.0  # items of a list that are shorter are joined to the next
LONGEST_ITEM = 60.0  # a text whose parts between semicolons are longer on average is no list
QUERY_CHARACTERS = 5_000  # of a query are read
FEWEST_LETTERS = 2  # of a query that names no code
LATIN_WIDTH = 0.35  # of a letter, beside a Chinese character: tokens a character
PASSAGE_COLUMNS = ("document_id", "enterprise_id", "kind", "text", "date", "unit")

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；、）)】]+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\ufeff]")
_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^。！？!?；;\n]*?(?:[。！？；\n]+|[!?;]+(?=\s|$)|\.(?=\s+[A-Z0-9(\"'])|$)", re.DOTALL)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_DIGIT = re.compile(r"[0-9]")


def clean_text(text: str) -> str:
    """The words of a text: without tags, links and control characters, entities resolved, spaces single.

    What a text says is left alone, whatever it says: an instruction in it is text to compare, nothing more.
    """
    plain = html.unescape(_TAG.sub(" ", text)) if "<" in text or "&" in text else text
    return _SPACE.sub(" ", _LINK.sub(" ", _CONTROL.sub("", plain))).strip()


def size_of(text: str) -> float:
    """Length in Chinese characters; a letter or digit of another script counts as LATIN_WIDTH of one."""
    han = len(_HAN.findall(text))
    return han + LATIN_WIDTH * (len(text) - han)


def split_units(text: str) -> list[str]:
    """What belongs together in one text: each item of a list, or the whole of a running text; none of them empty."""
    plain = clean_text(text)
    items = [item.strip() for item in re.split(r"[；;\n]", plain)]
    items = [item for item in items if item]
    if len(items) > 1 and "。" not in plain and sum(map(size_of, items)) <= LONGEST_ITEM * len(items):
        return _join_short(items)
    return [plain] if plain else []


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, without space around them."""
    return [one.strip() for one in _SENTENCE.findall(text) if one.strip()]


def split_text(unit: str) -> list[str]:
    """Passages of one unit: itself, or runs of its sentences up to PASSAGE_SIZE; a longer sentence is cut by size."""
    if size_of(unit) <= PASSAGE_SIZE:
        return [unit]
    return _pack([part for one in sentences(unit) for part in _cut(one)])


def split_passages(documents: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A row a passage, sorted by enterprise, and the texts of the units that they were cut from.

    documents : columns document_id, enterprise_id, kind, title, text, date; an empty title or text is left out. A
                title opens each passage of its document
    returns   : passage_id (0, 1, ...), document_id, enterprise_id, kind, text, date, unit (its place in the list)
    """
    rows: list[tuple[Any, ...]] = []
    units: list[str] = []
    ordered = documents.sort_values(["enterprise_id", "document_id"], kind="stable")
    columns = [ordered[name] for name in ("document_id", "enterprise_id", "kind", "title", "text", "date")]
    for document, enterprise, kind, title, text, date in zip(*columns, strict=True):
        head = clean_text(title) if isinstance(title, str) else ""
        parts = split_units(text) if isinstance(text, str) else []
        for unit in parts or [""]:
            texts = [f"{head}。{part}" if head else part for part in split_text(unit)] if unit else [head]
            if texts[0]:
                rows += [(document, enterprise, kind, one, date, len(units)) for one in texts]
                units.append("。".join(part for part in (head, unit) if part))
    table = pd.DataFrame(rows, columns=list(PASSAGE_COLUMNS))
    table.insert(0, "passage_id", np.arange(len(table), dtype=np.int64))
    return table, units


def words(text: str) -> list[str]:
    """Words of a text in jieba's search mode, lower case; English words are whole, marks are left out."""
    return list(_words(text))


@lru_cache(maxsize=128)  # of a chunk of queries: each leg reads the words of the same texts
def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in jieba.cut_for_search(text.lower()) if any(map(str.isalnum, word)))


def describe_texts(texts: Sequence[str]) -> pd.DataFrame:
    """What each text is like before any library is seen: log_size, share_latin, share_digit and log_words."""
    rows = []
    for text in texts:
        letters = max(1, sum(map(str.isalnum, text)))
        latin, digit = len(_LATIN.findall(text)), len(_DIGIT.findall(text))
        rows.append((np.log1p(size_of(text)), latin / letters, digit / letters, np.log1p(len(words(text)))))
    return pd.DataFrame(rows, columns=["log_size", "share_latin", "share_digit", "log_words"], dtype=np.float64)


def query_fault(text: str) -> str | None:
    """Why a text is no demand that can be searched for: ``empty``, ``too_short`` or ``no_words``; None where it is one.

    too_short : fewer than FEWEST_LETTERS letters or characters. no_words : digits and marks alone, and no code
    """
    plain = clean_text(text)
    if not plain:
        return "empty"
    letters = sum(character.isalpha() for character in plain)
    if letters >= FEWEST_LETTERS or technical_codes(plain):
        return None
    return "too_short" if letters else "no_words"


def mark_words(passage: str, query_words: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Places (start, end) of a passage that the query's words cover, in order and without overlap."""
    covered: npt.NDArray[np.bool_] = np.zeros(len(passage) + 2, dtype=bool)
    low = passage.lower()
    if len(low) != len(passage):  # a few letters change their length with their case
        low = passage
    for word in set(query_words):
        if len(word) < 2 and word.isascii():
            continue
        start = low.find(word)
        while start >= 0:
            covered[start + 1 : start + 1 + len(word)] = True
            start = low.find(word, start + 1)
    edges = np.flatnonzero(covered[1:] != covered[:-1])
    return tuple((int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True))


def _join_short(items: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for item in items:
        if joined and min(size_of(joined[-1]), size_of(item)) < ITEM_SIZE:
            joined[-1] = f"{joined[-1]}；{item}"
        else:
            joined.append(item)
    return joined


def _cut(text: str) -> list[str]:
    """Pieces of one sentence, each at most PASSAGE_SIZE; a piece ends at a comma or space where there is one."""
    pieces, begin = [], 0
    while begin < len(text):
        size, end = 0.0, begin
        while end < len(text) and size <= PASSAGE_SIZE:
            size += 1.0 if _HAN.match(text[end]) else LATIN_WIDTH
            end += 1
        if size > PASSAGE_SIZE:
            end -= 1
            mark = max(text.rfind(sign, begin + (end - begin) // 2, end) for sign in "，、,： ")
            end = mark + 1 if mark > 0 else end
        pieces.append(text[begin:end].strip())
        begin = end
    return [piece for piece in pieces if piece]


def _pack(sentences: Sequence[str]) -> list[str]:
    passages: list[list[str]] = [[]]
    for sentence in sentences:
        room = PASSAGE_SIZE - sum(map(size_of, passages[-1]))
        if passages[-1] and size_of(sentence) > room:
            last = passages[-1][-1]
            bridged = size_of(last) <= OVERLAP * PASSAGE_SIZE and size_of(last) + size_of(sentence) <= PASSAGE_SIZE
            passages.append([last] if bridged and len(passages[-1]) > 1 else [])
        passages[-1].append(sentence)
    return [" ".join(one) if one[0].isascii() else "".join(one) for one in passages if one]
