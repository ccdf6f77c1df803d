"""A report for a merge request, in Markdown: the newest run of each capability beside that of another commit or store.

It needs no service: runs are read from the files of the tracking store.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.compare.runs import STORE, CompareError, StoredRun
from experiments.compare.sentences import decimals, number, signed
from experiments.compare.study import compare_runs
from experiments.compare.words import metric_names
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from training.run_rows import ROWS, RUN

CAPABILITIES = ("points", "risk", "quota", "matching")
WORDS = {
    "better": "**better**",
    "worse": "**worse**",
    "equivalent": "equivalent",
    "not_distinguishable": "not distinguishable",
}


def report(against: str, params: ComparisonParams, store: Path = STORE) -> str:
    """The Markdown text.

    against : a commit, branch or tag, whose runs are in ``store``; or a folder: another checkout, its store, or the
        artefacts of one run
    raises : CompareError where there is no such commit or folder, or no run of it
    """
    folder = Path(against)
    if folder.is_dir():
        title, before = folder.name, newest(_stored(folder))
    else:
        commit = _commit(against)
        title = f"{against} ({commit[:10]})"
        before = newest(one for one in _stored(store) if one.about.get("git_commit") == commit)
    if not before:
        known = sorted({str(one.about.get("git_commit"))[:10] for one in _stored(store)})
        raise CompareError(
            f"--against: found no run of {against} that kept its rows; allowed: a commit with runs in {store} "
            f"({', '.join(known) or 'there is none'}), or a folder with runs"
        )
    taken = {one.folder.resolve() for one in before.values()}
    now = newest(one for one in _stored(store) if one.folder.resolve() not in taken)
    parts = [_part(name, before.get(name), now.get(name), params) for name in CAPABILITIES]
    worse = [part for part in parts if "**worse**" in part]
    head = f"{len(worse)} of {len(parts)} capabilities have a metric that is worse." if worse else "No metric is worse."
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


def newest(runs: Iterator[StoredRun]) -> dict[str, StoredRun]:
    """By capability, the run whose file was written last."""
    found: dict[str, StoredRun] = {}
    for one in sorted(runs, key=lambda run: ((run.folder / RUN).stat().st_mtime_ns, run.name)):
        found[str(one.about.get("capability"))] = one
    return found


def _part(name: str, before: StoredRun | None, now: StoredRun | None, params: ComparisonParams) -> str:
    head = f"### {name}"
    if before is None or now is None:
        missing = "before" if before is None else "now"
        return f"{head}\n\nNot compared: no run {missing}." if before or now else f"{head}\n\nNot compared: no run."
    try:
        result = compare_runs([before, now], params)
    except (CompareError, RowsError) as fault:
        return f"{head}\n\nNot compared: {_without_folders(str(fault), before, now)}."
    rows, changed = result["rows"], result["parameters"]
    about = (
        f"{rows['rows']:,} held-out rows of {rows['firms']:,} firms, commit {str(now.about.get('git_commit'))[:10]}."
    )
    lines = [_line(one) for one in result["comparisons"]]
    table = "\n".join(["| metric | before | now | difference | result |", "|---|---|---|---|---|", *lines])
    return "\n\n".join([head, about, table, *_changes(changed, [before.name, now.name])])


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
