"""Share of planted faults that the quick tests find, by module, from what ``mutmut run`` left in ``mutants/``.

A fault counts as found where a test fails or never ends. One that no test reaches counts as not found.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

FOUND = ("killed", "timeout")
OPEN = ("not checked", "check was interrupted by user")
LEAST_SHARE = 0.85  # of the faults in each module that must be found
LARGEST_LEFT_OUT = 0.03  # of the lines of the modules that may be left out


def by_module(results: str) -> dict[str, dict[str, Any]]:
    """The lines ``module.function__mutmut_N: status`` of ``mutmut results --all``, counted by module.

    returns : by module ``faults`` (those that were run), ``found``, ``share`` (None where none was run), ``not_run``,
        and the names of those ``not_found``
    """
    modules: dict[str, dict[str, Any]] = {}
    for line in filter(None, map(str.strip, results.splitlines())):
        name, _, status = line.rpartition(": ")
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


def settings(folder: Path = Path()) -> dict[str, Any]:
    """``[tool.mutmut]`` of ``pyproject.toml``."""
    loaded: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return loaded


def modules_under_test(chosen: Mapping[str, Any], folder: Path = Path()) -> list[Path]:
    """The files in which faults are planted."""
    files = [path for name in chosen["source_paths"] for path in sorted((folder / name).rglob("*.py"))]
    return [path for path in files if any(fnmatch(str(path.relative_to(folder)), one) for one in chosen["only_mutate"])]


def left_out(chosen: Mapping[str, Any], files: Iterable[Path]) -> tuple[int, int]:
    """How many lines the list in ``pyproject.toml`` leaves out, and of how many."""
    patterns = [re.compile(pattern) for pattern in chosen.get("do_not_mutate_patterns", [])]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return sum(any(pattern.search(line) for pattern in patterns) for line in lines), len(lines)


def report() -> dict[str, Any]:
    """Scores by module, and each fault that was not found with the line it changed."""
    done = subprocess.run(["mutmut", "results", "--all", "True"], capture_output=True, text=True, check=True)
    modules = by_module(done.stdout)
    for module in modules.values():
        module["not_found"] = {name: _change(name) for name in module["not_found"]}
    chosen = settings()
    lines, of = left_out(chosen, modules_under_test(chosen))
    return {"modules": modules, "lines_left_out": lines, "lines": of}


def _change(name: str) -> list[str]:
    shown = subprocess.run(["mutmut", "show", name], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---") and line[1:]]
