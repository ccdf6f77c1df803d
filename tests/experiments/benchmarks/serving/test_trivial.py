"""The application that answers nothing, in a process of its own as BentoML runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.surface
def test_the_shortest_answer() -> None:
    """One member."""
    code = (
        "import asyncio; from experiments.benchmarks.serving.trivial import trivial; "
        "print(asyncio.run(trivial(None)).body.decode())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == '{"status":"ok"}'
