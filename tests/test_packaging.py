"""What users install: the wheel alone, in a clean environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.surface

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
CORE = (
    "from data.codebook import read_codebook; import features.points, models.points, models.risk, models.quota; "
    "print(len(read_codebook()))"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", out, source]
    subprocess.run(command, check=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_code_and_reference_and_no_data(wheel):
    """Reference files ship; raw data, artefacts and tests do not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "data/reference/indicators.csv" in names
    assert "serving/runtime/service.py" in names
    assert not [name for name in names if name.startswith(("artifacts/", "tests/", "data/raw/", "data/derived/"))]


def test_the_wheel_runs_in_a_clean_environment(wheel, tmp_path):
    """Installed with its core dependencies at the locked versions, far from the checkout, the wheel runs."""
    uv = shutil.which("uv")
    installer = ["--without-pip"] if uv else []  # uv installs from outside
    subprocess.run([sys.executable, "-m", "venv", *installer, tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    locked = ["--constraint", str(ROOT / "requirements.lock"), str(wheel)]
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(python), *locked]
    else:
        install = [str(python), "-m", "pip", "install", "--quiet", *locked]
    subprocess.run(install, check=True, env=environment)
    done = subprocess.run(
        [python, "-c", CORE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "24"


def test_every_command_runs_in_a_folder_whose_name_has_a_space(tmp_path):
    """`make run` of the Makefile in such a folder: programs that only write down what they are called with."""
    folder = tmp_path / "my bank 项目"
    (folder / ".venv/bin").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("dvc", "python"):
        program = folder / ".venv/bin" / name
        program.write_text(f'#!/bin/sh\necho "{name} $* in $(basename "$PWD"), $BENTOML_HOME" >> called.txt\n')
        program.chmod(0o755)
    (folder / ".venv/.ready").touch()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "BENTOML"))}
    done = subprocess.run(["make", "run"], cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    called = (folder / "called.txt").read_text(encoding="utf-8").splitlines()
    home = f"in my bank 项目, {folder}/artifacts/bentoml"
    expected = ["dvc repro assemble", "dvc repro", *(f"python -m serving {one}" for one in ("pack", "build", "demo"))]
    beside = [line for line in called if "--single-item" in line]
    assert len(beside) == 2
    assert [line for line in called if line not in beside] == [f"{one} {home}" for one in expected]
