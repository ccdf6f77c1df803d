"""``python -m serving approvals-report``: statistics of cases and how much shorter times are, as pages and tables."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import typer
from rich.console import Console
from rich.progress import track

from data.approvals.catalogue import Catalogue
from models.approvals.statistics import Statistics, statistics
from models.approvals.statistics_files import statistics_csv, statistics_xlsx
from models.approvals.statistics_page import StatisticsLinks, statistics_page
from models.chain.node_view import LANGUAGES, Language
from serving.approvals.queries import BY
from serving.cli.faults import refused

CASES, READINGS = "cases.parquet", ("ratio_of_sums", "mean_of_ratios", "median_of_ratios", "largest")
console = Console(soft_wrap=True, highlight=False)


class ReportError(ValueError):
    """What the report is made of is not there."""


def approvals_report(
    data: Path = typer.Option(Path("data/derived/approvals"), help=f"The folder that holds {CASES}."),
    items: Path = typer.Option(Path("artifacts/approvals/items.csv"), help="The item catalogue."),
    out: Path = typer.Option(Path("artifacts/approvals/report"), help="The folder that is written."),
    first: str = typer.Option("", help="Month of receipt from which on, as 2024-01."),
    last: str = typer.Option("", help="Month of receipt until which."),
) -> None:
    """Write the statistics by item, department and month: pages in both languages, CSV, XLSX, and the reductions."""
    with refused():
        source = data / CASES
        for path, stage in ((source, "approvals-events"), (items, "approvals-events")):
            if not path.is_file():
                raise ReportError(f"{path} is not there; allowed: what `python -m training {stage}` writes")
        cases, catalogue = pd.read_parquet(source), Catalogue.load(items)
        now = cases["last_at"].max().to_pydatetime()  # of the latest event
        out.mkdir(parents=True, exist_ok=True)
        for by in track(BY, "statistics", console=console, transient=True):
            made = statistics(cases, catalogue, now=now, by=by, first=first, last=last)
            _write(out, by, made)
        text = json.dumps(_reductions(made, now), ensure_ascii=False, indent=2)
        (out / "reductions.json").write_text(text + "\n", encoding="utf-8")
    said = ", ".join(f"{name} {_percent(getattr(made.reductions['promised_statutory'], name))}" for name in READINGS)
    console.print(f"{len(cases):,} cases, {made.n_items} items on {now:%Y-%m-%d}; promised against statutory: {said}")
    console.print(f"open {out / 'item.zh.html'}", markup=False)


def _write(out: Path, by: str, made: Statistics) -> None:
    """The files of one grouping."""
    for lang in LANGUAGES:
        (out / f"{by}.{lang}.html").write_text(statistics_page(made, lang, _links(by, lang)), encoding="utf-8")
        (out / f"{by}.{lang}.csv").write_bytes(statistics_csv(made, lang))
        (out / f"{by}.{lang}.xlsx").write_bytes(statistics_xlsx(made, lang))


def _links(by: str, lang: Language) -> StatisticsLinks:
    """Addresses of the files beside a page."""
    return StatisticsLinks(
        lambda kind: f"{by}.{lang}.{kind}",
        lambda name: f"{name}.{lang}.html" if name in BY else None,
        f"{by}.{'en' if lang == 'zh' else 'zh'}.html",
    )


def _reductions(made: Statistics, now: dt.datetime) -> dict[str, object]:
    readings = {pair: asdict(one) for pair, one in made.reductions.items()}
    return {"as_of": now.isoformat(), "items": made.n_items, "synthetic_share": made.synthetic_share} | readings


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{-share:.0%}"
