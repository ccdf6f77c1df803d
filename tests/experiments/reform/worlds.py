"""A small repository with artefacts, a lock and policies, and a result made from it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from data.code_version import source_digest
from experiments.reform import fingerprint, verify
from experiments.reform.kept import dvc_digest
from tests.experiments.reform.example import example

FILES = {
    "snapshot/cases.parquet": "cases",
    "snapshot/known_at.parquet": "days",
    "points/card.yaml": "card",
    "risk/model/booster.txt": "trees",
    "quota/model/model.json": "{}",
    "quota/certificates.json": "{}",
}


def git(root: Path, *arguments: str) -> str:
    """What git prints."""
    names = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", root, *names, *arguments], check=True, capture_output=True, text=True).stdout


def world(root: Path, monkeypatch) -> Path:
    """A committed repository whose code, artefacts and policies are all kept; gives the result's folder."""
    for name, text in FILES.items():
        _write(root / "artifacts" / name, text)
    for package in fingerprint.CODE:
        _write(root / package / "rules.py", f"NAME = {package!r}\n")
    _write(root / "data/reference/policies/standard.yaml", "bank_id: standard\n")
    _write(root / "studies/baseline.yaml", "name: now\n")
    _write(root / "studies/caps.yaml", "name: caps\npolicies: {standard: other.yaml}\n")
    _write(root / "studies/other.yaml", "pd_cutoff: 0.06\n")
    _write(root / ".gitignore", "artifacts/\nout/\n")
    names = [*fingerprint.SNAPSHOT, *fingerprint.MODELS]
    outs = [{"path": f"artifacts/{name}", "md5": dvc_digest(root / "artifacts" / name)} for name in names]
    _write(root / "dvc.lock", yaml.safe_dump({"stages": {"all": {"outs": outs}}}))
    git(root, "init", "-q")
    commit(root)
    monkeypatch.setattr("serving.releases.packed.stored_releases", dict)  # nothing was ever packed
    for module in (fingerprint, verify):
        monkeypatch.setattr(module, "ROOT", root)
    out = root / "out"
    _write(out / "result.json", json.dumps(example(("standard",), ("caps",), refit=False, frontier=False).as_dict()))
    _write(out / "totals.csv", "a,b\n1,2\n")
    source_digest.cache_clear()
    return out


def commit(root: Path) -> str:
    """Commit everything that is not ignored."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "all")
    return git(root, "rev-parse", "HEAD").strip()


def change(path: Path, text: str) -> None:
    """Another text in a file of the world; digests of sources are read again."""
    path.write_text(text, encoding="utf-8")
    source_digest.cache_clear()


def sources(root: Path) -> dict[str, list[Path]]:
    """Policies and studies of the world."""
    return {
        "policies": [root / "data/reference/policies/standard.yaml"],
        "studies": [root / "studies/baseline.yaml", root / "studies/caps.yaml"],
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
