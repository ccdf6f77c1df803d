"""The rules in force that a reform starts from: those of the folder that the worker calculates with."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from models.reform.levers import EVERY_BANK, LeverError, Packed
from models.reform.read import StudyError, other_sources, read_packed, read_study
from models.reform.study import Study
from serving.runtime.worker_process import FOLDER

ARTIFACTS = Path(os.environ.get(FOLDER, "")) / "artifacts"
CASES = "snapshot/cases.parquet"
DRAWS = "draws"
BASELINE_NAME = "baseline.yaml"
BASELINE = "# The packed release as it is. 现行规则，未作改动。\nname: {zh: 现行规则, en: Rules in force}\n"


class NoReleaseError(RuntimeError):
    """Models or snapshot are not there; the message is the name of what is missing."""


def release(folder: Path | None = None) -> Packed:
    """The rules in force; raises NoReleaseError where models or snapshot are missing."""
    where = folder or ARTIFACTS
    for name in ("points/card.yaml", "risk/model", "quota/model", CASES):
        if not (where / name).exists():
            raise NoReleaseError(name)
    return _read(where, (where / "points/card.yaml").stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(folder: Path, _: int) -> Packed:
    return read_packed(folder)


def has_draws(folder: Path | None = None) -> bool:
    """Whether refitted models are there."""
    return ((folder or ARTIFACTS) / DRAWS).is_dir()


def study_of(text: str, name: str, packed: Packed, banks: Sequence[str]) -> Study:
    """The study of a reform's file as the command reads it; raises StudyError.

    text, name : of the file, the name without .yaml
    """
    with tempfile.TemporaryDirectory() as folder:
        baseline, reform = Path(folder) / BASELINE_NAME, Path(folder) / f"{name}.yaml"
        baseline.write_text(BASELINE, encoding="utf-8")
        reform.write_text(text, encoding="utf-8")
        if any(other_sources([reform]).values()):
            allowed = "those of the release"
            raise StudyError(f"{reform.name}: models and firms: found other files; allowed: {allowed}", "other_files")
        return read_study(baseline, [reform], packed, list(banks))


def lever_fault(fault: BaseException) -> tuple[str, str, str] | None:
    """Key, found and allowed of the lever that a study's fault is about, None where it is about none."""
    cause = fault.__cause__
    found = cause if isinstance(cause, LeverError) else fault
    return (found.key, found.found, found.allowed) if isinstance(found, LeverError) else None


def banks_of(packed: Packed) -> list[str]:
    """Every bank, after all at once."""
    return [EVERY_BANK, *packed.policies]
