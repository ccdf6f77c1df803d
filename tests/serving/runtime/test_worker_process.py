"""A worker ends with its supervisor, gives a taken connection its time, and loads nothing of ours but the bento."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from serving.runtime import worker_process

pytestmark = pytest.mark.contract
WATCHING = """
import sys, time
from serving.runtime.worker_process import end_with_supervisor, say_ready
end_with_supervisor(int(sys.argv[1]), limit_s=5.0)
say_ready(int(sys.argv[2]))
time.sleep(60)
"""


def test_it_says_when_it_is_ready_and_ends_when_the_other_end_is_closed():
    """As on SIGTERM, without a signal from anybody."""
    alive, held = os.pipe()
    reading, ready = os.pipe()
    command = [sys.executable, "-c", WATCHING, str(alive), str(ready)]
    with subprocess.Popen(command, pass_fds=(alive, ready)) as process:
        os.close(ready)
        assert os.read(reading, 2) == b"1"
        assert os.read(reading, 2) == b""  # closed after the one byte
        os.close(held)
        assert process.wait(20) == -15
    os.close(alive)
    os.close(reading)


def test_nothing_of_ours_and_nothing_private_is_imported():
    """It runs as a file, so whatever it imported of this project would not be the bento's."""
    tree = ast.parse(Path(worker_process.__file__).read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.split(".")[0] in ("serving", "data", "models", "features")]
    private = [name for name in names if any(part.startswith("_") for part in name.split("."))]
    assert private == ["__future__"]


def test_it_notes_where_the_service_was_started(monkeypatch, tmp_path):
    """Before a bento is loaded, which changes the folder; the console finds models and runs by it."""

    def load(*_: object, **__: object) -> None:
        monkeypatch.chdir("/")
        raise LookupError

    monkeypatch.setitem(sys.modules, "bentoml", SimpleNamespace(load=load))
    monkeypatch.setattr(worker_process, "end_with_supervisor", lambda *_: None)
    monkeypatch.setenv(worker_process.FOLDER, "")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LookupError):
        worker_process.main("any", 0, 0, 0, 1)
    assert os.environ[worker_process.FOLDER] == str(tmp_path)
