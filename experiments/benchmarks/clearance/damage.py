"""Damaged messages: each is read whole or refused with its position, in bounded time and memory.

Of every damaged message a second opinion is taken: a plain parser without any of the reader's rules, and the schema
where there is one. What both accept has to be read.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from data.clearance.records import MessageError
from data.ingest.messages.read import is_edifact, read_message
from data.ingest.messages.schemas import Schemas
from experiments.benchmarks.clearance.samples import SEED, Sample

ENCODINGS = ("UTF-8", "GBK", "GB2312", "GB18030", "UTF-16", "ISO-8859-1", "US-ASCII", "KLINGON")
# Reasons that are about a message as a whole, so that no line and column could be said.
ABOUT_THE_WHOLE = ("empty", "too_large")
# Refusals of what a parser and a schema accept, each of a rule that is wanted beside them.
ENCODING_RULES = ("encoding_contradiction", "unknown_encoding", "undecodable")
SLOW_S = 5.0
PEAK_MB = 512.0  # that one message may take beside its own bytes
_FIELD = re.compile(rb"<([A-Za-z:]+)>[^<]*</\1>")
_SEGMENT = re.compile(rb"[A-Z]{3}\+[^']*'")
_DECLARED = re.compile(rb"encoding=[\"'][^\"']*[\"']")
_REMOVED, _BASE64 = b">REMOVED<", b">QUJD<"  # of a signature that the sample set lacks, so that the schema accepts it


@dataclass(frozen=True, slots=True)
class Variant:
    """A damaged message; how : of ``DAMAGES``; whole : as it was."""

    name: str
    how: str
    raw: bytes
    whole: bytes


def _cut(raw: bytes, draw: random.Random) -> bytes:
    return raw[: draw.randrange(len(raw))]


def _encoding(raw: bytes, draw: random.Random) -> bytes:
    if is_edifact(raw):
        return raw.replace(b"UNOC", b"UNO" + draw.choice([b"A", b"B", b"X", b"Y", b"Z"]), 1)
    other = b'encoding="' + draw.choice(ENCODINGS).encode() + b'"'
    return (
        _DECLARED.sub(other, raw, count=1) if _DECLARED.search(raw) else b'<?xml version="1.0" ' + other + b"?>" + raw
    )


def _exchanged(raw: bytes, draw: random.Random) -> bytes:
    parts = list((_SEGMENT if is_edifact(raw) else _FIELD).finditer(raw))
    if len(parts) < 2:
        return raw[::-1]
    one, two = sorted(draw.sample(range(len(parts)), 2))
    a, b = parts[one], parts[two]
    return raw[: a.start()] + b.group() + raw[a.end() : b.start()] + a.group() + raw[b.end() :]


def _doubled(raw: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(raw))
    end = min(len(raw), start + draw.randrange(1, 60))
    return raw[:end] + raw[start:]


def _left_out(raw: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(raw))
    return raw[:start] + raw[start + draw.randrange(1, 60) :]


def _flipped(raw: bytes, draw: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(draw.randrange(1, 4)):
        changed[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return bytes(changed)


DAMAGES: Mapping[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": _cut, "encoding": _encoding, "exchanged": _exchanged, "doubled": _doubled, "left_out": _left_out,
    "flipped": _flipped,
}  # fmt: skip


def _bomb() -> bytes:
    levels = b"".join(b'<!ENTITY %c "%s">' % (letter + 1, b"&%c;" % letter * 10) for letter in b"abcdefghi")
    return b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + levels + b"]><DEC_DATA>&j;</DEC_DATA>"


EXTREMES: Mapping[str, Callable[[], bytes]] = {
    "entity_bomb": _bomb,
    "200_mb": lambda: b"<DEC_DATA>" + b"a" * (200 * 1024 * 1024) + b"</DEC_DATA>",
    "depth_10000": lambda: b"<DEC_DATA>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</DEC_DATA>",
    "most_tags": lambda: b"<DEC_DATA>" + b'<a b="1" c="2" d="3"/>' * 399_000 + b"</DEC_DATA>",
    "largest": lambda: b"<DEC_RESULT><ENTRY_ID>1</ENTRY_ID><NOTE>" + b"x" * 16_000_000 + b"</NOTE></DEC_RESULT>",
}


def variants(samples: Sequence[Sample], n: int, seed: int = SEED) -> Iterator[Variant]:
    """``n`` damaged messages, every kind of damage equally often; the same seed gives the same bytes."""
    draw, kinds = random.Random(seed), list(DAMAGES)
    for number in range(n):
        sample, how = samples[draw.randrange(len(samples))], kinds[number % len(kinds)]
        whole = _whole(sample.raw)
        yield Variant(sample.name, how, DAMAGES[how](whole, draw), whole)


def _whole(raw: bytes) -> bytes:
    return raw.replace(_REMOVED, _BASE64)


@dataclass(slots=True)
class Tally:
    """What came of damaged messages.

    outcomes : by damage, then ``read``, ``refused``, ``refused as a whole`` or ``failure``; codes : of the refusals
    valid, valid_read : what a plain parser and a schema accept, and how many of these were read
    valid_refused : codes of those that were refused
    """

    outcomes: Counter[tuple[str, str]]
    codes: Counter[str]
    valid: int
    valid_read: int
    valid_refused: Counter[str]
    failures: list[dict[str, str]]
    longest_s: float
    longest_of: str


def try_all(found: Iterator[Variant], schemas: Schemas | None) -> Tally:
    """Read each; nothing but a ``MessageError`` may be raised, and a refusal has a line and a column."""
    tally = Tally(Counter(), Counter(), 0, 0, Counter(), [], 0.0, "")
    for one in found:
        began = time.perf_counter()
        outcome, code = _read(one.raw)
        spent = time.perf_counter() - began
        if one.how == "cut" and outcome == "read" and _says(one.raw) != _says(one.whole):
            outcome, code = "failure", "read in part"
        if spent > tally.longest_s:
            tally.longest_s, tally.longest_of = spent, f"{one.how} {one.name}"
        tally.outcomes[one.how, outcome] += 1
        if code and outcome != "failure":
            tally.codes[code] += 1
        if outcome == "failure":
            tally.failures.append({"name": one.name, "how": one.how, "what": code})
        if schemas is not None and _is_valid(one.raw, schemas):
            tally.valid += 1
            tally.valid_read += outcome == "read"
            if outcome != "read":
                tally.valid_refused[code] += 1
    return tally


def _read(raw: bytes) -> tuple[str, str]:
    try:
        found = read_message(raw)
    except MessageError as refusal:
        if refusal.line > 0 and refusal.column > 0:
            return "refused", refusal.code
        if refusal.code in ABOUT_THE_WHOLE:
            return "refused as a whole", refusal.code
        return "failure", f"{refusal.code} without a position"
    except Exception as fault:  # noqa: BLE001  # whatever it is, it is what is looked for
        return "failure", type(fault).__name__
    return ("read", "") if found.raw == raw else ("failure", "bytes not kept")


def _says(raw: bytes) -> tuple[object, ...]:
    found = read_message(raw)
    return found.every_event, found.declaration


def _is_valid(raw: bytes, schemas: Schemas) -> bool:
    """What a plain parser and a schema of its root say, whatever the reader thinks of it."""
    if is_edifact(raw):
        return False
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
        return schemas.check(root, "") == "valid"
    except (etree.XMLSyntaxError, MessageError, ValueError):
        return False


def extreme(name: str) -> dict[str, Any]:
    """Read one message that is made to exhaust; peak memory is what was added to the message itself."""
    raw = EXTREMES[name]()
    before = _reset_peak()
    began = time.perf_counter()
    outcome, code = _read(raw)
    seconds = time.perf_counter() - began
    peak = _status("VmHWM")
    added = None if before is None or peak is None else round(max(0.0, peak - before), 1)
    holds = outcome.startswith("refused") and seconds < SLOW_S and (added is None or added < PEAK_MB)
    return {"holds": holds, "outcome": outcome, "code": code, "seconds": round(seconds, 4), "peak_mb": added,
            "bytes": len(raw)}  # fmt: skip


def run(samples: Sequence[Sample], n: int, schemas: Schemas | None, seed: int = SEED) -> dict[str, Any]:
    """Damage ``n`` times and try the extremes.

    ``holds``: nothing but read or refused, none slow, memory bounded, and everything that a plain parser and a schema
    accept is read, but for what the rules of encodings refuse.
    """
    valid = [] if schemas is None else [one for one in samples if _is_valid(_whole(one.raw), schemas)]
    chosen = [*samples, *valid * (len(samples) // len(valid) if valid else 0)]  # half of them have a schema
    before = _reset_peak()
    tally = try_all(variants(chosen, n, seed), schemas)
    peak = _status("VmHWM")
    added = None if before is None or peak is None else round(max(0.0, peak - before), 1)
    extremes = {name: extreme(name) for name in EXTREMES}
    unexplained = {code: count for code, count in tally.valid_refused.items() if code not in ENCODING_RULES}
    outcomes: dict[str, dict[str, int]] = {how: {} for how in DAMAGES}
    for (how, outcome), count in sorted(tally.outcomes.items()):
        outcomes[how][outcome] = count
    return {
        "holds": not tally.failures and not unexplained and tally.longest_s < SLOW_S
        and all(one["holds"] for one in extremes.values()) and (added is None or added < PEAK_MB),
        "variants": n,
        "samples": len(samples),
        "samples_valid_by_schema": len(valid),
        "outcomes": outcomes,
        "refusals": dict(sorted(tally.codes.items())),
        "failures": tally.failures[:50],
        "n_failures": len(tally.failures),
        "valid_by_schema": tally.valid,
        "valid_by_schema_read": tally.valid_read,
        "valid_by_schema_refused": dict(sorted(tally.valid_refused.items())),
        "longest_s": round(tally.longest_s, 4),
        "longest_of": tally.longest_of,
        "peak_mb": added,
        "extremes": extremes,
    }  # fmt: skip


def _reset_peak() -> float | None:
    """Set the highest memory of this process back to what it holds now, and return that in MB; None if unsupported."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status("VmHWM")


def _status(name: str) -> float | None:
    path = Path("/proc/self/status")
    lines = path.read_text(encoding="ascii").splitlines() if path.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), None)
