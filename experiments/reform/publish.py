"""From the files of a result to what is handed on: copies of its sources, its fingerprint, its pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from experiments.reform.fingerprint import FILE, INPUTS, fingerprint, source_files
from experiments.reform.page import pages, write_pages
from experiments.reform.signature import sign
from models.reform.read import other_sources
from serving.ledger.checkpoint import Signer


def publish(
    folder: Path,
    artifacts: Path,
    *,
    policies: Iterable[Path],
    studies: Iterable[Path],
    draws: bool = False,
    signer: Signer | None = None,
) -> dict[str, Any]:
    """Write copies of the sources, ``fingerprint.json`` and the pages beside ``result.json``; gives the fingerprint.

    What an earlier call wrote is replaced. policies : of the banks; studies : YAML files of baseline and reforms
    draws : whether refitted draws were used; signer : whose signature of the fingerprint is written beside it
    raises : OSError where a file is missing, StudyError where a study names what is not there
    """
    files = list(studies)
    sources, others = source_files(policies, files), other_sources(files)
    for old in folder.glob("*.html"):
        old.unlink()
    shutil.rmtree(folder / INPUTS, ignore_errors=True)
    for name, path in sources.items():
        target = folder / INPUTS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    made = fingerprint(folder, artifacts, sources, others, draws=draws)
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    sign(folder, signer)
    write_pages(folder, pages(read_result(folder), made))
    return made


def read_result(folder: Path) -> dict[str, Any]:
    """``result.json`` of a folder."""
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found
