"""Every page of a role at an address with real identifiers: found by following the links that a person would."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from serving.console.page import PREFIX, Page

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
    return min(fitting, key=lambda page: page.path.count("{"), default=None)


def crawled(
    role: str, pages: Sequence[Page], links_at: Callable[[str], Iterable[str]]
) -> tuple[list[PageAt], list[str]]:
    """The first address found of each page of a role, and the pages that no link leads to.

    links_at : opens an address below the service and gives the addresses of its links
    """
    found: dict[str, str] = {"/": f"{PREFIX}/"}
    todo = deque([f"{PREFIX}/"])
    while todo:
        for link in links_at(todo.popleft()):
            parts = urlsplit(link)
            page = page_of(parts.path, role, pages)
            if page is None or page.path in found:
                continue
            found[page.path] = parts.path + (f"?{parts.query}" if parts.query else "")
            todo.append(found[page.path])
    own = [page.path for page in pages if role in page.roles]
    return [PageAt(role, path, address) for path, address in found.items()], [path for path in own if path not in found]
