"""Headless Chromium, and a person in it: every fault of the page, request and byte is noted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

LANGS = ("zh", "en")
WIDTHS_PX = (400, 1_440)
SETTLE_MS = 15_000
# Nothing that Dash waits for, the page's heading is there, every chart is drawn, and every grid has words in the
# first cell of a row, beside a box to tick, or says that there is no row.
SETTLED = """() => document.querySelector('h1') && !document.querySelector('[data-dash-is-loading="true"]')
  && !document.querySelector('.ag-overlay-loading-center, .ag-overlay-loading-wrapper:not(.ag-hidden)')
  && [...document.querySelectorAll('figure.figure > [role="img"]')].every(
    (chart) => chart.offsetParent === null || chart.querySelector('.main-svg'))
  && [...document.querySelectorAll('.grid-region')].every((grid) => grid.offsetParent === null
    || grid.querySelector('.ag-overlay-no-rows-wrapper:not(.ag-hidden)')
    || [...grid.querySelectorAll('.ag-row')].some((row) =>
      [...row.querySelectorAll('.ag-cell')].find((cell) => !cell.querySelector('input'))?.innerText.trim()))"""


class NoBrowserError(RuntimeError):
    """Chromium is not installed."""


def chromium_path() -> str:
    """Where Chromium is; raises NoBrowserError with what to do."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise NoBrowserError("Chromium was not found on PATH: `make chromium` says how to get it")
    return found


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Chromium without a window; ended with the block."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--enable-precise-memory-info"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Person:
    """One person's browser: a context without cookies or cache, and one page.

    storage : cookies of somebody who is signed in, as ``Person.state`` gives them
    faults : messages of the page's own console, uncaught exceptions, and answers of 500 and more
    foreign : addresses of other hosts that the page asked for
    refused : answers of 400 to 499, as "status path"
    """

    browser: Browser
    address: str
    width_px: int = 1_440
    height_px: int = 900
    dark: bool = False
    locale: str = "zh-CN"
    storage: Any = None
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> Person:
        self.context: BrowserContext = self.browser.new_context(
            viewport={"width": self.width_px, "height": self.height_px},
            color_scheme="dark" if self.dark else "light",
            locale=self.locale,
            accept_downloads=True,
            storage_state=self.storage,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(SETTLE_MS)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        self.page.on("request", self._requested)
        self.page.on("response", self._answered)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.context.close()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text[:300]} ({urlsplit(self.page.url).path})")

    def _requested(self, request: Request) -> None:
        scheme, host, *_ = urlsplit(request.url)
        if scheme not in ("data", "blob", "about") and host != urlsplit(self.address).netloc:
            self.foreign.append(request.url[:200])

    def _answered(self, response: Response) -> None:
        path = urlsplit(response.url).path
        if response.status >= 500:
            self.faults.append(f"{response.status} {path} on {urlsplit(self.page.url).path}")
        elif response.status >= 400:
            self.refused.append(f"{response.status} {path}")

    def sign_in(self, name: str, password: str, lang: str = "zh") -> None:
        """Fill in the sign-in form, and wait for the start page in the language."""
        self.page.goto(f"{self.address}/console/sign-in?lang={lang}")
        self.page.fill("input#name", name)
        self.page.fill("input#password", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda url: "sign-in" not in url)
        self.open(f"/console/?lang={lang}")

    def open(self, path: str) -> Page:
        """The page at an address below the service, once it has settled."""
        self.page.goto(self.address + path)
        return self.settled()

    def settled(self) -> Page:
        """The page, once it waits for nothing."""
        self.page.wait_for_function(SETTLED)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(SETTLED)
        return self.page

    def text(self) -> str:
        """All visible text."""
        return self.page.inner_text("body")

    def state(self) -> Any:
        """The cookies, for another window of the same person."""
        return self.context.storage_state()

    def forget(self) -> None:
        """Begin anew with what is noted."""
        for noted in (self.faults, self.foreign, self.refused):
            noted.clear()

    def clean(self) -> dict[str, Any]:
        """What must be empty at the end of a path: faults of the page and requests to other hosts."""
        return {"faults": self.faults, "foreign": self.foreign}
