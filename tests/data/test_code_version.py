"""The code's version changes with every source that decides, and with nothing else."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from data.code_version import DECIDING, SERVING, _commit, code_version, source_digest

pytestmark = pytest.mark.law
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree of sources."""
    for name, text in {
        "data/__init__.py": "", "data/a.py": "x = 1\n", "data/reference/t.csv": "k,v\n", "models/m.py": "y = 2\n",
        "features/f.py": "z = 3\n", "serving/s.py": "w = 4\n", "training/t.py": "v = 5\n", "data/raw/x.csv": "1\n",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def digest(tree: Path, packages: tuple[str, ...] = SERVING) -> str:
    source_digest.cache_clear()
    return source_digest(packages, tree)


def test_the_digest_is_the_one_that_an_auditor_would_compute(tree: Path) -> None:
    """Path, length and bytes of each source, by path."""
    parts = [("data/__init__.py", b""), ("data/a.py", b"x = 1\n"), ("data/reference/t.csv", b"k,v\n")]
    parts += [("features/f.py", b"z = 3\n"), ("models/m.py", b"y = 2\n"), ("serving/s.py", b"w = 4\n")]
    text = b"".join(f"{name}:{len(content)}\n".encode() + content for name, content in parts)
    assert digest(tree) == hashlib.sha256(text).hexdigest()[:16]


@pytest.mark.parametrize("name", ["data/a.py", "data/reference/t.csv", "models/m.py", "features/f.py", "serving/s.py"])
def test_one_changed_byte_a_new_and_a_moved_source_change_it(tree: Path, name: str) -> None:
    first = digest(tree)
    (tree / name).write_text((tree / name).read_text() + "#")
    changed = digest(tree)
    (tree / name).rename((tree / name).with_name("other" + Path(name).suffix))
    assert len({first, changed, digest(tree)}) == 3


def test_nothing_else_changes_it(tree: Path) -> None:
    """Not other packages, data, caches or times."""
    first = digest(tree)
    (tree / "training/t.py").write_text("v = 6\n")
    (tree / "data/raw/x.csv").write_text("2\n")
    (tree / "data/__pycache__").mkdir()
    (tree / "data/__pycache__/a.cpython-311.pyc").write_bytes(b"x")
    copy = tree / "copy"
    for package in SERVING:
        shutil.copytree(tree / package, copy / package)
    assert digest(tree) == digest(copy) == first
    (tree / "serving/s.py").write_text("w = 5\n")
    assert digest(tree, DECIDING) == digest(copy, DECIDING)


def test_this_process_knows_its_code() -> None:
    """The digest is of the sources that run; the commit is that of the checkout, or empty outside one."""
    found = code_version()
    assert found.digest == source_digest(SERVING, ROOT)
    assert re.fullmatch(r"([0-9a-f]{40}\+?)?", found.commit)
    assert source_digest(DECIDING) != found.digest


def test_a_commit_is_marked_when_sources_differ_from_it(tmp_path: Path) -> None:
    """Outside a checkout there is none; with changed sources it ends in a plus."""
    assert _commit(tmp_path) == ""
    (tmp_path / "models").mkdir()
    for package in SERVING:
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "m.py").write_text("x = 1\n")

    def git(*arguments: str) -> str:
        names = ["-c", "user.name=n", "-c", "user.email=e@x"]
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *names, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "c")
    assert _commit(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "models/m.py").write_text("x = 2\n")
    assert _commit(tmp_path) == git("rev-parse", "HEAD") + "+"
