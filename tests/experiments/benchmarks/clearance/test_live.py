"""The measurement sees every posted message in the state and in the stream, and times both from the POST."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import uvicorn

from experiments.benchmarks.clearance.live import measure
from tests.experiments.benchmarks.clearance.service import app

pytestmark = pytest.mark.behaviour


def test_every_message_is_seen_in_the_state_and_in_the_stream(tmp_path):
    """Half a second at 40 a second; the times are bounded loosely, for the machine may be busy."""
    config = uvicorn.Config(app(f"sqlite:///{tmp_path / 'events.sqlite'}"), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    report = asyncio.run(measure(f"http://127.0.0.1:{port}", "none", rate_per_s=40, seconds=0.5))
    server.should_exit = True
    thread.join()
    for part in (report.post, report.state, report.stream, report.dates):
        assert (part.n, part.missing) == (20, 0)
        assert 0 < part.p50_s <= part.p99_s <= part.max_s < 10
    assert report.as_dict()["rate_per_s"] == report.rate_per_s < 60
