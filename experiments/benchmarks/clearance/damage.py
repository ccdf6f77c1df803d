"""Damaged messages: each is read or refused with its position, within a second, and none that is valid is refused."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.clearance.records import MessageError
from data.ingest.messages.encodings import decode_xml
from data.ingest.messages.read import is_edifact, read_message
from data.ingest.messages.safe_xml import parse
from data.ingest.messages.schemas import Schemas

KINDS = ("cut", "repeated", "changed", "left_out", "exchanged", "other_encoding")
ENCODINGS = (b"UTF-8", b"GBK", b"GB2312", b"GB18030", b"UTF-16", b"ISO-8859-1", b"ISO-8859-15", b"US-ASCII", b"KLINGON")
_NO_POSITION = ("too_large", "empty", "too_many_tags")  # of the message as a whole
_TEXT = re.compile(rb">([^<>]{1,40})</|[+:]([^+:']{1,40})(?=[+:'])")


@dataclass(slots=True)
class Damaged:
    """What came of damaged messages.

    n_read + the sum of refused = n; other : kinds of exceptions that are no refusal
    n_valid_refused : valid by schema and refused all the same; n_without_position : refused without line and column
    """

    n: int = 0
    n_read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    n_valid_refused: int = 0
    n_without_position: int = 0
    slowest_s: float = 0.0


def read_damaged(raws: Sequence[bytes], n: int, seed: int, schemas: Schemas | None = None) -> Damaged:
    """Reads ``n`` damaged variants of messages, the kinds of damage in turn, all drawn from ``seed``."""
    rng, result = random.Random(seed), Damaged()
    for number in range(n):
        raw = damaged(rng.choice(raws), KINDS[number % len(KINDS)], rng)
        started = time.perf_counter()
        try:
            read_message(raw)
            result.n_read += 1
        except MessageError as refusal:
            result.refused[refusal.code] += 1
            result.n_without_position += refusal.line < 1 and refusal.code not in _NO_POSITION
            result.n_valid_refused += schemas is not None and _valid(raw, schemas)
        except Exception as error:  # noqa: BLE001 - that none comes is what is counted
            result.other[type(error).__name__] += 1
        result.slowest_s = max(result.slowest_s, time.perf_counter() - started)
        result.n += 1
    return result


def damaged(raw: bytes, kind: str, rng: random.Random) -> bytes:
    """A message with one damage of a kind of ``KINDS``."""
    start = rng.randrange(len(raw))
    end = min(len(raw), start + 1 + rng.randrange(60))
    if kind == "cut":
        return raw[:start]
    if kind == "repeated":
        return raw[:end] + raw[start:]
    if kind == "changed":
        return raw[:start] + bytes([rng.randrange(256)]) + raw[start + 1 :]
    if kind == "left_out":
        return raw[:start] + raw[end:]
    if kind == "other_encoding":
        other = rng.choice(ENCODINGS)
        declared = re.sub(rb"encoding=[\"'][^\"']*[\"']", b'encoding="' + other + b'"', raw, count=1)
        return declared if declared != raw else raw.replace(b"UNOC", b"UNO" + rng.choice((b"A", b"Y", b"X", b"L")))
    texts = list(_TEXT.finditer(raw))
    if len(texts) < 2:
        return raw
    first, second = sorted(rng.sample(texts, 2), key=lambda found: found.start())
    (a, b), (c, d) = first.span(first.lastindex or 1), second.span(second.lastindex or 1)
    return raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]


def _valid(raw: bytes, schemas: Schemas) -> bool:
    if is_edifact(raw):
        return False
    try:
        return schemas.check(parse(decode_xml(raw)), "") == "valid"
    except MessageError:
        return False
