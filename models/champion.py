"""What a champion consists of: its files below a folder of artefacts, their digest, and its name in the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

ALIAS = "champion"  # of a registered model's version
FOLDER = "release"  # of a run's artefacts: what the version names
FILES: Mapping[str, tuple[str, ...]] = {  # of a folder of artefacts, by capability
    "points": ("points/card.yaml",),
    "risk": ("risk/model",),
    "quota": ("quota/model",),
    "matching": ("matching/encoder", "matching/model"),  # library and demands are data: they grow every day
}
STORE = "sqlite:///mlflow.db"  # relative: the registry lies in the folder in which it is used


def registered_name(capability: str) -> str:
    """The registered model of a capability."""
    return f"innovation-points-{capability}"


def champion_files(folder: Path, capability: str) -> dict[str, Path]:
    """The files of a capability below ``folder``, by their path there; empty where there is none."""
    return files_below(folder, FILES[capability])


def files_below(folder: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Every file of the named files and folders below ``folder``, by its path there."""
    found: dict[str, Path] = {}
    for name in names:
        root = folder / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    return found


def files_digest(files: Mapping[str, Path]) -> str:
    """SHA-256 over path, length and bytes of each file: the same bytes have the same digest on every machine."""
    state = hashlib.sha256()
    for name, path in files.items():
        data = path.read_bytes()
        state.update(f"{name}:{len(data)}\n".encode())
        state.update(data)
    return state.hexdigest()
