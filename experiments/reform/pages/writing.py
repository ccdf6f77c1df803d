"""How a page is written: every figure is looked up in the result by its path, every sentence is a template.

A figure carries its path and format (``data-path``, ``data-format``), so that whoever reads the page can find it in
``result.json``, and a test can compare both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from data.texts.figures import Text, write_figure
from models.reform.names import FIRM_FORMATS, TOTAL_FORMATS, named, templates

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")
__all__ = ["FIRM_FORMATS", "TOTAL_FORMATS", "templates"]
NO_FIGURE = "—"
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Writer:
    """One page's result and language.

    result : ``result.json`` as read; figures come from nowhere else
    """

    result: Mapping[str, Any]
    language: Language

    def at(self, path: Path) -> Any:
        """The value at a path; None where the result has none."""
        value: Any = self.result
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def own(self, text: Text) -> str:
        """The text in this page's language, as HTML."""
        return escape(text[self.language == "en"])

    def label(self, key: str) -> str:
        """A text without figures, as HTML; raises KeyError where none has this key."""
        return self.own(templates()[key].fill({}))

    def name(self, kind: str, key: str) -> str:
        """The name of a bank, group, indicator, stage or constraint, as HTML; the key itself where it is a name."""
        return self.own(named(kind, key))

    def plain(self, form: str, value: Any) -> str:
        """A value as text; a dash where there is none."""
        return NO_FIGURE if value is None else write_figure(form, value)[self.language == "en"]

    def figure(self, path: Path, form: str, tag: str = "span") -> str:
        """The figure at a path, with its path."""
        shown = escape(self.plain(form, self.at(path)))
        return f'<{tag} class="n" data-path="{pointer(path)}" data-format="{form}">{shown}</{tag}>'

    def interval(self, path: Path, form: str) -> str:
        """The interval of the estimate at a path, in brackets; why there is none where there is none."""
        if why := self.at((*path, "no_interval")):
            return f'<span class="ci">[{self.say(f"no_interval.{why}", n=(*path, "behind"))}]</span>'
        return f'<span class="ci">[{self.figure((*path, "low"), form)}, {self.figure((*path, "high"), form)}]</span>'

    def estimate(self, path: Path, form: str) -> str:
        """Figure and interval of the estimate at a path; without a figure, the interval or why there is none."""
        value = self.at((*path, "value"))
        shown = "" if value is None else self.figure((*path, "value"), form) + " "
        return shown + self.interval(path, form)

    def tip(self, heading: str, paths: Sequence[Path], form: str) -> str:
        """The hint of a mark: what it is, its figure and its interval (value, low, high), as an SVG title."""
        value, low, high = (escape(self.plain(form, self.at(path))) for path in paths)
        text = f"{heading}{self.label('colon')}{value} [{low}, {high}]"
        where = " ".join(pointer(path) for path in paths)
        return f'<title data-path="{where}" data-format="{form}">{text}</title>'

    def say(self, key: str, **figures: Path | str) -> str:
        """The sentence of a key as HTML.

        figures : the path of a figure, or a name that is HTML already
        raises : KeyError where a template or one of its figures is missing
        """
        found = templates()[key]
        order, texts = (found.en_order, found.en) if self.language == "en" else (found.zh_order, found.zh)
        parts = [escape(texts[0])]
        for (name, form), text in zip(order, texts[1:], strict=True):
            given = figures[name]
            parts += (given if isinstance(given, str) else self.figure(given, form), escape(text))
        return "".join(parts)


def pointer(path: Path) -> str:
    """The path as a JSON pointer (RFC 6901), ready for an attribute."""
    return escape("".join("/" + str(part).replace("~", "~0").replace("/", "~1").replace(" ", "%20") for part in path))


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table that scrolls by itself where the page is narrow.

    caption, head, rows : HTML; texts : columns from the left that hold words, the first of which heads its row
    """

    def cells(row: Sequence[str], tag: str) -> str:
        words = [' class="w"' if at < texts else "" for at in range(len(row))]
        if tag == "th":
            return "".join(f'<th scope="col"{kind}>{cell}</th>' for kind, cell in zip(words, row, strict=True))
        rest = "".join(f"<td{kind}>{cell}</td>" for kind, cell in list(zip(words, row, strict=True))[1:])
        return f'<th scope="row">{row[0]}</th>{rest}'

    titles, body = cells(head, "th"), "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{strip(caption)}"><table>'
        f"<caption>{caption}</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def picture_row(what: str, picture: str, side: str, kind: str = "wide") -> str:
    """A name, its picture, and the figures beside it."""
    return f'<div class="row {kind}"><div class="what">{what}</div>{picture}<div class="side">{side}</div></div>'


def picture_rows(title: str, unit: str, rows: Sequence[str]) -> str:
    """Rows under their heading and its unit."""
    return f'<h3>{title} <span class="unit">{unit}</span></h3><div class="rows">{"".join(rows)}</div>'


def folded(title: str, content: str, *, opened: bool = False) -> str:
    """Content that opens by a click or the keyboard."""
    state = " open" if opened else ""
    return f'<details{state}><summary>{title}</summary><div class="fold">{content}</div></details>'


def section(anchor: str, title: str, *content: str) -> str:
    """A section with its heading, which the list of contents leads to."""
    heading = f'<h2 id="{anchor}-h">{title}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-h">{heading}{"".join(content)}</section>'


def strip(html: str) -> str:
    """HTML without its tags, for an attribute."""
    out, inside = [], False
    for letter in html:
        inside = letter == "<" or (inside and letter != ">")
        if not inside and letter != ">":
            out.append(letter)
    return "".join(out)
