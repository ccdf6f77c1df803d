"""``python -m serving match``, ``match-report`` and ``match-withdraw``: suppliers, what came of events, a firm out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from data.events import EventStore
from data.match_feedback import STEPS
from data.match_requests import SearchRequest
from data.texts.sentences import label
from data.uscc import check_uscc
from models.matching.event_report import event_report
from serving.auth.access import Caller
from serving.chain.packed import chain_firms
from serving.cli.faults import refused
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url, migrate
from serving.matching.event_store import events_url
from serving.matching.events import event_pairs, list_events
from serving.matching.feedback import withdrawal_draft
from serving.matching.packed import FirstUse, demands_of, firms_of, load_packed
from serving.matching.service import MatchingService

LIBRARY = Path("artifacts/matching")
NAMES = Path("data/derived/tables/enterprises.parquet")
RECORDS = Path("data/derived/matching")
CHAINS = Path("data/derived/chain")
NOT_GONE = "it had not withdrawn, nothing was changed"
BRIGHT, BRIGHT_END = "[bold yellow]", "[/]"
CALLER = Caller("command-line", "operator", "command line", "", frozenset({"match"}))
console = Console(soft_wrap=True, highlight=False)


class UnknownFirmError(ValueError):
    """No firm of the library, of a demand, of the industry chains or of an event has this code or number."""


def match(
    sentence: str = typer.Argument(help="What is needed, in your own words, Chinese or English."),
    count: int = typer.Option(5, min=1, max=50, help="Firms to list."),
    library: Path = typer.Option(LIBRARY, help="The folder that the matching stage wrote."),
) -> None:
    """List the suppliers for one sentence: passage, reasons and probability of each; recorded as any other list."""
    with refused():
        service = _service(library)
        show_suppliers(service.search(SearchRequest(text=sentence, count=count), CALLER), _names(), console)
        service.close()


def match_report(
    event: str = typer.Argument("", help="Number of the event; all of them when left out."),
    library: Path = typer.Option(LIBRARY, help="The folder that the matching stage wrote."),
) -> None:
    """What came of match events: acceptance, meetings a head, kept, second meetings, solved, cooperations.

    Each with its 90 % interval, in which a firm counts once however many demands it was invited for.
    """
    with refused():
        service = _service(library)
        numbers = [event] if event else [one["event_id"] for one in list_events(service, CALLER)]
        rows = pd.DataFrame([pair for one in numbers for pair in event_pairs(service, one, CALLER)])
        service.close()
        if rows.empty:
            console.print("no outcome of an event is recorded")
            return
        firm, demand = (rows[name].astype(str).to_numpy() for name in ("uscc", "demand_id"))
        found = event_report(firm, demand, {step: rows[step].to_numpy() for step in STEPS})
    table = Table("", "", "90 %", "n")
    for name, one in found.items():
        figures = "–" if one.value is None else f"{one.value:.2f}"
        table.add_row(name.replace("_", " "), figures, "–" if one.low is None else f"{one.low:.2f} … {one.high:.2f}",
                      f"{one.numerator} / {one.denominator}")  # fmt: skip
    console.print(table)


def match_withdraw(
    uscc: str = typer.Argument(help="The firm's unified social credit code, or its number in the industry chains."),
    by: str = typer.Option(..., help="Who enters it."),
    reason: str = typer.Option(..., help="Why, as it is kept with the fact."),
    back: bool = typer.Option(False, "--back", help="The firm takes part again; what was removed stays removed."),
    library: Path = typer.Option(LIBRARY, help="The folder that the matching stage wrote, or a release's matching/."),
) -> None:
    """Take a firm out of matching at once, in every running worker: its events are blanked and the fact is kept.

    What neither the library, nor a demand, nor an industry chain, nor an event names is refused: more likely mistyped.
    """
    with refused():
        url = ledger_url()
        migrate(url)
        store, ledger = EventStore(events_url()), Ledger(url)
        known = firms_of(library, RECORDS) | chain_firms(library.parent / "chain", CHAINS) | store.withdrawn()
        if not back and uscc not in known and not store.about(uscc):
            check_uscc(uscc)
            raise UnknownFirmError(
                f"{uscc}: {library} has no document or demand of this firm, no industry chain holds it, and no event "
                "is about it; nothing was changed. Check the code, or name the library in use by --library"
            )
        if back:
            changed = store.readmit(uscc, datetime.now(UTC))
            console.print(f"{uscc}: " + ("listed again after the next start of the service" if changed else NOT_GONE))
        else:
            changed, blanked = True, store.withdraw(uscc, datetime.now(UTC))
            store.blank("demand_id", demands_of(library, RECORDS, uscc))  # also where no worker runs to do it
            console.print(f"{uscc} has withdrawn: no list shows it from now on; events blanked: {blanked}")
            console.print(label("match.kept")[1])
        if changed:
            ledger.append([withdrawal_draft(uscc, by, f"returns: {reason}" if back else reason)])
        store.close()
        ledger.close()


def show_suppliers(answer: Mapping[str, Any], names: Mapping[str, str], out: Console) -> None:
    """A list of suppliers as a person reads it; the words that matched are marked."""
    out.print(escape(f"{answer['note_zh']} {answer['note_en']}"))
    for warning in answer["warnings"]:
        out.print(escape(f"{warning['zh']} {warning['en']}"))
    for one in answer["suppliers"]:
        table = Table(show_header=False, box=None, padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for found in one["evidence"]:
            table.add_row("依据 evidence", marked(found["passage"], found["marks"]))
            if others := found.get("shared_by"):
                table.add_row("", f"另有 {others} 家企业有相同文字。 {others} other firms have this text.")
        for why in one["reasons"][:3]:
            table.add_row("＋" if why["contribution"] >= 0 else "－", escape(f"{why['zh']} {why['en']}"))
        name = escape(names.get(one["uscc"], ""))
        out.print(Panel(table, title=f"{one['rank']}. {name} {one['uscc']}  {one['probability']:.0%}"))


def marked(passage: str, marks: Sequence[Sequence[int]]) -> str:
    """The passage with its marked words bright; nothing in it is taken for markup."""
    parts, at = [], 0
    for start, end in sorted(map(tuple, marks)):
        if start >= at:
            parts += [escape(passage[at:start]), BRIGHT, escape(passage[start:end]), BRIGHT_END]
            at = end
    return "".join((*parts, escape(passage[at:])))


def _service(library: Path) -> MatchingService:
    return MatchingService(
        FirstUse(lambda: load_packed(library)), FirstUse(lambda: EventStore(events_url())), date.today
    )


def _names() -> dict[str, Any]:
    if not NAMES.is_file():
        return {}
    return dict(pd.read_parquet(NAMES, columns=["uscc", "name"]).itertuples(index=False, name=None))
