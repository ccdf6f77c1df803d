"""`python -m experiments compare` writes ``comparison.json`` and pages in two languages; `report` writes Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import orjson
import typer

from experiments.compare.page import file_name, page
from experiments.compare.report import report
from experiments.compare.runs import CompareError, find_runs
from experiments.compare.study import compare_runs
from experiments.compare.words import LANGUAGES
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from training.params import ParamsError, read_section

RESULT = "comparison.json"


def run_command(names: Sequence[str], out: Path, metrics: Sequence[str], fresh: bool) -> None:
    """Write result and pages, print one sentence for each pair of a few runs; exit 1 with one sentence on bad input."""
    try:
        params = read_section("comparison", ComparisonParams)
        result = compare_runs(
            find_runs(names), params, metrics or None, fresh=fresh, note=partial(typer.echo, err=True)
        )
    except (CompareError, RowsError, ParamsError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    write(out / RESULT, orjson.dumps(result, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n")
    for language in LANGUAGES:
        write(out / file_name(language), page(result, language).encode())
    if len(names) <= 3:
        for one in result["comparisons"]:
            typer.echo(f"{one['run']}: {one['sentence']}")
    typer.echo(f"wrote {', '.join(str(out / name) for name in (*map(file_name, LANGUAGES), RESULT))}")


def run_report(against: str, out: Path | None) -> None:
    """Write or print the report; exit 1 with one sentence on bad input."""
    try:
        text = report(against, read_section("comparison", ComparisonParams))
    except (CompareError, RowsError, ParamsError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    if out is None:
        typer.echo(text, nl=False)
    else:
        write(out, text.encode())


def write(path: Path, content: bytes) -> None:
    """Write a file and the folders above it; exit 1 with one sentence where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as fault:
        typer.echo(f"--out: {path} cannot be written: {fault.strerror}", err=True)
        raise typer.Exit(1) from fault
