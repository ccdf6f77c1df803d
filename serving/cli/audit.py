"""The commands of an auditor: verify the chain, replay decisions, run a challenger, decide a table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from models.quota.policy import CreditPolicy, read_policies, read_policy
from serving.applications.certificate_count import CoveredGrants
from serving.audit.packed_models import PackedModels
from serving.audit.replay import Replayed, Summary, find_policy, replay_decision, replay_since
from serving.audit.shadow import conclude, follow, read_outcomes, read_run, start
from serving.auth.access import holder_fault
from serving.cli.faults import refused
from serving.clock import Clock
from serving.contract.instants import ALLOWED, end_of_day, read_instant
from serving.decide.decision_service import Models, read_watch, safeguard_facts
from serving.decide.table_job import open_table, run_table_job, table_codes
from serving.ledger.checkpoint import read_checkpoints
from serving.ledger.ledger import Ledger
from serving.ledger.store import LedgerError, ledger_url, migrate
from serving.params import read_params
from serving.releases.policies import PolicyBook, set_up

console = Console(soft_wrap=True)
CREATE = typer.Option(False, "--create", help="Make the ledger when there is none.")
_SHOWN = 20


def verify(
    tip: str = typer.Option("", help="A digest noted earlier: proves that no end was cut off."),
    checkpoint: list[Path] = typer.Option([], help="A signed checkpoint kept elsewhere. May be repeated."),
    public_key: str = typer.Option("", help="The signer's public key or its file; IP_CHECKPOINT_KEY's when left out."),
) -> None:
    """Recompute the ledger's whole chain. Exits 0 if it holds, 1 if a byte changed, 2 if it cannot be read.

    With a signed checkpoint it also finds a chain that was rebuilt as a whole and an end that was cut off.
    """
    with refused():
        known = read_checkpoints(checkpoint, public_key) if checkpoint else {}
    try:
        found = Ledger(ledger_url(), reading=True).verify(tip or None, known)
    except LedgerError as fault:
        console.print(f"the ledger cannot be read: {fault}", highlight=False)
        raise typer.Exit(2) from fault
    for line in found.breaks:
        console.print(f"[red]{line}[/]", highlight=False)
    console.print(f"{found.n_records} records, tip {found.tip}, {len(found.breaks)} breaks")
    raise typer.Exit(1 if found.breaks else 0)


def replay(
    decision: str = typer.Option("", help="One decision's audit_id."),
    policy: str = typer.Option("", help="Another policy: its version in the ledger, or the path of its file."),
    since: str = typer.Option("", help=f"Every decision recorded from then on: {ALLOWED}."),
    release: str = typer.Option("", help="Another model release."),
) -> None:
    """Decide again from the record. Without another policy or release, exits 1 unless every byte is the same.

    A record of another code version than this one is named. Exits 1 when there was nothing to replay.
    """
    summary = Summary()
    with refused():
        ledger, packed, zone = Ledger(ledger_url(), reading=True), PackedModels(), read_params().zone
        start = read_instant(since, zone) if since else None
        other = _policy(ledger, policy) if policy else None
        if decision:
            found = iter([replay_decision(ledger, packed, decision, other, release or None)])
        else:
            found = replay_since(ledger, packed, start, other, release or None)
        shown = 0
        for one in found:
            summary.add(one)
            if (not one.identical or one.other_code) and (decision or shown < _SHOWN):
                shown += 1
                _show(one, whole=bool(decision) and not one.identical)
    if summary.n == 0:
        console.print(f"nothing to replay: no decision was recorded {f'from {start} on' if start else ''}".rstrip())
        raise typer.Exit(1)
    _show_summary(summary)
    what_if = bool(policy or release)
    raise typer.Exit(0 if what_if or summary.identical == summary.n else 1)


def shadow(
    challenger: str = typer.Argument(help="The packed release that scores beside the one that answers."),
    until: str = typer.Option(..., help="The run's last day, as 2026-01-31; the whole day belongs to it."),
    holder: str = typer.Option(..., help="Who started it."),
    size: int = typer.Option(0, help="Pairs; params.yaml [serving] shadow_size when left out."),
) -> None:
    """Let a challenger score the live decisions from the ledger until the run ends; then record its verdict."""
    with refused():
        numbers = read_params()
        end = end_of_day(until, numbers.zone)
        if fault := holder_fault(holder):
            raise ValueError(fault)
        ledger, packed = _ledger(), PackedModels()
        packed.models(challenger)
        run = start(ledger, challenger, size or numbers.shadow_size, end, holder)
        console.print(f"{run.run_id}: {challenger} until {run.size} pairs or {run.until}")
        with _bar() as bar:
            task = bar.add_task("pairs", total=run.size)
            follow(ledger, packed, run, lambda done: bar.update(task, completed=done))
        console.print(conclude(ledger, run, {}, numbers.shadow_minimum, numbers.shadow_confidence).as_dict())


def verdict(
    run: str = typer.Argument(help="The ended run."),
    outcomes: Path = typer.Argument(
        help="CSV, Parquet or Excel with the columns uscc and defaulted (1 or 0), of those enterprises that are known."
    ),
) -> None:
    """Conclude an ended challenger run with the outcomes known by now: better, worse, no difference, too few.

    Rows that cannot be used are left out, counted by their fault.
    """
    numbers = read_params()
    with refused():
        table = read_outcomes(outcomes)
    ledger = _ledger()
    known = dict(zip(table.frame["uscc"], table.frame["defaulted"].astype(bool), strict=True))
    if table.reasons:
        left_out = ", ".join(f"{column} {count}" for column, count in table.reasons.items())
        console.print(f"{len(table.quarantine)} of {table.counts['read']} rows left out: {left_out}", highlight=False)
    with refused():
        found = conclude(ledger, read_run(ledger, run), known, numbers.shadow_minimum, numbers.shadow_confidence)
    console.print(found.as_dict())


def batch(
    source: Path = typer.Argument(help="Parquet: cases and requested_amount_cny."),
    target: Path = typer.Argument(help="Parquet: one decision a row, in the same order."),
    bank: str = typer.Option("standard", help="Whose policy in force decides."),
    policy: str = typer.Option("", help="Another policy: its version in the ledger, or the path of its file."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Where the models are."),
    workers: int = typer.Option(1, help="Threads."),
    own_values: bool = typer.Option(
        False, "--own-values", help="Take values that differ from the record; else their rows are faulty."
    ),
    create: bool = CREATE,
) -> None:
    """Decide a whole table in bounded memory, and record the job with the digests of both tables.

    Of an enterprise of the packed snapshot the record decides. With --own-values a value that differs is taken, but
    never against a veto, and the outcome is never milder than that of the record alone.
    """
    numbers, ledger = read_params(), _ledger(create=create)
    with refused():
        clock = Clock.from_environment(numbers.zone)
    models = Models.load(artifacts, Path("params.yaml"))
    set_up(ledger, read_policies, models.release, models.versions, numbers.today())
    book = PolicyBook(numbers.today)
    book.refresh(ledger)
    granted = CoveredGrants()
    granted.refresh(ledger, [bank])
    chosen = _policy(ledger, policy) if policy else book.policy_of(bank)
    with refused(), _bar() as bar:
        table = open_table(source, models.engine.codebook)
        task = bar.add_task("rows", total=table.metadata.num_rows)
        codes = table_codes(source, models.engine.codebook)
        alarm = read_watch(artifacts, models, numbers).table_alarm(bank, codes)
        counts, short = granted.counts(bank), granted.short(bank)
        facts = safeguard_facts(models, numbers, clock, counts, short, drift_alarm=alarm)
        packed = pd.read_parquet(artifacts / "snapshot/cases.parquet")
        done = run_table_job(
            source,
            target,
            models,
            chosen,
            facts,
            numbers.zone,
            lambda n: bar.update(task, completed=n),
            workers,
            record=packed,
            own_values=own_values,
        )
    ((record, _),) = ledger.append([done.draft(bank)])
    report = {"rows": done.rows, "faulty rows": done.faulty_rows, "decisions": done.decisions}
    console.print({**report, "record": record.seq, "policy": done.policy})
    if facts.warning:
        console.print(facts.warning["zh"], facts.warning["en"])


def _ledger(*, create: bool = False) -> Ledger:
    """The ledger to write to; one that is not there is an error unless it may be made."""
    with refused():
        migrate(ledger_url(), create=create)
        return Ledger(ledger_url())


def _policy(ledger: Ledger, name: str) -> CreditPolicy:
    with refused():
        return read_policy(Path(name)) if name.endswith((".yaml", ".yml")) else find_policy(ledger, name)


def _bar() -> Progress:
    return Progress(
        "[progress.description]{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


def _show(one: Replayed, *, whole: bool) -> None:
    before, after = one.recorded, one.replayed
    code = f", {one.other_code}" if one.other_code else ""
    console.print(
        f"{one.audit_id} {one.bank_id}: {before['outcome']} {before['quota']['amount_wan']} 万 -> "
        f"{after['outcome']} {after['quota']['amount_wan']} 万{code}",
        highlight=False,
    )
    if whole:
        table = Table("member", "recorded", "replayed")
        for item in one.differences:
            table.add_row(item.member, str(item.recorded), str(item.replayed))
        console.print(table)


def _show_summary(summary: Summary) -> None:
    table = Table("recorded", "replayed", "decisions")
    for (before, after), count in sorted(summary.moves.items()):
        table.add_row(before, after, str(count))
    console.print(table)
    console.print(
        f"{summary.identical} of {summary.n} identical byte for byte; "
        f"{summary.recorded_wan} 万 recorded, {summary.replayed_wan} 万 replayed"
    )
    for report, (count, same) in sorted(summary.other_code.items()):
        console.print(f"{count} {report}: {same} identical, {count - same} not", highlight=False)
