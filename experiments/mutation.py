"""Share of planted faults that the quick tests find, by module, from what ``mutmut run`` left in ``mutants/``.

A fault counts as found where a test fails or never ends. One that no test reaches counts as not found. Why each of
those that are not found may stay is in ``mutation_survivors.csv`` (name, reason), sorted by name.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

FOUND = ("killed", "timeout")
OPEN = ("not checked", "check was interrupted by user")
LEAST_SHARE = 0.85  # of the faults in each module that must be found
SURVIVORS = "mutation_survivors.csv"
MUTMUT = (sys.executable, "-m", "mutmut")


def by_module(results: str) -> dict[str, dict[str, Any]]:
    """The lines ``module.function__mutmut_N: status`` of ``mutmut results --all``, counted by module.

    returns : by module ``faults`` (those that were run), ``found``, ``share`` (None where none was run), ``not_run``,
        and the names of those ``not_found``
    """
    modules: dict[str, dict[str, Any]] = {}
    for name, status in _statuses(results).items():
        module = modules.setdefault(
            name.rpartition(".")[0], {"faults": 0, "found": 0, "share": None, "not_run": 0, "not_found": []}
        )
        if status in OPEN:
            module["not_run"] += 1
            continue
        module["faults"] += 1
        module["found"] += status in FOUND
        if status not in FOUND:
            module["not_found"].append(name)
        module["share"] = module["found"] / module["faults"]
    return dict(sorted(modules.items()))


def read_reasons() -> dict[str, str]:
    """Why a fault that no test finds may stay, by its name.

    raises : ValueError naming the rows without a name or a reason, those out of order and those given twice
    """
    return reasons_of((files("experiments") / SURVIVORS).read_text(encoding="utf-8").splitlines())


def reasons_of(lines: Iterable[str]) -> dict[str, str]:
    """``read_reasons`` of the file's lines."""
    rows = [(row["name"], (row["reason"] or "").strip()) for row in csv.DictReader(lines)]
    names = [name for name, _ in rows]
    wrong = [name for name, reason in rows if not (name and reason)]
    wrong += [later for earlier, later in pairwise(names) if not earlier < later]
    if wrong:
        raise ValueError(f"{SURVIVORS}: each name once, in order and with its reason; not so: {wrong}")
    return dict(rows)


def unexplained(results: str, reasons: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Faults that are not found and have no reason, and reasons whose fault is found or is no longer there.

    Where a fault was not run, its reason is neither missing nor out of date.
    """
    statuses = _statuses(results)
    lost = {name for name, status in statuses.items() if status not in (*FOUND, *OPEN)}
    waiting = {name for name, status in statuses.items() if status in OPEN}
    return sorted(lost - set(reasons)), sorted(set(reasons) - lost - waiting)


def settings(folder: Path = Path()) -> dict[str, Any]:
    """``[tool.mutmut]`` of ``pyproject.toml``."""
    loaded: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return loaded


def modules_under_test(chosen: Mapping[str, Any], folder: Path = Path()) -> list[Path]:
    """The files in which faults are planted."""
    found = [path for name in chosen["source_paths"] for path in sorted((folder / name).rglob("*.py"))]
    return [path for path in found if any(fnmatch(str(path.relative_to(folder)), one) for one in chosen["only_mutate"])]


def left_out(chosen: Mapping[str, Any], sources: Iterable[Path]) -> tuple[int, int]:
    """How many lines the list in ``pyproject.toml`` leaves out, and of how many."""
    patterns = [re.compile(pattern) for pattern in chosen.get("do_not_mutate_patterns", [])]
    lines = [line for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    return sum(any(pattern.search(line) for pattern in patterns) for line in lines), len(lines)


def report() -> dict[str, Any]:
    """Scores in all and by module, each fault not found with its change and reason, and what ``unexplained`` finds.

    raises : as ``read_reasons``
    """
    reasons = read_reasons()
    done = subprocess.run([*MUTMUT, "results", "--all", "True"], capture_output=True, text=True, check=True)
    modules = by_module(done.stdout)
    with ThreadPoolExecutor() as pool:
        for module in modules.values():
            names = module["not_found"]
            changes = zip(names, pool.map(_change, names), strict=True)
            module["not_found"] = {name: {"change": lines, "reason": reasons.get(name)} for name, lines in changes}
    missing, stale = unexplained(done.stdout, reasons)
    faults, found = (sum(module[name] for module in modules.values()) for name in ("faults", "found"))
    chosen = settings()
    lines, of = left_out(chosen, modules_under_test(chosen))
    return {
        "summary": {
            "modules": len(modules),
            "faults": faults,
            "found": found,
            "share": found / max(faults, 1),
            "least_share": min((module["share"] or 0.0 for module in modules.values()), default=0.0),
            "with_reason": faults - found - len(missing),
        },
        "modules": modules,
        "without_reason": missing,
        "stale_reasons": stale,
        "lines_left_out": lines,
        "lines": of,
    }


def _statuses(results: str) -> dict[str, str]:
    parts = (line.rpartition(": ") for line in filter(None, map(str.strip, results.splitlines())))
    return {name: status for name, _, status in parts}


def _change(name: str) -> list[str]:
    shown = subprocess.run([*MUTMUT, "show", name], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---") and line[1:]]
