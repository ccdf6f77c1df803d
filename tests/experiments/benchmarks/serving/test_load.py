"""Load: what is sent, what it cost, and whether the targets hold, by hand and without a server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.benchmarks.serving import load
from experiments.benchmarks.serving.world import BANKS, World

ENDPOINTS = ("trivial, mounted on the service", "quota, recorded", "quota, ledger off", "plain FastAPI")


def rows(unrecorded_rps: float = 560.0, broken: int = 0) -> list[dict]:
    """The trivial application at 1,000 a second, recorded 500, without a ledger 560, the plain peer 600."""
    rps = dict(zip(ENDPOINTS, (1_000.0, 500.0, unrecorded_rps, 600.0), strict=True))
    return [
        {"endpoint": name, "connections": n, "rps": rps[name], "cpu_us": 1e6 / rps[name], "p99_ms": 2.0,
         "broken": broken, "refused": 0}
        for name in ENDPOINTS for n in load.CONNECTIONS
    ]  # fmt: skip


@pytest.mark.law
def test_targets_are_ratios_at_each_number_of_connections() -> None:
    """560 of 600 is .93, which holds; 500 of 600 is below .9, and with a broken request nothing holds."""
    verdict = load._verdict(rows())
    assert verdict["holds"]
    plain = verdict["targets"]["throughput to plain FastAPI, ledger off"]
    assert plain == pytest.approx({"1": 560 / 600, "16": 560 / 600, "64": 560 / 600, "target": 0.9})
    assert verdict["targets"]["throughput to mlflow, recorded"] == {"target": 4.0}
    assert not load._verdict(rows(unrecorded_rps=500.0))["holds"]
    assert not load._verdict(rows(broken=1))["holds"]


@pytest.mark.contract
def test_a_line_is_a_key_and_a_body_whose_id_is_open(
    small_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Banks take turns, each with its own key; MLflow's lines have none."""
    monkeypatch.setattr(load, "N_BODIES", 12)
    lines = Path(load._lines(tmp_path / "l", small_world, small_world.keys)).read_text(encoding="utf-8").splitlines()
    keys, bodies = zip(*(line.split("\t") for line in lines), strict=True)
    assert [*keys] == [small_world.keys[BANKS[position % len(BANKS)]] for position in range(12)]
    assert all(body.count("@@") == 1 for body in bodies)
    other = Path(load._mlflow_lines(tmp_path / "m", small_world)).read_text(encoding="utf-8").splitlines()
    assert all(line.startswith('\t{"dataframe_records"') for line in other)


@pytest.mark.law
def test_the_cpu_time_is_that_of_a_process_and_its_children() -> None:
    """A child that works for a while: its parent is charged."""
    work = "import time\nwhile time.process_time() < .3: pass\nprint(flush=True)\ninput()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert len(load.family(process.pid)) == 2
        assert load.Server(0, process).cpu_s() >= 0.29
        assert os.getpid() not in load.family(process.pid)
    finally:
        process.communicate(b"\n")
    time.sleep(0)
    assert load.family(process.pid) == [process.pid]
