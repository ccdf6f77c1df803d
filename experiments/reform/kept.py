"""Where what a result was made from is kept: committed in git, by a committed ``dvc.lock``, or in a packed release.

Only what is kept can be had again by somebody else, so only then is a result citable.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from data.code_version import source_digest

LOCK = "dvc.lock"


@dataclass(frozen=True)
class Kept:
    """kept : committed, packed or nowhere; by : the commit or release; lacking : what is not kept, by name."""

    kept: str
    by: str = ""
    lacking: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For the fingerprint."""
        return {"kept": self.kept, "by": self.by, "lacking": list(self.lacking)}


def files_in_git(files: Mapping[str, Path]) -> Kept:
    """Whether each file, by its name here, is in the last commit of its repository just as it is.

    A file that git ignores or does not know is lacking; outside a repository all are.
    """
    commits, lacking = set(), []
    for name, path in files.items():
        commit = _git(path.parent, "rev-parse", "HEAD")
        known = _git(path.parent, "ls-files", "--error-unmatch", "--", path.name)
        if not commit or not known or _git(path.parent, "status", "--porcelain", "--", path.name) != "":
            lacking.append(name)
        else:
            commits.add(commit)
    if lacking or len(commits) != 1:
        return Kept("nowhere", lacking=tuple(lacking or ("files of several repositories",)))
    return Kept("committed", commits.pop())


def code_in_git(root: Path, packages: Sequence[str]) -> Kept:
    """Whether every source of the packages is in the last commit, with no other beside it."""
    commit = _git(root, "rev-parse", "HEAD")
    state = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *packages) if commit else None
    if not commit or state is None:
        return Kept("nowhere", lacking=("a git repository",))
    changed = tuple(sorted(line[3:] for line in state.splitlines()))
    return Kept("nowhere", lacking=changed[:5]) if changed else Kept("committed", commit)


def artefacts_kept(artifacts: Path, names: Iterable[str]) -> Kept:
    """Whether the artefacts are those of the committed ``dvc.lock``, or those of a packed release.

    names : files and folders under ``artifacts``, as the stages of ``dvc.yaml`` have them
    Of those that are not, the lacking ones are what neither has; where each is in one of them, what the lock lacks.
    """
    wanted = list(names)
    lock, commit = _committed_lock(artifacts)
    lacking = tuple(name for name in wanted if lock.get(f"{artifacts.name}/{name}") != dvc_digest(artifacts / name))
    if commit and not lacking:
        return Kept("committed", commit)
    release = _packed(artifacts, wanted)
    if release:
        return Kept("packed", release)
    packed = _packed_names(artifacts, lacking)
    return Kept("nowhere", lacking=tuple(name for name in lacking if name not in packed) or lacking)


def code_is_at(root: Path, commit: str, packages: Sequence[str], digest: str) -> bool | None:
    """Whether the commit's sources of the packages have this digest; None where the commit is not at hand."""
    if not commit or not _git(root, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"):
        return None
    with tempfile.TemporaryDirectory(prefix="code-") as folder:
        command = ["git", "-C", str(root), "archive", "--format=tar", commit, "--", *packages]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        if done.returncode:
            return False
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return source_digest(tuple(packages), Path(folder)) == digest


def files_are_at(root: Path, commit: str, files: Mapping[str, Path]) -> bool | None:
    """Whether the commit holds every file, under whatever name; None where the commit is not at hand."""
    listed = _git(root, "ls-tree", "-r", "--full-tree", "--format=%(objectname)", commit) if commit else None
    if listed is None:
        return None
    blobs = set(listed.splitlines())
    return all(_git(root, "hash-object", str(path.resolve())) in blobs for path in files.values())


def artefacts_are_at(artifacts: Path, kept_by: str, names: Iterable[str]) -> bool | None:
    """Whether the commit's ``dvc.lock``, or the packed release of that name, has these artefacts.

    None where neither is at hand.
    """
    wanted = list(names)
    text = _git(artifacts.parent, "show", f"{kept_by}:./{LOCK}") if kept_by else None
    if text:
        lock = _outputs(text)
        return all(lock.get(f"{artifacts.name}/{name}") == dvc_digest(artifacts / name) for name in wanted)
    release = _packed(artifacts, wanted) if kept_by else ""
    return release == kept_by if release else None


def dvc_digest(path: Path) -> str:
    """The digest under which DVC keeps a file or folder; "" where there is none."""
    if path.is_file():
        return _md5(path.read_bytes())
    if not path.is_dir():
        return ""
    files = {one.relative_to(path).as_posix(): one for one in path.rglob("*") if one.is_file()}
    listed = [{"md5": _md5(files[name].read_bytes()), "relpath": name} for name in sorted(files)]
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _committed_lock(artifacts: Path) -> tuple[dict[str, str], str]:
    """Digests by output of the ``dvc.lock`` in the last commit of the artefacts' repository, and that commit."""
    text = _git(artifacts.parent, "show", f"HEAD:./{LOCK}")
    if not text:
        return {}, ""
    return _outputs(text), _git(artifacts.parent, "rev-parse", "HEAD") or ""


def _outputs(lock: str) -> dict[str, str]:
    stages = yaml.safe_load(lock).get("stages", {})
    return {out["path"]: out.get("md5", "") for stage in stages.values() for out in stage.get("outs", [])}


def _packed(artifacts: Path, names: Sequence[str]) -> str:
    """The packed release whose files are these to the byte, "" where there is none."""
    from serving.releases.packed import UnknownReleaseError, from_bento_store, release_of  # Bento takes seconds

    try:
        release = release_of(artifacts)
        stored = from_bento_store(release)
    except (OSError, UnknownReleaseError):
        return ""
    return release if all(dvc_digest(stored / name) == dvc_digest(artifacts / name) for name in names) else ""


def _packed_names(artifacts: Path, names: Sequence[str]) -> set[str]:
    """Those of the artefacts that some packed release has to the byte, whatever else it has."""
    from serving.releases.packed import stored_releases

    found, own = set(), {name: dvc_digest(artifacts / name) for name in names}
    for folder in stored_releases().values():
        found |= {name for name, digest in own.items() if digest and digest == dvc_digest(folder / name)}
    return found


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, None where it fails or is absent."""
    command = ["git", "-C", str(folder.resolve()), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.rstrip("\n")
