"""Keys of a store lie beside it, each under its kind, readable by their owner alone; the first writer wins."""

import stat
from pathlib import Path

import pytest

from serving.clearance.webhook_key import webhook_key_file
from serving.consents.key import key_file as consent_key_file
from serving.key_files import key_file, write_key

pytestmark = pytest.mark.law


def test_every_kind_of_key_lies_by_one_rule(monkeypatch):
    for name in ("KEY", "IP_WEBHOOK_KEY_FILE", "IP_CONSENT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert key_file("sqlite:///a/b.sqlite", "KEY", "kind") == Path("a/b.sqlite.kind")
    one, other = (key_file(f"postgresql://u:p@h/{name}", "KEY", "kind") for name in ("one", "other"))
    assert (one.parent, one == other) == (Path("artifacts/ledger"), False)
    assert one == key_file("postgresql://v:q@h/one", "KEY", "kind")  # whoever logs in
    for url in ("sqlite:///a/b.sqlite", "postgresql://u:p@h/one"):
        assert webhook_key_file(url) == key_file(url, "KEY", "webhook-key")
        assert consent_key_file(url) == key_file(url, "KEY", "consent-key.pem")
    monkeypatch.setenv("KEY", "elsewhere")
    assert key_file("sqlite:///a/b.sqlite", "KEY", "kind") == Path("elsewhere")


def test_the_first_of_several_writers_wins_unless_it_is_replaced(tmp_path):
    path = tmp_path / "folder" / "key"
    assert (write_key(path, b"first"), write_key(path, b"second"), path.read_bytes()) == (True, False, b"first")
    assert (write_key(path, b"third", replace=True), path.read_bytes()) == (True, b"third")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
