"""artifacts -> Bento store: the models, the snapshot, and the code that serves them, with nothing else."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import bentoml

from serving.service import MODEL

PACKED = ("points/card.yaml", "risk/model", "quota/model", "quota/warranty.json", "snapshot")
INCLUDE = ["data/*.py", "data/reference/**", "features/*.py", "models/*.py", "serving/**/*.py", "serving/migrations/*"]


class PackError(FileNotFoundError):
    """An artefact is missing; the message lists every one."""


def pack(artifacts: Path = Path("artifacts")) -> str:
    """Copy the artefacts into one model of the Bento store; returns its tag."""
    absent = [name for name in PACKED if not (artifacts / name).exists()]
    if absent:
        raise PackError(f"{artifacts} lacks {absent}; run `dvc repro` first")
    with bentoml.models.create(MODEL) as stored:
        for name in PACKED:
            source, target = artifacts / name, Path(stored.path) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    return str(stored.tag)


def build(root: Path = Path()) -> str:
    """Build the bento from the checkout, off line; returns its tag."""
    bento = bentoml.build(
        "serving.service:BankCounter",
        build_ctx=str(root.resolve()),
        include=INCLUDE,
        python={"packages": locked_packages(root), "lock_packages": False},
        models=[f"{MODEL}:latest"],
    )
    return str(bento.tag)


def locked_packages(root: Path) -> list[str]:
    """What the service needs, at the versions of requirements.lock: the core packages and those of ``serve``."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["serve"]
    names = {re.split(r"[\[<>=~!;\s]", line)[0].lower().replace("_", "-") for line in asked}
    lock = (root / "requirements.lock").read_text(encoding="utf-8").split()
    return [pin for pin in lock if pin.split("==")[0].lower() in names]
