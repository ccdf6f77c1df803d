"""The key that signs the console's form cookies, the same in every worker process of a store."""

from __future__ import annotations

import secrets
from pathlib import Path

from serving.key_files import key_file, write_key

VARIABLE = "IP_CONSOLE_KEY"
BYTES = 32


class ConsoleKeyError(ValueError):
    """The file holds something else than a key."""


def key_path(url: str) -> Path:
    """Where the key of the store at ``url`` lies: as IP_CONSOLE_KEY says, or beside the store."""
    return key_file(url, VARIABLE, "console-key")


def open_key(url: str) -> bytes:
    """The key; made at its first use. Raises ConsoleKeyError where the file is no key, OSError where it cannot be."""
    path = key_path(url)
    if not path.exists():
        write_key(path, secrets.token_bytes(BYTES))  # another process may be first: its key counts
    key = path.read_bytes()
    if len(key) != BYTES:
        raise ConsoleKeyError(f"{path.name} holds {len(key)} bytes; allowed: {BYTES}")
    return key
