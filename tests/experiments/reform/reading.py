"""A page as a reader meets it: its elements with their text, and the figures with their paths."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any

READ = {"title", "h1", "h2", "h3", "footer", "code", "caption", "td", "li"}  # of which the text is kept
VOID = {"meta", "br", "rect", "line", "circle", "polyline", "link"}


@dataclass
class Element:
    """One element. inner : all text in it, where it has a path, is a draft's banner or one of READ"""

    tag: str
    attributes: dict[str, str]
    inner: str = ""
    children: list[Element] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []
        self.open: list[Element] = []
        self.text: list[str] = []  # outside figures, axes and code

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        if self.open:
            self.open[-1].children.append(element)
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            if "data-path" in element.attributes or element.tag in READ or element.attributes.get("class") == "draft":
                element.inner += data
        hidden = any(
            "data-path" in one.attributes or one.tag in ("style", "code") or "axis" in one.attributes.get("class", "")
            for one in self.open
        )
        if not hidden:
            self.text.append(data)


def read(html: str) -> list[Element]:
    """Every element of a page, in its order."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def words(html: str) -> str:
    """What is on a page beside figures, axes and code."""
    return _words_and_figures(html)[0]


def value_at(result: Any, pointer: str) -> Any:
    """The value at a JSON pointer."""
    for part in pointer.split("/")[1:]:
        key = part.replace("%20", " ").replace("~1", "/").replace("~0", "~")
        result = result[int(key)] if isinstance(result, list) else result[key]
    return result


def figures(html: str) -> tuple[tuple[str, str, str, bool], ...]:
    """Paths, format, text of every figure, and whether it is a hint that holds several."""
    return _words_and_figures(html)[1]


@cache
def _words_and_figures(html: str) -> tuple[str, tuple[tuple[str, str, str, bool], ...]]:
    reader = _Reader()
    reader.feed(html)
    found = tuple(
        (one.attributes["data-path"], one.attributes["data-format"], one.inner, one.tag == "title")
        for one in reader.found
        if "data-path" in one.attributes
    )
    return "\n".join(reader.text), found


def as_json(result: Any) -> Any:
    """A result as it is read from its file."""
    return json.loads(json.dumps(result.as_dict(), allow_nan=False))


def digits(text: str) -> str:
    """The digits and signs of a text, without what separates thousands."""
    return re.sub(r"[^0-9+\-]", "", text)
