"""Characters of a message, by what the message itself says: byte order mark, XML declaration, syntax identifier of UNB.

Nothing is replaced and nothing is guessed: a byte that the encoding has not is refused with its position, and so is a
message whose bytes contradict the encoding that it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.clearance.records import MessageError, Remark

# What a declaration may name -> the codec that reads it. GB2312 is read as GBK, which holds all of it.
CODECS = {
    "UTF-8": "utf-8", "UTF8": "utf-8", "US-ASCII": "ascii", "ASCII": "ascii",
    "UTF-16": "utf-16", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be",
    "GBK": "gbk", "CP936": "gbk", "MS936": "gbk", "GB2312": "gbk", "EUC-CN": "gbk", "GB18030": "gb18030",
    "LATIN1": "iso-8859-1", "LATIN-1": "iso-8859-1", "WINDOWS-1252": "cp1252", "CP1252": "cp1252",
    **{f"ISO-8859-{part}": f"iso-8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)},
}  # fmt: skip
# ISO 9735: syntax identifier -> codec. UNOX (ISO 2022 with code extension) is refused.
SYNTAXES = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso-8859-1", "UNOD": "iso-8859-2", "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7", "UNOG": "iso-8859-3", "UNOH": "iso-8859-4", "UNOI": "iso-8859-6", "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9", "UNOL": "iso-8859-15", "UNOW": "utf-8", "UNOY": "utf-8",
}  # fmt: skip
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_FAMILIES = {"utf-16-le": ("utf-16", "utf-16-le"), "utf-16-be": ("utf-16", "utf-16-be"), "utf-8": ("utf-8",)}
_DECLARED = re.compile(r"""\A<\?xml\s[^>]{0,200}?\sencoding\s{0,20}=\s{0,20}["']([^"'<>]{0,40})["']""")
_DECLARED_BYTES = re.compile(_DECLARED.pattern.encode())
_SYNTAX = re.compile(rb"UNB[^A-Za-z0-9]([A-Z]{4})")
_WIDE = re.compile("[\u0800-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Characters of a message.

    text : without the byte order mark; codec : Python's name of what read it; mark : bytes of the byte order mark
    named : as the message names its encoding, "" where it names none
    """

    text: str
    codec: str
    mark: bytes
    named: str
    remarks: tuple[Remark, ...] = ()


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character of a text."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def decode(raw: bytes, codec: str, named: str, start: int = 0) -> str:
    """The characters of bytes from ``start`` on.

    Raises:
        MessageError: ``undecodable`` with the position of the first byte that is not of the encoding.
    """
    try:
        return raw[start:].decode(codec) if start else raw.decode(codec)
    except UnicodeDecodeError as error:
        before = raw[start : start + error.start].decode(codec, "replace")
        line, column = position(before, len(before))
        found = f"byte 0x{raw[start + error.start]:02X} at offset {start + error.start}"
        raise MessageError("undecodable", found, f"bytes of {named or codec}", line, column) from None


def decode_xml(raw: bytes) -> Decoded:
    """Characters of an XML message.

    Raises:
        MessageError: ``undecodable``, ``unknown_encoding``, ``encoding_contradiction``.
    """
    mark, codec = _mark(raw)
    if not codec and raw[:4] in (b"<\x00?\x00", b"\x00<\x00?"):
        codec = "utf-16-le" if raw[0] else "utf-16-be"  # XML 1.0, appendix F: no mark, but the zero bytes show it
    if codec.startswith("utf-16"):
        head = raw[len(mark) : 600].decode(codec, "ignore")
        declared = _DECLARED.match(head)
        named = declared.group(1) if declared else ""
    else:
        found = _DECLARED_BYTES.match(raw, len(mark)) if not mark else _DECLARED_BYTES.match(raw[len(mark) : 600])
        named = found.group(1).decode("ascii", "replace") if found else ""
    said = CODECS.get(named.upper(), "") if named else ""
    if named and not said:
        raise MessageError("unknown_encoding", f"encoding {named!a}", ", ".join(sorted(CODECS)), 1, 1)
    if codec:
        if said and said not in _FAMILIES[codec] and not (codec == "utf-8" and said == "ascii"):
            raise MessageError("encoding_contradiction", f"{named} declared, bytes of {codec}", "one encoding", 1, 1)
    elif said.startswith("utf-16"):
        raise MessageError("encoding_contradiction", f"{named} declared, one byte a character", "one encoding", 1, 1)
    codec = codec or said or "utf-8"
    text = decode(raw, codec, named, len(mark))
    return Decoded(text, codec, mark, named, _remarks(raw, text, codec, named))


def decode_edifact(raw: bytes) -> Decoded:
    """Characters of an EDIFACT interchange, by the syntax identifier of its UNB.

    Raises:
        MessageError: ``no_interchange``, ``unknown_encoding``, ``undecodable``, ``encoding_contradiction``.
    """
    mark, codec = _mark(raw)
    if codec.startswith("utf-16"):
        raise MessageError(
            "unknown_encoding", f"EDIFACT in {codec}", "a syntax identifier of one byte a character", 1, 1
        )
    found = _SYNTAX.search(raw)
    if found is None:
        raise MessageError("no_interchange", f"{len(raw)} bytes without UNB", "UNB with its syntax identifier", 1, 1)
    named = found.group(1).decode()
    if named not in SYNTAXES:
        raise MessageError("unknown_encoding", f"syntax {named}", ", ".join(SYNTAXES), 1, 1)
    codec = SYNTAXES[named]
    text = decode(raw, codec, named, len(mark))
    return Decoded(text, codec, mark, named, _remarks(raw, text, codec, named))


def encode(text: str, codec: str, path: str = "") -> bytes:
    """The bytes of a text, never with a replacement.

    Raises:
        MessageError: ``unencodable`` where the encoding lacks a character.
    """
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        line, column = position(text, error.start)
        found = f"{path or 'text'}: character {error.start + 1} of {len(text)}"
        raise MessageError("unencodable", found, f"characters of {codec}", line, column) from None


def _mark(raw: bytes) -> tuple[bytes, str]:
    if raw.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise MessageError("unknown_encoding", "UTF-32", ", ".join(sorted(CODECS)), 1, 1)
    return next(((mark, codec) for mark, codec in _MARKS if raw.startswith(mark)), (b"", ""))


def _remarks(raw: bytes, text: str, codec: str, named: str) -> tuple[Remark, ...]:
    """What is odd in the characters of a message that was decoded; refuses what is UTF-8 under another name."""
    if raw.isascii() or text.isascii():
        return ()
    remarks = []
    if codec not in ("utf-8", "utf-16-le", "utf-16-be"):
        try:
            other = raw.decode("utf-8")
        except UnicodeDecodeError:
            other = ""
        # Text of one byte a character is never valid UTF-8 by chance, text of GBK hardly ever with three bytes a
        # character; with two it can be, so there the declaration holds and the doubt is said.
        if other and (not codec.startswith("gb") or _WIDE.search(other)):
            raise MessageError("encoding_contradiction", f"{named} declared, bytes of UTF-8", "one encoding", 1, 1)
        if other:
            remarks.append(Remark("encoding_doubtful", "", f"{named} declared, valid as UTF-8 too", "one encoding"))
    if named.upper() in ("GB2312", "EUC-CN"):
        remarks.append(Remark("encoding_superset", "", f"{named} declared, read as GBK", "GB2312"))
    if lost := text.count("\ufffd"):
        found = f"{lost} replacement characters U+FFFD"
        remarks.append(Remark("lost_characters", "", found, "the characters that the sender lost"))
    return tuple(remarks)
