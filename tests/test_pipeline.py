"""dvc.yaml names everything that a stage's answer depends on, and nothing that it does not reach."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.surface
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
LAYERS = ("data", "features", "models", "training")
INPUTS = ("data/raw/", "data/derived/", "artifacts/")


def source_of(module: str) -> Path | None:
    """The file of a module of ours, None for a name inside one or a library's."""
    path = ROOT / Path(*module.split("."))
    found = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
    return found[0] if found else None


def reached(path: Path, seen: set[Path]) -> set[Path]:
    """Every source of ours that importing ``path`` may load, imports inside functions included."""
    if path in seen:
        return seen
    seen.add(path)
    for found in imported(path):
        reached(found, seen)
    return seen


@cache
def imported(path: Path) -> frozenset[Path]:
    """The sources of ours that one file names in its imports."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return frozenset(found for name in names if name.split(".")[0] in LAYERS and (found := source_of(name)))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_every_source_that_it_reaches(stage):
    """A changed source reruns its stage; ``data`` itself, which holds what stages write, is never a dependency."""
    given = [ROOT / dep for dep in STAGES[stage]["deps"] if not dep.startswith(INPUTS)]
    sources = reached(ROOT / f"training/pipeline/{stage}.py", set())
    assert len(sources) > 5
    assert not [path for path in sources if not any(path == dep or dep in path.parents for dep in given)]
    unreached = [dep for dep in given if not any(path == dep or dep in path.parents for path in sources)]
    assert unreached == [ROOT / "data/reference"]
    assert "data" not in STAGES[stage]["deps"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_only_what_an_earlier_one_wrote(stage):
    """Every input is an output or a figure of a stage above it."""
    earlier: list[str] = []
    for name, one in STAGES.items():
        if name == stage:
            break
        written = [*one.get("outs", []), *one.get("metrics", [])]
        earlier += [item if isinstance(item, str) else next(iter(item)) for item in written]
    inputs = [dep for dep in STAGES[stage]["deps"] if dep.startswith(INPUTS)]
    assert not [dep for dep in inputs if not any(dep == out or dep.startswith(f"{out}/") for out in earlier)]


def test_compiled_files_are_no_sources():
    """A folder of sources has the same digest before and after it was imported."""
    assert "__pycache__" in (ROOT / ".dvcignore").read_text(encoding="utf-8").split()


def test_stages_that_run_beside_each_other_need_nothing_of_each_other():
    """`make run` repeats the two lists of the Makefile at once, each in its order, after what both of them need."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    text, other = (
        next(line for line in lines if line.startswith(f"{name} :=")).split()[2:] for name in ("TEXT", "OTHER")
    )
    before = {
        stage: {maker for dep in given["deps"] for maker, made in STAGES.items() for path in written_by(made)
                if f"{dep}/".startswith(f"{path}/")}
        for stage, given in STAGES.items()
    }  # fmt: skip
    ahead = needed({"assemble"}, before)
    assert sorted([*ahead, *text, *other]) == sorted(STAGES)
    for names in (text, other):
        for at, stage in enumerate(names):
            assert before[stage] <= {*ahead, *names[:at]}, stage


def written_by(stage: dict) -> list[str]:
    """Paths that a stage writes."""
    given = [*stage.get("outs", []), *stage.get("metrics", [])]
    return [path if isinstance(path, str) else next(iter(path)) for path in given]


def needed(stages: set[str], before: dict[str, set[str]]) -> set[str]:
    """``stages`` and all that they need."""
    more = set().union(*(before[stage] for stage in stages)) - stages
    return needed(stages | more, before) if more else stages
