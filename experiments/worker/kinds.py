"""What a worker can carry out, by kind; each runs in a child process and writes its files into a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.compare.command import RESULT as COMPARISON
from experiments.compare.page import file_name, page
from experiments.compare.runs import CompareError, find_runs
from experiments.compare.study import compare_runs
from experiments.compare.words import LANGUAGES
from experiments.reform.command import DRAWS, FAULTS, Options, carry_out
from experiments.reform.run import CASES
from experiments.worker.child import JobProblem, Kind, Report, Setting
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError
from training.params import ParamsError, read_section

RUN_ID = re.compile(r"[0-9a-f]{6,64}")


def reform(body: Mapping[str, Any], folder: Path, setting: Setting, report: Report) -> dict[str, Any]:
    """A study of one reform: what ``python -m experiments reform`` writes for the same two files and options.

    body : ``baseline`` and ``reform``, the files' texts; ``file``, the reform's name without .yaml; ``banks``;
        ``quick``, firms of a sample, or 0 or more than there are for every firm; ``draws``, whether refitted models
        are used
    gives : files, the fingerprint's identifier, firms compared and of which population
    """
    if not (setting.artifacts / CASES).is_file():
        raise JobProblem("jobs.problem.absent", detail=CASES, command="make run")
    if body["draws"] and not (setting.artifacts / DRAWS).is_dir():
        raise JobProblem("jobs.problem.absent", detail=DRAWS, command="python -m training draws")
    sources = folder / "studies"
    sources.mkdir(parents=True)
    baseline, proposed = sources / "baseline.yaml", sources / f"{body['file']}.yaml"
    if proposed.parent != sources:
        raise JobProblem("jobs.problem.invalid", detail=str(body["file"]))
    baseline.write_text(str(body["baseline"]), encoding="utf-8", newline="\n")
    proposed.write_text(str(body["reform"]), encoding="utf-8", newline="\n")
    refits = {"refit": "jobs.doing.refit", "firms": "jobs.doing.intervals"}

    def progress(what: str, done: int, whole: int) -> None:
        share = 0.4 if what == "firms" else 0.4 + 0.5 * done / max(whole, 1)
        report(share, {"key": refits[what], "done": done, "whole": whole})

    report(0.05, {"key": "jobs.doing.firms"})
    options = Options(
        bank=list(body["banks"]), stack=False, quick=_sample(int(body["quick"]), setting.artifacts / CASES),
        replicates=400, draws=bool(body["draws"]), workers=setting.threads, artifacts=setting.artifacts,
    )  # fmt: skip
    try:
        made = carry_out(baseline, [proposed], folder, options, progress)
    except FileNotFoundError as fault:
        raise JobProblem("jobs.problem.absent", detail=Path(str(fault.filename)).name, command="make run") from fault
    except FAULTS as fault:
        raise JobProblem("jobs.problem.invalid", detail=str(fault)) from fault
    return {
        "files": _files(folder), "fingerprint": made.fingerprint["id"], "citable": made.fingerprint["citable"],
        "firms": made.result.population.firms, "as_of": made.result.population.as_of,
    }  # fmt: skip


def _sample(wanted: int, cases: Path) -> int:
    """Firms of a sample; 0, for every firm, where there are no more than are wanted."""
    try:
        return wanted if wanted < pq.read_metadata(cases).num_rows else 0
    except (OSError, pa.ArrowException):  # the study says what is wrong with the file
        return wanted


def compare(body: Mapping[str, Any], folder: Path, setting: Setting, report: Report) -> dict[str, Any]:
    """Runs of the tracking store beside each other, as ``python -m experiments compare`` writes them.

    body : ``runs``, ids, the baseline first
    """
    names = [str(one) for one in body["runs"]]
    if alien := [one for one in names if not RUN_ID.fullmatch(one)]:
        raise JobProblem("jobs.problem.invalid", detail=alien[0][:80])
    if not setting.runs.is_dir():
        raise JobProblem("jobs.problem.absent", detail=setting.runs.name, command="make run")
    report(0.2, {"key": "jobs.doing.runs"})
    try:
        params = read_section("comparison", ComparisonParams)
        result = compare_runs(find_runs(names, setting.runs), params, None)
    except (CompareError, RowsError, ParamsError) as fault:
        raise JobProblem("jobs.problem.invalid", detail=str(fault)) from fault
    report(0.9, {"key": "jobs.doing.writing"})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPARISON).write_bytes(orjson.dumps(result, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n")
    for language in LANGUAGES:
        (folder / file_name(language)).write_text(page(result, language), encoding="utf-8")
    return {"files": _files(folder), "runs": names}


KINDS: Mapping[str, Kind] = {
    "reform": reform,
    "compare": compare,
}


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())
