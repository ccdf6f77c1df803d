"""Throughput and latency of the service beside its peers: one worker each, one machine, one run, taken in turn.

Peers: a trivial application mounted on a BentoML service of its own, the service's own shortest answer, the same
engine in a plain FastAPI application without a ledger, and ``mlflow models serve``. Every peer runs while every other
is measured, idle; the order changes from repeat to repeat. The CPU time of the serving processes is shown beside the
throughput, as it does not depend on who else uses the machine.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import track
from rich.table import Table

from experiments.benchmarks.serving.plain import ARTIFACTS
from experiments.benchmarks.serving.world import BANKS, World, free_port
from serving.cli.demo import end

CONNECTIONS = (1, 16, 64)
N_BODIES = 6_000
START_LIMIT_S = 120.0
WARM_S = 2
SHARE_PLAIN, TIMES_MLFLOW = 0.9, 4.0
SCRIPT = """
-- POST the lines of a file in turn (key TAB body, the request id as @@), or GET when the file is "-".
local lines, path, prefix, sent = {}, "", "", 0

function init(args)
  path, prefix = args[2], args[3]
  if args[1] == "-" then return end
  for line in io.lines(args[1]) do
    local key, head, tail = line:match("^(.-)\\t(.-)@@(.*)$")
    local headers = { ["Content-Type"] = "application/json" }
    if key ~= "" then headers["Authorization"] = "Bearer " .. key end
    lines[#lines + 1] = { headers = headers, head = head, tail = tail }
  end
end

function request()
  if #lines == 0 then return wrk.format("GET", path) end
  sent = sent + 1
  local line = lines[sent % #lines + 1]
  return wrk.format("POST", path, line.headers, line.head .. prefix .. sent .. line.tail)
end

function done(summary, latency, _)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"max_ms":%.4f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class LoadError(RuntimeError):
    """A server did not come up, or wrk is not there."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """CPU time of its processes so far."""
        ticks = 0
        for pid in family(self.process.pid):
            try:
                fields = (
                    Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                )
            except OSError:  # ended in between
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all its descendants, from /proc."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in family(int(child)))]


@dataclass(frozen=True)
class Subject:
    """One endpoint to be measured; ``lines`` is the file of its bodies, ``-`` for GET."""

    name: str
    server: Server
    path: str
    lines: str


def campaign(
    artifacts: Path, seconds: float, repeats: int, console: Console, *, with_mlflow: bool = True
) -> dict[str, Any]:
    """Measure everybody at each number of connections; medians over ``repeats``, and whether the targets hold."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise LoadError("wrk is not installed: `make wrk` installs it")
    artifacts = artifacts.resolve()
    with ExitStack() as stack:
        # On the project's own disk, for the commits must reach one.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-", dir=artifacts)))
        script = folder / "load.lua"
        script.write_text(SCRIPT, encoding="utf-8")
        subjects = [*_start(stack, folder, artifacts, with_mlflow=with_mlflow)]
        taken: dict[tuple[str, int], list[Mapping[str, float]]] = {}
        for subject in subjects:
            _measure(wrk, script, subject, 4, WARM_S, "w")
        turns = [(repeat, n, subject) for repeat in range(repeats) for n in CONNECTIONS for subject in subjects]
        turns.sort(key=lambda turn: (turn[0], CONNECTIONS.index(turn[1]), random.Random(turn[0]).random()))
        for position, (_, n, subject) in enumerate(track(turns, "load", console=console)):
            found = _measure(wrk, script, subject, n, seconds, f"m{position}")
            taken.setdefault((subject.name, n), []).append(found)
    rows = [
        {"endpoint": name, "connections": n} | {key: statistics.median(each[key] for each in found) for key in found[0]}
        for (name, n), found in taken.items()
    ]
    _show(rows, console)
    rates: dict[str, dict[str, float]] = {}
    for (name, n), every in taken.items():
        rates.setdefault(name, {})[str(n)] = statistics.median(each["rps"] for each in every)
    report = {"seconds": seconds, "repeats": repeats, "requests_per_s": rates, "rows": rows, "wrk": _wrk_version(wrk)}
    return _verdict(rows) | report


def _start(stack: ExitStack, folder: Path, artifacts: Path, *, with_mlflow: bool) -> Iterator[Subject]:
    world = World.make(f"sqlite:///{folder}/ledger.sqlite", artifacts)
    other = World.make(f"sqlite:///{folder}/off.sqlite", artifacts)
    bentoml = [sys.executable, "-m", "bentoml", "serve"]
    trivial = [*bentoml, "experiments.benchmarks.serving.trivial:Trivial"]
    service = [*bentoml, "serving.runtime.service:BankService"]
    mounted = stack.enter_context(_running(trivial, "mounted", folder, "/readyz", {}))
    recorded = stack.enter_context(_running(service, "recorded", folder, "/readyz", {"IP_LEDGER_URL": world.url}))
    unrecorded = stack.enter_context(
        _running(service, "unrecorded", folder, "/readyz", {"IP_LEDGER_URL": other.url, "IP_LEDGER": "off"})
    )
    plain = [sys.executable, "-m", "uvicorn", "--factory", "experiments.benchmarks.serving.plain:plain"]
    plain += ["--no-access-log", "--log-level", "warning"]
    fastapi = stack.enter_context(_running(plain, "plain", folder, "/openapi.json", {ARTIFACTS: str(artifacts)}))
    yield Subject("trivial, mounted on the service", mounted, "/trivial", "-")
    yield Subject("the service's shortest answer", recorded, "/healthz", "-")
    yield Subject("quota, recorded", recorded, "/v1/quota", _lines(folder / "recorded.txt", world, world.keys))
    yield Subject("quota, ledger off", unrecorded, "/v1/quota", _lines(folder / "off.txt", other, other.keys))
    yield Subject("plain FastAPI", fastapi, "/v1/quota", _lines(folder / "plain.txt", world, {}))
    if with_mlflow:
        model = folder / "mlflow"
        subprocess.run(
            [sys.executable, "-m", "experiments.benchmarks.serving.plain", str(model), str(artifacts)],
            check=True, capture_output=True, env=_environment({}),
        )  # fmt: skip
        command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "-m", str(model)]
        mlflow = stack.enter_context(_running(command, "mlflow", folder, "/ping", {}))
        yield Subject("mlflow models serve", mlflow, "/invocations", _mlflow_lines(folder / "mlflow.txt", world))


@contextmanager
def _running(
    command: Sequence[str], name: str, folder: Path, ready: str, settings: Mapping[str, str]
) -> Iterator[Server]:
    port = free_port()
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=out, stderr=out, env=_environment(settings)
        )
    server = Server(port, process)
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not _answers(f"http://127.0.0.1:{port}{ready}"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise LoadError(f"{name} did not come up:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)
        yield server
    finally:
        members = family(process.pid)
        end(process)
        for pid in members[1:]:  # what the parent left behind
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """One thread, no telemetry, this checkout's code, and a tracking store that exists."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "BENTOML_DO_NOT_TRACK": "true", "OMP_NUM_THREADS": "1"}
    code = {"PYTHONPATH": os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH"))))}
    home = {"BENTOML_HOME": os.environ.get("BENTOML_HOME") or str(Path("artifacts/bentoml").resolve())}
    # mlflow starts uvicorn by its name, so the environment's own programs come first.
    own = {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))}
    return {**os.environ, **own, **quiet, **code, **home, **settings}


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  # loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _lines(path: Path, world: World, keys: Mapping[str, str]) -> str:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as lines:
        for position in range(N_BODIES):
            bank = BANKS[position % len(BANKS)]
            body = world.quota_json(chance.randrange(len(world.usccs)), "@@", bank).decode()
            lines.write(f"{keys.get(bank, '')}\t{body}\n")
    return str(path)


def _mlflow_lines(path: Path, world: World) -> str:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as lines:
        for _ in range(N_BODIES):
            uscc = chance.choice(world.usccs)
            record = {"request_id": "@@", "uscc": uscc, "requested_amount_cny": 3_000_000}
            lines.write("\t" + orjson.dumps({"dataframe_records": [record]}).decode() + "\n")
    return str(path)


def _measure(wrk: str, script: Path, subject: Subject, connections: int, seconds: float, tag: str) -> dict[str, float]:
    before = subject.server.cpu_s()
    done = subprocess.run(
        [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(script),
         f"http://127.0.0.1:{subject.server.port}{subject.path}", "--", subject.lines, subject.path, f"{tag}-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = orjson.loads(done.stdout.strip().splitlines()[-1])
    cpu_us = (subject.server.cpu_s() - before) / max(1, found["requests"]) * 1e6
    return {"rps": found["requests"] / found["seconds"], "cpu_us": cpu_us} | {
        key: found[key] for key in ("p50_ms", "p99_ms", "max_ms", "refused", "broken")
    }


def _verdict(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Each target with its figure at each number of connections."""
    at = {(row["endpoint"], row["connections"]): row for row in rows}
    targets: dict[str, dict[str, float]] = {}
    holds = True
    plain, mlflow, recorded, unrecorded = "plain FastAPI", "mlflow models serve", "quota, recorded", "quota, ledger off"
    checks = (
        ("throughput to plain FastAPI, ledger off", unrecorded, plain, "rps", SHARE_PLAIN),
        ("CPU time of plain FastAPI to ledger off", plain, unrecorded, "cpu_us", SHARE_PLAIN),
        ("throughput to mlflow, recorded", recorded, mlflow, "rps", TIMES_MLFLOW),
        ("CPU time of mlflow to recorded", mlflow, recorded, "cpu_us", TIMES_MLFLOW),
    )
    for name, over, under, key, limit in checks:
        ratios = {
            str(n): at[over, n][key] / at[under, n][key] for n in CONNECTIONS if (over, n) in at and (under, n) in at
        }
        targets[name] = ratios | {"target": limit}
        if not name.startswith("CPU"):
            holds = holds and all(ratio >= limit for ratio in ratios.values())
    broken = sum(row["broken"] + row["refused"] for row in rows)
    return {"holds": holds and not broken, "targets": targets, "broken_or_refused": broken}


def _show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    table = Table("endpoint", "connections", "requests/s", "p50 ms", "p99 ms", "max ms", "CPU s/1,000", "errors")
    for row in rows:
        table.add_row(
            row["endpoint"], str(row["connections"]), f"{row['rps']:,.0f}", f"{row['p50_ms']:.2f}",
            f"{row['p99_ms']:.2f}", f"{row['max_ms']:.1f}", f"{row['cpu_us'] / 1e3:.2f}",
            f"{row['broken'] + row['refused']:.0f}",
        )  # fmt: skip
    console.print(table)


def _wrk_version(wrk: str) -> str:
    done = subprocess.run([wrk, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0] if done.stdout else "unknown"
