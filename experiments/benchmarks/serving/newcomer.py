"""A new bank's developer, from the packed bento to a first quota: the README's commands, run as they stand there."""

from __future__ import annotations

import os
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

# One terminal serves ...
SERVE = "python -m serving serve --port 3000 --clock 2024-06-30"  # the day of the shipped snapshot
# ... the other asks. Each line is typed as it stands.
COMMANDS = """\
until curl -sf http://127.0.0.1:3000/readyz > /dev/null; do sleep 0.2; done
KEY=$(python -m serving keys issue my-bank --holder "me at my-bank")
FIRM=$(python -m serving keys issue 91000000000000019G --role enterprise --holder "the firm's treasurer")
sleep 1
CONSENT=$(curl -s http://127.0.0.1:3000/v1/consents \\
  -H "Authorization: Bearer $FIRM" -H "Content-Type: application/json" \\
  -d '{"request_id": "consent-1", "bank_id": "my-bank"}')
curl -s http://127.0.0.1:3000/v1/quota \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"request_id": "first-1", "uscc": "91000000000000019G", "requested_amount_cny": 3000000, "consent": '"$CONSENT"'}'
"""
LIMIT_S = 300


def campaign(console: Console) -> dict[str, Any]:
    """Serve and ask with an empty ledger; how long it took, and what was answered."""
    port = str(free_port())
    with tempfile.TemporaryDirectory() as folder:
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = os.environ | {"IP_LEDGER_URL": f"sqlite:///{folder}/ledger.sqlite", "PATH": binaries}
        began = time.monotonic()
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                ["bash", "-c", "exec " + SERVE.replace("3000", port)], stdout=log, stderr=log, env=settings
            )
        try:
            done = subprocess.run(
                ["bash", "-eu", "-c", COMMANDS.replace("3000/", f"{port}/")], capture_output=True, text=True,
                env=settings, timeout=LIMIT_S, check=False,
            )  # fmt: skip
            seconds = time.monotonic() - began
            told = (Path(folder) / "log").read_text(errors="replace")[-2000:]
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
    console.print(f"first answer after {seconds:.1f} s: {answer.get('decision')}")
    holds = "decision" in answer and seconds < LIMIT_S
    found = {"holds": holds, "seconds_to_first_answer": seconds, "decision": answer.get("decision")}
    return found | ({} if holds else {"told": done.stdout + done.stderr + told}) | {"curl": SERVE + "\n" + COMMANDS}
