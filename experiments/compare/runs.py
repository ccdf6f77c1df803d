"""The runs to compare, by MLflow id or by folder: what each kept of its held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import yaml

from experiments.compare.agreement import Agreement
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError, RunRows, paired_rows
from training.run_rows import (
    ROWS,
    RUN,
    STATISTICS,
    STATISTICS_DIGEST,
    read_predictions,
    read_rows,
    rows_facts,
    run_statistics,
    statistics_key,
)
from training.tracking import is_of_search, run_ids

STORE = Path("mlruns")  # where the runs of training.tracking keep their files
PARAMETERS = "params.yaml"  # of a folder that no run made
LEAST_PREFIX = 6
LEAST_BY_POSITION = 100  # rows whose equal facts are no coincidence
SHOWN = 5  # names in a message
CHANGED = "-dirty"  # behind a commit that ``training.tracking`` notes, where files that git follows had changes


class CompareError(ValueError):
    """Runs that cannot be compared; the message names the file and key, what was found and what is allowed."""


@dataclass(frozen=True)
class StoredRun:
    """One run: its name as it was given, and the folder of its files."""

    name: str
    folder: Path

    @cached_property
    def rows(self) -> RunRows:
        """Its held-out rows."""
        return read_rows(self.folder / ROWS)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What ``run.json`` holds, or the parameters alone where the folder has a ``params.yaml`` in its place."""
        if (path := self.folder / RUN).is_file():
            return _read(path, orjson.loads)
        if (path := self.folder / PARAMETERS).is_file():
            return {"parameters": _read(path, yaml.safe_load)}
        return {}

    @property
    def capability(self) -> str:
        """What it is a run of; empty where it names none."""
        return str(self.about.get("capability") or "")

    @property
    def commit(self) -> str:
        """The commit of its code; empty where it names none."""
        return str(self.about.get("git_commit") or "").removesuffix(CHANGED)

    @property
    def changed(self) -> bool:
        """Whether files in git had changes since that commit: ``dvc.lock``, say, which ``dvc repro`` writes."""
        return str(self.about.get("git_commit") or "").endswith(CHANGED)

    @cached_property
    def stored_statistics(self) -> dict[str, Any]:
        """What ``statistics.json`` holds, if it is of the rows beside it; else nothing.

        raises : CompareError where the run keeps a digest of it, as runs of before do not, and it has another
        """
        if not (path := self.folder / STATISTICS).is_file():
            return {}
        content = path.read_bytes()
        kept, found = self.about.get(STATISTICS_DIGEST), sha256(content).hexdigest()
        if kept is not None and kept != found:
            raise CompareError(
                f"{path}: found the digest {found[:12]}; allowed: {str(kept)[:12]}, which the run's {RUN} keeps of it "
                f"(run {self.name}); `compare --fresh` computes all statistics from {ROWS}"
            )
        stored = _read(path, orjson.loads, content)
        digest = sha256((self.folder / ROWS).read_bytes()).hexdigest()
        return stored if stored.get("rows_sha256") == digest else {}


