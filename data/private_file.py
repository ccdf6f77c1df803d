"""Files of embedded stores, which nobody but their owner may read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

OWNER_ONLY = 0o600


def make_private(path: Path) -> None:
    """Make an empty file that its owner alone may read and write, whatever the umask; one that is there stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, OWNER_ONLY)  # a umask may have taken from it what the owner needs
    finally:
        os.close(descriptor)


def keep_private(engine: sa.Engine, path: Path) -> None:
    """Let the engine's first connection find the file made; SQLite gives its log and index the mode of the file."""

    def make(*_: Any) -> None:
        make_private(path)

    sa.event.listen(engine, "do_connect", make)
