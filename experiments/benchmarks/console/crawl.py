"""Every page of a role at an address with real identifiers: found by following the links that a person would."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from serving.console.page import PREFIX, Page

OPENED_EACH = 4  # addresses of one page that are opened, as not every consent or chain leads to every page
LINKS = """() => [...document.querySelectorAll('a[href]')].map((one) => one.href)"""


@dataclass(frozen=True)
class PageAt:
    """A page at one address, as a role sees it."""

    role: str
    page: str  # its path with named parts
    address: str  # below the service, with query


def page_of(address: str, role: str, pages: Iterable[Page]) -> Page | None:
    """The page of a role at an address below the service; None for a file, the API and other addresses."""
    path = unquote(urlsplit(address).path)
    if not (path == PREFIX or path.startswith(f"{PREFIX}/")):
        return None
    path = "/" + path.removeprefix(PREFIX).strip("/")
    if path.startswith(("/api/", "/files/", "/assets/", "/_dash")):
        return None
    fitting = [page for page in pages if role in page.roles and page.params_of(path) is not None]
    # The pattern that says most of the address, as the console takes it: the last part of one may hold slashes.
    return max(fitting, key=lambda page: len(re.sub(r"\{\w+\}", "", page.path)), default=None)


def crawled(
    role: str, pages: Sequence[Page], links_at: Callable[[str], Iterable[str]]
) -> tuple[list[PageAt], list[str]]:
    """The first address found of each page of a role, and the pages that no link leads to.

    links_at : opens an address below the service and gives the addresses of its links

    Further addresses of a page are opened after the first of every page, while some page has none.
    """
    own = [page.path for page in pages if role in page.roles]
    found, opened, seen = {"/": f"{PREFIX}/"}, Counter[str](), {f"{PREFIX}/"}
    first, further = deque([("/", f"{PREFIX}/")]), deque[tuple[str, str]]()
    while first or (further and set(own) - set(found)):
        path, address = (first or further).popleft()
        if opened[path] >= OPENED_EACH:
            continue
        opened[path] += 1
        for link in links_at(address):
            parts = urlsplit(link)
            page = page_of(parts.path, role, pages)
            at = parts.path + (f"?{parts.query}" if parts.query else "")
            if page is None or at in seen:
                continue
            seen.add(at)
            (further if page.path in found else first).append((page.path, at))
            found.setdefault(page.path, at)
    return [PageAt(role, path, address) for path, address in found.items()], [path for path in own if path not in found]
