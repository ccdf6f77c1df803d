"""What a table that somebody sends may unpack to, looked at before a reader takes memory and time for it."""

from __future__ import annotations

import io
import zipfile

MOST_UNPACKED_BYTES = 16_000_000  # of all parts of a workbook
MOST_FIELDS = 10_000  # of a line of a CSV file
_OTHERS = (b"<", b"\x1f\x8b", b"PAR1")  # how XML, gzip and Parquet begin; their readers have bounds of their own
_DELIMITERS = (b",", b";", b"\t", b"|")


def table_fault(raw: bytes) -> str | None:
    """Why a workbook or CSV file is not read; None within the bounds, and for what is neither of the two."""
    if raw.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as parts:
                size = sum(part.file_size for part in parts.infolist())
        except zipfile.BadZipFile:
            return None  # the reader says what is wrong with it
        allowed = f"allowed: {MOST_UNPACKED_BYTES:,}"
        return f"the workbook unpacks to {size:,} bytes; {allowed}" if size > MOST_UNPACKED_BYTES else None
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_OTHERS):
        return None
    widest = max((line.count(mark) for line in raw.splitlines() for mark in _DELIMITERS), default=0) + 1
    return f"a line has {widest:,} fields; allowed: {MOST_FIELDS:,}" if widest > MOST_FIELDS else None
