"""Views over planted matching and chains, without a trained cohort: who asks, what a page shows, what it registers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pandas as pd
from dash.development.base_component import Component

from data.uscc import fictitious_uscc
from serving.auth.access import ROLE_PERMISSIONS
from serving.chain.packed import PackedChains
from serving.console.account import Account
from serving.console.page import Page, View
from serving.http.app import create_app
from serving.matching.packed import FirstUse
from tests.serving.chain.planted import planted_chain
from tests.serving.matching.planted import planted_service

CODES = [fictitious_uscc(number) for number in range(1, 6)]
FAN, CELL, PAPER, PLAIN, ASKER = CODES


@cache
def running_loop() -> asyncio.AbstractEventLoop:
    """A loop that runs for the whole session, as the API's does."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


@cache
def packed_chains() -> PackedChains:
    """The planted chain, read once for the session; a test that changes a table takes a copy of the mapping."""
    with TemporaryDirectory() as folder:
        matching: Any = SimpleNamespace()
        return planted_chain(Path(folder) / "release", CODES, matching).packed.get()


@dataclass
class Views:
    """Makes views over one store; ``drafts`` : what was written to the ledger."""

    folder: Path
    drafts: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.matching = planted_service(self.folder, CODES)
        app = create_app()
        app.state.matching = self.matching
        chain = planted_chain(self.folder / "unused", CODES, self.matching)
        app.state.chain = replace(
            chain, packed=FirstUse(lambda: replace(kept := packed_chains(), tables={**kept.tables}))
        )
        app.state.worker = SimpleNamespace(
            recording=False, params=SimpleNamespace(body_limit_bytes=1_000_000),
            limit=SimpleNamespace(take=lambda *_: None), write=self._write,
            metrics=SimpleNamespace(answered=lambda *_: None, refused=lambda *_: None),
        )  # fmt: skip
        self.console = SimpleNamespace(api_app=app, state=app.state, loop=running_loop())

    async def _write(self, drafts: Sequence[Any]) -> None:
        self.drafts += drafts

    def of(
        self, role: str = "zone_officer", name: str = "", lang: Any = "zh", params: Any = None, **query: str
    ) -> View:
        """The view of a role; ``name`` : the enterprise's code."""
        account = Account(role, role, role, name or "zone", f"a {role}", frozenset(ROLE_PERMISSIONS[role]), lang)
        return View(self.console, account, "/", params, query)  # type: ignore[arg-type]  # of a console what views use

    def wait_for_a_person(self) -> None:
        """Let a firm, a patent and two demands (one of them not on file) have placements that a person decides."""
        tables = self.console.state.chain.packed.get().tables
        items = (("firm", CELL), ("patent", "CN114081026A"), ("demand", "D00001"), ("demand", "D09999"))
        new = pd.DataFrame([{"kind": kind, "item_id": item} for kind, item in items]).assign(
            chain_id="small", node_id="lens", probability=[0.4, 0.5, 0.6, 0.7], band="to_person", is_parent=False,
            evidence="镜头", passage="镜头的研发", document_id="D1", corrected=False, as_of=pd.Timestamp("2021-01-01"),
        )  # fmt: skip
        tables["placements"] = pd.concat([tables["placements"], new], ignore_index=True)

    def close(self) -> None:
        self.matching.close()


@dataclass
class Registry:
    """What a module registers, by name, in place of the console."""

    pages: dict[str, Page] = field(default_factory=dict)
    callbacks: dict[str, Callable[..., Any]] = field(default_factory=dict)
    allowed: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    files: dict[str, Callable[..., Any]] = field(default_factory=dict)
    sources: list[Callable[..., Any]] = field(default_factory=list)

    def add(self, *pages: Page) -> None:
        self.pages |= {page.path: page for page in pages}

    def callback(self, *_: Any, roles: Sequence[str], permission: str = "", **__: Any) -> Callable[..., Any]:
        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.callbacks[function.__name__] = function
            self.allowed[function.__name__] = (tuple(roles), permission)
            return function

        return register

    def download(self, rule: str, roles: Sequence[str], permission: str, endpoint: Callable[..., Any]) -> None:
        self.files[rule] = endpoint
        self.allowed[rule] = (tuple(roles), permission)

    def waiting(self, _: str, source: Callable[..., Any]) -> None:
        self.sources.append(source)


def registered(register: Callable[..., None], *given: Any, **more: Any) -> Registry:
    """What ``register`` registers."""
    made = Registry()
    register(made, *given, **more)
    return made


def parts(shown: Any) -> list[Component]:
    """Every component within what is shown, itself included."""
    if isinstance(shown, list | tuple):
        return [part for one in shown for part in parts(one)]
    if not isinstance(shown, Component):
        return []
    inner = [
        part for name in ("children", "title", "label", "placeholder") for part in parts(getattr(shown, name, None))
    ]
    return [shown, *inner]


def words(shown: Any) -> str:
    """What a person reads of it, a line each."""
    if isinstance(shown, list | tuple):
        return "\n".join(words(one) for one in shown)
    if isinstance(shown, Component):
        found = [getattr(shown, name, None) for name in ("title", "label", "children", "message")]
        return "\n".join(words(one) for one in found if one is not None)
    return "" if isinstance(shown, bool) else str(shown)


def by_id(shown: Any, name: str) -> Component:
    """The component of an id."""
    return next(part for part in parts(shown) if getattr(part, "id", None) == name)


def rows(shown: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a grid."""
    return list(by_id(shown, name).rowData)


def links(shown: Any) -> list[str]:
    """Every address that is linked."""
    return [part.href for part in parts(shown) if getattr(part, "href", None)]
