"""The pages of a result: one a reform and an overview, in Chinese and in English, each a file that needs nothing else.

They are written from ``result.json`` and the fingerprint alone, so that the same two give the same bytes anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from experiments.reform.pages.causes import attribution, stack, variance
from experiments.reform.pages.evidence import evidence, files
from experiments.reform.pages.moves import moves
from experiments.reform.pages.overview import banks, changes, every_reform, heading, scenario_name, summary
from experiments.reform.pages.responses import cliffs, frontier, prices, typical
from experiments.reform.pages.style import style_sheet
from experiments.reform.pages.writing import LANGUAGES, Language, Writer, strip

OVERVIEW = "index"


def pages(result: Mapping[str, Any], fingerprint: Mapping[str, Any]) -> dict[str, str]:
    """Every page by its file name.

    result : ``result.json`` as read
    fingerprint : as ``experiments.reform.fingerprint`` makes it; where it is not citable, "draft" is in every name
    """
    keys = [reform["scenario"]["key"] for reform in result["reforms"]]
    made = {}
    for language in LANGUAGES:
        writer = Writer(result, language)
        made[file_name(OVERVIEW, language, fingerprint)] = _overview(writer, keys, fingerprint)
        for at, key in enumerate(keys):
            made[file_name(key, language, fingerprint)] = _reform(writer, at, key, fingerprint)
    return made


def write_pages(folder: Path, made: Mapping[str, str]) -> None:
    """Write pages by their names into the folder."""
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def file_name(key: str, language: Language, fingerprint: Mapping[str, Any]) -> str:
    """The name of a page's file."""
    return f"{key}.{'' if fingerprint['citable'] else 'draft.'}{language}.html"


def _link(key: str, language: Language, fingerprint: Mapping[str, Any]) -> str:
    """The address of a page from any other, safe inside an attribute."""
    return quote(file_name(key, language, fingerprint))


def _other(language: Language) -> Language:
    return "en" if language == "zh" else "zh"


def _reform(page: Writer, at: int, key: str, fingerprint: Mapping[str, Any]) -> str:
    sections = [
        summary(page, at), changes(page, at), moves(page, at), banks(page, at), variance(page, at), stack(page),
        attribution(page, at), cliffs(page, at), typical(page, at), frontier(page, at), prices(page, at),
        evidence(page, at), files(page, fingerprint),
    ]  # fmt: skip
    title = _named(page, scenario_name(page, page.at(("reforms", at, "scenario"))), fingerprint)
    up = f'<a href="{_link(OVERVIEW, page.language, fingerprint)}">{page.label("overview.link")}</a>'
    top = heading(page, title, _link(key, _other(page.language), fingerprint), up)
    return _document(page, title, top, sections, fingerprint)


def _overview(page: Writer, keys: list[str], fingerprint: Mapping[str, Any]) -> str:
    links = {key: _link(key, page.language, fingerprint) for key in keys}
    sections = [every_reform(page, links), stack(page), evidence(page), files(page, fingerprint)]
    title = _named(page, page.label("overview.title"), fingerprint)
    top = heading(page, title, _link(OVERVIEW, _other(page.language), fingerprint))
    return _document(page, title, top, sections, fingerprint)


def _named(page: Writer, name: str, fingerprint: Mapping[str, Any]) -> str:
    """The name, and that it is a draft where it is one."""
    return name if fingerprint["citable"] else page.say("named_draft", name=name)


def _document(page: Writer, title: str, top: str, sections: list[str], fingerprint: Mapping[str, Any]) -> str:
    draft = "" if fingerprint["citable"] else page.label("draft")
    banner = f'<div class="draft" role="note">{draft} · <code>{fingerprint["id"]}</code></div>' if draft else ""
    shown = [one for one in sections if one]
    listed = "".join(f'<li><a href="#{_anchor(one)}">{_title(one)}</a></li>' for one in shown)
    footer = page.label("footer") + " " + f"<code>{fingerprint['id']}</code>" + (f" · {draft}" if draft else "")
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if page.language == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{strip(title)}</title>\n<style>{style_sheet()}</style></head>\n<body>"
        f'<a class="skip" href="#main">{page.label("skip")}</a>{banner}{top}\n'
        f'<div class="wrap"><nav aria-label="{strip(page.label("contents"))}"><ol>{listed}</ol></nav>'
        f'<main id="main">\n{chr(10).join(shown)}\n<footer>{footer}</footer></main></div></body></html>\n'
    )


def _anchor(section: str) -> str:
    return section.split('id="', 1)[1].split('"', 1)[0]


def _title(section: str) -> str:
    return strip(section.split("<h2", 1)[1].split(">", 1)[1].split("</h2>", 1)[0])
