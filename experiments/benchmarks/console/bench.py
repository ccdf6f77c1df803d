"""The console in headless Chromium on the packed release: writes artifacts/bench/console.json, pictures beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from playwright.sync_api import Browser
from rich.console import Console

from experiments.benchmarks.console.browser import Person, opened_browser
from experiments.benchmarks.console.crawl import LINKS, PageAt, crawled
from experiments.benchmarks.console.owned import await_reforms
from experiments.benchmarks.console.service import Running, running_console
from experiments.benchmarks.part_records import read_record, write_record
from experiments.machine import machine
from serving.auth.access import ROLES
from serving.cli.demo import snapshot_day
from serving.console.page import Page

OUT, PICTURES = Path("artifacts/bench/console.json"), Path("artifacts/bench/console")
CAVEAT = "On simulated firms and records, on the day of the packed snapshot; a loopback has no distance and no loss."
console = Console()


@dataclass
class World:
    """A running console, the browser, and each role's cookies and pages, found when first asked for."""

    running: Running
    browser: Browser
    pages: list[Page]
    roles: tuple[str, ...]
    pictures: Path

    def __post_init__(self) -> None:
        self._states: dict[tuple[str, int], Any] = {}
        self._found: dict[str, tuple[list[PageAt], list[str]]] = {}

    @property
    def firms(self) -> int:
        """Of the packed snapshot."""
        return len(pd.read_parquet("artifacts/snapshot/cases.parquet", columns=["uscc"]))

    @property
    def address(self) -> str:
        """Of the service."""
        return self.running.address

    def state(self, role: str, position: int = 0) -> Any:
        """The cookies of somebody of a role who has signed in by the form."""
        key = (role, position)
        if key not in self._states:
            account = self.running.people[role][position]
            with Person(self.browser, self.address) as person:
                person.sign_in(account.sign_in_name, account.password)
                self._states[key] = person.state()
        return self._states[key]

    @contextmanager
    def person(self, role: str, position: int = 0, **given: Any) -> Iterator[Person]:
        """A window of somebody of a role who is signed in."""
        with Person(self.browser, self.address, storage=self.state(role, position), **given) as person:
            yield person

    def found(self, role: str) -> tuple[list[PageAt], list[str]]:
        """Every page of a role at an address that a link leads to, and the pages without a link."""
        if role not in self._found:
            if role == "policy_analyst":
                await_reforms(self.running.store)  # so that the page of a result is looked at
            with self.person(role) as person:

                def links_at(address: str) -> list[str]:
                    found: list[str] = person.open(address).evaluate(LINKS)
                    return found

                self._found[role] = crawled(role, self.pages, links_at)
        return self._found[role]


def bench(
    only: list[str] = typer.Option([], help="Parts to run; all when left out. May be repeated."),
    role: list[str] = typer.Option([], help="Roles whose pages are looked at; all when left out. May be repeated."),
    out: Path = typer.Option(OUT, help="The record; parts that are not run stay as they were."),
    pictures: Path = typer.Option(PICTURES, help="Where pictures of the pages go."),
) -> None:
    """Paths, pictures, axe, speed, leaks, roles, keyboard, twenty people; exits 1 where a promise does not hold."""
    from experiments.benchmarks.console import parts

    wanted = {name: getattr(parts, name) for name in parts.PARTS}
    alien = sorted({*set(only) - set(wanted), *set(role) - set(ROLES)})
    if alien:
        raise typer.BadParameter(f"unknown {alien}; allowed: {[*wanted, *ROLES]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    record = read_record(out, CAVEAT)
    failed = []
    with running_console(out.with_suffix(".log"), snapshot_day()) as running, opened_browser() as browser:
        world = World(running, browser, registered_pages(), tuple(role) or ROLES, pictures)
        for name in only or wanted:
            run: Callable[..., dict[str, Any]] = wanted[name]
            found = run(world)
            record["parts"][name] = found | {"when": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "cpus": os.cpu_count()}
            write_record(out, record | {"machine": machine()})
            console.print({name: {key: value for key, value in found.items() if key != "rows"}})
            if not found["holds"]:
                failed.append(name)
    if failed:
        console.print(f"does not hold: {failed}")
        raise typer.Exit(1)


def registered_pages() -> list[Page]:
    """Every page of the console, from its registry."""
    from serving.console.app import make_console
    from serving.http.app import create_app

    pages: list[Page] = make_console(create_app()).pages
    return pages
