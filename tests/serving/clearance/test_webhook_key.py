"""Secrets come from one key that only its owner reads; signatures verify as the Standard Webhooks scheme says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.clearance.webhook_key import (
    WEBHOOK_KEY,
    WEBHOOK_KEY_FILE,
    WebhookKey,
    WebhookKeyError,
    open_webhook_key,
    webhook_key_file,
)

pytestmark = pytest.mark.contract


@pytest.fixture
def url(tmp_path, monkeypatch):
    for name in (WEBHOOK_KEY, WEBHOOK_KEY_FILE):
        monkeypatch.delenv(name, raising=False)
    return f"sqlite:///{tmp_path / 'deep/events.sqlite'}"


def test_a_signature_verifies_as_the_scheme_says():
    """Recomputed from the shown secret alone: v1, then base64 of HMAC-SHA256 over id.timestamp.body."""
    key, body = WebhookKey(b"k" * 32), b'{"a":"\xe6\x8a\xa5"}'
    secret = base64.b64decode(key.secret_of("wh_1").removeprefix("whsec_"))
    signed = b"msg_1.1700000000." + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert key.signature("wh_1", "msg_1", 1_700_000_000, body) == f"v1,{expected}"
    assert len(secret) == 32


def test_the_scheme_s_own_example():
    """The published example of the scheme: its secret, identifier, time and body give its signature."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    found = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    assert found == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_many_processes_that_start_at_once_share_one_key_that_only_its_owner_reads(url):
    with ThreadPoolExecutor(8) as pool:
        secrets = {key.secret_of("wh_1") for key in pool.map(open_webhook_key, [url] * 8)}
    assert len(secrets | {open_webhook_key(url).secret_of("wh_1")}) == 1
    assert stat.S_IMODE(webhook_key_file(url).stat().st_mode) == 0o600
    assert [one.name for one in webhook_key_file(url).parent.iterdir()] == ["events.sqlite.webhook-key"]


def test_secrets_differ_and_the_check_finds_another_key():
    one, other = WebhookKey(b"k" * 32), WebhookKey(b"l" * 32)
    assert one.secret_of("wh_1") != one.secret_of("wh_2")
    assert one.check_of("wh_1") != other.check_of("wh_1")
    assert one.check_of("wh_1") not in one.secret_of("wh_1")


def test_a_key_of_the_environment_needs_no_file(url, monkeypatch):
    monkeypatch.setenv(WEBHOOK_KEY, base64.b64encode(b"k" * 32).decode())
    assert open_webhook_key(url).secret_of("a") == WebhookKey(b"k" * 32).secret_of("a")
    assert not webhook_key_file(url).exists()


def test_another_store_has_its_file_by_name_and_a_named_file_counts(url, monkeypatch, tmp_path):
    first = webhook_key_file("postgresql+psycopg://u:p@h/one")
    assert first != webhook_key_file("postgresql+psycopg://u:p@h/two")
    monkeypatch.setenv(WEBHOOK_KEY_FILE, str(tmp_path / "own"))
    assert webhook_key_file(url) == tmp_path / "own"


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [("a" * 44, 0o644, "chmod 600"), ("%%%", 0o600, "no base64"), ("YWJj", 0o600, "3 bytes"), ("", 0o600, "0 bytes")],
)
def test_a_bad_file_is_refused(url, text, mode, message):
    path = webhook_key_file(url)
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(WebhookKeyError, match=message):
        open_webhook_key(url)


def test_a_file_that_cannot_be_made_is_said(url, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(WEBHOOK_KEY_FILE, str(tmp_path / "file" / "key"))
    with pytest.raises(WebhookKeyError, match="cannot be read or made"):
        open_webhook_key(url)
