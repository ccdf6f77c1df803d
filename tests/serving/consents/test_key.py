"""The service's private key: made once, shared, kept over restarts, rotated, never shown; issuers by command."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from typer.testing import CliRunner

from data.consents import SERVICE, key_id_of, public_key_text
from serving.__main__ import app
from serving.consents.check import ConsentBook
from serving.consents.key import (
    CONSENT_KEY,
    CONSENT_KEY_FILE,
    ConsentKeyError,
    key_file,
    open_key,
    read_key,
    rotate_key,
)
from serving.ledger.ledger import Ledger
from serving.ledger.store import LEDGER_URL, migrate
from tests.serving.consents.test_check import ask, give

pytestmark = pytest.mark.contract


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The URL of an empty ledger whose key lies beside it."""
    monkeypatch.delenv(CONSENT_KEY_FILE, raising=False)
    url = f"sqlite:///{tmp_path / 'key.sqlite'}"
    monkeypatch.setenv(LEDGER_URL, url)
    migrate(url)
    return url


def opened(url):
    ledger, book = Ledger(url), ConsentBook()
    book.refresh(ledger)
    key = open_key(ledger, book)
    book.refresh(ledger)
    return key_id_of(key.public_key()), book


def test_many_workers_that_start_at_once_share_one_key_that_only_its_owner_reads(store):
    """One file of mode 600, one record, one key; the next start finds it."""
    with ThreadPoolExecutor(8) as pool:
        found = {key_id for key_id, _ in pool.map(lambda _: opened_again(store), range(8))}
    key_id, book = opened(store)
    assert found == {key_id}
    assert list(book.issuers) == [(SERVICE, key_id)]
    assert stat.S_IMODE(key_file(store).stat().st_mode) == 0o600
    assert [path.name for path in key_file(store).parent.glob("*consent-key*")] == [key_file(store).name]


def opened_again(url):
    """As a worker does: what it cannot open yet it opens a moment later."""
    for _ in range(100):
        try:
            return opened(url)
        except ConsentKeyError:
            continue
    raise AssertionError("never opened")


def test_a_lost_or_open_key_is_not_replaced_in_silence(store):
    """A store that had a key gets no second one by itself; a file that others may read is not used."""
    opened(store)
    key_file(store).chmod(0o640)
    with pytest.raises(ConsentKeyError, match="open to others"):
        read_key(store)
    key_file(store).unlink()
    with pytest.raises(ConsentKeyError, match="restore it, or rotate"):
        opened(store)
    fresh = rotate_key(Ledger(store), "wang")
    assert opened(store)[0] == fresh


def test_a_key_may_come_from_the_environment(store, monkeypatch):
    """As PEM; then nothing is written, and rotating by command is refused."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    monkeypatch.setenv(CONSENT_KEY, pem)
    assert opened(store)[0] == key_id_of(key.public_key())
    assert not key_file(store).exists()
    with pytest.raises(ConsentKeyError, match=CONSENT_KEY):
        rotate_key(Ledger(store), "wang")
    monkeypatch.setenv(CONSENT_KEY, "not a key")
    with pytest.raises(ConsentKeyError) as caught:
        opened(store)
    assert "not a key" not in str(caught.value)


def test_consents_of_an_earlier_key_hold_over_rotation_and_restart(open_shop, ledger_url, monkeypatch):
    """A running worker signs with the new key; both receipts hold at a worker started later; without a file none."""
    shop = open_shop(ledger_url)
    uscc = shop.codes[0]
    before = give(shop, uscc).json()
    fresh = rotate_key(shop.worker.ledger, "wang")
    shop.worker.refresh()
    after = give(shop, uscc, request_id="give-2").json()
    assert (before["key_id"] != fresh, after["key_id"]) == (True, fresh)
    later = open_shop(ledger_url)
    assert ask(later, before, request_id="a").status_code == 200
    assert ask(later, after, request_id="b").status_code == 200
    key_file(ledger_url).unlink()
    shop.worker.refresh()
    assert give(shop, uscc, request_id="give-3").status_code == 503
    assert ask(shop, before, request_id="c").status_code == 200


def test_the_private_key_is_in_no_answer_log_or_record(open_shop, tmp_path, capfd):
    """Neither its text nor its bytes."""
    url = f"sqlite:///{tmp_path / 'secret.sqlite'}"
    shop = open_shop(url)
    answer = give(shop, shop.codes[0])
    issuers = shop.client.get("/v1/consent-issuers", headers=shop.key("standard"))
    pem = key_file(url).read_text()
    body, raw = pem.splitlines()[1], read_key(url).private_bytes_raw()
    printed = capfd.readouterr()
    records = b"".join(record.body for record in shop.worker.ledger.scan())
    for text in (answer.text, issuers.text, printed.out, printed.err, records.decode()):
        assert body not in text
        assert raw.hex() not in text
    assert body.encode() not in (tmp_path / "secret.sqlite").read_bytes()


def run(*words):
    return CliRunner().invoke(app, ["issuers", *words])


def test_an_operator_registers_lists_rotates_and_ends_by_command(store, tmp_path):
    """PEM or base64; an ended key never comes back; what is wrong exits with its message."""
    opened(store)
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    pem = tmp_path / "portal.pem"
    pem.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    who = ("--name", "A portal", "--holder", "wang")
    assert run("add", "p", "--public-key", str(pem), *who).exit_code == 0
    assert run("add", "p", "--public-key", public_key_text(other.public_key()), *who).exit_code == 0
    assert "registered before" in run("add", "p", "--public-key", str(pem), *who).output
    assert run("rotate", "--holder", "wang").exit_code == 0
    book = ConsentBook()
    book.refresh(Ledger(store))
    assert sorted(issuer for issuer, _ in book.issuers) == ["p", "p", SERVICE, SERVICE]
    listed = run("list").output
    assert all(key_id in listed for _, key_id in book.issuers)
    ended = ("end", "p", "--holder", "wang", "--reason", "it closed")
    assert run(*ended, "--key", key_id_of(key.public_key())).exit_code == 0
    again = run("add", "p", "--public-key", str(pem), *who)
    assert again.exit_code != 0
    assert run(*ended).exit_code == 0
    for wrong in (
        ("add", SERVICE, "--public-key", str(pem), *who),
        ("add", "q", "--public-key", "not a key", *who),
        ("add", "a b", "--public-key", str(pem), *who),
        ended,
        ("end", "nobody", "--holder", "wang", "--reason", "r"),
    ):
        assert run(*wrong).exit_code == 2, wrong
