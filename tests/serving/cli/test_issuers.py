"""The commands about issuers of consents: register, list, end; an ended key is never taken again."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from data.consents import SERVICE, key_id_of, public_key_text
from serving.__main__ import app
from serving.ledger.store import LEDGER_URL

pytestmark = pytest.mark.surface
PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
SUBJECT = f"portal-a:{key_id_of(PUBLIC)}"
WHO = ("--name", "a portal", "--holder", "wang")


@pytest.fixture(autouse=True)
def ledger_of_commands(sqlite_ledger, monkeypatch):
    """The commands' ledger, empty."""
    monkeypatch.setenv(LEDGER_URL, sqlite_ledger.url)


def run(*arguments):
    return CliRunner().invoke(app, ["issuers", *map(str, arguments)])


def add(key, issuer="portal-a"):
    return run("add", issuer, "--public-key", key, *WHO)


def test_a_key_in_base64_and_the_same_key_as_pem_are_one(tmp_path):
    """Registered once, by whichever way it comes."""
    pem = tmp_path / "portal.pem"
    pem.write_bytes(PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert add(public_key_text(PUBLIC)).stdout == f"registered {SUBJECT}\n"
    assert add(pem).stdout == f"was registered before: {SUBJECT}\n"
    assert run("list").stdout.startswith(f"{SUBJECT} {public_key_text(PUBLIC)} a portal, since ")


def test_what_is_no_ed25519_key_is_refused(tmp_path):
    """Another kind of key, or too few bytes; nothing is registered."""
    pem = tmp_path / "other.pem"
    other = X25519PrivateKey.generate().public_key()
    pem.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for given in (pem, "AAAA"):
        found = add(given)
        assert (found.exit_code, "Ed25519" in found.output) == (2, True)
    assert run("list").stdout == ""


def test_the_service_cannot_be_registered_by_hand():
    """Its key is rotated instead."""
    found = add(public_key_text(PUBLIC), SERVICE)
    assert (found.exit_code, "rotate" in found.output) == (2, True)


def test_an_ended_key_is_never_taken_again():
    """Ended once; a second end and a second registration are refused."""
    add(public_key_text(PUBLIC))
    assert run("end", "portal-a", "--holder", "wang", "--reason", "lost").stdout == f"ended {SUBJECT}\n"
    assert ", ended " in run("list").stdout
    assert run("end", "portal-a", "--holder", "wang", "--reason", "lost").exit_code == 2
    assert add(public_key_text(PUBLIC)).exit_code == 2
