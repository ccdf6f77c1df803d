"""A throw-away PostgreSQL for tests and campaigns: its programs are the machine's, everything else goes afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path


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
