"""``python -m serving clearance-report``: a report of customs declarations as a page, CSV, XLSX and pictures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from models.chain.node_view import LANGUAGES
from models.clearance.reports.gather import gather
from models.clearance.reports.groups import TOTAL
from models.clearance.reports.lists import TABLES, csv_of, xlsx_of
from models.clearance.reports.page import ReportLinks, page_of
from models.clearance.reports.pictures import PICTURES, draw
from models.clearance.reports.query import ReportError, ReportQuery
from serving.cli.faults import refused

DECLARATIONS = "declarations.parquet"
console = Console(soft_wrap=True, highlight=False)


def clearance_report(
    data: Path = typer.Option(Path("data/derived/clearance"), help=f"The folder that holds {DECLARATIONS}."),
    out: Path = typer.Option(Path("artifacts/clearance/report"), help="The folder that is written."),
    period: str = typer.Option("quarter", help="month, quarter or year."),
    by: str = typer.Option("office", help="office, supervision_mode, transport, hs_chapter, country or direction."),
    cross: str = typer.Option("", help="A second dimension whose mix is separated in the comparison."),
    baseline: str = typer.Option(
        "", help="The earlier of two compared periods, such as 2022Q4; the latest by default."
    ),
    current: str = typer.Option("", help="The later one."),
    last: int = typer.Option(8, help="How many periods are shown."),
    lang: str = typer.Option("zh", help="zh or en."),
) -> None:
    """Write a report by period and group: page, CSV of each table, workbook, pictures; open report.html."""
    with refused():
        if lang not in LANGUAGES:
            raise ReportError("lang", lang, ", ".join(LANGUAGES))
        source = data / DECLARATIONS
        if not source.is_file():
            raise ReportError("data", data, f"a folder with {DECLARATIONS}, which the step clearance_events writes")
        query = ReportQuery(period, by, cross, baseline, current, last)
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        ) as progress:
            task = progress.add_task("report", total=3 + len(TABLES) + len(PICTURES))
            made = gather(pd.read_parquet(source), query, lang)
            progress.advance(task)
            out.mkdir(parents=True, exist_ok=True)
            page = out / "report.html"
            links = ReportLinks(lambda table, kind: f"{table or 'report'}.{kind}")
            page.write_text(page_of(made, links), encoding="utf-8")
            progress.advance(task)
            (out / "report.xlsx").write_bytes(xlsx_of(made))
            progress.advance(task)
            for table in TABLES:
                (out / f"{table}.csv").write_bytes(csv_of(made, table))
                progress.advance(task)
            for picture in PICTURES:
                if drawn := draw(made, picture):
                    (out / f"{picture}.svg").write_text(drawn, encoding="utf-8")
                progress.advance(task)
        n = int(made.report.table.loc[made.report.table["group"] == TOTAL, "n"].sum())
        console.print(f"{n:,} declarations in {len(made.report.periods)} periods; open {page}", markup=False)