def _read(path: Path, load: Any, content: bytes | None = None) -> dict[str, Any]:
    try:
        found = load(path.read_bytes() if content is None else content)
    except (orjson.JSONDecodeError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise CompareError(f"{path}: cannot be read: {fault}") from fault
    if not isinstance(found, dict):
        raise CompareError(f"{path}: found {type(found).__name__}; allowed: names with their values")
    return found


def find_runs(names: Sequence[str], store: Path = STORE) -> list[StoredRun]:
    """Two or more runs in the order given; raises CompareError."""
    if len(names) < 2:
        raise CompareError(f"RUN: found {len(names)}; allowed: two or more, the first of which is the baseline")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise CompareError(f"RUN: found {twice[0]} twice; allowed: each run once")
    found = [_find(name, store) for name in names]
    folders: dict[Path, str] = {}
    for run in found:
        if (other := folders.setdefault(run.folder.resolve(), run.name)) != run.name:
            raise CompareError(f"RUN: found {other} and {run.name}, one run; allowed: each run once")
    return found


def _find(name: str, store: Path) -> StoredRun:
    folder = Path(name)
    if not folder.is_dir():
        known = sorted(path.name for path in store.iterdir() if (path / "artifacts").is_dir()) if store.is_dir() else []
        started = [one for one in known if one.startswith(name)] if len(name) >= LEAST_PREFIX else []
        if not started and len(name) >= LEAST_PREFIX and (logged := run_ids(name)):
            raise CompareError(_without_files(name, logged[0], store))
        if len(started) != 1:
            among = f"{len(known)} runs, such as {', '.join(known[:SHOWN])}" if known else "no run"
            several = f"begins {len(started)} ids" if started else "is no folder and no id of a run"
            raise CompareError(
                f"RUN: {name!r} {several}; found {among} in {store}; allowed: one of their ids, or a folder with {ROWS}"
            )
        folder = store / started[0] / "artifacts"
    if not (folder / ROWS).is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "no file"
        raise CompareError(
            f"{folder / ROWS}: not found (run {name}); found {found}; "
            "allowed: a run that kept its held-out rows, as those of `python -m training` do"
        )
    return StoredRun(name, folder)


def _without_files(name: str, run: str, store: Path) -> str:
    """Why a logged run has no folder among the runs."""
    if is_of_search(run):
        found = f"is a run without rows ({run}): a search or one of its trials"
    else:
        found = f"is a run whose files are missing: found no {store / run / 'artifacts'}"
    return (
        f"RUN: {name!r} {found}; allowed: a run that kept its held-out rows, as those of `python -m training` do, "
        f"with its files in {store}"
    )


def comparable_statistics(
    runs: Sequence[StoredRun],
    params: ComparisonParams,
    fresh: bool = False,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Mapping[str, Any]]:
    """Each run's statistics under the same resamples of the same rows, as ``training.run_rows`` keeps them.

    Those stored with a run are used where they are of the baseline's rows and of the same parameters, and agree with
    the rows (``agreement``); else they are computed from its rows, and ``note`` is called where they did not agree.
    fresh : compute them all
    raises : CompareError where a run was tested on other rows than the baseline
    """
    first = runs[0]
    if fresh:
        base, agreement = run_statistics(first.rows, params), None
    else:
        base, agreement = first.stored_statistics, Agreement.on(first.rows, params, len(runs))
        wanted = {**statistics_key(first.rows.digest, params), **rows_facts(first.rows)}
        if not _has(base, wanted) or _disagrees(first, agreement, note):
            base = run_statistics(first.rows, params)
    key = statistics_key(base["rows_digest"], params)
    found: dict[str, Mapping[str, Any]] = {first.name: base}
    for run in runs[1:]:
        stored = run.stored_statistics if agreement else {}
        if agreement is None or not _has(stored, key) or _disagrees(run, agreement, note):
            rows = run.rows  # its own faults name the file already
            try:
                stored = run_statistics(_paired(first.rows, rows), params)
            except RowsError as fault:
                raise CompareError(
                    f"{run.folder / ROWS}: {fault} (run {run.name}; the baseline is {first.name})"
                ) from fault
        found[run.name] = stored
    return found


def _disagrees(run: StoredRun, agreement: Agreement, note: Callable[[str], None]) -> bool:
    if fault := agreement.fault(run.stored_statistics, read_predictions(run.folder / ROWS)):
        note(f"{run.folder / STATISTICS}: {fault}; computed from {ROWS}")
    return bool(fault)


def _paired(baseline: RunRows, challenger: RunRows) -> RunRows:
    """By key; runs of two stores have no key in common and are paired by position where every fact is the same."""
    keys = baseline.key, challenger.key
    if min(len(baseline), len(challenger)) >= LEAST_BY_POSITION and not len(np.intersect1d(*keys)):  # type: ignore[arg-type]
        baseline, challenger = (replace(one, key=None) for one in (baseline, challenger))
    return paired_rows(baseline, challenger)


def _has(stored: Mapping[str, Any], key: Mapping[str, Any]) -> bool:
    return bool(stored) and all(stored.get(name) == value for name, value in key.items())
