"""The service under everything that may happen to it, and beside its peers: writes artifacts/bench/serving.json."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
import typer
from rich.console import Console
from rich.progress import Progress

from serving.cli.demo import snapshot_day
from serving.clock import CLOCK

ARTIFACTS, PARAMS, OUT = Path("artifacts"), Path("params.yaml"), Path("artifacts/bench/serving.json")
SEED = 20_240_630
PACKAGES = ("bentoml", "fastapi", "mlflow", "psycopg", "pydantic", "schemathesis", "sqlalchemy", "uvicorn")
console = Console()


def bench(
    only: list[str] = typer.Option([], help="Parts to run; all when left out. May be repeated."),
    cases: int = typer.Option(5_000, help="Schemathesis: cases, at least."),
    requests: int = typer.Option(100_000, help="Fuzzed requests."),
    kills: int = typer.Option(100, help="Times the service is killed, for each kind of ledger."),
    seconds: float = typer.Option(3.0, help="Load: seconds of each measurement."),
    repeats: int = typer.Option(3, help="Load: measurements of which the median counts."),
) -> None:
    """Contract, fuzzing, crashes, load and first steps of the service; exits 1 where a promise does not hold."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "schemathesis": lambda: _contract(cases),
        "fuzz": lambda: _fuzz(requests),
        "kill": lambda: _kill(kills),
        "store": _store,
        "load": lambda: _load(seconds, repeats),
        "newcomer": _newcomer,
    }
    alien = sorted(set(only) - set(parts))
    if alien:
        raise typer.BadParameter(f"unknown parts {alien}; allowed: {list(parts)}")
    os.environ.setdefault(CLOCK, snapshot_day())  # the packed snapshot is of that day
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    failed = []
    for name in only or parts:
        found = parts[name]()
        found["when"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        _note(name, found)
        console.print({name: {key: value for key, value in found.items() if key not in ("rows", "curl")}})
        if not found["holds"]:
            failed.append(name)
    if failed:
        console.print(f"does not hold: {failed}")
        raise typer.Exit(1)


def _note(name: str, found: dict[str, Any]) -> None:
    """Put one part into the file; the other parts stay as they were measured."""
    report = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {}
    report["machine"] = {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    report["versions"] = {package: version(package) for package in PACKAGES}
    report["seed"] = SEED
    report[name] = found
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _contract(cases: int) -> dict[str, Any]:
    from experiments.benchmarks.serving.contract import campaign
    from experiments.benchmarks.serving.inside import open_app

    with _memory() as folder, open_app(ARTIFACTS, PARAMS, f"sqlite:///{folder}/ledger.sqlite") as (app, world):
        return campaign(app, world, cases, SEED, console)


def _fuzz(requests: int) -> dict[str, Any]:
    from experiments.benchmarks.serving.fuzz import campaign
    from experiments.benchmarks.serving.inside import open_app

    with (
        _memory() as folder,
        open_app(ARTIFACTS, PARAMS, f"sqlite:///{folder}/ledger.sqlite") as (app, world),
        Progress(console=console) as progress,
    ):
        found = asyncio.run(campaign(app, world, requests, SEED, progress)).as_dict()
    clean = not any(found[name] for name in ("server_errors", "wrong_approvals", "valid_refused", "bad_problems"))
    return {"holds": clean and found["approvals"] > 0, **found}


def _kill(kills: int) -> dict[str, Any]:
    from experiments.benchmarks.serving.crash import is_clean, kill_campaign
    from experiments.benchmarks.serving.postgres import PostgresServer
    from experiments.benchmarks.serving.process import Keeper
    from experiments.benchmarks.serving.world import World

    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(prefix="pg-") as database,
        Keeper(ARTIFACTS, PARAMS, Path(folder) / "log") as keeper,
    ):
        world = World.make(f"sqlite:///{folder}/ledger.sqlite", ARTIFACTS)
        found = {"sqlite": kill_campaign(world, keeper, kills, SEED, console)}
        server = PostgresServer(Path(database))
        server.start()
        try:
            world = World.make(server.new_database("killed"), ARTIFACTS)
            found["postgresql"] = kill_campaign(world, keeper, kills, SEED + 1, console)
        finally:
            server.stop()
    return {"holds": all(is_clean(each) and not each["still_open"] for each in found.values()), **found}


def _store() -> dict[str, Any]:
    from experiments.benchmarks.serving.crash import (
        SmallDisk,
        full_disk_campaign,
        is_clean,
        postgres_restart_campaign,
    )
    from experiments.benchmarks.serving.postgres import PostgresServer
    from experiments.benchmarks.serving.process import Keeper
    from experiments.benchmarks.serving.world import World

    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory(prefix="pg-") as database,
        Keeper(ARTIFACTS, PARAMS, Path(folder) / "log") as keeper,
    ):
        disk = SmallDisk(Path(folder) / "disk", 8_000_000)
        try:
            world = World.make(f"sqlite:///{disk.folder}/ledger.sqlite", ARTIFACTS)
            full = full_disk_campaign(world, keeper, disk)
        finally:
            disk.close()
        server = PostgresServer(Path(database))
        server.start()
        try:
            world = World.make(server.new_database("restarted"), ARTIFACTS)
            restarted = postgres_restart_campaign(world, keeper, server)
        finally:
            server.stop()
    refused = {"200", "503"}
    holds = (
        is_clean(full)
        and full["clean_when_full"]
        and is_clean(restarted)
        and set(full["statuses_until_full"]) == set(restarted["statuses_until_back"]) == refused
        and min(full["acknowledged_after"], restarted["acknowledged_after"]) > 0
    )
    return {"holds": holds, "full_disk": full, "postgresql_restarted": restarted}


def _load(seconds: float, repeats: int) -> dict[str, Any]:
    from experiments.benchmarks.serving.load import campaign

    return campaign(ARTIFACTS, seconds, repeats, console)


def _newcomer() -> dict[str, Any]:
    from experiments.benchmarks.serving.newcomer import campaign

    return campaign(console)


def _memory() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: what is looked for here does not depend on the disk."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
    return tempfile.TemporaryDirectory(prefix="service-", dir=memory if memory.is_dir() else None)
