"""Stores for the serving tests: SQLite in a temporary folder, and a PostgreSQL server of the session's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.ledger import Ledger, migrate


class PostgresServer:
    """A throw-away PostgreSQL: programs found on the machine, data in a temporary folder, loopback only."""

    def __init__(self, folder: Path) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        on_path = shutil.which("initdb")
        if not programs and on_path is None:
            raise RuntimeError("no PostgreSQL server programs under /usr/lib/postgresql or on PATH: run the set-up")
        self.programs = programs[-1] if programs else Path(str(on_path)).parent
        self.data = folder / "data"
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # initdb refuses root; any other account that always exists will do.
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.account is not None:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", "ledger", "-A", "trust", "--no-sync", "-E", "UTF8")

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self.programs / program), *arguments]
        if self.account is None:
            return command
        user = [f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups"]
        return ["setpriv", *user, *command]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(self._command(program, *arguments), check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start and wait until it takes connections."""
        log = (self.folder / "log").open("ab")
        options = ["-D", str(self.data), "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1"]
        self.process = subprocess.Popen(self._command("postgres", *options), stdout=log, stderr=log, cwd=self.folder)
        log.close()
        ready = self._command("pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
        deadline = time.monotonic() + 30
        while subprocess.run(ready, capture_output=True, check=False).returncode != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, as a crash would."""
        subprocess.run(
            self._command("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data)), check=True, capture_output=True
        )
        self.process.wait(timeout=20)

    def new_database(self, name: str) -> str:
        """The URL of an empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "ledger", name)
        return f"postgresql+psycopg://ledger@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL for the whole session; without the server programs this fails, it never skips."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgresServer(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty, migrated ledger, once for each kind of store."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database(f"t{abs(hash(request.node.nodeid)) % 10**12}")
    migrate(url)
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger."""
    book = Ledger(ledger_url)
    yield book
    book.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger where the kind of store does not matter."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    book = Ledger(url)
    yield book
    book.close()
