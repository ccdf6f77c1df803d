"""The report of a registry as a folder that a browser opens: pages, workbooks and CSV files in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.chain.node_view import Language
from models.incubators.gathered import Gathered
from models.incubators.lists import TABLES, csv_of, xlsx_of
from models.incubators.page import ReportLinks, page_of

PAGES: Mapping[Language, str] = {"zh": "report.html", "en": "report.en.html"}


def write_files(made: Mapping[Language, Gathered], folder: Path) -> list[Path]:
    """Write ``report.html``, ``report.en.html``, a workbook a language and a CSV a table and language."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for lang, report in made.items():
        contents = {PAGES[lang]: page_of(report, _links(lang)).encode(), f"report.{lang}.xlsx": xlsx_of(report)}
        contents |= {f"{table}.{lang}.csv": csv_of(report, table) for table in TABLES}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            written.append(folder / name)
    return written


def _links(lang: Language) -> ReportLinks:
    other = PAGES["en" if lang == "zh" else "zh"]
    return ReportLinks(lambda table, kind: f"report.{lang}.xlsx" if kind == "xlsx" else f"{table}.{lang}.csv", other)
