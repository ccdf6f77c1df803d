"""The key of the form cookies: one for all processes of a store, and nobody else's to read."""

from __future__ import annotations

import pytest

from serving.console.console_key import VARIABLE, ConsoleKeyError, key_path, open_key


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    first = open_key(url)
    assert open_key(url) == first
    assert key_path(url).stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv(VARIABLE, str(tmp_path / "another"))
    assert open_key(url) != first


def test_a_file_that_is_no_key_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_bytes(b"short")
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(ConsoleKeyError, match="5 bytes"):
        open_key("sqlite://")
