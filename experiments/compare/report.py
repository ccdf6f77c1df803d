"""A report for a merge request, in Markdown: the newest run of each capability beside that of another commit or store.

It needs no service: runs are read from the files of the tracking store.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.compare.runs import STORE, CompareError, StoredRun
from experiments.compare.sentences import decimals, number, signed
from experiments.compare.study import compare_runs
from experiments.compare.words import metric_names
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from training.run_rows import ROWS, RUN

TABLE = "| metric | before | now | difference | result |"
CAPABILITIES = ("points", "risk", "quota", "matching")
WORDS = {
    "better": "**better**",
    "worse": "**worse**",
    "equivalent": "equivalent",
    "not_distinguishable": "not distinguishable",
}


def report(against: str, params: ComparisonParams, store: Path = STORE) -> str:
    """The Markdown text.

    against : a commit, branch or tag, whose runs are in ``store``, those with uncommitted changes where there is no
        other; or a folder: another checkout, its store, or the artefacts of one run
    raises : CompareError where there is no such commit or folder, or no run of it
    """
    folder, stored = Path(against), list(_stored(store))
    now = newest(stored)
    if folder.is_dir():
        title, found = folder.name, list(_stored(folder))
    else:
        commit = _commit(against)
        title, found = f"{against} ({commit[:10]})", [one for one in stored if one.commit == commit]
    if not found:
        known = sorted({one.commit[:10] for one in stored if one.commit})
        raise CompareError(
            f"--against: found no run of {against} that kept its rows; allowed: a commit with runs in {store} "
            f"({', '.join(known) or 'there is none'}), or a folder with runs"
        )
    others = [one for one in found if not _same(one, now.get(one.capability))]
    before = newest(others)
    if not folder.is_dir():  # a run of the commit alone says more of it than one with changes
        before |= newest([one for one in others if not one.changed])
    alone = {one.capability for one in found} - set(before)
    parts = [_part(name, before.get(name), now.get(name), params, name in alone) for name in CAPABILITIES]
    compared = [part for part in parts if TABLE in part]
    worse = sum("**worse**" in part for part in compared)
    head = f"Compared: {len(compared)} of {len(parts)} capabilities."
    head += f" With a metric that is worse: {worse or 'none'}." if compared else ""
    level = f"{1 - params.error:.0%}".replace("%", " %")
    note = (
        f"Differences with {level} intervals that resample firms; the results are corrected by Holm's method over the "
        "metrics of a capability, with the margins of `params.yaml`. Synthetic labels measure the generator, not the "
        "world."
    )
    return "\n\n".join([f"## Metrics against {title}", head, *parts, note]) + "\n"


def _commit(name: str) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CompareError(f"--against: {name!r} is no folder and no commit; allowed: a commit, branch, tag or folder")
    return done.stdout.strip()


def _stored(folder: Path) -> Iterator[StoredRun]:
    """The runs of a checkout, of a store or of one run's folder that kept their rows."""
    inside = folder / STORE if (folder / STORE).is_dir() else folder
    folders = [inside, *sorted(inside.glob("*/artifacts")), *sorted(one for one in inside.glob("*") if one.is_dir())]
    for one in folders:
        if (one / ROWS).is_file() and (one / RUN).is_file():
            yield StoredRun(one.parent.name if one.name == "artifacts" else one.name, one)


def newest(runs: Sequence[StoredRun]) -> dict[str, StoredRun]:
    """By capability, the run whose file was written last."""
    found: dict[str, StoredRun] = {}
    for one in sorted(runs, key=lambda run: ((run.folder / RUN).stat().st_mtime_ns, run.name)):
        found[one.capability] = one
    return found


def _same(one: StoredRun, other: StoredRun | None) -> bool:
    """Whether both are one run, or copies of it in two stores."""
    return other is not None and (
        one.folder.resolve() == other.folder.resolve() or (one.name, one.about) == (other.name, other.about)
    )


def _part(
    name: str, before: StoredRun | None, now: StoredRun | None, params: ComparisonParams, alone: bool = False
) -> str:
    """One capability; ``alone`` where the only run of before is the newest run itself."""
    head = f"### {name}"
    if before is None or now is None:
        missing = (
            "the only run of before is the newest run itself" if alone else f"no run {'now' if before else 'before'}"
        )
        return f"{head}\n\nNot compared: {missing if before or now else 'no run'}."
    before, now = replace(before, name="before"), replace(now, name="now")  # two stores may name theirs alike
    try:
        result = compare_runs([before, now], params)
    except (CompareError, RowsError) as fault:
        return f"{head}\n\nNot compared: {_without_folders(str(fault), before, now)}."
    rows, changed = result["rows"], result["parameters"]
    about = f"{rows['rows']:,} held-out rows of {rows['firms']:,} firms. Before: {_code(before)}; now: {_code(now)}."
    lines = [_line(one) for one in result["comparisons"]]
    table = "\n".join([TABLE, "|---|---|---|---|---|", *lines])
    return "\n\n".join([head, about, table, *_changes(changed, [before.name, now.name])])


def _code(run: StoredRun) -> str:
    commit = f"commit {run.commit[:10]}" if run.commit else "no commit"
    return f"{commit} with uncommitted changes" if run.changed else commit


def _line(one: Mapping[str, Any]) -> str:
    away = one["difference"]
    digits = decimals(away["standard_error"])
    interval = f"{signed(away['estimate'], digits)} [{signed(away['low'], digits)}, {signed(away['high'], digits)}]"
    before, now = number(one["baseline"], digits), number(one["challenger"], digits)
    return f"| {metric_names()[one['metric']][1]} | {before} | {now} | {interval} | {WORDS[one['verdict']]} |"


def _changes(changed: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    before, now = names
    found = [f"`{key}` {values[before]} → {values[now]}" for key, values in changed.items()]
    return [f"Parameters: {', '.join(found)}."] if found else []


def _without_folders(text: str, *runs: StoredRun) -> str:
    """A report is read on other machines: no path of this one."""
    for run in runs:
        text = text.replace(f"{run.folder}/", "")
    return text
