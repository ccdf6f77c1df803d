"""Promotion: a challenger against the champion, and what was champion on a day."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from data.beijing import BEIJING
from data.texts.sentences import label
from models.champion import FILES, champion_files, files_below, files_digest
from models.comparison.rows import RowsError
from models.matching.answer import CARD, MatcherError
from models.matching.library import LibraryError
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, console
from training.pipeline.promotable import PAIRS
from training.promotion.checks import provenance
from training.promotion.history import (
    CHAMPION,
    CONSTANT,
    HISTORY,
    PROMOTED,
    REFUSED,
    Entry,
    HistoryError,
    alone,
    append,
    champion_on,
    read_history,
)
from training.promotion.registry import (
    REPORTS,
    Candidate,
    RegistryError,
    champion_run,
    check_history,
    complete,
    newest_run,
    read_candidate,
    read_reports,
    record,
)
from training.promotion.sources import sources, written_digests
from training.promotion.spending import overlapping
from training.promotion.verdict import PromotionParams, Verdict, decide
from training.risk.leakage_column import LeakageParams
from training.tracking import git_commit

Capability = Annotated[str, typer.Argument(help=f"One of {', '.join(FILES)}.")]
FAULTS = (RegistryError, HistoryError, RowsError, MatcherError, LibraryError, FileNotFoundError)


def promote(
    capability: Capability,
    by: Annotated[str, typer.Option(help="Who approves it.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    challenger: Annotated[
        str, typer.Option(help="Its MLflow run; the newest one that keeps its files if left out.")
    ] = "",
    against_constant: Annotated[
        bool,
        typer.Option(
            "--against-constant",
            help="Where the champion's file cannot be read, or its lists are others: compare with a constant "
            "prediction; the history then says so. Without this option such a promotion stops.",
        ),
    ] = False,
) -> None:
    """Move the alias ``champion`` to a challenger's run unless a check fails; exits 1 where it is refused.

    Both are measured on the same out-of-time rows; the first champion of all, with none before it, against a constant
    prediction. Each try is an entry of promotions.jsonl, and each look at the outcomes spends error, so that trying
    often does not promote by luck. What has the champion's files is no try.
    """
    _check_capability(capability)
    for name, given in (("--by", by), ("--reason", reason)):
        if not given.strip():
            raise typer.BadParameter("found nothing; allowed: a text", param_hint=name)
    try:
        with alone(HISTORY), tempfile.TemporaryDirectory(prefix="promotion-") as folder:
            entries, chains = read_history(HISTORY)
            check_history(entries, chains)
            run = challenger or newest_run(capability)
            candidate = read_candidate(run, capability, Path(folder) / "challenger")
            now = champion_run(capability)
            champion = None if now is None else read_candidate(now, capability, Path(folder) / "champion")
            entry, verdict = consider(
                capability, candidate, champion, entries, by.strip(), reason.strip(), against_constant=against_constant
            )
            record(entry, append(HISTORY, entry))
    except FileNotFoundError as fault:
        raise typer.BadParameter(f"{fault.filename}: found no file; run `make run` first") from fault
    except FAULTS as fault:
        raise typer.BadParameter(str(fault)) from fault
    show(verdict, entry)
    if not verdict.promoted:
        raise typer.Exit(1)


def consider(
    capability: str,
    candidate: Candidate,
    champion: Candidate | None,
    entries: list[Entry],
    by: str,
    reason: str,
    *,
    against_constant: bool = False,
) -> tuple[Entry, Verdict]:
    """All checks of a candidate, and the entry that the history gets.

    raises : RegistryError where there is a champion with which it cannot be compared, unless ``against_constant``; and
        where it has the champion's own files, for a look at the outcomes would then be spent in vain
    """
    params = read_section("promotion", PromotionParams)
    made_of = {**candidate.made_of, **written_digests(candidate.folder, capability)}
    source = provenance(made_of, sources(capability))
    pair = PAIRS[capability](candidate, champion, params)
    if pair.fault and not against_constant:
        raise RegistryError(f"{pair.fault}; --against-constant compares with a constant prediction in its place")
    if champion is not None and champion.digest == candidate.digest and not pair.fault:
        raise RegistryError(
            f"run {candidate.run}: found the files of the champion, run {champion.run}: it is the champion already, "
            "and no outcome was looked at; allowed: a run with other files"
        )
    if pair.fault:
        console.print(f"{pair.fault}: compared with a constant prediction", markup=False)
    periods = [one.days for one in entries if one.capability == capability and one.days is not None]
    verdict = decide(
        source,
        pair.challenger,
        pair.rows,
        params,
        read_section("leakage", LeakageParams),
        lambda period: overlapping(period, periods),
    )
    look = verdict.look
    entry = Entry(
        seq=len(entries),
        at=datetime.now(BEIJING).isoformat(timespec="seconds"),
        capability=capability,
        result=PROMOTED if verdict.promoted else REFUSED,
        first=champion is None,
        run=candidate.run,
        digest=candidate.digest,
        previous="" if champion is None else champion.digest,
        by=by,
        reason=reason,
        period=() if look is None else tuple(day.isoformat() for day in look.period),
        look=0 if look is None else look.number,
        level=0.0 if look is None else look.level,
        checks=tuple(one.plain() for one in verdict.checks),
        commit=git_commit(),
        limits=asdict(params),
        compared_with=CONSTANT if champion is None or pair.fault else CHAMPION,
    )
    return entry, verdict


def show(verdict: Verdict, entry: Entry) -> None:
    """Print the checks, one line each, and the result."""
    # Chinese has no spaces to break a line at; what a cell cannot hold is cut unless it is folded.
    table = Table(
        Column("检查项 check", overflow="fold"), "结果 result", Column("", overflow="fold"),
        title=f"{entry.capability}: {entry.run}",
    )  # fmt: skip
    for one in verdict.checks:
        zh, en = label(f"promotion.status.{one.status}")
        text = Text(f"{one.text[0]}\n{one.text[1]}", overflow="fold")  # names of groups are data
        table.add_row("\n".join(label(f"promotion.check.{one.name}")), f"{zh}\n{en}", text)
    console.print(table)
    first = ", the first champion of its registry" if entry.first and verdict.promoted else ""
    unshown = sum(one.status == "not_shown" for one in verdict.checks)
    shown = f", {unshown} checks not shown" if unshown else ""
    # What people wrote is text, though brackets in it look like markup.
    console.print(f"{entry.result}{first}{shown}: {entry.run}, by {entry.by}: {entry.reason}", markup=False)


def champion(
    capability: Capability,
    on: Annotated[str, typer.Option(help="A day in Beijing, as 2024-06-30; today if left out.")] = "",
    restore: Annotated[bool, typer.Option("--restore", help="Copy its files and reports into artifacts/.")] = False,
    finish: Annotated[bool, typer.Option("--complete", help="First complete an interrupted promotion.")] = False,
) -> None:
    """What was champion at the end of a day, who approved it and why; exits 1 where nothing was."""
    _check_capability(capability)
    today = datetime.now(BEIJING).date()
    try:
        day = date.fromisoformat(on) if on else today
    except ValueError as fault:
        raise typer.BadParameter(f"found {on!r}; allowed: a day, as 2024-06-30", param_hint="--on") from fault
    if day > today:
        raise typer.BadParameter(f"found {on}; allowed: a day that has begun, {today} at the latest", param_hint="--on")
    try:
        entries, chains = read_history(HISTORY)
        if finish:
            complete(entries, chains, capability)
        check_history(entries, chains)
        found = champion_on(entries, capability, day)
        if found is None:
            console.print(f"{capability}: nothing was champion on {day}")
            raise typer.Exit(1)
        if restore:
            with tempfile.TemporaryDirectory(prefix="promotion-") as folder:
                candidate = read_candidate(found.run, capability, Path(folder))
                removed = put_back(capability, candidate, read_reports(found.run, Path(folder)), ARTIFACTS)
            if removed:
                console.print(f"removed, for they were of another run and this one kept none: {', '.join(removed)}")
    except FAULTS as fault:
        raise typer.BadParameter(str(fault)) from fault
    first = ", the first champion of its registry" if found.first else ""
    console.print(f"{capability} on {day}: run {found.run}, files {found.digest[:12]}{first}")
    console.print(f"promoted {found.at} by {found.by}: {found.reason}", markup=False)


def put_back(capability: str, candidate: Candidate, reports: Path, artifacts: Path) -> list[str]:
    """Replace the files of a capability below ``artifacts`` by the candidate's, and its reports by those of its run.

    reports : folder of them by their path below ``artifacts``
    returns : reports of another run that were removed, because this one has none of that name
    raises  : RegistryError where the files are not the candidate's afterwards
    """
    before = files_below(artifacts, REPORTS[capability])
    put = {**champion_files(candidate.folder, capability), **files_below(reports, REPORTS[capability])}
    card = f"{capability}/{CARD}"
    kept = {name: path.read_bytes() for name, path in before.items() if name == card}
    for path in (*champion_files(artifacts, capability).values(), *before.values()):
        path.unlink()
    for name, path in put.items():
        (artifacts / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, artifacts / name)
    for name, content in kept.items():
        (artifacts / name).write_bytes(_with_rate_of(content, put[name].read_bytes()) if name in put else content)
    if files_digest(champion_files(artifacts, capability)) != candidate.digest:
        raise RegistryError(f"{artifacts} does not hold the files of run {candidate.run} after they were copied")
    return sorted(set(before) - set(put) - set(kept))


def _with_rate_of(now: bytes, run: bytes) -> bytes:
    """A matching's card as it is, for its library stays, with the error rate that the run's model promises."""
    card = {**json.loads(now), "error_rate": json.loads(run)["error_rate"]}
    return (json.dumps(card, indent=1, sort_keys=True) + "\n").encode()


def _check_capability(capability: str) -> None:
    if capability not in PAIRS:
        raise typer.BadParameter(f"found {capability!r}; allowed: {', '.join(PAIRS)}", param_hint="CAPABILITY")
