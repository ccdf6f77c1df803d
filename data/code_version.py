"""Which code this is: a digest over the sources that make decisions and answers, and the git commit if there is one.

The digest is of the files on the disk when it is first read, so a service reads it at its start. It is the same for a
checkout, an installed wheel and a packed service with the same sources; the commit is known only in a checkout.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DECIDING = ("data", "features", "models")  # packages whose code makes a decision
MAKING = (*DECIDING, "training")  # and that makes the models
SERVING = (*DECIDING, "serving")  # and that safeguards, records and sends it
_REFERENCE = "data/reference"
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class CodeVersion:
    """digest : 16 hexadecimal digits over the sources of SERVING; commit : of the checkout, "" without one.

    A commit ends in ``+`` when the checkout holds changes that are not committed.
    """

    digest: str
    commit: str


@cache
def code_version() -> CodeVersion:
    """The version of the code of this process."""
    return CodeVersion(source_digest(SERVING), _commit(_ROOT))


@cache
def source_digest(packages: Sequence[str] = DECIDING, root: Path = _ROOT) -> str:
    """16 hexadecimal digits of the SHA-256 over path, length and bytes of every source, by path.

    Sources are each ``*.py`` of the packages and, if ``data`` is one of them, each file of ``data/reference``.
    """
    paths = {path for package in packages for path in (root / package).rglob("*.py")}
    if "data" in packages:
        paths |= {path for path in (root / _REFERENCE).rglob("*") if path.is_file() and path.suffix != ".pyc"}
    state = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in paths):
        content = path.read_bytes()
        state.update(f"{name}:{len(content)}\n".encode())
        state.update(content)
    return state.hexdigest()[:16]


def _commit(root: Path) -> str:
    if not (root / ".git").exists():
        return ""
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *SERVING)
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"{commit}+" if changed else commit


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True, timeout=10)
    return done.stdout.strip()
