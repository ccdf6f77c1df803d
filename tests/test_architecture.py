"""The tree explains itself because nothing may break its rules."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.surface

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
RANK = {"data": 0, "features": 1, "models": 2, "training": 3, "serving": 3, "experiments": 4}
RIM = {  # framework -> where it may be imported; experiments may import anything
    "sentence_transformers": ("features/text.py",),
    "torch": ("features/text.py",),
    "lightgbm": ("models/", "training/"),
    "optuna": ("training/tuning.py",),
    "mlflow": ("training/tracking.py", "serving/releases/pack.py"),
    "bentoml": ("serving/",),
}
SOURCES = sorted(
    path.relative_to(ROOT) for layer in RANK for path in (ROOT / layer).rglob("*.py") if "__pycache__" not in path.parts
)


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_imports_point_down(path):
    """A layer imports only layers below itself; training and serving never see each other."""
    layer = path.parts[0]
    names = set(imported((ROOT / path).read_text(encoding="utf-8")))
    assert not [name for name in names if name in RANK and name != layer and RANK[name] >= RANK[layer]]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_frameworks_stay_at_the_rim(path):
    """Each framework is imported only where the architecture says."""
    if path.parts[0] == "experiments":
        assert "torch" not in imported((ROOT / path).read_text(encoding="utf-8"))
        return
    for name in set(imported((ROOT / path).read_text(encoding="utf-8"))) & set(RIM):
        assert any(str(path).startswith(place) for place in RIM[name]), f"{path} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_source_finds_itself_on_one_machine(path):
    """No sys.path, no parents[n], no absolute path: the installed wheel runs from anywhere."""
    text = (ROOT / path).read_text(encoding="utf-8")
    assert "sys.path" not in text
    assert ".parents[" not in text


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_catch_all_module_names(path):
    """Every file has a domain name."""
    assert path.stem not in {"utils", "util", "common", "helpers", "helper", "base", "config", "misc"}


def test_every_source_folder_is_packaged():
    """A folder with Python sources that the wheel forgets would work here and fail for users."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {".".join(path.parent.parts) for path in SOURCES}
    experiment_folders = {name for name in folders if name.startswith("experiments.0")}  # run by path, not imported
    assert folders - experiment_folders - {"serving.migrations.versions"} <= set(listed)


def test_the_lock_pins_exactly_and_pulls_no_cuda():
    """Every line of the lock is an exact version, PyTorch is the plain 2.13.0 and no CUDA package follows it."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").split()
    pins = [line for line in lines if not line.startswith(("#", "--")) and "==" in line]
    names = {pin.split("==")[0] for pin in pins}
    assert "torch==2.13.0" in pins
    cuda = {name for name in names if name.startswith(("nvidia-cu", "nvidia-nccl", "nvidia-cudnn", "triton"))}
    assert not cuda


def test_what_is_served_never_imports_torch_mlflow_or_training():
    """Serving in a fresh process leaves the heavy and the foreign modules unloaded."""
    probe = (
        "import sys, serving.runtime.service; "
        "print([m for m in ('torch', 'sentence_transformers', 'mlflow', 'training', 'optuna') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
