"""A new bank's developer, from the packed bento to a first quota: the README's commands, run as they are there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from experiments.benchmarks.serving.world import free_port

README = Path("README.md")
LIMIT_S = 300


def commands(text: str) -> tuple[str, str]:
    """The README's commands that serve and that send a request, as they are printed; raises ValueError without them."""
    for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL):
        if found := re.search(r"^(python -m serving serve[^&\n]*)&[^\n]*\n", block, re.MULTILINE):
            return found[1].strip(), block[found.end() :]
    raise ValueError("README.md has no bash block with `python -m serving serve ... &`")


def campaign(console: Console) -> dict[str, Any]:
    """Serve and send requests with an empty ledger; how long it took, and what was answered."""
    serve, ask = commands(README.read_text(encoding="utf-8"))
    port = str(free_port())
    with tempfile.TemporaryDirectory() as folder:
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = os.environ | {"IP_LEDGER_URL": f"sqlite:///{folder}/ledger.sqlite", "PATH": binaries}
        began = time.monotonic()
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                ["bash", "-c", "exec " + serve.replace("3000", port)], stdout=log, stderr=log, env=settings
            )
        try:
            done = subprocess.run(
                ["bash", "-eu", "-c", ask.replace("3000/", f"{port}/")], capture_output=True, text=True,
                env=settings, timeout=LIMIT_S, check=False,
            )  # fmt: skip
            seconds = time.monotonic() - began
            log_text = (Path(folder) / "log").read_text(errors="replace")[-2000:]
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=40)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    try:
        answer = orjson.loads(done.stdout)
    except orjson.JSONDecodeError:
        answer = {}
    console.print(f"first answer after {seconds:.1f} s: {answer.get('outcome')}")
    holds = "outcome" in answer and seconds < LIMIT_S
    found = {"holds": holds, "seconds_to_first_answer": seconds, "outcome": answer.get("outcome")}
    return found | ({} if holds else {"log_text": done.stdout + done.stderr + log_text}) | {"curl": f"{serve}\n{ask}"}
