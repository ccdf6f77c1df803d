"""A reader of short texts in place of messages, a store of them, and a receiver of webhooks on loopback."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.clearance.records import CaseEvent, Declaration, MessageError, ReadMessage
from data.uscc import fictitious_uscc
from serving.clearance.store import Source

AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
FIRM, OTHER = fictitious_uscc(1), fictitious_uscc(2)
ZONE, FOLDER = Source("operator", "zone"), Source("folder", "client/InBox")
HOST = "receiver.example.com"
STATUSES = {"7": "declared", "L": "accepted", "P": "released", "R": "completed"}


def read(raw: bytes) -> ReadMessage:
    """``L seq_no:E1`` is a receipt of that code; ``D client_seq_no:T1 of:USCC`` a declaration of that firm."""
    words = raw.decode().split()
    if not words or raw.startswith(b"<"):
        raise MessageError("not_well_formed", "<", "words", 1, 1)
    pairs = [(kind, number) for kind, _, number in (word.partition(":") for word in words[1:])]
    parties, keys = tuple(no for kind, no in pairs if kind == "of"), tuple(one for one in pairs if one[0] != "of")
    declaration, events = None, ()
    if words[0] == "D":
        declaration = Declaration(keys, "single_window", "4.8", parties, {})
    else:
        events = (CaseEvent(keys, "single_window", words[0], AT, "", "note of an officer", "2244"),)
    return ReadMessage("sw.receipt", "", "single_window", "utf-8", "", raw, events, declaration)


def status(events: Sequence[CaseEvent]) -> str:
    """That of the furthest code, in any order."""
    return STATUSES[max((event.code for event in events), key=list(STATUSES).index)]


@dataclass
class Receiver:
    """What came, and what is answered: one status after another, the last for ever."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [204])
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    body: bytes = b""
    context: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/hook"


@contextmanager
def receiver(folder: Path, name: str = HOST) -> Iterator[Receiver]:
    """An https server on loopback under a certificate for ``name``; ``context`` trusts its issuer alone."""
    made = Receiver(context=_certificate(folder, name))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.came.append(({key.lower(): value for key, value in self.headers.items()}, body))
            made.before()
            code = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("location", "https://169.254.169.254/latest")
            self.send_header("content-length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that leaves is no trouble here."""

    server = Server(("127.0.0.1", 0), Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(folder / "leaf.pem")
    server.socket = own.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


async def loopback(host: str, port: int) -> list[str]:
    """A resolver for which every name is this machine."""
    return ["127.0.0.1"]


def _certificate(folder: Path, name: str) -> ssl.SSLContext:
    issuer, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    day = dt.timedelta(days=1)
    now = dt.datetime.now(dt.UTC)

    def make(subject: str, key: ec.EllipticCurvePrivateKey, *, is_issuer: bool) -> x509.Certificate:
        names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer of the tests")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(issuer, hashes.SHA256())
        )

    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = own.private_bytes(pem, private, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(secret + make(name, own, is_issuer=False).public_bytes(pem))
    root = make("issuer of the tests", issuer, is_issuer=True).public_bytes(pem).decode()
    return ssl.create_default_context(cadata=root)
