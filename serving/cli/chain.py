"""``python -m serving chain-pages``: the industry chains as a folder of pages; ``place``: nodes for one sentence."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from data.chain_requests import PlacementRequest
from data.events import EventStore
from serving.auth.access import Caller
from serving.chain.packed import FOLDER
from serving.chain.packing import chain_files
from serving.chain.pages import write_folder
from serving.chain.service import ChainService
from serving.cli.faults import refused
from serving.matching.event_store import events_url
from serving.matching.packed import FirstUse, load_packed
from serving.matching.service import MatchingService
from serving.releases.packed import PARAMS

ARTIFACTS, TABLES = Path("artifacts"), Path("data/derived/chain")
OPERATOR = Caller("command-line", "operator", "command line", "", frozenset({"chain"}))
console = Console(soft_wrap=True, highlight=False)


def chain_pages(
    out: Path = typer.Option(Path("artifacts/chain/pages"), help="The folder that is written."),
    artifacts: Path = typer.Option(ARTIFACTS, help="The folder that the pipeline wrote."),
    tables: Path = typer.Option(TABLES, help="The checked tables of the chains."),
) -> None:
    """Write every chain and node as pages in both languages, with pictures, CSV and XLSX; open zh/index.html."""
    with refused(), _service(artifacts, tables) as service:
        total = 2 * sum(len(chain.nodes) + 1 for chain in service.current().chains.values())
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("pages", total=total)
            page = write_folder(service, out, OPERATOR, lambda _: progress.advance(task))
        console.print(f"open {page}", markup=False)


def place(
    sentence: str = typer.Argument(help="A business scope, a product, a demand, the title of a patent."),
    artifacts: Path = typer.Option(ARTIFACTS, help="The folder that the pipeline wrote."),
    tables: Path = typer.Option(TABLES, help="The checked tables of the chains."),
) -> None:
    """The nodes of the chains for one sentence, with probability, band and the words that decided."""
    with refused(), _service(artifacts, tables) as service:
        found = service.placing.place(PlacementRequest(text=sentence), OPERATOR)
        table = Table("chain", "node", "probability", "band", "evidence")
        for row in found["placements"]:
            name = f"{row['name_zh']} {row['name_en']}"
            table.add_row(row["chain_id"], name, f"{row['probability']:.0%}", row["band"], row["evidence"])
        console.print(table)


@contextmanager
def _service(artifacts: Path, tables: Path) -> Iterator[ChainService]:
    """The chains as they would be packed from these folders."""
    with tempfile.TemporaryDirectory(prefix="chain-") as name:
        folder = Path(name)
        for path, content in chain_files(artifacts / FOLDER, tables).items():
            target = folder / FOLDER / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content) if isinstance(content, bytes) else shutil.copyfile(content, target)
        shutil.copyfile(PARAMS, folder / PARAMS)
        (folder / "matching").symlink_to((artifacts / "matching").resolve(), target_is_directory=True)
        matching = MatchingService(
            FirstUse(lambda: load_packed(artifacts / "matching")),
            FirstUse(lambda: EventStore(events_url())),
            date.today,
        )
        try:
            yield ChainService.of_release(folder, matching)
        finally:
            matching.close()
