"""A worker finds what the commands read, although it works in the built bento's folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from serving.runtime.project_folder import PROJECT, project_folder
from serving.runtime.supervisor import Supervisor

pytestmark = pytest.mark.contract
CHILD = "import os, sys; os.chdir('/'); os.write(int(sys.argv[1]), os.environ['IP_PROJECT'].encode())"


def test_it_is_the_working_directory_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv(PROJECT, raising=False)
    assert project_folder() == Path()
    monkeypatch.setenv(PROJECT, str(tmp_path))
    assert project_folder() == tmp_path


@pytest.mark.parametrize("named", [None, "/models"])
def test_a_worker_is_given_the_folder_in_which_the_service_was_started(monkeypatch, tmp_path, named):
    """Wherever it goes itself; a folder named by whoever started it stays."""
    monkeypatch.delenv(PROJECT, raising=False)
    if named:
        monkeypatch.setenv(PROJECT, named)
    monkeypatch.chdir(tmp_path)
    supervisor = Supervisor("127.0.0.1", 0, 1, lambda _, ready, alive: [sys.executable, "-c", CHILD, str(ready)])
    worker = supervisor._spawn()
    supervisor.socket.close()
    assert worker.process.wait(timeout=30) == 0
    assert os.read(worker.ready_fd, 1000).decode() == (named or str(tmp_path))
