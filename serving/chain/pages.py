"""Pictures, pages and files of the industry chains, by HTTP or as a folder that a browser opens without a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from data.chain.tree import Chain, Node
from data.texts.sentences import sentence
from models.chain.fishbone import fishbone_svg
from models.chain.node_view import LANGUAGES, Language
from models.chain.pages.chain_page import chain_page
from models.chain.pages.html import Links, document, section, text
from models.chain.pages.lists import csv_bytes, xlsx_bytes
from models.chain.pages.node_page import node_page
from models.spreadsheet import MEDIA
from serving.auth.access import Caller
from serving.chain.service import ChainService
from serving.contract.refusals import Fault, Refusal

Lists = Mapping[str, pd.DataFrame | None]
Where = Literal["http", "folder"]
WIDE_PX, NARROW_PX = 1_600, 400


def fishbone(service: ChainService, chain_id: str, lang: Language, width_px: int, where: Where = "http") -> str:
    """The picture of a chain; nodes link to their pages."""
    packed, chain = service.chain(chain_id)
    return fishbone_svg(
        chain, packed.tables["scores"], packed.tables["flags"], lang, width_px, as_of=packed.day,
        link=lambda node_id: f"nodes/{node_id}/page.html{_query(lang, where)}",
    )  # fmt: skip


def page_of_chain(service: ChainService, chain_id: str, lang: Language, where: Where = "http") -> str:
    """The page of a chain with its fishbone."""
    packed, chain = service.chain(chain_id)
    links = Links(
        node=lambda node_id: f"nodes/{node_id}/page.html{_query(lang, where)}",
        other_language=_other_language(f"{chain.id}/page.html", lang, where, 1),
    )
    scores, flags = packed.tables["scores"], packed.tables["flags"]
    return chain_page(chain, scores, flags, lang, as_of=packed.day, links=links)


def page_of_node(
    service: ChainService, chain_id: str, node_id: str, lang: Language, caller: Caller, where: Where = "http",
    lists: Lists | None = None,
) -> str:  # fmt: skip
    """The page of a node, whose lists link to their files; lists : as the caller sees them, if they were made."""
    packed, chain, node = service.chain_node(chain_id, node_id)
    query = _query(lang, where)
    links = Links(
        node=lambda other: f"../{other}/page.html{query}",
        export=lambda name, form: f"{name}.{form}{query}",
        chain=f"../../page.html{query}",
        other_language=_other_language(f"{chain.id}/nodes/{node.id}/page.html", lang, where, 3),
    )
    shown = service.lists(packed, chain, node.id, caller) if lists is None else lists
    scores, flags = packed.tables["scores"], packed.tables["flags"]
    return node_page(chain, node.id, scores, flags, shown, lang, as_of=packed.day, links=links)


def list_file(
    service: ChainService, chain_id: str, node_id: str, name: str, form: str, lang: Language, caller: Caller
) -> bytes:
    """A list of a node as CSV or XLSX; a list that the caller may not see is not found."""
    packed, chain, node = service.chain_node(chain_id, node_id)
    lists = {key: rows for key, rows in service.lists(packed, chain, node.id, caller).items() if rows is not None}
    if name not in lists:
        raise Refusal(
            "not-found", faults=[Fault("list", name[:40], sentence("chain.allowed.list", list=sorted(lists)))]
        )
    return _file(chain, node, packed.day, name, lists[name], form, lang)


def _file(chain: Chain, node: Node, day: date, name: str, rows: pd.DataFrame, form: str, lang: Language) -> bytes:
    if form == "csv":
        return csv_bytes(name, rows, lang)
    names = (chain.name_zh, node.name_zh) if lang == "zh" else (chain.name_en, node.name_en)
    return xlsx_bytes(name, rows, lang, [(" / ".join(names), day.isoformat())])


def write_folder(
    service: ChainService, folder: Path, caller: Caller, done: Callable[[str], None] = lambda _: None
) -> Path:
    """Every chain and node in both languages with pictures and files; returns the page to open.

    done : called with the name of each page that is written
    """
    listing = service.listing()
    packed = service.current()
    lists = {
        (chain.id, node.id): service.lists(packed, chain, node.id, caller)
        for chain in packed.chains.values()
        for node in chain.nodes
    }
    for lang in LANGUAGES:
        entries = []
        for chain in packed.chains.values():
            root = folder / lang / chain.id
            for width in (WIDE_PX, NARROW_PX):
                _write(root / f"fishbone-{width}.svg", fishbone(service, chain.id, lang, width, "folder"))
            _write(root / "page.html", page_of_chain(service, chain.id, lang, "folder"))
            done(f"{lang}/{chain.id}")
            for node in chain.nodes:
                own = root / "nodes" / node.id
                shown = lists[chain.id, node.id]
                _write(own / "page.html", page_of_node(service, chain.id, node.id, lang, caller, "folder", shown))
                for name, rows in shown.items():
                    if rows is not None:
                        for form in MEDIA:
                            content = _file(chain, node, packed.day, name, rows, form, lang)
                            (own / f"{name}.{form}").write_bytes(content)
                done(f"{lang}/{chain.id}/{node.id}")
            name = chain.name_zh if lang == "zh" else chain.name_en
            entries.append(f'<li><a href="{chain.id}/page.html">{text(name)}</a></li>')
        title = "产业链图谱" if lang == "zh" else "Industry chains"
        links = Links(other_language=f"../{_other(lang)}/index.html")
        body = section("chains", f"{title} {listing['as_of']}", f"<ul>{''.join(entries)}</ul>")
        _write(folder / lang / "index.html", document(lang, title, "", [body], links))
    return folder / "zh" / "index.html"


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _query(lang: Language, where: Where) -> str:
    return f"?lang={lang}" if where == "http" else ""


def _other_language(path: str, lang: Language, where: Where, depth: int) -> str:
    """The same page in the other language: a folder beside this one's, or by the query."""
    other = _other(lang)
    return f"page.html?lang={other}" if where == "http" else f"{'../' * (depth + 1)}{other}/{path}"


def _other(lang: Language) -> Language:
    return "en" if lang == "zh" else "zh"
