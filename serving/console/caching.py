"""What a browser may keep of an answer, and how it is sent: cache headers, ETag, gzip.

Static files are the style sheets and scripts of the console and of its libraries: the same for everybody, without data.
They are compressed once and kept in memory. Everything else may hold what one person may see, and nobody keeps it.
HTML is never compressed: a form's secret may stand beside text of the address, and the length would give it away.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from dash.fingerprint import check_fingerprint

Headers = list[tuple[bytes, bytes]]

STATIC = ("/assets/", "/_dash-component-suites/")
A_YEAR = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"public, no-cache"  # kept, and used once the server has said that it is still the same
NEVER = b"no-store"
SMALLEST_COMPRESSED_BYTES = 1_000
_COMPRESSED = (b"application/json", b"application/javascript", b"image/svg+xml", b"text/css", b"text/csv",
               b"text/javascript", b"text/plain")  # fmt: skip
_SET_HERE = {b"cache-control", b"content-encoding", b"content-length", b"etag", b"last-modified", b"vary"}


@dataclass(frozen=True)
class Answer:
    """One whole answer."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes:
        """The value of a header, empty where there is none."""
        return next((value for found, value in self.headers if found == name), b"")

    def sent(self, cache: bytes, *more: tuple[bytes, bytes]) -> Answer:
        """The answer with its caching and length set."""
        own = [(name, value) for name, value in self.headers if name not in _SET_HERE]
        length = (b"content-length", str(len(self.body)).encode())
        return Answer(self.status, [*own, (b"cache-control", cache), *more, length], self.body)


@dataclass(frozen=True)
class KeptFile:
    """A static file as it is sent: plain, compressed where that is shorter, and the tag that changes with its bytes."""

    plain: Answer
    compressed: Answer | None
    etag: bytes

    @classmethod
    def of(cls, answer: Answer) -> KeptFile:
        """Compress it once."""
        shorter = gzip.compress(answer.body, 9, mtime=0) if _compressible(answer) else answer.body
        compressed = Answer(answer.status, answer.headers, shorter) if len(shorter) < len(answer.body) else None
        etag = b'W/"%s"' % hashlib.sha256(answer.body).hexdigest()[:32].encode()
        return cls(answer, compressed, etag)

    def answer(self, request: Mapping[bytes, bytes], versioned: bool) -> Answer:
        """What this request gets: nothing but 304 where it has the file, else the file; ``versioned`` for a year."""
        cache, tags = A_YEAR if versioned else ASK_AGAIN, ((b"etag", self.etag), (b"vary", b"accept-encoding"))
        if self.etag in [one.strip() for one in request.get(b"if-none-match", b"").split(b",")]:
            return Answer(304, [(b"cache-control", cache), *tags], b"")
        if self.compressed is not None and takes_gzip(request):
            return self.compressed.sent(cache, (b"content-encoding", b"gzip"), *tags)
        return self.plain.sent(cache, *tags)


class StaticFiles:
    """Static files by their path without fingerprint, kept from their first answer on."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptFile] = {}

    def find(self, path: str, query: bytes) -> tuple[str, bool, KeptFile | None]:
        """Its name ("" where the path is no static file's), whether its address names a version, and what is kept."""
        if not path.startswith(STATIC) or path != posixpath.normpath(path):
            return "", False, None
        name, fingerprinted = check_fingerprint(path)
        given = parse_qs(query.decode("latin-1"))
        return name, fingerprinted or "m" in given or "v" in given, self._kept.get(name)

    def keep(self, name: str, answer: Answer) -> KeptFile | None:
        """Keep an answer that is a file: found, no page in its stead, and no cookie for one person."""
        page = answer.header(b"content-type").startswith(b"text/html")
        if answer.status != 200 or page or answer.header(b"set-cookie"):
            return None
        return self._kept.setdefault(name, KeptFile.of(answer))


def dynamic(answer: Answer, request: Mapping[bytes, bytes]) -> Answer:
    """An answer for one person: never kept, compressed where it is data of some length."""
    if answer.header(b"content-encoding"):
        return answer
    if not _compressible(answer) or len(answer.body) < SMALLEST_COMPRESSED_BYTES or not takes_gzip(request):
        return answer.sent(NEVER)
    shorter = Answer(answer.status, answer.headers, gzip.compress(answer.body, 5, mtime=0))
    return shorter.sent(NEVER, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding"))


def takes_gzip(request: Mapping[bytes, bytes]) -> bool:
    """Whether the request names gzip among the encodings that it takes, and not with weight 0."""
    for one in request.get(b"accept-encoding", b"").lower().split(b","):
        coding, _, weight = one.strip().partition(b";")
        if coding.strip() == b"gzip":
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _compressible(answer: Answer) -> bool:
    return answer.header(b"content-type").partition(b";")[0].strip() in _COMPRESSED
