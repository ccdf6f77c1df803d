"""Every page at two widths and in two languages, with a picture and its faults; and axe in light and dark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from experiments.benchmarks.console.browser import LANGS, WIDTHS_PX, Person
from experiments.benchmarks.console.crawl import PageAt
from experiments.benchmarks.console.looks import FINDINGS, faults_of

COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCHEME = "(colours) => document.documentElement.dataset.mantineColorScheme === colours"
PICTURE_MS = 60_000  # a long page with charts, on a busy machine
TURN_MS = 400  # colours turn over in a few frames
BAD = ("serious", "critical")


def with_lang(address: str, lang: str) -> str:
    """The address, in a language."""
    return f"{address}{'&' if '?' in address else '?'}lang={lang}"


def file_name(page: PageAt, *parts: object) -> str:
    """A name for a file of a page, without identifiers of data."""
    plain = re.sub(r"[^a-z0-9]+", "-", page.page.lower()).strip("-") or "start"
    return "-".join([page.role, plain, *(str(part) for part in parts)])


def look_at(
    browser: Browser, address: str, state: Any, pages: Sequence[PageAt], folder: Path, widths: Sequence[int] = WIDTHS_PX
) -> list[dict[str, Any]]:
    """Rows of one role's pages: page, width, language, faults of looks and of the browser; pictures in ``folder``."""
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    for width in widths:
        for lang in LANGS:
            with Person(browser, address, width_px=width, storage=state) as person:
                for page in pages:
                    person.forget()
                    person.open(with_lang(page.address, lang))
                    picture = folder / f"{file_name(page, width, lang)}.png"
                    person.page.screenshot(path=picture, full_page=True, timeout=PICTURE_MS)
                    found = person.page.evaluate(FINDINGS)
                    faults = [asdict(fault) for fault in faults_of(found)]
                    noted = {"faults": person.faults, "foreign": person.foreign, "refused": person.refused}
                    rows.append(
                        {"role": page.role, "page": page.page, "width_px": width, "lang": lang, "picture": picture.name}
                        | {"looks": faults, **{name: list(value) for name, value in noted.items()}}
                    )
    return rows


def run_axe(browser: Browser, address: str, state: Any, pages: Sequence[PageAt]) -> list[dict[str, Any]]:
    """Rows of one role's pages: page, language, colours, and what axe finds, with whether it is serious."""
    axe, rows = Axe(), []
    for lang in LANGS:
        with Person(browser, address, storage=state) as person:
            for page in pages:
                person.open(with_lang(page.address, lang))
                for colours in COLOURS:
                    person.page.emulate_media(color_scheme=colours)  # the page follows it at once
                    person.page.wait_for_function(SCHEME, arg=colours)
                    person.page.wait_for_timeout(TURN_MS)
                    found = axe.run(person.page, options={"resultTypes": ["violations"]}).response["violations"]
                    rows.append(
                        {"role": page.role, "page": page.page, "lang": lang, "colours": colours}
                        | {"found": [violation(one) for one in found]}
                    )
    return rows


def violation(one: dict[str, Any]) -> dict[str, Any]:
    """A finding of axe in short: rule, impact, how often, and the first three elements."""
    nodes = one["nodes"]
    return {
        "rule": one["id"],
        "impact": one["impact"],
        "count": len(nodes),
        "first": [
            {"of": " ".join(map(str, node["target"])), "html": node["html"][:160],
             "why": node["failureSummary"].split("\n")[1:3]} for node in nodes[:3]
        ],
    }  # fmt: skip


def bad(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings of axe that are serious or critical, with their page."""
    return [
        {name: row[name] for name in ("role", "page", "lang", "colours")} | one
        for row in rows for one in row["found"] if one["impact"] in BAD
    ]  # fmt: skip


def counted(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many faults of looks there are of each kind."""
    return dict(Counter(fault["kind"] for row in rows for fault in row["looks"]))
