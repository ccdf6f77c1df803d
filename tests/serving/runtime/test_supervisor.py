"""One service a port, found by a lock and not by a number; workers end with their supervisor, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from serving.params import WORKERS
from serving.runtime.supervisor import ServeError, Supervisor, held, holder_of, upgrade

pytestmark = pytest.mark.contract
WORKER = """
import sys, time
from serving.runtime.worker_process import end_with_supervisor, say_ready
ready, alive = map(int, sys.argv[1:])
end_with_supervisor(alive, limit_s=1.0)
if {stubborn}:
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
say_ready(ready)
time.sleep(120)
"""
SUPERVISOR = """
import sys
from pathlib import Path
from serving.runtime.supervisor import Supervisor, held
from serving.runtime.logs import log_as_json
log_as_json()
with held(Path(sys.argv[2])):
    command = lambda _, ready, alive: [sys.executable, "-c", sys.argv[3], str(ready), str(alive)]
    Supervisor("127.0.0.1", int(sys.argv[1]), 2, command).run()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [int(one) for one in found]


def wait_until(condition, limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(params=[False, True], ids=["willing", "stubborn"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A supervisor with two workers that serve nothing; stubborn ones do not end at SIGTERM."""
    pid_file, port, worker = tmp_path / "4711.pid", free_port(), WORKER.format(stubborn=request.param)
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(port), pid_file, worker], stderr=log)
    wait_until(lambda: b'"serving"' in (tmp_path / "log").read_bytes() or process.poll() is not None)
    workers = children_of(process.pid)
    yield process, pid_file
    for pid in (process.pid, *workers):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    log.close()


def test_killed_supervisors_workers_end(running) -> None:
    """Kill -9 leaves no worker behind, nor one that does not listen; the lock is free, the number means nothing."""
    process, pid_file = running
    workers = children_of(process.pid)
    assert len(workers) == 2
    for pid in workers:  # each knows how many share a bank's requests
        assert f"{WORKERS}=2".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert holder_of(pid_file) == process.pid
    process.kill()
    process.wait()
    wait_until(lambda: not any(alive(pid) for pid in workers))
    assert pid_file.read_text().strip() == str(process.pid)
    with pytest.raises(ServeError, match="nothing is served"):
        holder_of(pid_file)
    with held(pid_file):
        assert holder_of(pid_file) == os.getpid()


@pytest.mark.parametrize("text", ["999999\n", "", "  \n", f"{os.getpid()}\n", "12ab", "-1", "\xb2"])
def test_a_file_that_nobody_holds_leads_to_no_process(tmp_path: Path, text: str) -> None:
    """Whatever is in a file that was left behind, nobody gets a signal; this process's own number included."""
    pid_file = tmp_path / "3000.pid"
    pid_file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ServeError, match="nothing is served on port 3000"):
        upgrade(pid_file)


def test_a_second_start_leaves_the_first_alone(tmp_path: Path) -> None:
    """It is refused with the first one's number, and the first one's file and lock stay."""
    pid_file = tmp_path / "3000.pid"
    with held(pid_file):
        with pytest.raises(ServeError, match=f"served already, by process {os.getpid()}"), held(pid_file):
            pass
        assert holder_of(pid_file) == os.getpid()
    with pytest.raises(ServeError, match="nothing is served"):
        holder_of(pid_file)


def test_a_port_that_is_taken_is_named() -> None:
    """Whoever listens there."""
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ServeError, match="cannot be opened"):
        Supervisor("127.0.0.1", other.getsockname()[1], 1, lambda *_: [])


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("serve", "--workers", "0"), "--workers"),
        (("serve", "--workers", "-2"), "--workers"),
        (("serve", "--port", "0"), "--port"),
        (("serve", "--port", "70000"), "65535"),
        (("upgrade", "--port", "65000"), "65000"),
    ],
)
def test_the_commands_refuse_in_one_message(tmp_path: Path, monkeypatch, arguments, result) -> None:
    """No traceback, no silent end."""
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, list(arguments))
    assert found.exit_code == 2
    assert result in found.output
    assert "Traceback" not in found.output


def test_serve_on_a_taken_port_says_so(tmp_path: Path, monkeypatch) -> None:
    """Exit status and message, and no pid file that leads anywhere."""
    (tmp_path / "params.yaml").write_bytes(Path("params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        found = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert found.exit_code == 2
    assert "cannot be opened" in found.output
    with pytest.raises(ServeError, match="nothing"):
        holder_of(tmp_path / f"artifacts/serving/{port}.pid")


def test_a_worker_that_cannot_be_replaced_now_is_replaced_later(tmp_path: Path) -> None:
    """While its replacement fails the others go on, and it is tried until there are as many as before."""
    broken, log = tmp_path / "broken", tmp_path / "log"
    worker = f"import sys\nfrom pathlib import Path\nif Path({str(broken)!r}).exists(): sys.exit(3)\n"
    command = [
        sys.executable,
        "-c",
        SUPERVISOR,
        str(free_port()),
        tmp_path / "1.pid",
        worker + WORKER.format(stubborn=False),
    ]
    with log.open("wb") as stream, subprocess.Popen(command, stderr=stream) as process:
        wait_until(lambda: b'"serving"' in log.read_bytes() or process.poll() is not None)
        first = children_of(process.pid)
        broken.touch()
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: b'"worker_fell"' in log.read_bytes())
        time.sleep(1.0)
        assert alive(first[1])
        broken.unlink()
        wait_until(lambda: len(children_of(process.pid)) == 2 and first[0] not in children_of(process.pid))
        time.sleep(1.0)
        assert len([pid for pid in children_of(process.pid) if alive(pid)]) == 2
        process.terminate()
        assert process.wait(30) == 0
